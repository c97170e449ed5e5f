"""A message as the doctor looks into it: its parts, their header fields, and the text of those that explain.

Nothing in a bounce is trusted. Where the parts are is found by `mime.structure`, within limits; here are the limits of
what is read in them, and the guesses that broken and old bounces need: a boundary that the header tells wrongly, a
charset that nobody tells. What is left out is told by `Scan.cut`. Never raises, whatever the octets are.
"""

from __future__ import annotations

import binascii
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from ..mime import content, headers, structure

PARTS = 1_000  # that are looked at
HEADER = 65_536  # octets of one header that are looked at
FIELDS = 500
TEXT = 2_000_000  # octets of text that are decoded, all parts together
REPAIRS = 5  # multiparts whose boundary is guessed
VALUE = 8_192  # characters of one field; a To with thousands of addresses tells no more than its beginning


@dataclass(slots=True)
class Part:
    """A part of a message, or a message: header fields, and where the body stands.

    Args:
        raw: the octets that the offsets count in.
        fields: the fields in order, names in lower case, values unfolded and undecoded.
        type: media type in lower case, such as "text/plain".
        start: offset of the body.
        end: offset behind it.
        parts: of a multipart, its parts; of message/rfc822, the message.
    """

    raw: bytes
    fields: list[tuple[str, str]]
    type: str
    start: int
    end: int
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
        self.cut = False
        self.escapes_lost = False
        self._text_left = TEXT
        self._parts_left = PARTS
        self._repairs_left = REPAIRS
        self.message = self._part(raw[_first(raw) :], None)

    def _part(self, raw: bytes, found: structure.Part | None) -> Part:
        found = found or structure.scan(raw)
        self._parts_left -= 1
        fields = _fields(raw[found.start : min(found.body, found.start + HEADER)])
        told = next((value for key, value in fields if key == "content-type"), "").lower()
        kind = b"/".join(found.type).decode("ascii", "replace")[:200]
        part = Part(raw, fields, kind, found.body, max(found.body, found.end))
        if kind == "application/octet-stream" and (
            parameter(told, "boundary") or told.startswith("message/")
        ):
            self.cut = True  # it lies too deep
        elif told.startswith("multipart/") and not found.children and (mended := self._mended(part)):
            return mended
        for inner in found.children or ([found.message] if found.message is not None else []):
            if self._parts_left <= 0:
                self.cut = True
                break
            part.parts.append(self._part(raw, inner))
        return part

    def _mended(self, part: Part) -> Part | None:
        """A multipart whose boundary stands nowhere, read by the line that looks like one."""
        guess = _LIKE_A_BOUNDARY.search(part.raw, max(0, part.start - 1), min(part.end, part.start + HEADER))
        if guess is None or self._repairs_left <= 0:
            return None
        self._repairs_left -= 1
        head = b'Content-Type: multipart/mixed; boundary="' + guess[1] + b'"\r\n\r\n'
        raw = head + part.raw[part.start : min(part.end, part.start + TEXT)]
        found = structure.scan(raw)
        if not found.children:
            return None
        mended = self._part(raw, found)
        mended.fields, mended.type = (
            part.fields,
            "multipart/report" if "report" in part.get("content-type").lower() else mended.type,
        )
        return mended

    def text(self, part: Part) -> str:
        """A part's text, its encodings undone; HTML without its tags. Only as much as the limit leaves."""
        size = min(part.end - part.start, self._text_left)
        if size < part.end - part.start:
            self.cut = True
        self._text_left -= max(size, 0)
        text = text_of(part.raw[part.start : part.start + max(size, 0)], part)
        mended = with_escapes(text) if "$B" in text or "$@" in text else text
        self.escapes_lost = self.escapes_lost or mended != text
        return mended


def _first(raw: bytes) -> int:
    """Where the header begins: behind empty lines, and behind the "From " line of an mbox."""
    start = 0
    while raw[start : start + 1] in (b"\r", b"\n", b" ") and start < min(1_000, len(raw)):
        start += 1
    if raw.startswith((b"From ", b">From "), start):
        start = raw.find(b"\n", start, start + HEADER) + 1 or start
    return start


_LIKE_A_BOUNDARY = re.compile(rb"\n--([^\s\"]{1,200})[ \t]*\r?\n[Cc]ontent-[A-Za-z-]{1,40}:")


def _fields(head: bytes) -> list[tuple[str, str]]:
    return [
        (name, decoded(value[: 4 * VALUE], "")[:VALUE])
        for name, value in islice(headers.fields(head), FIELDS)
    ]


def text_of(octets: bytes, part: Part) -> str:
    """Octets as the part's header says that they are to be read."""
    encoding = part.get("content-transfer-encoding").strip().lower()
    if encoding == "base64":
        octets = _base64(octets)
    elif encoding == "quoted-printable":
        octets = content.unquoted(octets)
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


_SHIFT = re.compile(rb"\x1b(?:\$[@B(]|\([BIJ])")  # what ISO-2022-JP begins and ends Japanese with


def decoded(octets: bytes, charset: str) -> str:
    """Octets as text: in the charset that they claim, or, where they claim none or a wrong one, in the likely one."""
    name = charset.strip().lower()
    if b"\x1b" in octets and _SHIFT.search(octets):
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


_SHIFT_IN = re.compile(r"[\ufffd\u241b]?\$[@B]")
_SHIFT_OUT = re.compile(r"[\ufffd\u241b]?\([BJ]")
SHIFTS, SHIFTED = 5_000, 800  # stretches of a text that are tried, and the characters of one


def with_escapes(text: str) -> str:
    """A text in ISO-2022-JP whose escape characters a program swallowed, read as if they were there; other text as it stands."""
    kept, at = list[str](), 0
    for found in islice(_SHIFT_IN.finditer(text), SHIFTS):
        out = _SHIFT_OUT.search(text, found.end(), found.end() + SHIFTED) if found.start() >= at else None
        if out is not None and (japanese := _shifted(text[found.end() : out.start()])):
            kept += [text[at : found.start()], japanese]
            at = out.end()
    return "".join([*kept, text[at:]])


def _shifted(letters: str) -> str:
    """Two letters each as one of JIS X 0208; "" where that gives no Japanese."""
    if not letters.isascii():
        return ""
    japanese = _strictly(b"\x1b$B" + letters.encode("ascii") + b"\x1b(B", "iso2022_jp")
    kana = sum(1 for letter in japanese if "\u3041" <= letter <= "\u30fc")
    return japanese if kana * 8 >= len(japanese) > 1 else ""


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
    return (
        headers.decoded(value[:2_000].encode("utf-8", "replace")).replace("\n", " ")
        if "=?" in value
        else value
    )


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
        at = stop + len(closing) if closing.endswith(">") else low.find(">", stop) + 1 or len(text)
    kept.append(text[at:])
    return "".join(kept)
