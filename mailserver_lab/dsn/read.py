"""Reading a bounce part by part: what stands there, and what it means.

So far for reports in the standard form (RFC 3464), which are those of the lab.
"""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass
from email.errors import MessageError
from email.message import EmailMessage, Message

from ..locale import Text

# `email` takes seconds to parse a type with thousands of parameters, or thousands of addresses in one field
_HUGE = re.compile(rb"^content-[a-z-]+:(?:[^\n]|\n[ \t]){4000}", re.IGNORECASE | re.MULTILINE)
SHOWN = 4_000  # characters of a header, or of the returned message
BOUNDARIES = (
    200  # lines of a message that look like boundaries; a report has four, and what it returns some more
)
LIMIT = 262_144  # octets of a message that are looked at; a report tells everything long before


@dataclass(frozen=True, slots=True)
class RecipientReport:
    """What a report says of one recipient (RFC 3464 section 2.3), as it stands there."""

    address: str
    action: str
    status: str
    diagnostic: str
    remote_mta: str


@dataclass(frozen=True, slots=True)
class Report:
    """A delivery status notification."""

    reporting_mta: str
    recipients: tuple[RecipientReport, ...]
    original_message_id: str


@dataclass(frozen=True, slots=True)
class Annotated:
    """One part of a bounce: which, the words that stand there, and what they mean."""

    part: str
    text: str
    note: Text


def parse(raw: bytes) -> EmailMessage:
    """A message as `email` reads it, as far as `LIMIT` goes. Never raises, whatever the octets are."""
    try:
        if _HUGE.search(raw[:LIMIT]) or raw.count(b"\n--", 0, LIMIT) > BOUNDARIES:
            raise ValueError("`email` would take minutes over such a header, or such a structure")
        return email.message_from_bytes(raw[:LIMIT], policy=email.policy.default)
    except _BEYOND:
        head = raw[: raw.find(b"\r\n\r\n") + 4][:8_192]
        plain = EmailMessage()
        plain.set_content(head.decode("utf-8", "replace"))
        return plain


# what `email` raises where a hostile mail is beyond it: in a header, when that is asked for, or in the structure
_BEYOND = (RecursionError, ValueError, LookupError, AttributeError, TypeError, MessageError)


def read(raw: bytes) -> Report | None:
    """The report that a message is, or None where it is none. Never raises, whatever the octets are."""
    try:
        return _read(parse(raw))
    except _BEYOND:
        return None


def _read(message: EmailMessage) -> Report | None:
    if message.get_content_type() != "multipart/report" or not message.is_multipart():
        return None
    status = next((part for part in message.iter_parts() if part.get_content_type() in _STATUS_TYPES), None)
    if status is None:
        return None
    groups = _groups(status)
    if not groups:
        return None
    recipients = tuple(
        RecipientReport(
            address=_after_type(_field(group, "Final-Recipient")),
            action=_field(group, "Action").lower(),
            status=_field(group, "Status"),
            diagnostic=_after_type(_field(group, "Diagnostic-Code")),
            remote_mta=_after_type(_field(group, "Remote-MTA")),
        )
        for group in groups[1:]
    )
    return Report(_after_type(_field(groups[0], "Reporting-MTA")), recipients, _original_id(message))


_STATUS_TYPES = {"message/delivery-status", "message/global-delivery-status"}
_RETURNED_TYPES = {"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"}


def _groups(status: Message) -> list[Message]:
    payload = status.get_payload()
    if status.get_content_type() == "message/delivery-status" and isinstance(payload, list):
        return [group for group in payload if isinstance(group, Message) and len(group)]
    inner = payload[0] if isinstance(payload, list) and payload else None
    # `email` takes an international report for a message: its first group for the head, the others for the body
    text = inner.as_bytes() if isinstance(inner, Message) else status.get_payload(decode=True)
    blocks = (
        (text if isinstance(text, bytes) else b"")
        .decode("utf-8", "replace")
        .replace("\r\n", "\n")
        .split("\n\n")
    )
    return [email.message_from_string(block) for block in blocks if block.strip()]


def _field(group: Message, name: str) -> str:
    return " ".join(str(group.get(name, "")).split())


def _after_type(value: str) -> str:
    """The value behind `rfc822;`, `dns;` or `smtp;`."""
    return value.partition(";")[2].strip() or value


def _original_id(message: EmailMessage) -> str:
    for part in message.iter_parts():
        if part.get_content_type() in _RETURNED_TYPES:
            payload = part.get_payload()
            first = payload[0] if isinstance(payload, list) and payload else None
            inner = first if isinstance(first, Message) else email.message_from_string(str(payload))
            return " ".join(str(inner.get("Message-ID", "")).split())
    return ""


def annotate(raw: bytes) -> list[Annotated]:
    """A bounce taken apart for a reader, in the order in which it stands; empty where the message is no report. Never raises."""
    try:
        message = parse(raw)
        report = _read(message)
        return _annotate(message, report) if report is not None else []
    except _BEYOND:
        return []


def _annotate(message: EmailMessage, report: Report) -> list[Annotated]:
    parts = [Annotated("return-path", f"Return-Path: {_shown(message, 'Return-Path') or '<>'}", _RETURN_PATH)]
    parts.append(
        Annotated("from", f"From: {_shown(message, 'From')}", _FROM.format(host=report.reporting_mta))
    )
    parts.append(Annotated("subject", f"Subject: {_shown(message, 'Subject')}", _SUBJECT))
    if "Auto-Submitted" in message:
        parts.append(
            Annotated("auto-submitted", f"Auto-Submitted: {_shown(message, 'Auto-Submitted')}", _AUTO)
        )
    text = message.get_body(preferencelist=("plain",))
    if text is not None:
        parts.append(Annotated("text", _text(text), _TEXT))
    parts.append(
        Annotated(
            "reporting-mta",
            f"Reporting-MTA: dns; {report.reporting_mta}",
            _REPORTING.format(host=report.reporting_mta),
        )
    )
    for recipient in report.recipients:
        parts.append(Annotated("final-recipient", f"Final-Recipient: rfc822; {recipient.address}", _FINAL))
        parts.append(
            Annotated("action", f"Action: {recipient.action}", _ACTIONS.get(recipient.action, _ACTION))
        )
        parts.append(Annotated("status", f"Status: {recipient.status}", meaning(recipient.status)))
        if recipient.remote_mta:
            parts.append(
                Annotated(
                    "remote-mta",
                    f"Remote-MTA: dns; {recipient.remote_mta}",
                    _REMOTE.format(host=recipient.remote_mta),
                )
            )
        if recipient.diagnostic:
            parts.append(
                Annotated(
                    "diagnostic-code",
                    f"Diagnostic-Code: smtp; {recipient.diagnostic}",
                    _DIAGNOSTIC if recipient.remote_mta else _OWN_DIAGNOSTIC,
                )
            )
    returned = next(
        (part for part in message.iter_parts() if part.get_content_type() in _RETURNED_TYPES), None
    )
    if returned is not None:
        parts.append(Annotated("original", _returned(returned), _ORIGINAL))
    return parts


def _shown(message: EmailMessage, name: str) -> str:
    try:
        value = next((value for field, value in message.raw_items() if field.lower() == name.lower()), "")
        return str(message.policy.header_fetch_parse(name, str(value)[:SHOWN]))
    except _BEYOND:  # the rest can still be told
        return ""


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    return (
        (content if isinstance(content, bytes) else b"")
        .decode("utf-8", "replace")
        .replace("\r\n", "\n")
        .strip()
    )


def _returned(part: Message) -> str:
    payload = part.get_payload()
    text = (
        payload[0].as_string()
        if isinstance(payload, list) and payload and isinstance(payload[0], Message)
        else str(payload)
    )
    return text.replace("\r\n", "\n").strip()[:SHOWN]


# -- what it means

_RETURN_PATH = Text(
    ja="差出人（リバースパス）が空です。このメールが届かなくても、それを知らせるメールは作られません。エラーメールがサーバー間を往復しつづけるのを防ぐ約束です。",
    en="The reverse-path is empty: if this message cannot be delivered, no message is written about that. So notices never go back and forth for ever.",
)
_FROM = Text(
    ja="書いたのは {host} で動いているプログラムです。人が書いたメールではないので、返信しても答えは返ってきません。",
    en="A program at {host} wrote this, not a person. There is nobody to answer a reply.",
)
_SUBJECT = Text(
    ja="件名の書き方はサーバーの種類によって違います。件名だけで判断しないでください。",
    en="Each mail system has its own way of wording the subject. Do not judge by it alone.",
)
_AUTO = Text(
    ja="「自動で作られたメールです」という印です。不在通知などの自動応答は、これを見て返事を控えます。",
    en="The mark of a message that was made automatically. Vacation notices and other robots see it and keep quiet.",
)
_TEXT = Text(
    ja="人に向けた説明です。文面は自由なので、サーバーごとに違います。",
    en="The explanation for people. Its words are free, so every mail system has its own.",
)
_REPORTING = Text(
    ja="この通知を書いたサーバーです。ここでは {host} が書きました。",
    en="The server that wrote this notice: {host}.",
)
_FINAL = Text(ja="届かなかった宛先です。", en="The recipient whom the message did not reach.")
_ACTION = Text(ja="この宛先へのメールがどうなったか。", en="What became of the message for this recipient.")
_ACTIONS = {
    "failed": Text(ja="failed は「配送をあきらめた」という意味です。サーバーはもう送り直しません。", en="failed: the server has given up and will not try again."),
    "delayed": Text(ja="delayed は「まだ届いていないが、試しつづけている」という意味です。送り直す必要はありません。", en="delayed: not there yet, and still being tried. Do not send it again."),
    "delivered": Text(ja="delivered は「メールボックスに入った」という意味です。", en="delivered: it is in the mailbox."),
}  # fmt: skip
_REMOTE = Text(
    ja="断った側のサーバーです。{host} が、SMTP のやりとりの中で受け取りを断りました。",
    en="The server that refused: {host} said no during the SMTP dialogue.",
)
_DIAGNOSTIC = Text(
    ja="断ったサーバーの返事が、そのまま書き写されています。原因を調べるときは、まずここを読みます。",
    en="The refusing server's own words, copied. When you look for the cause, read this first.",
)
_OWN_DIAGNOSTIC = Text(
    ja="このエラーメールを書いたサーバー自身の言葉です。ほかのサーバーに断られたのなら、Remote-MTA にその名前があります。原因を調べるときは、まずここを読みます。",
    en="The words of the very server that wrote this notice: had another one refused, Remote-MTA would name it. When you look for the cause, read this first.",
)
_ORIGINAL = Text(
    ja="届かなかったメールの控えです。本文を書き直さなくても、ここから送り直せます。",
    en="Your message that was not delivered. Nothing of what you wrote is lost.",
)

_CLASSES = {
    "2": Text(ja="2 = 成功", en="2 = success"),
    "4": Text(ja="4 = 一時的（待てば届くかもしれない）", en="4 = temporary (it may work later)"),
    "5": Text(
        ja="5 = 恒久的（そのまま送り直しても変わらない）",
        en="5 = permanent (sending the same again changes nothing)",
    ),
}
_DETAILS = {
    "1.1": Text(ja="1.1 = 宛先のユーザーがいない", en="1.1 = no such user"),
    "1.2": Text(ja="1.2 = 宛先のドメインがない", en="1.2 = no such domain"),
    "1.10": Text(
        ja="1.10 = メールを受け取らないドメイン（Exchange は「宛先のユーザーがいない」ときに使う）",
        en="1.10 = the domain takes no mail (Exchange says so of a missing user)",
    ),
    "2.2": Text(ja="2.2 = メールボックスがいっぱい", en="2.2 = mailbox full"),
    "3.4": Text(ja="3.4 = メールが大きすぎる", en="3.4 = message too large"),
    "4.1": Text(ja="4.1 = 相手のサーバーから応答がない", en="4.1 = no answer from the host"),
    "4.7": Text(ja="4.7 = 配送の期限が過ぎた", en="4.7 = delivery time expired"),
    "7.1": Text(ja="7.1 = 許可されていない", en="7.1 = not authorised"),
}


def meaning(status: str) -> Text:
    """What an enhanced status code says, digit by digit (RFC 3463)."""
    kind, _, detail = status.partition(".")
    first = _CLASSES.get(kind, Text(ja=kind, en=kind))
    second = _DETAILS.get(detail)
    if second is None:
        return first
    return Text(ja=f"{first.ja}、{second.ja}。", en=f"{first.en}; {second.en}.")
