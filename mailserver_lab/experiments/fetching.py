"""What happened when devices fetched mail, in the order of the record."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from ..smtp.paths import canonical
from ..trace import Event

What = Literal["stored", "refused", "waits", "told", "handed", "stopped"]

_EXISTS = re.compile(r"\* \d+ EXISTS$")
_WRONG_PASSWORD = {"AUTH", "AUTHENTICATIONFAILED"}


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened between a device and its server, or in the mailbox.

    Args:
        what: `stored`: a message lies in a mailbox; `refused`: a password was; `waits`: a device has given IDLE, and says
            nothing more; `told`: its server tells it, unasked, that there is mail; `handed`: the server hands it a message;
            `stopped`: it waits no longer.
        who: the device's host name, or the account whose mailbox it is.
        message: the queue id, where it is about a message.
        protocol: what was spoken.
    """

    what: What
    who: str
    message: str = ""
    protocol: str = ""


@dataclass(slots=True)
class Fetching:
    """Grows with the record."""

    happened: list[Happened] = field(default_factory=list)
    _waiting: set[int] = field(default_factory=set)  # connections whose client has said nothing since IDLE

    def learn(self, event: Event) -> None:
        """Take in what the record says next."""
        if event.kind == "mailbox" and event.parsed.get("change") == "appended" and event.queue_id:
            self._add("stored", canonical(event.parsed.get("account", "")), event.queue_id)
        elif event.kind == "device" and event.parsed.get("change") == "stopped":
            self._add("stopped", event.source)
        elif event.conn is not None and event.protocol in {"imap", "pop3"}:
            self._hear(event, event.conn)

    def _hear(self, event: Event, conn: int) -> None:
        if event.kind == "content" and event.side == "server" and event.queue_id:
            self._add("handed", event.source, event.queue_id, event.protocol)
        elif event.kind == "line" and event.side == "client":
            if event.parsed.get("command") == "IDLE":
                self._waiting.add(conn)
                self._add("waits", event.source)
            else:
                self._waiting.discard(conn)
        elif event.kind == "line" and event.parsed.get("code") in _WRONG_PASSWORD:
            self._add("refused", event.source, protocol=event.protocol)
        elif event.kind == "line" and conn in self._waiting and _EXISTS.match(event.text):
            self._add("told", event.source)

    def _add(self, what: What, who: str, message: str = "", protocol: str = "") -> None:
        self.happened.append(Happened(what, who, message, protocol))

    def in_order(self, *wanted: Callable[[Happened], bool]) -> bool:
        """Whether such things happened one after the other, whatever was in between."""
        rest = iter(self.happened)
        return all(any(map(want, rest)) for want in wanted)

    def count(self, what: What, who: str) -> int:
        """How often that happened to somebody."""
        return sum((one.what, one.who) == (what, who) for one in self.happened)

    def waits(self, who: str) -> bool:
        """Whether a device holds a line on which it is told of mail."""
        latest = [one.what for one in self.happened if one.who == who and one.what in {"waits", "stopped"}]
        return latest[-1:] == ["waits"]
