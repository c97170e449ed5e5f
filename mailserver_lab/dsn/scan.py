"""The structure of a message, found within limits: which part stands where, and the text of those that are looked into.

Nothing in a bounce is trusted. `email` builds every part as objects, which needs ten times the message's size, and gives
up at deep nesting. This scan keeps the octets as they are, remembers offsets, and decodes a part when it is asked for.
What goes beyond a limit is left out, and `Scan.cut` says so. Never raises, whatever the octets are.
"""

from __future__ import annotations

import binascii
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header

DEPTH = 50  # parts within parts; real mail has less than ten
PARTS = 1_000
HEADER = 65_536  # octets of one header that are looked at
FIELDS = 500
TEXT = 2_000_000  # octets of text that are decoded, all parts together
SEARCHED = 400_000_000  # octets that the search for boundaries may pass, all levels together
LOOK = 10_000  # what one search costs beside the octets that it passes
VALUE = 8_192  # characters of one field; a To with thousands of addresses tells no more than its beginning


@dataclass(slots=True)
class Part:
    """A part of a message, or a message: header fields, and where the body stands.

    Args:
        fields: the fields in order, names in lower case, values unfolded and undecoded.
        type: media type in lower case, such as "text/plain".
        start: offset of the body.
        end: offset behind it.
        parts: of a multipart, its parts; of message/rfc822, the message.
        depth: how many parts are around it.
    """

    fields: list[tuple[str, str]]
    type: str
    start: int
    end: int
    depth: int
    parts: list[Part] = field(default_factory=list)

    def get(self, name: str) -> str:
        """The first field of that name (given in lower case), "" where there is none."""
        return next((value for key, value in self.fields if key == name), "")

    def shown(self, name: str) -> str:
        """The same, its encoded words decoded (RFC 2047)."""
        return decoded_words(self.get(name))

    def walk(self) -> Iterator[Part]:
        """This part and all below it that belong to the same message, in order: not what a returned message contains."""
        yield self
        if self.type.startswith("multipart/"):
            for part in self.parts:
                yield from part.walk()

    def messages(self) -> Iterator[Part]:
        """The messages that are attached to this one, directly."""
        for part in self.walk():
            if not part.type.startswith("multipart/"):
                yield from part.parts


class Scan:
    """A message and its parts."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.cut = False
        self._text_left = TEXT
        self._search_left = SEARCHED
        self._parts_left = PARTS
        self.message = self._part(self._first(), len(raw), 0, "text/plain")

    def _first(self) -> int:
        """Where the header begins: behind empty lines, and behind the "From " line of an mbox."""
        start = 0
        while self.raw[start : start + 1] in (b"\r", b"\n", b" ") and start < 1_000:
            start += 1
        if self.raw.startswith((b"From ", b">From "), start):
            start = self.raw.find(b"\n", start, start + HEADER) + 1 or start
        return start

    def _part(self, start: int, end: int, depth: int, default: str) -> Part:
        self._parts_left -= 1
        head, body = self._header(start, end)
        fields = _fields(head)
        content_type = next((value for key, value in fields if key == "content-type"), "")
        kind = content_type.partition(";")[0].strip().lower() or default
        if "/" not in kind or not kind.isascii() or len(kind) > 200:
            kind = default
        part = Part(fields, kind, body, end, depth)
        if depth >= DEPTH:
            self.cut = self.cut or kind.startswith(("multipart/", "message/"))
        elif kind.startswith("multipart/"):
            boundary = parameter(content_type, "boundary")
            inner = "message/rfc822" if kind == "multipart/digest" else "text/plain"
            for begin, stop in self._between(self._boundary(boundary, body, end), body, end):
                if self._parts_left <= 0:
                    self.cut = True
                    break
                part.parts.append(self._part(begin, stop, depth + 1, inner))
        elif kind in {"message/rfc822", "message/global"} and self._parts_left > 0:
            encoding = part.get("content-transfer-encoding").strip().lower()
            if encoding not in {
                "base64",
                "quoted-printable",
            }:  # RFC 6532 allows them for message/global; rare
                part.parts.append(self._part(body, end, depth + 1, "text/plain"))
        return part

    def _header(self, start: int, end: int) -> tuple[bytes, int]:
        """The header's octets, and where the body begins."""
        raw, limit = self.raw, min(end, start + HEADER)
        if raw.startswith(b"\n", start):
            return b"", start + 1
        if raw.startswith(b"\r\n", start):
            return b"", start + 2
        ends = [
            (at, size)
            for mark, size in ((b"\n\r\n", 3), (b"\n\n", 2))
            if (at := raw.find(mark, start, limit)) >= 0
        ]
        if ends:
            at, size = min(ends)
            return raw[start:at], at + size
        if limit < end:
            self.cut = True
        return raw[start:limit], limit

    def _between(self, boundary: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The stretches between the boundary's lines."""
        if not boundary or len(boundary) > 300:
            return
        raw, line = self.raw, b"--" + boundary
        begin = -1
        at = start if raw.startswith(line, start) else self._find(b"\n" + line, start, end)
        while at >= 0:
            stop = at - 1 if raw[at - 1 : at] == b"\r" and at > start else at
            if begin >= 0:
                yield begin, max(begin, stop)
            behind = at + len(line) + (raw[at : at + 1] == b"\n")
            rest_end = raw.find(b"\n", behind, min(end, behind + 1_000))
            rest = raw[behind : rest_end if rest_end >= 0 else min(end, behind + 1_000)]
            if rest.startswith(b"--"):
                return
            if not rest.strip():  # else it is another boundary that begins with this one
                begin = rest_end + 1 if rest_end >= 0 else end
            at = self._find(b"\n" + line, max(behind, rest_end), end)
        if 0 <= begin < end:
            yield begin, end

    def _boundary(self, told: str, start: int, end: int) -> bytes:
        """The boundary: the one that the header tells, or, where that stands nowhere, the line that looks like one."""
        boundary = told.encode("utf-8", "surrogateescape")
        if boundary and (
            self.raw.startswith(b"--" + boundary, start) or self._find(b"\n--" + boundary, start, end) >= 0
        ):
            return boundary
        found = _LIKE_A_BOUNDARY.search(self.raw, start, min(end, start + HEADER))
        return found[1] if found else boundary

    def _find(self, what: bytes, start: int, end: int) -> int:
        if self._search_left <= 0:
            self.cut = True
            return -1
        at = self.raw.find(what, start, end)
        self._search_left -= (at if at >= 0 else end) - start + LOOK
        return at

    def text(self, part: Part) -> str:
        """A part's text, its encodings undone; HTML without its tags. Only as much as the limit leaves."""
        size = min(part.end - part.start, self._text_left)
        if size < part.end - part.start:
            self.cut = True
        self._text_left -= max(size, 0)
        octets = self.raw[part.start : part.start + max(size, 0)]
        return text_of(octets, part)

    def refund(self) -> None:
        """Begin anew to count the text: for another look at the same message."""
        self._text_left = TEXT


_LIKE_A_BOUNDARY = re.compile(rb"^--([^\s]{1,200})[ \t]*\r?\n[Cc]ontent-[A-Za-z-]{1,40}:", re.MULTILINE)


def text_of(octets: bytes, part: Part) -> str:
    """Octets as the part's header says that they are to be read."""
    encoding = part.get("content-transfer-encoding").strip().lower()
    if encoding == "base64":
        octets = _base64(octets)
    elif encoding == "quoted-printable":
        octets = binascii.a2b_qp(octets)
    text = decoded(octets, parameter(part.get("content-type"), "charset"))
    if part.type == "text/html":
        text = without_tags(text)
    return text.replace("\r\n", "\n").replace("\r", "\n")


_NOT_BASE64 = bytes(octet for octet in range(256) if not re.match(rb"[A-Za-z0-9+/]", bytes((octet,))))


def _base64(octets: bytes) -> bytes:
    clean = octets.translate(None, _NOT_BASE64)
    return binascii.a2b_base64(clean[: len(clean) & ~3] + _padded(clean[len(clean) & ~3 :]))


def _padded(rest: bytes) -> bytes:
    return rest + b"=" * (4 - len(rest)) if len(rest) > 1 else b""


_NAME = re.compile(r"[!-9;-~]{1,100}\s*:")


def _fields(head: bytes) -> list[tuple[str, str]]:
    fields: list[tuple[str, str]] = []
    name, values = "", list[str]()
    for line in _as_header(head).splitlines():
        if line[:1] in {" ", "\t"} or (values and values[-1].endswith(";") and not _NAME.match(line)):
            values.append(line.strip())
            continue
        if name:
            fields.append((name, " ".join(values)[:VALUE]))
        key, colon, value = line.partition(":")
        name, values = (key.strip().lower(), [value.strip()]) if colon and len(key) < 100 else ("", [])
        if len(fields) >= FIELDS:
            return fields
    if name:
        fields.append((name, " ".join(values)[:VALUE]))
    return fields


def _as_header(head: bytes) -> str:
    return decoded(head.replace(b"\x0b", b" ").replace(b"\x0c", b" "), "")


def parameter(value: str, name: str) -> str:
    """A parameter of a field such as Content-Type; the first piece of one that is split (RFC 2231)."""
    found = re.search(rf';\s*{name}(?:\*0?\*?)?\s*=\s*(?:"([^"]*)"|([^\s;]+))', value, re.IGNORECASE)
    return (found[1] if found[1] is not None else found[2]).strip() if found else ""


# what a bounce may say of its charset; others (`idna`, `unicode_escape`) are no charsets of mail
_CHARSETS = re.compile(
    r"(?:utf-?(?:8|16|7)(?:le|be)?|us-?ascii|ascii|latin-?1|iso-?8859-\d{1,2}|(?:windows|cp)-?12\d\d|koi8-[ru]"
    r"|iso-2022-(?:jp(?:-[123]|-2004|-ext)?|kr)|shift_?jis|sjis|x-sjis|cp932|windows-31j|ms932|euc-?jp|euc-?kr|gb2312|gbk|gb18030|big5|tis-620)"
)
_NAMES = {
    "x-sjis": "cp932", "shift_jis": "cp932", "shiftjis": "cp932", "sjis": "cp932", "windows-31j": "cp932", "ms932": "cp932",
    "iso-2022-jp": "iso2022_jp_ext", "iso-2022-jp-1": "iso2022_jp_ext", "gb2312": "gb18030", "utf-7": "utf-8", "utf7": "utf-8",
}  # fmt: skip


def decoded(octets: bytes, charset: str) -> str:
    """Octets as text: in the charset that they claim, or, where they claim none or a wrong one, in the likely one."""
    name = charset.strip().lower()
    if b"\x1b$" in octets or b"\x1b(" in octets:
        return octets.decode("iso2022_jp_ext", "replace")
    if octets.isascii():
        return octets.decode("ascii")
    if name not in _UNLIKELY and _CHARSETS.fullmatch(name):
        try:
            return octets.decode(_NAMES.get(name, name), "replace")
        except (UnicodeError, LookupError):
            pass
    try:
        return octets.decode()
    except UnicodeDecodeError:
        pass
    for name in ("cp932", "euc_jp"):  # what Japanese mail systems of old wrote without saying so
        text = _strictly(octets, name)
        if sum(1 for letter in text[:2_000] if "\u3041" <= letter <= "\u30fc") > KANA:
            return text
    return octets.decode("utf-8", "replace")


# with octets beyond ASCII, and without the escapes that ISO-2022-JP lives by, these claims are wrong or must be tried
_UNLIKELY = {"us-ascii", "ascii", "utf-8", "utf8", "iso-2022-jp", "iso-2022-jp-1", "iso-2022-jp-ext"}
KANA = 3  # more letters of Japanese than chance would give


def _strictly(octets: bytes, name: str) -> str:
    try:
        return octets.decode(name)
    except UnicodeDecodeError:
        return ""


def decoded_words(value: str) -> str:
    """A header value with its encoded words decoded; as it stands where they are broken."""
    if "=?" not in value:
        return value
    try:
        pieces = decode_header(value[:2_000])
    except (HeaderParseError, ValueError, binascii.Error):
        return value
    return "".join(
        decoded(piece, charset or "") if isinstance(piece, bytes) else piece for piece, charset in pieces
    ).replace("\n", " ")


_BREAKS = re.compile(
    r"<(?:/?(?:p|div|tr|li|ul|ol|table|h\d|pre|blockquote|body)|br|hr)\b[^<>]*>", re.IGNORECASE
)
_TAGS = re.compile(r"<[^<>]*>")
_HIDDEN = (("<!--", "-->"), ("<style", "</style"), ("<script", "</script"), ("<head", "</head"))


def without_tags(text: str) -> str:
    """The words of HTML, line by line. Nothing in it is run, loaded or believed."""
    for opening, closing in _HIDDEN:
        text = _removed(text, opening, closing)
    return html.unescape(
        _TAGS.sub(" ", _BREAKS.sub("\n", text.replace("\r", "").replace("\n", " ")))
    ).replace("\xa0", " ")


def _removed(text: str, opening: str, closing: str) -> str:
    kept, low, at = list[str](), text.lower(), 0
    if len(low) != len(text):  # some letters grow when they are made small
        return text
    while (begin := low.find(opening, at)) >= 0:
        kept.append(text[at:begin])
        stop = low.find(closing, begin)
        if stop < 0:
            return "".join(kept)
        at = stop + len(closing)
    kept.append(text[at:])
    return "".join(kept)
