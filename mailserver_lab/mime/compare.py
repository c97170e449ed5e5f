"""What headers say, in the forms in which it is compared: by SEARCH (RFC 5051), by SORT and THREAD (RFC 5256 §2)."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from email.utils import parsedate_to_datetime

from . import headers
from .addresses import addresses

_SPACES = re.compile(r"\s+")
_TRAILER = re.compile(r"(?:\(fwd\)|\s)+\Z", re.IGNORECASE)
_BLOB = re.compile(r"\[[^\[\]]*\]\s*")
_LEADER = re.compile(r"\s*(?:\[[^\[\]]*\]\s*)*(?:re|fwd?)\s*(?:\[[^\[\]]*\]\s*)?:\s*|\s+", re.IGNORECASE)
_ID = re.compile(rb'<((?:"(?:[^"\\]|\\.)*"|[^\s<>"@])+@[^\s<>]+)>')
#: Subjects are compared by so many letters: taking prefixes off one by one takes time.
MAX_SUBJECT = 1000


def folded(text: str) -> str:
    """Return text for a comparison that disregards case, and how a letter is composed (RFC 5051)."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKD", text).casefold()


_ADDRESSES = frozenset({"from", "to", "cc", "bcc", "sender", "reply-to"})


def readable(name: str, value: bytes) -> str:
    """Return a field's value decoded; one of addresses also as its envelope has them, without quotes and comments."""
    text = headers.decoded(value)
    if name not in _ADDRESSES or not re.search(rb'["(]', value):
        return text
    plain = ", ".join(
        f"{each.name or ''} <{each.mailbox or ''}@{each.host}>" if each.host else each.mailbox or ""
        for each in addresses(value.decode("utf-8", "replace"))
    )
    return f"{text}\n{headers.decoded(plain.encode())}"


def sent_at(value: str | None) -> datetime | None:
    """Return what a Date field says, None where it says nothing that can be understood."""
    try:
        return parsedate_to_datetime(value) if value else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def ids(value: bytes) -> list[bytes]:
    """Return the message ids in a field, without their brackets; quotes around a part mean nothing (§2.3)."""
    return [match[1].replace(b'"', b"") for match in _ID.finditer(value)]


def collated(text: str) -> str:
    """Return text in a form in which comparing it is i;unicode-casemap (RFC 5051 §2)."""
    if text.isascii():
        return text.upper()
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
