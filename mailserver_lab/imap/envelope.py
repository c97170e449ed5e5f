"""ENVELOPE: a message's main header fields, taken apart (RFC 3501 §7.4.2)."""

from __future__ import annotations

from mailserver_lab.imap.values import Run, Value
from mailserver_lab.mime import headers
from mailserver_lab.mime.addresses import addresses

_FIELDS = ("date", "subject", "from", "sender", "reply-to", "to", "cc", "bcc", "in-reply-to", "message-id")


def envelope(head: bytes) -> Value:
    """Return the value of ENVELOPE for a header."""
    found = headers.first(head, *_FIELDS, spaced=True)
    sender = _addresses(found.get("from"))
    return [
        found.get("date"),
        found.get("subject"),
        sender,
        # RFC 3501 §7.4.2: the server fills these in from From where they are missing or empty.
        _addresses(found.get("sender")) or sender,
        _addresses(found.get("reply-to")) or sender,
        *(_addresses(found.get(name)) for name in ("to", "cc", "bcc")),
        found.get("in-reply-to"),
        found.get("message-id"),
    ]


def _addresses(value: bytes | None) -> Value:
    if not value:
        return None
    each = addresses(value.decode("latin-1"))
    return (
        [Run([[None if part is None else part.encode("latin-1") for part in address] for address in each])]
        if each
        else None
    )
