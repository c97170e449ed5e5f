"""From what a person typed to a message (RFC 5322, MIME)."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime

from ..smtp.paths import is_mailbox

_LINE_LIMIT = 998  # octets of a line (RFC 5322 section 2.1.1)
_PLAIN_SUBJECT = 60  # characters that stand on a header's first line without folding
_NO_HEADER = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")  # control characters, and all that ends a line
_FOLD = ",\r\n "


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


def compose(draft: Draft, *, date: datetime, message_id: str) -> bytes:
    """The message as octets, lines ended by CRLF. Line ends in the subject become spaces, so that none can add a header.

    Written by hand: `email` decodes an encoded-word that a person typed, and a line end inside one then ends the header.
    """
    body = draft.body.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\N{REPLACEMENT CHARACTER}")
    lines = body.removesuffix("\n").encode("utf-8", "replace").split(b"\n")
    if any(len(line) > _LINE_LIMIT for line in lines):
        encoding = "base64"
        content = base64.encodebytes(b"".join(line + b"\r\n" for line in lines)).replace(b"\n", b"\r\n")
    else:
        encoding = "7bit" if body.isascii() else "8bit"
        content = b"".join(line + b"\r\n" for line in lines)
    head = (
        f"Date: {format_datetime(date)}\r\n"
        f"From: {draft.sender}\r\n"
        f"To: {_FOLD.join(_header_address(address) for address in draft.recipients())}\r\n"
        f"Subject: {_unstructured(draft.subject)}\r\n"
        f"Message-ID: {message_id}\r\n"
        "MIME-Version: 1.0\r\n"
        'Content-Type: text/plain; charset="utf-8"\r\n'
        f"Content-Transfer-Encoding: {encoding}\r\n"
        "\r\n"
    )
    return head.encode() + content


def _unstructured(text: str) -> str:
    """What a person typed as a header's value: as it is where it may stand so, else in encoded-words (RFC 2047)."""
    text = _NO_HEADER.sub(" ", text.encode("utf-8", "replace").decode()).strip()
    if text.isascii() and len(text) <= _PLAIN_SUBJECT and "=?" not in text:
        return text
    return Header(text, "utf-8", header_name="Subject").encode(linesep="\r\n")


def _header_address(address: str) -> str:
    """An address as it is, in UTF-8 too (RFC 6532: the device asks for SMTPUTF8 then)."""
    return address if is_mailbox(address) and address.isprintable() else re.sub(r"[^\x21-\x7e]", "?", address)
