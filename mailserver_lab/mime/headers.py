"""A message's header as octets (RFC 5322 §2.2, RFC 2045 §5.1): fields, parameters, encoded words.

The `email` package would do more than is wanted here: it decodes, repairs and copies, where IMAP has to give back what
is there, and it does so for any input however large.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from email.errors import HeaderParseError
from email.header import decode_header
from functools import lru_cache

#: What of a header is looked at. A longer one is hostile; it is still given back whole by BODY[HEADER].
MAX_HEADER = 1 << 20
#: What of one field is taken apart or decoded. Patterns below may take time that grows with its square.
MAX_FIELD = 1 << 13

_BLANK_LINE = re.compile(rb"\n\r?\n")
_VALUE_OF = rb")[ \t]*:(.*(?:\n[ \t].*)*)(?:\n|\Z)"
_FIELD = re.compile(rb"^([!-9;-~]+" + _VALUE_OF, re.MULTILINE)
#: What a field can be called; RFC 5322 §2.1.1 allows no longer line.
NAME = re.compile(r"[!-9;-~]{1,998}")
_FOLD = re.compile(rb"[ \t]*\r?\n[ \t]*")
_LINE_END = re.compile(rb"\r?\n")
_COMMENT = re.compile(rb"\((?:[^()\\]|\\.)*\)")
_VALUE = re.compile(rb"[^\s;]+")
_PARAMETER = re.compile(rb';\s*([^\s=;]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]*))', re.DOTALL)
_PIECE = re.compile(rb"(.+)\*(\d{1,3})(\*?)", re.DOTALL)
#: Names that Python knows and no mail uses; the time that punycode takes grows with the text's square.
_NO_CHARSETS = {
    "punycode",
    "idna",
    "unicode_escape",
    "unicode-escape",
    "raw_unicode_escape",
    "raw-unicode-escape",
}
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)


def end_of(raw: bytes, start: int, limit: int) -> int:
    """Return where the header that begins at `start` ends: after its empty line, or at the limit."""
    # A body may follow at once, where there is no field at all.
    if raw.startswith((b"\r\n", b"\n"), start, limit):
        return start + (2 if raw.startswith(b"\r", start) else 1)
    blank = _BLANK_LINE.search(raw, start, limit)
    return blank.end() if blank else limit


def split(raw: bytes) -> tuple[bytes, bytes]:
    """Divide a message into header, with its empty line, and body."""
    end = end_of(raw, 0, len(raw))
    return raw[:end], raw[end:]


def raw_fields(head: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield each field as it stands: its name in lower case, and all its octets, folds and line end included."""
    for match in _FIELD.finditer(head, 0, min(len(head), MAX_HEADER)):
        yield match[1].decode().lower(), match[0]


def without(head: bytes, names: Container[str]) -> bytes:
    """Return a header without the fields of these names."""
    kept: list[bytes] = []
    at = 0
    for match in _FIELD.finditer(head, 0, min(len(head), MAX_HEADER)):
        if match[1].decode().lower() in names:
            kept.append(head[at : match.start()])
            at = match.end()
    return b"".join([*kept, head[at:]])


@lru_cache(maxsize=64)
def _fields_named(names: tuple[str, ...]) -> re.Pattern[bytes]:
    any_of = b"|".join(re.escape(name.encode()) for name in names)
    return re.compile(rb"^(" + any_of + _VALUE_OF, re.MULTILINE | re.IGNORECASE)


def fields(head: bytes, *names: str, spaced: bool = False) -> Iterator[tuple[str, bytes]]:
    """Yield each field's name in lower case and its value, unfolded; of all fields, or of those with one of these `NAME`s."""
    pattern = _fields_named(names) if names else _FIELD
    for match in pattern.finditer(head, 0, min(len(head), MAX_HEADER)):
        yield match[1].decode().lower(), unfolded(match[2], spaced=spaced)


def unfolded(value: bytes, *, spaced: bool = False) -> bytes:
    """Return a field's value on one line (RFC 5322 §2.2.3); `spaced` with one space for each fold (§3.2.2)."""
    if b"\n" in value:
        value = _FOLD.sub(b" ", value) if spaced else _LINE_END.sub(b"", value)
    return value.strip()


def first(head: bytes, *names: str, spaced: bool = False) -> dict[str, bytes]:
    """Return the first field of each of these names, where there is one."""
    found: dict[str, bytes] = {}
    for name, value in fields(head, *names, spaced=spaced):
        found.setdefault(name, value)
    return found


def parameters(value: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Divide `text/plain; charset=utf-8` into value and parameters (RFC 2045 §5.1), names as they are spelled.

    A parameter that is given in pieces is put together (RFC 2231 §3); its name keeps the `*` that says it is encoded.
    """
    value = value[:MAX_FIELD]
    if b"(" in value and b'"' not in value:
        value = _COMMENT.sub(b"", value)
    main = _VALUE.match(value.lstrip())
    pairs: dict[bytes, list[tuple[int, bytes]]] = {}
    for match in _PARAMETER.finditer(value):
        text = match[3] if match[2] is None else _ESCAPE.sub(rb"\1", match[2])
        name, number = match[1], 0
        if piece := _PIECE.fullmatch(name):
            # A piece that is encoded makes the whole one that is encoded.
            plain, encoded = piece[1], piece[1] + b"*"
            name = encoded if piece[3] or encoded in pairs else plain
            number = int(piece[2])
            if name == encoded and plain in pairs:
                pairs[encoded] = pairs.pop(plain)
        if piece or name not in pairs:
            pairs.setdefault(name, []).append((number, text))
    found = [(name, b"".join(text for _, text in sorted(texts))) for name, texts in pairs.items()]
    return (main[0] if main else b""), found


def parameter(parameters: list[tuple[bytes, bytes]], name: bytes) -> bytes:
    """Return the parameter of that name, in any case; b"" if there is none."""
    return next((value for key, value in parameters if key.lower() == name), b"")


def decoded(value: bytes) -> str:
    """Return a field's value as people read it: encoded words decoded (RFC 2047), UTF-8 taken as such."""
    text = value[:MAX_FIELD].decode("utf-8", "replace")
    if "=?" not in text:
        return text
    try:
        words = decode_header(text)
    except (HeaderParseError, ValueError):
        return text
    return "".join(
        word if isinstance(word, str) else in_charset(word, charset or "utf-8") for word, charset in words
    )


def in_charset(data: bytes, charset: str) -> str:
    """Decode in a charset that a message names; what cannot be decoded is replaced, never an error."""
    if charset.lower() in _NO_CHARSETS:
        charset = "utf-8"
    try:
        return data.decode(charset, "replace")
    except (LookupError, ValueError):
        return data.decode("utf-8", "replace")
