"""What a header says, ready to be compared: what SORT, THREAD and SEARCH look at, found once for a message and kept.

Whoever changes what stands in a summary makes those that are kept wrong: let the store forget them (`store.schema`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from . import headers
from .addresses import addresses
from .compare import base_subject, collated, folded, ids, readable, sent_at


class Keys(NamedTuple):
    """By what messages are sorted and threaded (RFC 5256 §2, RFC 5957)."""

    #: The sent date, in seconds; None where there is none.
    sent: float | None
    #: The base subject, and whether it belongs to a reply or a forwarded message.
    subject: str
    reply: bool
    #: The mailbox of the first address in a field.
    sender: str
    recipient: str
    copied: str
    #: What a person sees of that: its name, or the address (RFC 5957 §3).
    sender_shown: str
    recipient_shown: str
    #: The message's own id, and those that it refers to, the last one nearest, a line each.
    own: str | None
    others: str


class Texts(NamedTuple):
    """What fields say, for SEARCH; all fields of a name, divided by line ends, None where there is none."""

    subject_text: str | None
    from_text: str | None
    to_text: str | None
    cc_text: str | None
    bcc_text: str | None
    id_text: str | None
    #: The day of the sent date, where it was sent, counted from the year 1.
    day: int | None


class Summary(NamedTuple):
    """A header, summed up."""

    keys: Keys
    texts: Texts


#: Where the texts of a field stand.
TEXT_OF = {name: f"{name}_text" for name in ("subject", "from", "to", "cc", "bcc")} | {
    "message-id": "id_text"
}
_NAMED = (*TEXT_OF, "date", "references", "in-reply-to")


def summary(head: bytes) -> Summary:
    """Sum a header up."""
    found: dict[str, list[bytes]] = {}
    for name, value in headers.fields(head, *_NAMED, spaced=True):
        found.setdefault(name, []).append(value)
    first = {name: values[0] for name, values in found.items()}
    sent = sent_at(first.get("date", b"").decode("ascii", "replace"))
    subject, reply = base_subject(headers.decoded(first.get("subject", b"")))
    sender, recipient, copied = (
        _first(first.get(name, b"")[: headers.MAX_FIELD]) for name in ("from", "to", "cc")
    )
    own = ids(first.get("message-id", b""))
    others = ids(first.get("references", b"")) or ids(first.get("in-reply-to", b""))[:1]
    keys = Keys(
        sent=_seconds(sent),
        subject=_whole(collated(subject)),
        reply=reply,
        sender=sender.mailbox,
        recipient=recipient.mailbox,
        copied=copied.mailbox,
        sender_shown=sender.shown,
        recipient_shown=recipient.shown,
        own=own[0].decode("latin-1") if own else None,
        others=b"\n".join(others).decode("latin-1"),
    )
    texts = {
        column: "\n".join([_whole(folded(readable(name, value))) for value in found[name]])
        if name in found
        else None
        for name, column in TEXT_OF.items()
    }
    return Summary(keys, Texts(**texts, day=sent.toordinal() if sent else None))


class _First(NamedTuple):
    """The first address of a field, as Keys have it."""

    mailbox: str
    shown: str


@lru_cache(maxsize=1024)
def _first(value: bytes) -> _First:
    """Take out the first address; in a mailbox the same ones come again and again."""
    found = addresses(value.decode("latin-1"), at_most=1)
    if not found:
        return _First("", "")
    address = found[0]
    mailbox = _whole(collated(address.mailbox or ""))
    if address.host is None:
        return _First(mailbox, mailbox)
    name = headers.decoded((address.name or "").encode("latin-1", "replace"))
    return _First(mailbox, _whole(collated(name or f"{address.mailbox}@{address.host}")))


def _seconds(when: datetime | None) -> float | None:
    """Return a time as a number, without an offset it is UTC; None where it is beyond what can be counted."""
    if when is None:
        return None
    try:
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (OverflowError, ValueError):
        return None


def _whole(text: str) -> str:
    """Return text without halves of characters, which some charsets can spell and no database takes."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
