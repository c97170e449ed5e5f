"""What a part contains: its octets without their transfer encoding (RFC 2045 §6), its text, the name of its file."""

from __future__ import annotations

import binascii
import email.utils
from email.message import Message

from . import headers
from .structure import Part, walk

#: How much of one text SEARCH looks into, and of how many.
MAX_SEARCHED, MAX_TEXTS = 1 << 20, 100

_BLANKS = b"\r\n\t "


def encoding(part: Part) -> bytes:
    """Return a part's transfer encoding in lower case, b"" where none is named."""
    return part.fields.get("content-transfer-encoding", b"").split(b"(")[0].strip().lower()


def octets(part: Part, raw: bytes, limit: int | None = None) -> bytes:
    """Return a part's body as its sender meant it; of at most `limit` octets of the message."""
    end = part.end if limit is None else min(part.end, part.body + limit)
    data = raw[part.body : end]
    try:
        if encoding(part) == b"base64":
            data = data.translate(None, _BLANKS)
            return binascii.a2b_base64(data[: len(data) - len(data) % 4])
        if encoding(part) == b"quoted-printable":
            return unquoted(data)
    except binascii.Error:
        pass
    return data


def unquoted(data: bytes) -> bytes:
    """Return quoted-printable as what it stands for, without the blanks at line ends that were added on the way (RFC 2045 §6.7, 3)."""
    lines = []
    for line in data.split(b"\n"):
        end = b"\r" if line.endswith(b"\r") else b""
        lines.append(line.removesuffix(b"\r").rstrip(b" \t") + end)
    return binascii.a2b_qp(b"\n".join(lines))


def size(part: Part, raw: bytes) -> int:
    """Return how many octets a part's body has without its transfer encoding, without taking it out."""
    length = part.end - part.body
    if encoding(part) != b"base64":
        return length
    blanks = sum(raw.count(bytes([blank]), part.body, part.end) for blank in _BLANKS)
    padding = raw.count(b"=", max(part.body, part.end - 8), part.end)
    return max(0, (length - blanks) // 4 * 3 - padding)


def text(part: Part, raw: bytes, limit: int = MAX_SEARCHED) -> str:
    """Return the text of a part, in the charset that it names; what cannot be decoded is replaced."""
    charset = headers.parameter(part.parameters, b"charset") or b"utf-8"
    return headers.in_charset(octets(part, raw, limit), charset.decode("ascii", "replace"))


def file_name(part: Part) -> str:
    """Return the name that the sender gave the part's file, as it stands there: not fit for a file system.

    RFC 2183 §2.3, RFC 2231; encoded words too, which RFC 2047 §5 forbids here and many programs write.
    """
    message = Message()
    for name in ("Content-Disposition", "Content-Type"):
        if value := part.fields.get(name.lower()):
            message[name] = value[: headers.MAX_FIELD].decode("utf-8", "replace")
    try:
        found = message.get_filename("")
    except (ValueError, TypeError, LookupError):  # numbers without end, charsets that are none
        return ""
    return headers.decoded(email.utils.collapse_rfc2231_value(found).encode("utf-8", "replace"))


def searchable(root: Part, raw: bytes) -> str:
    """Return the text of a message's text parts, decoded, and of the headers of messages in it."""
    texts: list[str] = []
    for part in walk(root):
        if len(texts) >= MAX_TEXTS:
            break
        if part.message is not None:
            texts.append(_header(part.message, raw))
        elif part.type[0] == b"text" or (part is not root and part.type == (b"message", b"delivery-status")):
            texts.append(text(part, raw))
    return "\n".join(texts)


def part_headers(root: Part, raw: bytes) -> str:
    """Return the headers of a message's parts, decoded."""
    parts = list(walk(root))[1:]
    return "\n".join(_header(part, raw) for part in parts[:MAX_TEXTS])


def _header(part: Part, raw: bytes) -> str:
    head = headers.fields(raw[part.start : part.body], spaced=True)
    return "\n".join(f"{name}: {headers.decoded(value)}" for name, value in head)
