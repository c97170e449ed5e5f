"""BODYSTRUCTURE and BODY: what parts a message has, so that a client fetches only those it shows (RFC 3501 §7.4.2).

What RFC 3501 leaves open is answered as Dovecot does, which clients know best: words as the message spells them, the
charset of text told, octets and lines of a part without its MIME header.
"""

from __future__ import annotations

from mailserver_lab.imap.envelope import envelope
from mailserver_lab.imap.values import Run, Value
from mailserver_lab.mime import headers
from mailserver_lab.mime.structure import Part


def bodystructure(part: Part, raw: bytes, *, extended: bool) -> Value:
    """Return the value of BODYSTRUCTURE, or of BODY, which lacks the extension data.

    Recurses as deep as parts nest, which `structure.MAX_DEPTH` bounds.
    """
    if part.type[0] == b"multipart":
        parts = [bodystructure(child, raw, extended=extended) for child in part.numbered]
        extension = [_pairs(part.parameters), *_extension(part)] if extended else []
        return [Run(parts), part.spelled[1], *extension]
    return [
        *part.spelled,
        _pairs(_with_charset(part)),
        part.fields.get("content-id"),
        part.fields.get("content-description"),
        part.fields.get("content-transfer-encoding", b"").split(b"(")[0].strip() or b"7bit",
        part.end - part.body,
        *_more(part, raw, extended=extended),
        *([part.fields.get("content-md5"), *_extension(part)] if extended else []),
    ]


def _more(part: Part, raw: bytes, *, extended: bool) -> list[Value]:
    """Return what a text says beyond other parts (its lines), and a message (its envelope, its structure, its lines)."""
    lines = raw.count(b"\n", part.body, part.end)
    if part.message is not None:
        message = part.message
        inner = bodystructure(message, raw, extended=extended)
        return [envelope(raw[message.start : message.body]), inner, lines]
    return [lines] if part.type[0] == b"text" else []


def _with_charset(part: Part) -> list[tuple[bytes, bytes]]:
    if part.type[0] != b"text" or any(name.lower() == b"charset" for name, _ in part.parameters):
        return part.parameters
    return [*part.parameters, (b"charset", b"us-ascii")]


def _extension(part: Part) -> list[Value]:
    """Return disposition (RFC 2183), language (RFC 3282) and location (RFC 2557)."""
    disposition: Value = None
    if value := part.fields.get("content-disposition"):
        kind, parameters = headers.parameters(value)
        disposition = [kind, _pairs(parameters)]
    languages = part.fields.get("content-language", b"").replace(b",", b" ").split()
    return [disposition, list(languages) or None, part.fields.get("content-location")]


def _pairs(parameters: list[tuple[bytes, bytes]]) -> Value:
    return [text for pair in parameters for text in pair] or None
