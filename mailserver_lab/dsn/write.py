"""Writing a delivery status notification: multipart/report with a text for people, fields for programs, and the message.

RFC 6522 (multipart/report), RFC 3464 (message/delivery-status), RFC 3461 (what the sender may ask for). A notification
always travels with the null reverse-path, so that nothing is ever sent in reply to it (RFC 5321 section 4.5.5).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from html import escape
from typing import Literal

from ..locale import Lang, Text
from ..replies import Reply
from ..wordings import DEFAULT
from . import texts
from .forms import FORMS, GMAIL_TITLES, Form, Lines

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
        command: what the remote server said it to, such as "RCPT TO".
    """

    action: Action
    address: str
    reply: Reply
    orcpt: str | None = None
    notify: frozenset[str] = frozenset()
    remote: str | None = None
    at: datetime | None = None
    command: str = ""

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
    wording: str = DEFAULT, ret: str | None = None, envid: str | None = None,
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
        wording: the mail system in whose form it is; those other than the default write English alone.
        ret: FULL or HDRS, as the sender asked (RFC 3461 section 4.3).
        envid: the sender's own id for it (RFC 3461 section 4.4).
    """
    form = FORMS.get(wording)
    langs: tuple[Lang, ...] = ("en",) if form or lang == "en" else ("ja", "en")
    about = {"host": host, "arrived": format_datetime(arrived), **_of_original(original)}
    if form:
        human = "\r\n".join(_formed(form, outcomes, about)).encode("utf-8", "replace")
    else:
        human = "\r\n".join(line for one in langs for line in _human(outcomes, host, one)).encode()
    kinds = form.diagnostics if form else ("smtp", "smtp")
    machine = "\r\n".join(_fields(outcomes, host, arrived, envid, kinds)).encode("utf-8", "replace")
    boundary = f"=_{queue_id}"
    while any(boundary.encode() in part for part in (original, human, machine)):
        boundary += "_"
    whole = ret != "HDRS" and len(original) <= FULL_LIMIT and outcomes[0].action != "delayed"
    returned = (
        original
        if whole
        else original[: original.find(b"\r\n\r\n") + 2]
        if -1 < original.find(b"\r\n\r\n") < FULL_LIMIT
        else original[:FULL_LIMIT]
    )
    eight = not all(part.isascii() for part in (human, machine, returned))
    head = [
        f"Date: {format_datetime(now)}",
        *(_head(form, outcomes, about, to) if form else _own_head(outcomes, host, lang, to)),
        f"Message-ID: <{queue_id}@{host}>",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary="{boundary}"',
        *(["Content-Transfer-Encoding: 8bit"] if eight else []),
    ]
    parts = [
        _text_part(human, boundary, html=bool(form and form.html)),
        _type("message/delivery-status", "message/global-delivery-status", machine) + b"\r\n" + machine,
        _returned_type(returned, whole=whole) + b"\r\n" + returned,
    ]
    if form and form.descriptions:
        named = zip(form.descriptions, parts, strict=True)
        parts = [f"Content-Description: {name}\r\n".encode() + part for name, part in named]
    line = f"\r\n--{boundary}\r\n".encode()
    return b"".join(
        ["\r\n".join(head).encode(), b"\r\n", *(line + part for part in parts), line[:-2], b"--\r\n"]
    )


def _own_head(outcomes: Sequence[Outcome], host: str, lang: Lang, to: str) -> list[str]:
    """The lab's own From, To, Subject and marks."""
    subject = {
        "failed": texts.FAILED_SUBJECT,
        "delayed": texts.DELAYED_SUBJECT,
        "delivered": texts.DELIVERED_SUBJECT,
        "relayed": texts.RELAYED_SUBJECT,
    }[outcomes[0].action]
    return [
        f"From: Mail Delivery System <MAILER-DAEMON@{host}>",
        f"To: {to}",
        f"Subject: {_header(subject[lang].format(address=outcomes[0].address))}",
        "Auto-Submitted: auto-replied",
        f"Content-Language: {'ja, en' if lang == 'ja' else 'en'}",
    ]


def _head(form: Form, outcomes: Sequence[Outcome], about: Mapping[str, str], to: str) -> list[str]:
    """Another mail system's From, To, Subject and marks."""
    addresses = [outcome.address for outcome in outcomes]
    plain = all(address.isascii() for address in addresses)
    known = {**about, "addresses": (",\r\n\t" if plain else ", ").join(addresses)}
    further = [line.partition(": ") for line in form.headers]
    filled = [(name, value.format(**known)) for name, _, value in further]
    return [
        f"From: {form.sender.format(**known)}",
        f"To: {to}",
        f"Subject: {_header(form.subjects[outcomes[0].action].format(**known))}",
        f"Auto-Submitted: {form.auto}",
        *(f"{name}: {_header(value)}" for name, value in filled if value),
    ]


def _of_original(original: bytes) -> dict[str, str]:
    """Subject and Message-ID of the message, as some mail systems repeat them; anybody may have written them."""
    head = original[:FULL_LIMIT].partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    found = {}
    for key, name in (("subject", "Subject"), ("id", "Message-ID")):
        match = re.search(
            rf"^{name}:[ \t]*((?:[^\r\n]|\r\n[ \t]){{0,400}})", head, re.IGNORECASE | re.MULTILINE
        )
        found[key] = _printable(match[1].replace("\r\n", "")).strip() if match else ""
    return found


def _formed(form: Form, outcomes: Sequence[Outcome], about: Mapping[str, str]) -> list[str]:
    """The text for people, in a mail system's own order."""
    action = outcomes[0].action
    title = GMAIL_TITLES.get(outcomes[0].status.split(".")[1], "Message not delivered")

    def filled(lines: Lines, outcome: Outcome) -> list[str]:
        said, words = (_printable(one.replace("\n", " ")) for one in (str(outcome.reply), outcome.reply.text))
        known = {
            **about, "address": outcome.address, "remote": outcome.remote or about["host"], "reply": said, "text": words,
            "command": f"{outcome.command}:<{outcome.address}>" if outcome.command == "RCPT TO" else outcome.command or "connect",
            "verb": outcome.command or "connect", "title": title,
        }  # fmt: skip
        return [line.format(**known) for line in lines]

    lines = filled(form.intro[action], outcomes[0])
    for outcome in outcomes:
        own = ("{address}",) if action == "delivered" else form.own
        lines += filled(form.refused if outcome.remote else own, outcome)
    if form.between and action != "delivered":
        lines += filled(form.between, outcomes[0])
        for outcome in outcomes:
            lines += filled(form.quoted if outcome.remote else form.quoted[-1:], outcome)
    return [*lines, ""]


def _text_part(human: bytes, boundary: str, *, html: bool) -> bytes:
    """The part for people, as HTML too where that is wanted."""
    plain = b"Content-Type: text/plain; charset=utf-8" + _eight_bit(human) + b"\r\n" + human
    if not html:
        return plain
    body = escape(human.decode()).replace("\r\n", "<br>\r\n").encode()
    rich = b"Content-Type: text/html; charset=utf-8" + _eight_bit(body) + b"\r\n<p>" + body + b"</p>"
    inner = f"{boundary}_text"
    line = f"\r\n--{inner}\r\n".encode()
    head = f'Content-Type: multipart/alternative; boundary="{inner}"\r\n'.encode()
    return b"".join([head, line, plain, line, rich, line[:-2], b"--\r\n"])


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
    detail = outcome.status.partition(".")[2]
    if (
        detail == "1.10" and outcome.remote
    ):  # Exchange says so of a missing user; a null MX our own server finds
        detail = "1.1"
    return texts.CAUSES.get(detail, texts.OTHER_CAUSE)


def _fields(
    outcomes: Sequence[Outcome], host: str, arrived: datetime, envid: str | None, kinds: tuple[str, str]
) -> list[str]:
    """The fields of message/delivery-status: about the message, then a group for each recipient (RFC 3464 section 2)."""
    lines = [_printable(f"Original-Envelope-Id: {_plain(envid)}")] if envid else []
    lines += [f"Reporting-MTA: dns; {host}", f"Arrival-Date: {format_datetime(arrived)}", ""]
    for outcome in outcomes:
        address_kind = "rfc822" if outcome.address.isascii() else "utf-8"
        if outcome.orcpt:
            original_kind, _, original = outcome.orcpt.partition(";")
            lines.append(_printable(f"Original-Recipient: {original_kind}; {_plain(original)}"))
        lines += [
            f"Final-Recipient: {address_kind}; {outcome.address}",
            f"Action: {outcome.action}",
            f"Status: {outcome.status}",
        ]
        if outcome.remote:
            lines.append(f"Remote-MTA: dns; {outcome.remote}")
        if outcome.action in {"failed", "delayed"}:
            kind = kinds[0] if outcome.remote else kinds[1]
            said = outcome.reply.text if kind == "X-Postfix" else str(outcome.reply)
            lines.append(f"Diagnostic-Code: {kind}; {_printable(said)}")
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
