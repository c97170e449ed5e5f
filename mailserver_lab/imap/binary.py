"""Parts without their transfer encoding, as BINARY gives them (RFC 3516).

A message or a multipart has no encoding of its own, but the parts in it have; they come decoded too, and their headers
say so, as Dovecot does it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

from mailserver_lab.mime import content, headers
from mailserver_lab.mime.structure import Part, scan, walk

_FIELD = "content-transfer-encoding"
_ENCODED = frozenset({b"base64", b"quoted-printable"})
_IDENTITY = frozenset({b"", b"7bit", b"8bit", b"binary"})
_NAMED = re.compile(rb"(?mi)^content-transfer-encoding[ \t]*:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*")
_BARE_LINE_END = re.compile(rb"(?<!\r)\n")


class UnknownEncoding(Exception):
    """The part is in an encoding that nobody here knows (RFC 3516 §4.3, UNKNOWN-CTE)."""


def decoded(part: Part, raw: bytes) -> bytes:
    """Return a part's body without its transfer encoding."""
    if _is_leaf(part):
        return content.octets(part, raw) if _is_encoded(part) else raw[part.body : part.end]
    return _decoded(part, raw, part.body)


def whole(message: Part, raw: bytes) -> bytes:
    """Return a message with all its parts decoded."""
    return _decoded(message, raw, message.start)


def storable(raw: bytes) -> bytes:
    """Return a message that came as a binary literal with its binary parts in base64, as a server may do (RFC 3516 §4.4).

    BODY cannot give them as they are: its literals hold no NUL (RFC 3501 §9, CHAR8). What is not binary is lines.
    """

    def encoded(part: Part) -> bytes:
        head = _NAMED.sub(b"Content-Transfer-Encoding: base64", raw[part.start : part.body], count=1)
        return head + base64.encodebytes(raw[part.body : part.end]).rstrip(b"\n")

    made = _replaced(scan(raw), raw, 0, lambda part: content.encoding(part) == b"binary", encoded)
    return _BARE_LINE_END.sub(b"\r\n", made)


def _decoded(outer: Part, raw: bytes, at: int) -> bytes:
    """Return what stands from there to the end of a part, without transfer encodings."""
    return _replaced(
        outer,
        raw,
        at,
        _is_encoded,
        lambda part: _relabelled(raw[part.start : part.body]) + content.octets(part, raw),
    )


def _replaced(
    outer: Part, raw: bytes, at: int, chosen: Callable[[Part], bool], made: Callable[[Part], bytes]
) -> bytes:
    """Return what stands from there to the end of a part, with those of its leaves that are chosen made anew."""
    pieces = []
    for part in walk(outer):
        if _is_leaf(part) and chosen(part):
            pieces += [raw[at : part.start], made(part)]
            at = part.end
    return b"".join([*pieces, raw[at : outer.end]])


def _relabelled(head: bytes) -> bytes:
    kept = headers.without(head, (_FIELD,))
    end = (
        b"\r\n" if kept.endswith(b"\r\n\r\n") or kept == b"\r\n" else b"\n" if kept.endswith(b"\n\n") else b""
    )
    return kept[: len(kept) - len(end)] + b"Content-Transfer-Encoding: binary\r\n" + end


def _is_leaf(part: Part) -> bool:
    return part.type[0] != b"multipart" and part.message is None


def _is_encoded(part: Part) -> bool:
    encoding = content.encoding(part)
    if encoding in _ENCODED:
        return True
    if encoding in _IDENTITY:
        return False
    # One word of it, as the client is told so in one line.
    word = encoding[:40].split()[0].decode("ascii", "backslashreplace")
    raise UnknownEncoding(f"a part is encoded as {word!r}")
