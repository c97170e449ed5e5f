"""What SEARCH looks for (RFC 3501 §6.4.4), and whether a message has it.

A search is a tree of keys, made once into a test for each message. Most can be decided from what is known of a message
without its content, others from its summary; a test returns None where more is needed, so that the caller loads only
what nothing else decides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from mailserver_lab.imap import sequence
from mailserver_lab.mime import content, headers, structure
from mailserver_lab.mime.compare import folded, readable
from mailserver_lab.mime.summary import TEXT_OF, Texts

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
class Age:
    """OLDER and YOUNGER than so many seconds (RFC 5032)."""

    older: bool
    seconds: int


@dataclass(frozen=True, slots=True)
class Modified:
    """MODSEQ: changed at that mod-sequence or later (RFC 7162 §3.1.5)."""

    modseq: int


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


Key = All | Flag | Dated | Size | Header | Text | Age | Modified | Numbers | Not | And | Or


@dataclass
class Candidate:
    """A message that a search looks at; `texts` and `raw` are None as long as they have not been needed."""

    message: Message
    number: int
    recent: bool = False
    texts: Texts | None = None
    raw: bytes | None = None

    @cached_property
    def root(self) -> structure.Part:
        """The message's parts."""
        return structure.scan(self.raw or b"")

    @cached_property
    def head(self) -> bytes:
        """The header."""
        return headers.split(self.raw or b"")[0]

    def values(self, field: str) -> list[str]:
        """The values of a field, decoded and folded for comparison."""
        return [
            folded(readable(name, value)) for name, value in headers.fields(self.head, field, spaced=True)
        ]

    @cached_property
    def header(self) -> list[str]:
        """All fields of the header, decoded and folded for comparison."""
        fields = headers.fields(self.head, spaced=True)
        return [f"{name}: {folded(readable(name, value))}" for name, value in fields]

    @cached_property
    def text(self) -> str:
        """The text of the body's text parts and of messages in it, decoded and folded for comparison."""
        return folded(content.searchable(self.root, self.raw or b""))

    @cached_property
    def part_headers(self) -> str:
        """The headers of the parts, decoded and folded for comparison."""
        return folded(content.part_headers(self.root, self.raw or b""))


@dataclass(frozen=True)
class Scope:
    """What the keys mean here and now: the largest numbers, what `$` stands for, and the time."""

    largest: int
    largest_uid: int
    saved: frozenset[int]
    now: datetime


Test = Callable[[Candidate], "bool | None"]


def has_modseq(key: Key) -> bool:
    """Say whether a search asks for mod-sequences, so that its answer tells the highest (RFC 7162 §3.1.5)."""
    match key:
        case Modified():
            return True
        case Not(key=inner):
            return has_modseq(inner)
        case And(keys=keys) | Or(keys=keys):
            return any(map(has_modseq, keys))
    return False


def asks_for_texts(key: Key) -> bool:
    """Say whether a summary can decide something of a search."""
    match key:
        case Dated(sent=sent):
            return sent
        case Header():
            return _column(key) is not None
        case Not(key=inner):
            return asks_for_texts(inner)
        case And(keys=keys) | Or(keys=keys):
            return any(map(asks_for_texts, keys))
    return False


def _column(key: Header) -> int | None:
    """Return where a summary has the field, None where it has not: the fields of one name stand there line by line."""
    name = TEXT_OF.get(key.field.lower())
    return None if name is None or "\n" in key.text else Texts._fields.index(name)


def test_for(key: Key, scope: Scope) -> Test:
    """Make a test of a key: whether a message has it, None if that takes its content, which is not loaded."""
    match key:
        case All():
            return lambda _: True
        case Flag(flag=flag, present=present):
            return _flag_test(flag, present)
        case Size(larger=True, octets=octets):
            return lambda each: each.message.size > octets
        case Size(octets=octets):
            return lambda each: each.message.size < octets
        case Numbers(numbers=numbers, uid=uid):
            return _number_test(numbers, uid, scope)
        case Dated(sent=False):
            return lambda each: _dated(key, each.message.internaldate.date())
        case Age(older=older, seconds=seconds):
            limit = scope.now - timedelta(seconds=seconds)
            return lambda each: (each.message.internaldate <= limit) == older
        case Modified(modseq=modseq):
            return lambda each: each.message.modseq >= modseq
        case Not(key=inner):
            test = test_for(inner, scope)
            return lambda each: None if (answer := test(each)) is None else not answer
        case And(keys=keys):
            tests = [test_for(each, scope) for each in keys]
            return lambda each: _combined(tests, each, decisive=False)
        case Or(keys=keys):
            tests = [test_for(each, scope) for each in keys]
            return lambda each: _combined(tests, each, decisive=True)
        case Dated():
            return _of_texts(lambda texts: texts.day is not None and _dated(key, date.fromordinal(texts.day)))
        case Header(field=field) if not headers.NAME.fullmatch(field):
            return lambda _: False
        case Header(text=text) if (column := _column(key)) is not None:
            wanted, at = folded(text), column
            return _of_texts(lambda texts: texts[at] is not None and wanted in texts[at])
        case Header(field=field, text=text):
            wanted, name = folded(text), field.lower()
            return _of_content(lambda each: any(wanted in value for value in each.values(name)))
        case Text(text=text, header=False):
            wanted = folded(text)
            return _of_content(lambda each: wanted in each.text)
        case Text(text=text):
            wanted = folded(text)
            return _of_content(
                lambda each: (
                    wanted in each.text
                    or any(wanted in field for field in each.header)
                    or wanted in each.part_headers
                )
            )


def _of_texts(test: Callable[[Any], bool]) -> Test:
    return lambda each: None if each.texts is None else test(each.texts)


def _of_content(test: Callable[[Candidate], bool]) -> Test:
    return lambda each: None if each.raw is None else test(each)


def _flag_test(flag: str, present: bool) -> Test:
    wanted = flag.lower()
    if wanted == r"\recent":
        return lambda each: each.recent == present
    # Few combinations of flags are in use, so each is looked into once.
    known: dict[frozenset[str], bool] = {}

    def test(each: Candidate) -> bool:
        flags = each.message.flags
        if flags not in known:
            known[flags] = any(one.lower() == wanted for one in flags) == present
        return known[flags]

    return test


def _number_test(numbers: SequenceSet, uid: bool, scope: Scope) -> Test:
    if numbers.saved:
        return lambda each: each.message.uid in scope.saved
    ranges = numbers.within(scope.largest_uid if uid else scope.largest)
    if uid:
        return lambda each: sequence.contains(ranges, each.message.uid)
    return lambda each: sequence.contains(ranges, each.number)


def _combined(tests: Sequence[Test], candidate: Candidate, *, decisive: bool) -> bool | None:
    """Combine by AND (where False decides) or OR (where True does); what is not known yet decides nothing."""
    unknown = False
    for test in tests:
        answer = test(candidate)
        if answer is decisive:
            return decisive
        unknown = unknown or answer is None
    return None if unknown else not decisive


def _dated(key: Dated, day: date) -> bool:
    return day < key.day if key.when == "BEFORE" else day == key.day if key.when == "ON" else day >= key.day
