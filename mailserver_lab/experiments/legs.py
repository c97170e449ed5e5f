"""The way of messages, leg by leg, kept up to date as the record grows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..devices import BY_HAND
from ..locale import Text
from ..related import Index
from ..trace import Event
from .faults import struck
from .lines import content, explain

CONTENT_LINES = 30  # of a long message that are shown: enough for its header and how an attachment begins

_TITLES = {
    "submit": Text(
        ja="差出人の端末 → 差出人側のサーバー（送信）", en="Sender's device → sender's server (submission)"
    ),
    BY_HAND: Text(ja="あなた → サーバー（手で話す）", en="You → server (by hand)"),
    "mx": Text(
        ja="差出人側のサーバー → DNS（届け先を尋ねる）", en="Sender's server → DNS (where does it go?)"
    ),
    "deliver": Text(
        ja="差出人側のサーバー → 宛先側のサーバー（配送）",
        en="Sender's server → recipient's server (delivery)",
    ),
    "unreached": Text(
        ja="差出人側のサーバー → 宛先側のサーバー（つながらない）",
        en="Sender's server → recipient's server (no connection)",
    ),
    "bounce": Text(ja="差出人側のサーバーがエラーメールを書く", en="The sender's server writes the bounce"),
    "delay": Text(ja="差出人側のサーバーが遅れを知らせる", en="The sender's server tells of the delay"),
    "wait": Text(ja="差出人側のサーバーで待つ", en="Waits on the sender's server"),
    "store": Text(ja="メールボックスに入る", en="Into the mailbox"),
    "fetch": Text(ja="端末 → その人のメールサーバー（受信）", en="Device → its own mail server (fetching)"),
    "sign-in": Text(
        ja="端末 → その人のメールサーバー（サインイン）", en="Device → its own mail server (signing in)"
    ),
    "idle": Text(
        ja="端末 → その人のメールサーバー（つないだまま待つ）",
        en="Device → its own mail server (waiting on the line)",
    ),
    "told": Text(
        ja="その人のメールサーバー → 端末（新着を知らせる）",
        en="Their mail server → the device (there is new mail)",
    ),
}


_NOBODY = Text(
    ja="サーバーが動いていないか、その名前のサーバーがもうないので、接続できませんでした。会話は始まっていません。",
    en="The server is off, or there is no such server any more: there was no connection, and nothing was said.",
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a dialogue. `n` is its number in the record.

    `side` is who said it, "client" or "server"; or what was met where nobody said anything, "fault" or "unreached".
    """

    n: int
    side: str
    text: str
    refused: bool
    why: Text | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Leg:
    """One part of a message's way: a connection, a question to the DNS, or what a server did by itself.

    `ms` is real time, `account` whose mailbox it goes into. What is refused to somebody who talks `by_hand` is a slip on the
    way, and no end of it.
    """

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
    account: str = ""
    by_hand: bool = False

    @property
    def refused(self) -> bool:
        """Whether the message was refused here."""
        return not self.by_hand and any(line.refused for line in self.lines)


class Legs:
    """The legs of a record. Each is made anew only when something was added to it: a record may grow to 10,000 events."""

    def __init__(self) -> None:
        self._index = Index()
        self._made: dict[
            int, tuple[int, Leg | None]
        ] = {}  # by a leg's first event: how many it has, and the leg

    def learn(self, events: Iterable[Event]) -> None:
        """Take in what the record says next."""
        self._index.add(events)

    def of(self, messages: Iterable[str], device: str = "") -> list[Leg]:
        """The way of some messages and of the notifications about them, in the order in which each leg began.

        With a device's host name, also what was said to servers from there, whether or not there was any mail.
        """
        found: dict[int, Leg | None] = {}
        for events in self._index.made_by(device).values() if device else ():
            if events[0].step != "read":
                for part in _parts(events):
                    found[part[0].n] = self._leg(_conversation, part)
        for message in messages:
            for events in self._index.conversations(message).values():
                if not device or events[0].source != device:
                    found[events[0].n] = self._leg(_conversation, events)
            deeds = self._index.deeds(message)
            # faults, by the message: each stands before what it struck
            troubles: dict[str | None, Event] = {}
            for n, event in enumerate(deeds):
                trouble = [troubles.pop(event.queue_id)] if event.queue_id in troubles else []
                if _strikes(event):
                    troubles[event.queue_id] = event
                elif event.kind == "question":
                    found[event.n] = self._leg(_asked, [event, *trouble, *_answer(event, deeds[n + 1 :])])
                elif event.kind == "unreached":
                    found[event.n] = self._leg(_unreached, [event, *trouble])
                elif (
                    event.kind == "bounce"
                    or event.parsed.get("change") == "appended"
                    or (event.kind == "queue" and event.parsed.get("state") == "deferred")
                ):
                    found[event.n] = self._leg(_did, [event])
        return [leg for _n, leg in sorted(found.items()) if leg is not None]

    def _leg(self, make: Callable[[list[Event]], Leg | None], events: list[Event]) -> Leg | None:
        count, leg = self._made.get(events[0].n, (0, None))
        if count != len(events):
            leg = make(events)
            self._made[events[0].n] = len(events), leg
        return leg


def _answer(question: Event, later: list[Event]) -> list[Event]:
    """The answer to a question, if it is there: whoever hears nothing asks again."""
    heard = [one for one in later if one.kind in {"question", "answer"} and one.source == question.source][:1]
    return [one for one in heard if one.kind == "answer"]


def _strikes(event: Event) -> bool:
    return event.kind == "fault" and event.parsed["what"] == "strikes"


def _fault(event: Event) -> Line:
    """The line of a fault. All but a slow answer are in the way of the message."""
    do = event.parsed["fault"]
    return Line(event.n, "fault", event.text, do != "slow", struck(do), do)


def _parts(events: list[Event]) -> list[list[Event]]:
    """A connection in parts: what a server says of new mail while its client waits in IDLE begins one."""
    parts, waiting = [[events[0]]], False
    for event in events[1:]:
        if event.side == "client" and event.kind == "line":
            waiting = event.parsed.get("command") == "IDLE"
        elif waiting and event.side == "server" and event.text.endswith(" EXISTS"):
            parts.append([])
            waiting = False
        parts[-1].append(event)
    return parts


def _kind(events: list[Event], spoken: list[Event]) -> str:
    first = events[0]
    if first.step == BY_HAND:
        if first.protocol in {"imap", "pop3"}:  # whatever was refused before, mail was handed out, or was not
            return (
                "fetch"
                if any(event.kind == "content" and event.side == "server" for event in spoken)
                else BY_HAND
            )
        return "submit" if any(event.queue_id for event in events) else BY_HAND
    if first.protocol not in {"imap", "pop3"}:
        return "submit" if first.port in {587, 465} else "deliver"
    if first.kind != "open":
        return "told"
    if first.step == "wait":
        return "idle"
    return "sign-in" if any(map(_is_refusal, spoken)) else "fetch"


def _is_refusal(event: Event) -> bool:
    code = event.parsed.get("reply")
    return event.side == "server" and (
        (isinstance(code, int) and code >= 400)
        or code in {"NO", "BAD"}
        or (event.protocol == "pop3" and event.text.startswith("-ERR"))
    )


def _conversation(events: list[Event]) -> Leg | None:
    first = events[0]
    spoken = [event for event in events if event.kind in {"line", "content", "tls"} or _strikes(event)]
    if not spoken:
        return None
    by_hand = first.step == BY_HAND
    kind = _kind(events, spoken)
    title = _TITLES[BY_HAND if by_hand else kind]
    part = "" if first.kind == "open" else f"-{first.n}"
    return Leg(
        f"conn-{first.conn}{part}", kind, title, first.protocol, first.port, first.source, first.target,
        tuple(_line(event) for event in spoken), (events[-1].t - first.t) * 1_000, next((e.queue_id for e in events if e.queue_id), None),
        by_hand=by_hand,
    )  # fmt: skip


def _line(event: Event) -> Line:
    if event.kind == "fault":
        return _fault(event)
    if event.kind == "content":
        text = event.text.replace("\r\n", "\n").rstrip("\n")
        why = content(event.protocol, event.size)
        if event.parsed.get("cut"):
            text = "\n".join([*text.split("\n")[:CONTENT_LINES], "…"])
            why = Text(
                ja=f"{why.ja}長いので、ここに出ているのははじめの部分だけです。意味のない文字の並びに見えるところは、base64 で書き直された添付ファイルです。",
                en=f"{why.en} It is long, and only how it begins is shown. What looks like letters without meaning is an attached file, rewritten in base64.",
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
    return Line(
        event.n,
        event.side or "server",
        event.text,
        _is_refusal(event),
        explain(event.protocol, event.side, event.text, event.parsed),
    )


def _asked(events: list[Event]) -> Leg:
    question = events[0]
    answer = next((event for event in events if event.kind == "answer"), None)
    lines = [Line(question.n, "client", question.text, False, explain("dns", "client", question.text, {}))]
    lines += [_fault(event) for event in events if event.kind == "fault"]
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


def _unreached(events: list[Event]) -> Leg:
    event, *faults = events
    lines = [_fault(one) for one in faults] or [
        Line(event.n, "unreached", f"{event.target} port {event.port}", True, _NOBODY)
    ]
    return Leg(
        f"event-{event.n}", "deliver", _TITLES["unreached"], event.protocol, event.port, event.source, event.target,
        tuple(lines), 0.0, event.queue_id,
    )  # fmt: skip


def _did(events: list[Event]) -> Leg:
    event, text = events[0], events[0].text
    if event.kind == "queue":
        why = Text(
            ja="4 で始まる返事だったか、接続できなかったので、サーバーはメールを捨てずに預かっています。時間をおいて、自分から送り直します。",
            en="The reply began with 4, or there was no connection. So the server keeps the message, and will try again by itself after a while.",
        )
        step = "wait"
        text = f"{event.at[:16].replace('T', ' ')}  {event.parsed['reply']}"
    elif event.kind == "bounce" and event.parsed.get("action") == "delayed":
        why = Text(
            ja="まだ届いていないが試しつづけている、と知らせるメールをサーバーが書きました。元のメールはサーバーに残っています。",
            en="The server wrote to say that the message is not there yet and is still being tried. It has not let go of the message.",
        )
        step = "delay"
    elif event.kind == "bounce":
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
    line = Line(event.n, "server", text, False, why)
    return Leg(
        f"event-{event.n}",
        step,
        _TITLES[step],
        "",
        0,
        event.source,
        "",
        (line,),
        0.0,
        event.queue_id,
        event.parsed.get("account", ""),
    )
