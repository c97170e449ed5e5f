"""The book of phrases, `signs.toml`: what words, status codes and reply codes say about the cause.

Looking up takes time linear in the text, whatever stands there: phrases are compared where a word begins, and no
regular expression is made of them.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

LONGEST = 20_000  # characters of a text that are looked through
GAP = 60  # characters that a `*` may stand for
STEM = 4
WHOLE = 5  # a phrase of so many letters must end where a word ends: "spf", but not "spfx"

ADDRESS = re.compile(
    r"(?:\"[^\"\r\n@]{1,64}\"|[^\u3000-\u303f\uff00-\uff0f\uff1a-\uff20\s<>()\[\]\\,;:\"'@`|=]{1,64}(?:=[^\u3000-\u303f\uff00-\uff0f\uff1a-\uff20\s<>()\[\]\\,;:\"'@`|]{1,64})?)@(?:\[[0-9a-fA-F.:]{3,45}\]|[^\W_](?:[\w-]{0,62}\.?){1,10})"
)
_HIDDEN = re.compile(rf"[<(\[\"'`{{«「]{{0,3}}(?:{ADDRESS.pattern})[>)\]\"'`}}»」]{{0,3}}[.,:;]{{0,4}}")
_TOKEN = re.compile(
    r"@|[^\W_\u2e80-\uffff]+|[\u2e80-\uffff]+"
)  # "DNSの": a word in Japanese text ends where its letters do
_SPACES = re.compile(r"\s+")
_BETWEEN_JAPANESE = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef]) (?=[\u3000-\u9fff\uff00-\uffef])")


def plain(text: str) -> str:
    """A text as phrases are compared with it: small letters, single spaces, `@` for every address."""
    text = (
        text[:LONGEST]
        .replace("\u2019", "'")
        .replace("\u2018", "'")
        .replace("\u201c", '"')
        .replace("\u201d", '"')
    )
    if "@" in text:
        text = _HIDDEN.sub("@", text)
    text = _SPACES.sub(" ", text.lower()).strip()
    return text if text.isascii() else _BETWEEN_JAPANESE.sub("", text)


class Joined:
    """Lines as one text, as phrases are compared with it, that can tell on which line something stands.

    Args:
        lines: what is looked at.
        silent: phrases that are passed over.
    """

    def __init__(self, lines: Iterable[str], silent: Iterable[str] = ()) -> None:
        pieces, self._starts, size = list[str](), list[int](), 0
        for line in lines:
            piece = plain(line)
            if pieces and not (_japanese(pieces[-1][-1:]) and _japanese(piece[:1])):
                pieces.append(" ")
                size += 1
            self._starts.append(size)
            pieces.append(piece)
            size += len(piece)
            if size > LONGEST:
                break
        self.text = "".join(pieces)
        for phrase in silent:
            if phrase in self.text:
                self.text = self.text.replace(phrase, "\u00b7" * len(phrase))

    def lines_of(self, at: int, size: int) -> tuple[int, int]:
        """The first and the last line on which a stretch stands."""
        return bisect_right(self._starts, at) - 1, bisect_right(self._starts, max(at, at + size - 1)) - 1


def _japanese(letter: str) -> bool:
    return letter != "" and "\u3000" <= letter <= "\uffef"


class Phrases:
    """Many phrases, each with a value, to be found in a text in one go."""

    def __init__(self, phrases: Iterable[tuple[str, Any]]) -> None:
        self._by_word: dict[str, list[_Entry]] = {}  # the first word stands there as it is
        self._by_stem: dict[
            str, list[_Entry]
        ] = {}  # the only word, which may go on: "blacklist", "blacklisted"
        self._marks: list[_Entry] = []  # beginning with no word: ">>> data"
        self._without_spaces: list[_Entry] = []  # Chinese, Japanese
        for phrase, value in phrases:
            entry = (phrase, phrase.partition("*")[0], value)
            first = _TOKEN.match(phrase)
            if ord(phrase[0]) > 0x2E80:
                self._without_spaces.append(entry)
            elif first is None:
                self._marks.append(entry)
            elif first[0] == phrase and len(phrase) > WHOLE:
                self._by_stem.setdefault(phrase[:STEM], []).append(entry)
            else:
                self._by_word.setdefault(first[0], []).append(entry)

    def find(self, text: str) -> Iterator[tuple[int, str, Any]]:
        """Where which phrase stands in a text that went through `plain`: offset, phrase, value."""
        for phrase, beginning, value in self._marks if text.isascii() else self._marks + self._without_spaces:
            at = text.find(beginning)
            if at >= 0 and _stands(text, phrase, at):
                yield at, phrase, value
        for token in _TOKEN.finditer(text):
            word, at = token[0], token.start()
            for phrase, beginning, value in self._by_word.get(word, ()):
                if text.startswith(beginning, at) and _stands(text, phrase, at):
                    yield at, phrase, value
            if len(word) > WHOLE:
                for phrase, _, value in self._by_stem.get(word[:STEM], ()):
                    if word.startswith(phrase):
                        yield at, phrase, value

    def any(self, text: str) -> bool:
        """Whether any of the phrases stands there."""
        return next(self.find(text), None) is not None


_Entry = tuple[str, str, Any]  # the phrase, what stands before its first `*`, its value


def _stands(text: str, phrase: str, at: int) -> bool:
    """Whether a phrase stands at an offset."""
    if "*" not in phrase:
        if not text.startswith(phrase, at):
            return False
        end = at + len(phrase)
        if len(phrase) > WHOLE or ord(phrase[-1]) > 0x2E80:
            return True
        after = text[end : end + 1]
        return not after.isalnum() or after > "\u2e80"
    first, *others = phrase.split("*")
    if not text.startswith(first, at):
        return False
    at += len(first)
    for piece in others:
        found = text.find(piece, at, at + GAP + len(piece))
        if found < 0:
            return False
        at = found + len(piece)
    return True


@dataclass(frozen=True, slots=True)
class Sign:
    """What a phrase says: a cause, how far it may be believed, and who writes so."""

    cause: str
    weight: float
    source: str


@dataclass(frozen=True, slots=True)
class Book:
    """All of `signs.toml`."""

    causes: Phrases
    stages: Phrases
    original: Phrases
    notice: Phrases
    robot: Phrases
    away: Phrases
    delay: Phrases
    codes: dict[str, Sign]
    ranges: tuple[tuple[int, int, int, Sign], ...]
    replies: dict[int, Sign]
    silent: tuple[str, ...]
    categories: dict[str, dict[str, Sign]]

    def code(self, status: str) -> Sign | None:
        """What the digits of an enhanced status code say, but for the first (RFC 3463 section 3)."""
        _, _, detail = status.partition(".")
        found = self.codes.get(status) or self.codes.get(detail)
        if found is None:
            subject, _, number = detail.partition(".")
            if subject.isdecimal() and number.isdecimal():
                found = next(
                    (
                        s
                        for t, low, high, s in self.ranges
                        if t == int(subject) and low <= int(number) <= high
                    ),
                    None,
                )
        return found


@cache
def book() -> Book:
    """The book of phrases, read once."""
    data = tomllib.loads(resources.files(__package__).joinpath("signs.toml").read_text("utf-8"))
    categories = {
        entry["field"]: {
            name: Sign(words.split()[0], float(words.split()[1]), entry["source"])
            for name, words in entry["names"].items()
        }
        for entry in data["category"]
    }
    causes = (
        (phrase, Sign(entry["class"], float(entry["weight"]), entry["source"]))
        for entry in data["sign"]
        for phrase in entry["phrases"]
    )
    codes: dict[str, Sign] = {}
    ranges: list[tuple[int, int, int, Sign]] = []
    for entry in data["code"]:
        for detail, words in entry["details"].items():
            cause, weight = words.split()
            sign = Sign(cause, float(weight), entry["source"])
            subject, _, numbers = detail.partition(".")
            low, dash, high = numbers.partition("-")
            if dash:
                ranges.append((int(subject), int(low), int(high), sign))
            else:
                codes[detail] = sign
    replies = {
        int(code): Sign(words.split()[0], float(words.split()[1]), entry["source"])
        for entry in data["reply"]
        for code, words in entry["codes"].items()
    }
    return Book(
        Phrases(causes),
        Phrases((phrase, entry["stage"]) for entry in data["stage"] for phrase in entry["phrases"]),
        _plain_phrases(data["original"]), _plain_phrases(data["notice"]), _plain_phrases(data["robot"]),
        _plain_phrases(data["away"]),
        _plain_phrases(data["delay"]),
        codes, tuple(ranges), replies, tuple(phrase for entry in data["silent"] for phrase in entry["phrases"]), categories,
    )  # fmt: skip


def _plain_phrases(entries: list[dict[str, Any]]) -> Phrases:
    return Phrases((phrase, True) for entry in entries for phrase in entry["phrases"])
