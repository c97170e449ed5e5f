"""From what a person typed and attached to a message (RFC 5322; MIME: RFC 2045, 2046, 2183, 2231)."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from urllib.parse import quote

from ..smtp.paths import is_mailbox
from .files import File

_LINE_LIMIT = 998  # octets of a line (RFC 5322 section 2.1.1)
_PLAIN_SUBJECT = 60  # characters that stand on a header's first line without folding
_NO_HEADER = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")  # control characters, and all that ends a line
_FOLD = ",\r\n "
_NAME_PIECE = 54  # characters of a file name's encoded form on one line
_QUOTABLE = re.compile(r"[\x20-\x7e]{1,60}\Z")  # ASCII, and short enough for one line


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person typed. Nothing of it is trusted to be well-formed."""

    sender: str
    to: str
    subject: str
    body: str

    def recipients(self) -> list[str]:
        """The addresses in the To field, as typed, without empty ones."""
        return [address for part in re.split(r"[,;\n、，]", self.to) if (address := part.strip())]


def compose(draft: Draft, *, date: datetime, message_id: str, files: Sequence[File] = ()) -> bytes:
    """The message as octets, lines ended by CRLF. Line ends in the subject become spaces, so that none can add a header.

    Written by hand: `email` decodes an encoded-word that a person typed, and a line end inside one then ends the header.
    """
    head = (
        f"Date: {format_datetime(date)}\r\n"
        f"From: {draft.sender}\r\n"
        f"To: {_FOLD.join(_header_address(address) for address in draft.recipients())}\r\n"
        f"Subject: {_unstructured(draft.subject)}\r\n"
        f"Message-ID: {message_id}\r\n"
        "MIME-Version: 1.0\r\n"
    ).encode()
    text = _text(draft.body)
    if not files:
        return head + text
    boundary = "=_part"  # base64 never holds it; what was typed may
    while boundary.encode() in text:
        boundary += "_"
    line = f"--{boundary}\r\n".encode()
    parts = [piece for file in files for piece in (b"\r\n", line, *_attachment(file))]
    eight = "" if text.isascii() else "Content-Transfer-Encoding: 8bit\r\n"
    kind = f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n{eight}\r\n'.encode()
    return b"".join([head, kind, line, text, *parts, f"--{boundary}--\r\n".encode()])


def _text(typed: str) -> bytes:
    """What was typed as a part: its header, an empty line, the text."""
    body = typed.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\N{REPLACEMENT CHARACTER}")
    lines = body.removesuffix("\n").encode("utf-8", "replace").split(b"\n")
    content = b"".join(line + b"\r\n" for line in lines)
    if any(len(line) > _LINE_LIMIT for line in lines):
        encoding, content = "base64", _base64(content)
    else:
        encoding = "7bit" if body.isascii() else "8bit"
    head = f'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'
    return head.encode() + content


def _attachment(file: File) -> tuple[bytes, bytes]:
    """A file as a part: its header, and its content in base64, the only encoding that leaves every octet as it is."""
    kind = file.type
    if kind.startswith("text/"):
        try:
            file.content.decode()
            kind += '; charset="utf-8"'
        except UnicodeDecodeError:  # text in a charset that nobody told us
            kind = "application/octet-stream"
    head = (
        f"Content-Type: {kind}\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment;\r\n {_file_name(file.name)}\r\n"
        "\r\n"
    )
    return head.encode(), _base64(file.content)


def _base64(content: bytes) -> bytes:
    return base64.encodebytes(content).replace(b"\n", b"\r\n")


def _file_name(name: str) -> str:
    """The parameter filename (RFC 2183), in pieces and percent-encoded UTF-8 where it has to be (RFC 2231 sections 3, 4)."""
    if _QUOTABLE.match(name):
        escaped = re.sub(r'(["\\])', r"\\\1", name)
        return f'filename="{escaped}"'
    whole = quote(name, safe="!#$&+-.^_`{}|~", encoding="utf-8", errors="replace")
    pieces = re.findall(rf"(?:%..|[^%]){{1,{_NAME_PIECE // 3}}}", whole)
    start = "utf-8''"
    if len(pieces) == 1:
        return f"filename*={start}{whole}"
    return ";\r\n ".join(f"filename*{n}*={start if n == 0 else ''}{piece}" for n, piece in enumerate(pieces))


def _unstructured(text: str) -> str:
    """What a person typed as a header's value: as it is where it may stand so, else in encoded-words (RFC 2047)."""
    text = _NO_HEADER.sub(" ", text.encode("utf-8", "replace").decode()).strip()
    if text.isascii() and len(text) <= _PLAIN_SUBJECT and "=?" not in text:
        return text
    return Header(text, "utf-8", header_name="Subject").encode(linesep="\r\n")


def _header_address(address: str) -> str:
    """An address as it is, in UTF-8 too (RFC 6532: the device asks for SMTPUTF8 then)."""
    return address if is_mailbox(address) and address.isprintable() else re.sub(r"[^\x21-\x7e]", "?", address)
