"""One message's way as text that is the same from run to run: no ports, no times, ids numbered by order.

Notebooks print it, golden files keep it, and people can read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from .related import related
from .trace import Event

_NAMES = {"submit": "submit", "connect": "deliver", "fetch": "fetch"}
_STEPS = {"imap": "fetch", "pop3": "fetch", "http": "browse"}
_PROTOCOLS = {"smtp": "SMTP", "imap": "IMAP", "pop3": "POP3", "dns": "DNS", "http": "HTTP"}
_ID = re.compile(r"\bq\d{4,}\b")
_SIZE = re.compile(r"\bSIZE=\d+|\{\d+\}$", re.MULTILINE)
_POP3_SIZE = re.compile(r"^(  S (?:\+OK )?\d+|.*(?: message(?:\(s\))?,|\+OK)) \d+( octets)?$", re.MULTILINE)
_POP3_STAMP = re.compile(r"<\d+\.\d+@")


def transcript(events: Iterable[Event], message: str | None, host: str | None = None) -> str:
    """The way of one message: who spoke to whom, line by line, connections in the order in which they began.

    What a connection came to stands below it: when a server notes that down, beside what the next one does meanwhile, is
    chance. With a host, the connections that it made stand there too, whatever for; without a message, they alone.
    """
    wanted = related(events, message, host)
    outcomes = _outcomes(wanted)
    lines: list[str] = []
    shown: set[int] = set()
    for n, event in enumerate(wanted):
        if event.conn is not None and event.conn not in shown:
            shown.add(event.conn)
            lines += _connection([one for one in wanted if one.conn == event.conn])
            lines += [_heading("queue", one.source, one.text) for one in outcomes.pop(event.conn, ())]
        elif event.kind == "question":
            answer = next(
                (one for one in wanted[n:] if one.kind == "answer" and one.source == event.source), None
            )
            lines.append(_heading("mx", f"{event.source} → {event.target}", "DNS 53"))
            lines.append(f"  Q {event.text}")
            if answer is not None:
                lines.append(f"  A {answer.text}")
        elif event.kind == "unreached":
            lines.append(_heading("deliver", f"{event.source} → {event.target}", f"SMTP {event.port}"))
            lines.append("  - no connection")
        elif event.kind == "queue" and event.conn is None and event in outcomes.get(None, ()):
            lines.append(_heading("queue", event.source, event.text))
        elif event.kind == "bounce":
            lines.append(_heading("bounce", event.source, event.text))
        elif event.kind == "mailbox" and event.parsed.get("change") == "appended":
            lines.append(_heading("store", event.source, event.text))
    return _stable("\n".join(lines) + "\n")


def _outcomes(events: Sequence[Event]) -> dict[int | None, list[Event]]:
    """What became of the message, by the connection that its server had made last for it; None where it made none."""
    found: dict[int | None, list[Event]] = {}
    latest: dict[tuple[str, str | None], int] = {}
    for event in events:
        who = (event.source, event.queue_id)
        if event.conn is not None and event.kind != "open":
            latest[who] = event.conn
        elif event.kind == "queue":
            found.setdefault(latest.get(who), []).append(event)
    return found


def _heading(step: str, who: str, what: str) -> str:
    return f"{step:<8} {who}   {what}"


def _connection(events: Sequence[Event]) -> list[str]:
    first = events[0]
    step = _STEPS.get(first.protocol) or ("submit" if first.port in {587, 465} else "deliver")
    lines = [
        _heading(
            step,
            f"{first.source} → {first.target}",
            f"{_PROTOCOLS.get(first.protocol, first.protocol)} {first.port}",
        )
    ]
    for event in events:
        mark = "C" if event.side == "client" else "S"
        if event.kind == "line":
            lines.append(f"  {mark} {event.text}")
        elif event.kind == "content":
            lines.append(f"  {mark} (the message)")
        elif event.kind == "tls":
            lines.append("  - TLS")
    return lines


def _stable(text: str) -> str:
    """Number ids by order, and leave out what depends on dates and ids: sizes."""
    ids: dict[str, str] = {}
    text = _ID.sub(lambda match: ids.setdefault(match[0], f"q{len(ids) + 1:04}"), text)
    text = _POP3_STAMP.sub("<…@", _POP3_SIZE.sub(r"\1 …\2", text))
    return _SIZE.sub(lambda match: "SIZE=…" if match[0].startswith("S") else "{…}", text)
