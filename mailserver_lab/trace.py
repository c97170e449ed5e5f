"""The record: all that was said and done in one world, in order, once.

Everything that a reader sees is a view of it. Lines are recorded at the listening side of a connection, as plain text
even under TLS, with logical names and addresses. Numbers grow by one; the record is append-only and keeps the latest
`Trace.KEEP` events, so that a world that runs for a week does not eat the machine.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from .clock import Clock
from .masking import masked

Side = Literal["client", "server"]
Kind = Literal[
    "open", "close", "tls", "line", "content", "question", "answer", "unreached", "queue", "bounce", "mailbox", "device", "setting", "fault", "clock", "pause", "continue"
]  # fmt: skip

LINE_SHOWN = 1_000  # characters of a line that the record keeps; nobody reads more, and a hostile client may send megabytes
CONTENT_SHOWN = 4_000  # octets of a message's content that the record keeps


@dataclass(slots=True)
class Event:
    """One thing that happened. `t` is in real seconds since the world began, `size` in octets on the connection.

    Most events are never looked at. So `said` may be octets, which become `text` when somebody reads it; and the class is
    not frozen, though nobody changes one: that would take four times as long to make, nine times a message.
    """

    n: int
    t: float
    at: str
    world: str
    kind: Kind
    said: str | bytes = ""
    conn: int | None = None
    protocol: str = ""
    source: str = ""
    target: str = ""
    port: int = 0
    side: Side | None = None
    size: int = 0
    tls: bool = False
    parsed: dict[str, Any] = field(default_factory=dict)
    state: tuple[str, str] | None = None
    queue_id: str | None = None
    step: str | None = None

    @property
    def text(self) -> str:
        """What was said or done, for people."""
        if isinstance(self.said, bytes):
            self.said = self.said.decode("utf-8", "replace")
        return self.said

    def as_json(self) -> dict[str, Any]:
        """The event as the control API sends it: `from` and `to` for the two hosts, `bytes` for the size."""
        return {
            "n": self.n, "t": round(self.t, 6), "at": self.at, "world": self.world, "kind": self.kind, "conn": self.conn,
            "protocol": self.protocol, "from": self.source, "to": self.target, "port": self.port, "side": self.side,
            "text": self.text, "bytes": self.size, "tls": self.tls, "parsed": self.parsed,
            "state": list(self.state) if self.state else None, "queue_id": self.queue_id, "step": self.step,
        }  # fmt: skip

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Event:
        """The reverse of `as_json`."""
        rest = {key: value[key] for key in ("n", "t", "at", "world", "kind", "conn", "protocol", "port", "side", "tls", "parsed", "queue_id", "step")}  # fmt: skip
        state = tuple(value["state"]) if value["state"] else None
        return cls(
            said=value["text"],
            source=value["from"],
            target=value["to"],
            size=value["bytes"],
            state=state,
            **rest,
        )


@dataclass(slots=True)
class Errand:
    """What a connection is made for. The connecting side fills it in, the recorder at the other side reads it.

    Both ends live in one process, which is how a message is followed by its queue id and never by its Message-ID; and
    how the connecting side hears under which number the record has its connection (`begun`).
    """

    step: str = ""
    queue_id: str | None = None
    begun: Callable[[int], None] | None = None


class Trace:
    """The record of one world."""

    KEEP = 100_000

    def __init__(self, world: str, clock: Clock) -> None:
        self.world = world
        self._clock = clock
        self._events: deque[Event] = deque(maxlen=self.KEEP)
        self._count = itertools.count(1)
        self._conns = itertools.count(1)
        self._followers: list[Callable[[Event], None]] = []

    def add(
        self, kind: Kind, text: str | bytes = "", *, conn: int | None = None, protocol: str = "", source: str = "",
        target: str = "", port: int = 0, side: Side | None = None, size: int = 0, tls: bool = False,
        parsed: dict[str, Any] | None = None, state: tuple[str, str] | None = None, queue_id: str | None = None,
        step: str | None = None,
    ) -> Event:  # fmt: skip
        """Record that something happened, now."""
        if len(text) > LINE_SHOWN and isinstance(text, str):
            text = f"{text[:LINE_SHOWN]}… ({len(text)} characters)"
        clock = self._clock
        event = Event(
            next(self._count), clock.elapsed(), clock.stamp(), self.world, kind, text, conn, protocol, source, target, port,
            side, size, tls, {} if parsed is None else parsed, state, queue_id, step,
        )  # fmt: skip
        self._events.append(event)
        for follower in tuple(self._followers):
            follower(event)
        return event

    def connection(
        self,
        protocol: str,
        source: str,
        target: str,
        port: int,
        *,
        errand: Errand | None = None,
        tls: bool = False,
    ) -> Conn:
        """Record that `source` connected to `target`, and give what records that connection."""
        conn = Conn(self, next(self._conns), protocol, source, target, port, errand or Errand(), tls)
        if errand is not None and errand.begun is not None:
            errand.begun(conn.number)
        return conn

    def after(self, n: int = 0, limit: int | None = None) -> list[Event]:
        """The events numbered above `n`, oldest first, at most `limit` of them."""
        first = self._events[0].n if self._events else 1
        skip = max(0, n - first + 1)
        stop = None if limit is None else skip + limit
        return list(itertools.islice(self._events, skip, stop))

    def follow(self, follower: Callable[[Event], None]) -> Callable[[], None]:
        """Call `follower` with each event to come; the returned function ends that."""
        self._followers.append(follower)
        return lambda: self._followers.remove(follower) if follower in self._followers else None


class Conn:
    """The recorder for one connection. A server's shell tells it what was said.

    Commands that hold a password are masked here, whichever server they are said to. What is a secret by its place in the
    conversation alone, an answer to a challenge, only the server knows: it gives it as `***`.
    """

    def __init__(
        self,
        trace: Trace,
        number: int,
        protocol: str,
        source: str,
        target: str,
        port: int,
        errand: Errand,
        tls: bool,
    ) -> None:
        self.number, self.source, self.target = number, source, target
        self.errand = errand
        self.tls = tls
        self._trace = trace
        self._protocol = protocol
        self._port = port
        self._open = True
        self._add("open")

    def _add(
        self, kind: Kind, text: str | bytes = "", side: Side | None = None, size: int = 0,
        parsed: dict[str, Any] | None = None, state: tuple[str, str] | None = None, step: str | None = None,
    ) -> None:  # fmt: skip
        errand = self.errand
        self._trace.add(
            kind, text, conn=self.number, protocol=self._protocol, source=self.source, target=self.target,
            port=self._port, side=side, size=size, tls=self.tls, parsed=parsed, state=state, queue_id=errand.queue_id,
            step=step or errand.step or None,
        )  # fmt: skip

    def said(
        self, side: Side, text: str, size: int, *, parsed: dict[str, Any] | None = None,
        state: tuple[str, str] | None = None, step: str | None = None,
    ) -> None:  # fmt: skip
        """Record one line, without its line end. `size` is in octets, the line end included."""
        self._add("line", masked(text) if side == "client" else text, side, size, parsed, state, step)

    def content(self, side: Side, data: bytes, *, size: int | None = None, step: str | None = None) -> None:
        """Record a message's content or a literal: its size and how it begins, never line by line.

        `size` is how many octets it has, where `data` is only how it begins.
        """
        size = len(data) if size is None else size
        self._add("content", data[:CONTENT_SHOWN], side, size, {"cut": len(data) > CONTENT_SHOWN}, step=step)

    def note(self, text: str, **parsed: Any) -> None:
        """Record what the server decided on this connection without saying it in a line, an accepted message's id for one."""
        self._add("queue", text, parsed=parsed)

    def about(self, queue_id: str | None) -> None:
        """What follows on this connection has to do with that message."""
        if queue_id is not None:
            self.errand.queue_id = queue_id

    def secured(self) -> None:
        """TLS has begun on this connection."""
        self.tls = True
        self._add("tls")

    def close(self) -> None:
        """The connection has ended. Safe to call twice."""
        if self._open:
            self._open = False
            self._add("close")
