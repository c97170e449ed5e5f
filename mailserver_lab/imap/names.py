"""Mailbox names: which there may be, and how they go over the wire, in modified UTF-7 (RFC 3501 §5.1.3)."""

from __future__ import annotations

import base64
import binascii
import re

#: The hierarchy separator.
SEPARATOR = "/"
#: Longer names make trouble for clients that keep mailboxes as files.
MAX_NAME = 255

_IMPOSSIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029%*]")
_SHIFTED = re.compile(r"&([^-]*)-")
_BEYOND = re.compile(r"[^\x20-\x7e]+")


def possible(name: str) -> bool:
    """Say whether a mailbox may have that name."""
    parts = name.split(SEPARATOR)
    return len(name) <= MAX_NAME and {"", ".", ".."}.isdisjoint(parts) and not _IMPOSSIBLE.search(name)


def encode(name: str) -> str:
    """Return a name as it goes over the wire: `&` and all that is not printable ASCII in base64 of UTF-16."""

    def shift(match: re.Match[str]) -> str:
        data = base64.b64encode(match[0].encode("utf-16-be", "surrogatepass")).rstrip(b"=")
        return "&" + data.decode().replace("/", ",") + "-"

    return _BEYOND.sub(shift, name.replace("&", "&-"))


def decode(wire: str) -> str:
    """Return the name that came over the wire; raise ValueError if it is not well-formed."""

    def unshift(match: re.Match[str]) -> str:
        if not match[1]:
            return "&"
        data = match[1].replace(",", "/")
        try:
            return base64.b64decode(data + "=" * (-len(data) % 4), validate=True).decode("utf-16-be")
        except (binascii.Error, UnicodeDecodeError):
            raise ValueError(f"not modified UTF-7: {match[0]}") from None

    if "&" in _SHIFTED.sub("", wire):
        raise ValueError("not modified UTF-7: & without -")
    if not wire.isascii():
        # Clients that send plain UTF-8 are many; what they mean is clear (RFC 6855 makes it the rule).
        return wire
    name = _SHIFTED.sub(unshift, wire)
    if encode(name) != wire:
        # Two spellings of one name would be two mailboxes to a client (RFC 3501 §5.1.3 forbids all but one).
        raise ValueError(f"not modified UTF-7: {wire[:40]} should be {encode(name)[:40]}")
    return name
