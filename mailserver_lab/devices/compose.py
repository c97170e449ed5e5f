"""From what a person typed to a message (RFC 5322, MIME)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from ..smtp.paths import is_mailbox

_LINE_LIMIT = 998  # octets of a line (RFC 5322 section 2.1.1)


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
    """The message as octets, lines ended by CRLF. Line ends in the subject become spaces, so that none can add a header."""
    message = EmailMessage(policy=SMTP)
    message["Date"] = format_datetime(date)
    message["From"] = draft.sender
    message["To"] = ", ".join(_header_address(address) for address in draft.recipients())
    message["Subject"] = re.sub(r"[\x00-\x1f\x7f]+", " ", draft.subject).strip()
    message["Message-ID"] = message_id
    body = draft.body.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\N{REPLACEMENT CHARACTER}")
    if not body.endswith("\n"):
        body += "\n"
    short = all(len(line.encode()) <= _LINE_LIMIT for line in body.split("\n"))
    message.set_content(body, cte=("7bit" if body.isascii() else "8bit") if short else "base64")
    return message.as_bytes()


def _header_address(address: str) -> str:
    if not is_mailbox(address):
        return re.sub(r"[^\x21-\x7e]", "?", address)
    local, _, domain = address.rpartition("@")
    return str(Address(username=local.strip('"'), domain=domain)) if address.isascii() else address
