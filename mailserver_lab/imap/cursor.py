"""Reads the tokens of a command, left to right (RFC 3501 §9): atoms, strings, literals, numbers, lists.

The core hands over a command's text in which each literal has left its `{n}` and CRLF, and the literals' octets beside
it, so that the text is short whatever was sent.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

_ATOM = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\\]]+')
# `]` may stand in an astring, and `%` and `*` too in a pattern. Octets above 127 are let through, since clients send
# names in UTF-8; what they mean is for the caller to decode.
_ASTRING = re.compile(rb'[^\x00-\x20\x7f(){%*"\\]+')
_PATTERN = re.compile(rb'[^\x00-\x20\x7f(){"\\]+')
_QUOTED = re.compile(rb'"((?:[^"\\\r\n\x00]|\\["\\])*)"')
_ESCAPE = re.compile(rb'\\(["\\])')
_LITERAL = re.compile(rb"\{\d+\+?\}\r\n")
_NIL = re.compile(rb"NIL(?![^ ()])", re.IGNORECASE)
_NUMBER = re.compile(rb"\d{1,10}")
_NUMBER64 = re.compile(rb"\d{1,19}")
_WORD = re.compile(rb" [^ \"(){][^ ]{0,19}|[^ ]{1,20}| ")


class Malformed(ValueError):
    """The command is not as the grammar wants it, for this reason."""


class Cursor:
    """A place in a command's text."""

    def __init__(self, text: bytes, literals: Iterable[bytes] = (), *, utf8: bool = False) -> None:
        #: Whether the client has agreed to write names of mailboxes in UTF-8.
        self.utf8 = utf8
        self._text = text
        self._at = 0
        self._literals = deque(literals)

    def match(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """Step over what the pattern matches here, if it does."""
        match = pattern.match(self._text, self._at)
        if match:
            self._at = match.end()
        return match

    def matches(self, pattern: re.Pattern[bytes]) -> bool:
        """Say whether the pattern matches here."""
        return pattern.match(self._text, self._at) is not None

    def need(self, pattern: re.Pattern[bytes], what: str) -> re.Match[bytes]:
        """Step over what the pattern matches here; raise Malformed, which says `what` was wanted, if it does not."""
        match = self.match(pattern)
        if match is None:
            raise self.malformed(what)
        return match

    def malformed(self, wanted: str) -> Malformed:
        """Return the error that says what was wanted here and which word stands here."""
        # No more than that: a program that reads refusals as it reads data would stumble over half a list.
        here = _WORD.match(self._text, self._at)
        found = here[0].decode("ascii", "backslashreplace") if here else ""
        return Malformed(
            f"expected {wanted}, found {found!r}" if found else f"expected {wanted}, found the end"
        )

    def at(self, token: bytes) -> bool:
        """Say whether the text goes on with the token."""
        return self._text.startswith(token, self._at)

    def accept(self, token: bytes) -> bool:
        """Step over the token if the text goes on with it."""
        if not self.at(token):
            return False
        self._at += len(token)
        return True

    def expect(self, token: bytes) -> None:
        """Step over the token, which must be here."""
        if not self.accept(token):
            raise self.malformed(repr(token.decode()))

    def space(self) -> None:
        """Step over one space, which must be here."""
        if not self.accept(b" "):
            raise self.malformed("a space")

    def end(self) -> None:
        """Make sure that nothing is left."""
        if self._at < len(self._text):
            raise self.malformed("the end of the command")

    def finished(self) -> bool:
        """Say whether nothing is left."""
        return self._at >= len(self._text)

    def atom(self) -> str:
        """Read an atom."""
        return self.need(_ATOM, "an atom")[0].decode()

    def word(self) -> str:
        """Read an atom that is a keyword of the grammar, in upper case."""
        return self.atom().upper()

    def number(self) -> int:
        """Read a number."""
        return self._number(_NUMBER, 2**32)

    def number64(self) -> int:
        """Read a number that may be a mod-sequence (RFC 7162 §7, mod-sequence-value)."""
        return self._number(_NUMBER64, 2**63)

    def _number(self, pattern: re.Pattern[bytes], beyond: int) -> int:
        number = int(self.need(pattern, "a number")[0])
        if number >= beyond:
            raise Malformed(f"{number} is too large")
        return number

    def string(self) -> bytes:
        """Read a quoted string or a literal."""
        if match := self.match(_QUOTED):
            return _ESCAPE.sub(rb"\1", match[1])
        if not self._literals:
            raise self.malformed("a string")
        self.need(_LITERAL, "a string")
        return self._literals.popleft()

    def astring(self) -> bytes:
        """Read an atom or a string."""
        match = self.match(_ASTRING)
        return match[0] if match else self.string()

    def nstring(self) -> bytes | None:
        """Read a string or NIL."""
        return None if self.match(_NIL) else self.string()

    def keyword(self, word: str) -> bool:
        """Step over a word of the grammar, in any case, if it stands here whole."""
        match = _ATOM.match(self._text, self._at)
        if match is None or match[0].upper() != word.encode():
            return False
        self._at = match.end()
        return True

    def literal(self) -> bytes:
        """Read a literal, `{n}` or, for octets that may be NUL, `~{n}` (RFC 3516 §4.1)."""
        self.accept(b"~")
        if not self.at(b"{"):
            raise self.malformed("a literal")
        return self.string()

    def pattern(self) -> bytes:
        """Read a mailbox name that may hold wildcards."""
        match = self.match(_PATTERN)
        return match[0] if match else self.string()

    def parenthesized(self, item: Callable[[], T]) -> list[T]:
        """Read `(item item …)`, which may be empty."""
        self.expect(b"(")
        items: list[T] = []
        while not self.accept(b")"):
            if items:
                self.space()
            items.append(item())
        return items
