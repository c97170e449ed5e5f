"""What a bench shows: plain values, made from the record, from a server's mailbox, from a device."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..dsn import Annotated
from ..locale import Text


@dataclass(frozen=True, slots=True)
class Row:
    """A message in a list."""

    uid: int
    sender: str
    subject: str
    date: str
    size: int
    seen: bool
    bounce: bool


@dataclass(frozen=True, slots=True)
class MailboxView:
    """An account's mailbox as it lies on the server. `used` and `quota` in octets."""

    address: str
    host: str
    messages: tuple[Row, ...] = ()
    used: int = 0
    quota: int | None = None


@dataclass(frozen=True, slots=True)
class Machines:
    """Who is there before anything was sent, by host name: the sender's device and server, and the other servers.

    `acting` is the other person's device, where the experiment is about that one.
    """

    device: str
    server: str
    others: tuple[str, ...]
    account: str
    acting: str = ""


@dataclass(frozen=True, slots=True)
class DeviceView:
    """What a device has fetched and keeps."""

    name: Text
    messages: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """An opened message, `raw` as it came. `parts` is empty where it is no bounce; `text` is what a mail program would show."""

    uid: int
    sender: str
    subject: str
    date: str
    text: str
    raw: bytes
    parts: tuple[Annotated, ...]


def row(value: Mapping[str, Any]) -> Row:
    """A list's row from what the lab tells of a message, whose header section is `head`."""
    head = email.message_from_string(value["head"].replace("\r\n", "\n"), policy=email.policy.default)
    sender, subject, date = (_header(head, name) for name in ("From", "Subject", "Date"))
    by_program = sender.lower().startswith("postmaster@") or "mailer-daemon" in sender.lower()
    bounce = value["head"].lower().startswith("return-path: <>") and by_program
    seen = value.get("seen", "\\Seen" in value.get("flags", ()))
    return Row(value["uid"], sender, subject, date, value["size"], seen, bounce)


def _header(message: Any, name: str) -> str:
    try:
        return " ".join(_CONTROL.sub(" ", str(message.get(name, ""))).split())[:500]
    except (
        Exception
    ):  # a header that `email` cannot take apart: it has many ways to say so, RecursionError for one
        return ""


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
