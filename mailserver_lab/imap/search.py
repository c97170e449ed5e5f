"""What SEARCH looks for (RFC 3501 §6.4.4), and whether a message has it.

A search is a tree of keys. Most can be decided from what is known of a message without its content; `matches` returns
None where the content is needed, so that the caller loads only those messages of which nothing else decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from mailserver_lab.imap import sequence
from mailserver_lab.mime import content, headers

if TYPE_CHECKING:
    from mailserver_lab.imap.sequence import SequenceSet
    from mailserver_lab.store import Message


@dataclass(frozen=True, slots=True)
class All:
    """ALL."""


@dataclass(frozen=True, slots=True)
class Flag:
    """ANSWERED, UNSEEN, KEYWORD and the like."""

    flag: str
    present: bool


@dataclass(frozen=True, slots=True)
class Dated:
    """BEFORE, ON, SINCE, and SENTBEFORE, SENTON, SENTSINCE; times of day and offsets are disregarded."""

    sent: bool
    when: Literal["BEFORE", "ON", "SINCE"]
    day: date


@dataclass(frozen=True, slots=True)
class Size:
    """LARGER and SMALLER."""

    larger: bool
    octets: int


@dataclass(frozen=True, slots=True)
class Header:
    """HEADER, FROM, TO, CC, BCC, SUBJECT: the text is in a field of that name; "" where the field need only be there."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """BODY, and TEXT, which looks into the header too."""

    text: str
    header: bool


@dataclass(frozen=True, slots=True)
class Numbers:
    """Message numbers, or UIDs."""

    numbers: SequenceSet
    uid: bool


@dataclass(frozen=True, slots=True)
class Not:
    """NOT."""

    key: Key


@dataclass(frozen=True, slots=True)
class And:
    """Keys that follow each other."""

    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """OR."""

    keys: tuple[Key, Key]


Key = All | Flag | Dated | Size | Header | Text | Numbers | Not | And | Or


@dataclass
class Candidate:
    """A message that a search looks at; `raw` is None as long as its content has not been needed."""

    message: Message
    number: int
    largest: int
    largest_uid: int
    raw: bytes | None = None

    @cached_property
    def fields(self) -> list[tuple[str, str]]:
        """The header's fields, decoded and folded for comparison."""
        head, _ = headers.split(self.raw or b"")
        return [(name, folded(headers.decoded(value))) for name, value in headers.fields(head)]

    @cached_property
    def text(self) -> str:
        """The text of the body's text parts and of messages in it, decoded and folded for comparison."""
        return folded(content.searchable(self.raw or b""))


def folded(text: str) -> str:
    """Return text for a comparison that disregards case, and how lines were folded."""
    return " ".join(text.casefold().split())


def matches(key: Key, candidate: Candidate) -> bool | None:
    """Say whether the message has what the key wants; None if that takes its content, which is not loaded."""
    match key:
        case All():
            return True
        case Flag(flag=flag, present=present):
            return (flag.lower() in {each.lower() for each in candidate.message.flags}) == present
        case Size(larger=larger, octets=octets):
            return candidate.message.size > octets if larger else candidate.message.size < octets
        case Numbers(numbers=numbers, uid=uid):
            largest = candidate.largest_uid if uid else candidate.largest
            number = candidate.message.uid if uid else candidate.number
            return sequence.contains(numbers.within(largest), number)
        case Dated(sent=False):
            return _dated(key, candidate.message.internaldate.date())
        case Not(key=inner):
            answer = matches(inner, candidate)
            return None if answer is None else not answer
        case And(keys=keys):
            return _combined(keys, candidate, decisive=False)
        case Or(keys=either):
            return _combined(either, candidate, decisive=True)
    if candidate.raw is None:
        return None
    match key:
        case Dated():
            sent = _sent(candidate)
            return sent is not None and _dated(key, sent)
        case Header(field=field, text=text):
            wanted = folded(text)
            return any(name == field.lower() and wanted in value for name, value in candidate.fields)
        case Text(text=text, header=header):
            wanted = folded(text)
            return wanted in candidate.text or (
                header and any(wanted in f"{n}: {v}" for n, v in candidate.fields)
            )


def _combined(keys: tuple[Key, ...], candidate: Candidate, *, decisive: bool) -> bool | None:
    """Combine by AND (where False decides) or OR (where True does); what is not known yet decides nothing."""
    unknown = False
    for key in keys:
        answer = matches(key, candidate)
        if answer is decisive:
            return decisive
        unknown = unknown or answer is None
    return None if unknown else not decisive


def _dated(key: Dated, day: date) -> bool:
    return {"BEFORE": day < key.day, "ON": day == key.day, "SINCE": day >= key.day}[key.when]


def _sent(candidate: Candidate) -> date | None:
    value = next((value for name, value in candidate.fields if name == "date"), None)
    try:
        sent: datetime | None = parsedate_to_datetime(value) if value else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return sent.date() if sent else None
