"""Mail that lies in a mailbox before its world begins."""

from __future__ import annotations

from datetime import datetime
from email.header import Header
from email.utils import format_datetime

from ..locale import Lang
from ..world import Mail

_LINE = b"." * 74 + b"\r\n"


def early_mail(mail: Mail, to: str, lang: Lang, now: datetime) -> bytes:
    """The message, as large as it should be to the octet."""
    subject = Header(mail.subject[lang], "utf-8").encode(linesep="\r\n")
    head = (
        f"Return-Path: <{mail.sender}>\r\n"
        f"Date: {format_datetime(now)}\r\n"
        f"From: {mail.sender}\r\n"
        f"To: {to}\r\n"
        f"Subject: {subject}\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: text/plain\r\n"
        "\r\n"
    ).encode()
    room = mail.size - len(head)
    return head + (_LINE * (room // len(_LINE) + 1))[: room - 2] + b"\r\n"
