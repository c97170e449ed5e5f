"""By what SORT orders messages (RFC 5256 §2 and §3, RFC 5957)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from operator import itemgetter
from typing import Any

from mailserver_lab.imap.envelope import Address, addresses
from mailserver_lab.imap.search import sent_at
from mailserver_lab.imap.turns import Turns
from mailserver_lab.mime import headers
from mailserver_lab.store import Message

_SPACES = re.compile(r"\s+")
_TRAILER = re.compile(r"(?:\(fwd\)|\s)+\Z", re.IGNORECASE)
_BLOB = re.compile(r"\[[^\[\]]*\]\s*")
_LEADER = re.compile(r"\s*(?:\[[^\[\]]*\]\s*)*(?:re|fwd?)\s*(?:\[[^\[\]]*\]\s*)?:\s*|\s+", re.IGNORECASE)
_ID = re.compile(rb'<((?:"(?:[^"\\]|\\.)*"|[^\s<>"@])+@[^\s<>]+)>')
#: Subjects are compared by so many letters: taking prefixes off one by one takes time.
MAX_SUBJECT = 1000


class Sortable:
    """A message with what it can be sorted by; its header is taken apart once."""

    def __init__(self, number: int, message: Message, head: bytes) -> None:
        self.number = number
        self.message = message
        self._head = head

    @cached_property
    def fields(self) -> dict[str, bytes]:
        """The fields that sorting and threading look at."""
        return headers.first(
            self._head, "date", "subject", "from", "to", "cc", "message-id", "references", "in-reply-to"
        )

    @cached_property
    def sent(self) -> float:
        """The sent date (§2.2): what the Date field says, or where there is none the internal date."""
        value = self.fields.get("date")
        sent = sent_at(value.decode("ascii", "replace")) if value else None
        try:
            return _seconds(sent) if sent else self.arrived
        except (OverflowError, ValueError):
            return self.arrived

    def prepare(self) -> None:
        """Take the header apart now: sorting thousands of messages, which cannot give way, would do it in one go."""
        _ = self.sent, self.subject, self.references
        self._head = b""
        del self.__dict__["fields"]

    @cached_property
    def references(self) -> tuple[bytes | None, list[bytes]]:
        """The message's own id, and those that it refers to, the last one nearest."""
        own = ids(self.fields.get("message-id", b""))[:1]
        others = ids(self.fields.get("references", b"")) or ids(self.fields.get("in-reply-to", b""))[:1]
        return (own[0] if own else None), others

    @property
    def arrived(self) -> float:
        """The internal date."""
        return _seconds(self.message.internaldate)

    @cached_property
    def subject(self) -> tuple[str, bool]:
        """The base subject, ready for comparison, and whether it belongs to a reply or a forwarded message."""
        text, reply = base_subject(headers.decoded(self.fields.get("subject", b"")))
        return collated(text), reply

    def address(self, field: str) -> str:
        """The mailbox of the first address in a field."""
        first = self._first(field)
        return collated((first.mailbox or "") if first else "")

    def display(self, field: str) -> str:
        """What a person sees of the first address in a field: its name, or the address (RFC 5957 §3)."""
        first = self._first(field)
        if first is None:
            return ""
        name = headers.decoded((first.name or "").encode("latin-1", "replace"))
        if first.host is None:
            return collated(first.mailbox or "")
        return collated(name or f"{first.mailbox}@{first.host}")

    def _first(self, field: str) -> Address | None:
        value = self.fields.get(field)
        found = addresses(value.decode("latin-1"), at_most=1) if value else []
        return found[0] if found else None


_KEYS: dict[str, Callable[[Sortable], Any]] = {
    "ARRIVAL": lambda each: each.arrived,
    "CC": lambda each: each.address("cc"),
    "DATE": lambda each: each.sent,
    "DISPLAYFROM": lambda each: each.display("from"),
    "DISPLAYTO": lambda each: each.display("to"),
    "FROM": lambda each: each.address("from"),
    "SIZE": lambda each: each.message.size,
    "SUBJECT": lambda each: each.subject[0],
    "TO": lambda each: each.address("to"),
}
#: What can be sorted by without looking into the messages.
KNOWN = frozenset({"ARRIVAL", "SIZE"})


async def ordered(
    found: Sequence[Sortable], criteria: Sequence[tuple[str, bool]], turns: Turns
) -> list[Sortable]:
    """Sort by the criteria, the first one first; what is alike in all of them stays in the mailbox's order (§3)."""
    result = sorted(found, key=lambda each: each.number)
    for word, reverse in reversed(criteria):
        keyed = []
        for each in result:
            await turns.offer()
            keyed.append((_KEYS[word](each), each))
        keyed.sort(key=itemgetter(0), reverse=reverse)
        result = [each for _, each in keyed]
    return result


def _seconds(when: datetime) -> float:
    """Return a time as a number, which is compared ten times as fast; without an offset it is UTC."""
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def ids(value: bytes) -> list[bytes]:
    """Return the message ids in a field, without their brackets; quotes around a part mean nothing (§2.3)."""
    return [match[1].replace(b'"', b"") for match in _ID.finditer(value)]


def collated(text: str) -> str:
    """Return text in a form in which comparing it is i;unicode-casemap (RFC 5051 §2)."""
    return unicodedata.normalize("NFKD", "".join(letter.title() for letter in text))


def base_subject(subject: str) -> tuple[str, bool]:
    """Take from a subject what replies and forwarding have put around it (§2.1); say whether there was any."""
    text, reply = _SPACES.sub(" ", subject)[:MAX_SUBJECT], False
    while True:
        trailing = _TRAILER.search(text)
        if trailing:
            reply = reply or "(" in trailing[0]
            text = text[: trailing.start()]
        while True:
            before = text
            while leader := _LEADER.match(text):
                reply = reply or ":" in leader[0]
                text = text[leader.end() :]
            blob = _BLOB.match(text)
            if blob and blob.end() < len(text):
                text = text[blob.end() :]
            if text == before:
                break
        if not (text[:5].lower() == "[fwd:" and text.endswith("]")):
            return text, reply
        text, reply = text[5:-1], True
