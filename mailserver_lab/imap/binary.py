"""Parts without their transfer encoding, as BINARY gives them (RFC 3516)."""

from __future__ import annotations

from mailserver_lab.mime import content
from mailserver_lab.mime.structure import Part

_KNOWN = frozenset({b"", b"7bit", b"8bit", b"binary", b"base64", b"quoted-printable"})


class UnknownEncoding(Exception):
    """The part is in an encoding that nobody here knows (RFC 3516 §4.3, UNKNOWN-CTE)."""


def decoded(part: Part, raw: bytes) -> bytes:
    """Return a part's body without its transfer encoding; a multipart or a message has none of its own."""
    if part.children or part.message is not None:
        return raw[part.body : part.end]
    encoding = content.encoding(part)
    if encoding not in _KNOWN:
        raise UnknownEncoding(f"the part is encoded as {encoding[:40].decode('ascii', 'replace')}")
    return content.octets(part, raw)
