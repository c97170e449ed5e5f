"""Lists of addresses (RFC 5322 §3.4), taken apart as far as they make sense."""

from __future__ import annotations

import re
from typing import NamedTuple

#: Addresses of one field that are told; a longer list is no use to a client.
MAX_ADDRESSES = 2_000

# What is never closed goes on to the end: it must not be tried again from each of its quotes.
_TOKEN = re.compile(
    r"""(\s*)(?:("(?:[^"\\]|\\.|\\\Z)*(?:"|\Z))|(\[[^\]]*(?:\]|\Z))|([<>,:;@.])|(\()|([^\s()<>,:;@."\[\]]+)|(.))""",
    re.DOTALL,
)
_COMMENT_END = re.compile(r"[()]|\\.", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class Address(NamedTuple):
    """A person's name, an obsolete source route, and the address in two halves, as the header spells them.

    Host None marks a group (RFC 5322 §3.4): its begin, with its name as mailbox, and its end, with None.
    """

    name: str | None
    route: str | None
    mailbox: str | None
    host: str | None


def addresses(text: str, at_most: int = MAX_ADDRESSES) -> list[Address]:
    """Take a list of addresses apart, with its groups; what is malformed is read as far as it makes sense."""
    return _Reader(text).read(at_most)


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._found: list[Address] = []
        self._in_group = False
        self._clear()

    def _clear(self) -> None:
        # The words of the address being read, each with whether space precedes it; what stands in angle brackets, and
        # the last comment, which old mail uses for the name.
        self._words: list[tuple[bool, str]] = []
        self._bracketed: list[str] | None = None
        self._inside = False
        self._comment: str | None = None

    def read(self, at_most: int) -> list[Address]:
        at = 0
        while (match := _TOKEN.match(self._text, at)) and len(self._found) < at_most:
            at = match.end()
            space, quoted, literal, special, comment, atom, other = match.groups()
            if comment:
                at = self._read_comment(at)
            elif self._inside and special != ">":
                assert self._bracketed is not None
                self._bracketed.append(quoted or literal or special or atom or other)
            elif special in (",", ";", ":", "<", ">"):
                self._special(special)
            else:
                word = quoted or literal or special or atom or other
                self._words.append((bool(space), word))
        self._flush()
        return self._found[:at_most]

    def _special(self, special: str) -> None:
        if special == "<":
            self._bracketed, self._inside = [], True
        elif special == ">":
            self._inside = False
        elif special == ":" and not self._in_group:
            self._in_group = True
            self._found.append(Address(None, None, self._phrase() or "", None))
            self._clear()
        else:
            self._flush()
            if special == ";" and self._in_group:
                self._in_group = False
                self._found.append(Address(None, None, None, None))

    def _read_comment(self, at: int) -> int:
        """Step over a comment, which may hold comments (RFC 5322 §3.2.2), and keep its text."""
        depth, start = 1, at
        while depth and (match := _COMMENT_END.search(self._text, at)):
            depth += {"(": 1, ")": -1}.get(match[0], 0)
            at = match.end()
        if depth:
            at = len(self._text)
        if not self._words and self._bracketed is None:
            return at  # before any word it is about nothing
        self._comment = _ESCAPE.sub(r"\1", self._text[start : at - (not depth)]).strip()
        return at

    def _phrase(self) -> str:
        text = "".join(
            " " * (space and n > 0) + _unquoted(word) for n, (space, word) in enumerate(self._words)
        )
        return text.strip()

    def _flush(self) -> None:
        if self._bracketed is not None:
            route, name = None, self._phrase() or self._comment
            spec = self._bracketed
            if spec[:1] == ["@"] and ":" in spec:
                colon = spec.index(":")
                route, spec = "".join(spec[:colon]), spec[colon + 1 :]
        elif self._words:
            route, name, spec = None, self._comment, [word for _, word in self._words]
        else:
            self._clear()
            return
        at = len(spec) - 1 - spec[::-1].index("@") if "@" in spec else len(spec)
        # NIL would mean a group, so a missing host is an empty one.
        mailbox, host = "".join(map(_unquoted, spec[:at])), "".join(spec[at + 1 :])
        self._found.append(Address(name, route, mailbox, host))
        self._clear()


def _unquoted(word: str) -> str:
    return _ESCAPE.sub(r"\1", word[1:].removesuffix('"')) if word.startswith('"') else word
