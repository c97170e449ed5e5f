"""Writing a delivery status notification: multipart/report with a text for people, fields for programs, and the message.

RFC 6522 (multipart/report), RFC 3464 (message/delivery-status), RFC 3461 (what the sender may ask for). A notification
always travels with the null reverse-path, so that nothing is ever sent in reply to it (RFC 5321 section 4.5.5).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from typing import Literal

from ..locale import Lang, Text
from ..replies import Reply
from . import texts

FULL_LIMIT = 65_536  # octets up to which the whole message is returned; above, its headers are

Action = Literal["failed", "delayed", "delivered", "relayed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message for one recipient.

    Args:
        action: as RFC 3464 section 2.3.3 has it.
        address: the recipient.
        reply: what was said about it, by the remote server or by our own.
        orcpt: the original recipient, where the sender told it (RFC 3461 section 4.2).
        notify: what the sender wants to hear of; empty means failures and delays.
        remote: the server that said it, None for our own.
        at: when it was last tried.
    """

    action: Action
    address: str
    reply: Reply
    orcpt: str | None = None
    notify: frozenset[str] = frozenset()
    remote: str | None = None
    at: datetime | None = None

    @property
    def to_be_told(self) -> bool:
        """Whether the sender wants to hear of this (RFC 3461 section 4.1)."""
        wanted = {"failed": "FAILURE", "delayed": "DELAY"}.get(self.action, "SUCCESS")
        return wanted in (self.notify or {"FAILURE", "DELAY"})

    @property
    def status(self) -> str:
        """The enhanced status code; made from the reply's first digit where it had none (RFC 3464 section 2.3.4)."""
        return self.reply.status or f"{self.reply.code // 100}.0.0"


def write(
    outcomes: Sequence[Outcome], *, original: bytes, host: str, queue_id: str, to: str, now: datetime, arrived: datetime, lang: Lang,
    ret: str | None = None, envid: str | None = None,
) -> bytes:  # fmt: skip
    """One notification about one message.

    Args:
        outcomes: the recipients it tells about; all of one action.
        original: the message as it was received.
        host: the server that writes.
        queue_id: the id of this notification, which gives its Message-ID.
        to: the reverse-path of the message.
        now: the lab time of writing.
        arrived: the lab time at which the message came.
        lang: Japanese comes with English below it, since not every reader of a bounce reads Japanese.
        ret: FULL or HDRS, as the sender asked (RFC 3461 section 4.3).
        envid: the sender's own id for it (RFC 3461 section 4.4).
    """
    first = outcomes[0]
    langs: tuple[Lang, ...] = ("ja", "en") if lang == "ja" else ("en",)
    subject = {
        "failed": texts.FAILED_SUBJECT,
        "delayed": texts.DELAYED_SUBJECT,
        "delivered": texts.DELIVERED_SUBJECT,
        "relayed": texts.RELAYED_SUBJECT,
    }[first.action]
    boundary = f"=_{queue_id}"
    while boundary.encode() in original:
        boundary += "_"
    human = "\r\n".join(line for one in langs for line in _human(outcomes, host, one)).encode()
    machine = "\r\n".join(_fields(outcomes, host, arrived, envid)).encode("utf-8", "replace")
    whole = ret != "HDRS" and len(original) <= FULL_LIMIT and first.action != "delayed"
    returned = (
        original
        if whole
        else original[: original.find(b"\r\n\r\n") + 2]
        if -1 < original.find(b"\r\n\r\n") < FULL_LIMIT
        else original[:FULL_LIMIT]
    )
    eight = any(byte > 127 for part in (human, machine, returned) for byte in part)
    head = [
        f"Date: {format_datetime(now)}",
        f"From: Mail Delivery System <MAILER-DAEMON@{host}>",
        f"To: {to}",
        f"Subject: {_header(subject[lang].format(address=first.address))}",
        f"Message-ID: <{queue_id}@{host}>",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary="{boundary}"',
        f"Content-Language: {', '.join(langs)}",
        *(["Content-Transfer-Encoding: 8bit"] if eight else []),
    ]
    line = f"--{boundary}".encode()
    parts = [
        "\r\n".join(head).encode() + b"\r\n",
        line,
        b"Content-Type: text/plain; charset=utf-8" + _eight_bit(human),
        human,
        line,
        _type("message/delivery-status", "message/global-delivery-status", machine),
        machine,
        line,
        _returned_type(returned, whole=whole),
        returned,
        line + b"--\r\n",
    ]
    return b"\r\n".join(parts)


def _eight_bit(part: bytes) -> bytes:
    return (b"" if part.isascii() else b"\r\nContent-Transfer-Encoding: 8bit") + b"\r\n"


def _type(plain: str, international: str, part: bytes) -> bytes:
    """The media type; addresses beyond ASCII need the international one (RFC 6533)."""
    return f"Content-Type: {plain if part.isascii() else international}".encode() + _eight_bit(part)


def _returned_type(returned: bytes, *, whole: bool) -> bytes:
    """The media type of what comes back; headers beyond ASCII need an international one (RFC 6533 section 4)."""
    if whole:
        international = not returned.partition(b"\r\n\r\n")[0].isascii()
        kind = b"message/global" if international else b"message/rfc822"
    else:
        kind = b"text/rfc822-headers" if returned.isascii() else b"message/global-headers"
    return b"Content-Type: " + kind + _eight_bit(returned)


def _header(value: str) -> str:
    return value if value.isascii() else Header(value, "utf-8", maxlinelen=76).encode(linesep="\r\n")


def _human(outcomes: Sequence[Outcome], host: str, lang: Lang) -> list[str]:
    intro = {
        "failed": texts.FAILED_INTRO,
        "delayed": texts.DELAYED_INTRO,
        "delivered": texts.DELIVERED_INTRO,
        "relayed": texts.RELAYED_INTRO,
    }[outcomes[0].action]
    lines = [intro[lang].format(host=host), ""]
    advice = ""
    for outcome in outcomes:
        cause, remedy = _cause(outcome)
        lines += [f"  {outcome.address}"]
        lines += [
            f"    {cause[lang].format(remote=outcome.remote or host, domain=outcome.address.rpartition('@')[2])}"
        ]
        lines += [f"    {texts.SAID[lang].format(reply=_printable(str(outcome.reply)))}", ""]
        if remedy[lang] != advice and outcome.action != "delayed":
            advice = remedy[lang]
            lines += [advice, ""]
    return lines


def _cause(outcome: Outcome) -> tuple[Text, Text]:
    if outcome.action == "delivered":
        return texts.DELIVERED_CAUSE
    if outcome.action == "relayed":
        return texts.RELAYED_CAUSE
    return texts.CAUSES.get(outcome.status.partition(".")[2], texts.OTHER_CAUSE)


def _fields(outcomes: Sequence[Outcome], host: str, arrived: datetime, envid: str | None) -> list[str]:
    """The fields of message/delivery-status: about the message, then a group for each recipient (RFC 3464 section 2)."""
    lines = [_printable(f"Original-Envelope-Id: {_plain(envid)}")] if envid else []
    lines += [f"Reporting-MTA: dns; {host}", f"Arrival-Date: {format_datetime(arrived)}", ""]
    for outcome in outcomes:
        kind = "rfc822" if outcome.address.isascii() else "utf-8"
        if outcome.orcpt:
            original_kind, _, original = outcome.orcpt.partition(";")
            lines.append(_printable(f"Original-Recipient: {original_kind}; {_plain(original)}"))
        lines += [
            f"Final-Recipient: {kind}; {outcome.address}",
            f"Action: {outcome.action}",
            f"Status: {outcome.status}",
        ]
        if outcome.remote:
            lines.append(f"Remote-MTA: dns; {outcome.remote}")
        if outcome.action in {"failed", "delayed"}:
            lines.append(f"Diagnostic-Code: smtp; {_printable(str(outcome.reply))}")
        if outcome.at is not None:
            lines.append(f"Last-Attempt-Date: {format_datetime(outcome.at)}")
        lines.append("")
    return lines


def _plain(xtext: str) -> str:
    """Decode xtext (RFC 3461 section 4): printable ASCII in which +XX stands for an octet."""
    octets = re.sub(rb"\+([0-9A-F]{2})", lambda match: bytes.fromhex(match[1].decode()), xtext.encode())
    return octets.decode("utf-8", "replace")


def _printable(text: str) -> str:
    """What others said, as it may stand in a header: their line ends and control characters are no use to anybody."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text).encode()[:900].decode("utf-8", "ignore")
