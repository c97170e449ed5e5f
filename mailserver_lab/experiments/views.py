"""What a bench shows: plain values, made from the record, from a server's mailbox, from a device."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..dsn import Annotated
from ..locale import Text
from ..trace import Event
from ..transcript import related
from .lines import explain


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
    """Who is there before anything was sent, by host name: the sender's device and server, and the other servers."""

    device: str
    server: str
    others: tuple[str, ...]
    account: str


@dataclass(frozen=True, slots=True)
class DeviceView:
    """What a device has fetched and keeps."""

    name: Text
    messages: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """An opened message. `parts` is empty where it is no bounce; `text` is what a mail program would show."""

    uid: int
    sender: str
    subject: str
    date: str
    text: str
    raw: str
    parts: tuple[Annotated, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a dialogue. `n` is its number in the record."""

    n: int
    side: str
    text: str
    refused: bool
    why: Text | None


@dataclass(frozen=True, slots=True)
class Leg:
    """One part of a message's way: a connection, a question to the DNS, or what a server did by itself. `ms` is real time."""

    id: str
    step: str
    title: Text
    protocol: str
    port: int
    source: str
    target: str
    lines: tuple[Line, ...]
    ms: float
    queue_id: str | None = None

    @property
    def refused(self) -> bool:
        """Whether something was refused here."""
        return any(line.refused for line in self.lines)


def row(value: Mapping[str, Any]) -> Row:
    """A list's row from what the lab tells of a message, whose header section is `head`."""
    head = email.message_from_string(value["head"].replace("\r\n", "\n"), policy=email.policy.default)
    sender, subject, date = (_header(head, name) for name in ("From", "Subject", "Date"))
    bounce = value["head"].lower().startswith("return-path: <>") and "mailer-daemon" in sender.lower()
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
_TITLES = {
    "submit": Text(
        ja="差出人の端末 → 差出人側のサーバー（送信）", en="Sender's device → sender's server (submission)"
    ),
    "mx": Text(
        ja="差出人側のサーバー → DNS（届け先を尋ねる）", en="Sender's server → DNS (where does it go?)"
    ),
    "deliver": Text(
        ja="差出人側のサーバー → 宛先側のサーバー（配送）",
        en="Sender's server → recipient's server (delivery)",
    ),
    "bounce": Text(ja="差出人側のサーバーがエラーメールを書く", en="The sender's server writes the bounce"),
    "store": Text(ja="メールボックスに入る", en="Into the mailbox"),
    "fetch": Text(ja="端末 → その人のメールサーバー（受信）", en="Device → its own mail server (fetching)"),
}


def legs(events: Iterable[Event], messages: Iterable[str]) -> list[Leg]:
    """The way of some messages, leg by leg in the order in which each began."""
    every = list(events)
    found: dict[int, Event] = {}
    for message in messages:
        found |= {event.n: event for event in related(every, message)}
    wanted = [found[n] for n in sorted(found)]
    result: list[Leg] = []
    seen: set[int] = set()
    for event in wanted:
        if event.conn is not None:
            if event.conn not in seen:
                seen.add(event.conn)
                conversation = _conversation([one for one in wanted if one.conn == event.conn])
                if conversation is not None:
                    result.append(conversation)
        elif event.kind == "question":
            result.append(_asked(event, wanted))
        elif event.kind == "bounce" or (event.kind == "mailbox" and event.parsed.get("change") == "appended"):
            result.append(_did(event))
    return result


def _conversation(events: list[Event]) -> Leg | None:
    first = events[0]
    spoken = [event for event in events if event.kind in {"line", "content", "tls"}]
    if not spoken:
        return None
    kind = (
        "fetch" if first.protocol in {"imap", "pop3"} else "submit" if first.port in {587, 465} else "deliver"
    )
    return Leg(
        f"conn-{first.conn}", kind, _TITLES[kind], first.protocol, first.port, first.source, first.target,
        tuple(_line(event) for event in spoken), (events[-1].t - first.t) * 1_000, next((e.queue_id for e in events if e.queue_id), None),
    )  # fmt: skip


def _line(event: Event) -> Line:
    if event.kind == "content":
        text = event.text.replace("\r\n", "\n").rstrip("\n")
        why = Text(
            ja=f"メールの中身です（{event.size:,} バイト）。見出し（ヘッダー）、空行、本文の順に並びます。",
            en=f"The message itself ({event.size:,} bytes): headers, an empty line, the body.",
        )
        return Line(event.n, event.side or "client", text, False, why)
    if event.kind == "tls":
        return Line(
            event.n,
            "client",
            "TLS",
            False,
            Text(ja="ここから先は暗号化されています。", en="Encrypted from here on."),
        )
    code = event.parsed.get("reply")
    refused = event.side == "server" and (
        (isinstance(code, int) and code >= 400) or event.text.startswith("-ERR")
    )
    return Line(
        event.n,
        event.side or "server",
        event.text,
        refused,
        explain(event.protocol, event.side, event.text, event.parsed),
    )


def _asked(question: Event, events: list[Event]) -> Leg:
    answer = next(
        (
            one
            for one in events
            if one.n > question.n and one.kind == "answer" and one.source == question.source
        ),
        None,
    )
    lines = [Line(question.n, "client", question.text, False, explain("dns", "client", question.text, {}))]
    if answer is not None:
        refused = answer.parsed.get("rcode") not in {None, "NOERROR"}
        lines.append(
            Line(answer.n, "server", answer.text, refused, explain("dns", "server", answer.text, {}))
        )
    ms = (answer.t - question.t) * 1_000 if answer else 0.0
    return Leg(
        f"dns-{question.n}",
        "mx",
        _TITLES["mx"],
        "dns",
        53,
        question.source,
        question.target,
        tuple(lines),
        ms,
        question.queue_id,
    )


def _did(event: Event) -> Leg:
    if event.kind == "bounce":
        why = Text(
            ja="届けられなかったことを知らせるメール（DSN）を、サーバーが自分で書きました。差出人は空の <> です。",
            en="The server wrote a message of its own (a DSN) to tell that it could not deliver. Its reverse-path is empty: <>.",
        )
        step = "bounce"
    else:
        why = Text(
            ja="メールがサーバー上のメールボックスに入りました。端末は、このあと取りに来ます。",
            en="The message is in the mailbox on the server. A device can fetch it from there.",
        )
        step = "store"
    line = Line(event.n, "server", event.text, False, why)
    return Leg(f"event-{event.n}", step, _TITLES[step], "", 0, event.source, "", (line,), 0.0, event.queue_id)
