"""What is wrong with a domain just now, and the one place where it is made to happen: really, on real connections.

A host that is down, or that refuses, does not listen. What goes wrong in a dialogue goes wrong on port 25 alone, so that
people can still sign in and read. Each time that a fault strikes stands in the record, under the message that it struck.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from .. import replies
from ..net import Net, Peer, Stream
from ..replies import Reply
from ..smtp.envelope import Letter
from ..smtp.policy import Policy
from ..smtp.server import Server
from ..trace import Trace
from ..world import SLOWEST, Fault

if TYPE_CHECKING:
    from ..dns.zone import Trouble

GREYLISTED = timedelta(minutes=5)  # for so long is somebody new told to come again
SEEN = 10_000  # of those, how many are remembered
BEFORE_PORT_25 = ("down", "refuse")

LATER = Reply(450, "Greylisted, try again in a few minutes", "4.7.1")
CLOSING = Reply(421, "Service not available, closing the connection", "4.3.2")


@dataclass(slots=True)
class _Active:
    fault: Fault
    left: int | None


class Faults:
    """The faults of one domain.

    Args:
        name: the domain.
        host: its server.
        trace: the record.
        now: lab time.
        first: those that are there from the beginning.
    """

    def __init__(
        self, name: str, host: str, trace: Trace, now: Callable[[], datetime], first: Iterable[Fault]
    ) -> None:
        self._name, self._host, self._trace, self._now = name, host, trace, now
        self._active = [_Active(fault, fault.times) for fault in first]
        self._seen: dict[tuple[str, str, str], datetime] = {}

    def add(self, fault: Fault) -> None:
        """Let something be wrong; in place of the same fault at the same command."""
        self._drop(lambda one: (one.do, one.command) == (fault.do, fault.command))
        self._active.append(_Active(fault, fault.times))
        often = "until it is lifted" if fault.times is None else f"{fault.times} times"
        self._record(f"{fault} begins, {often}", fault, "begins")

    def lift(self, do: str | None = None) -> None:
        """Put right what is wrong, or that kind of it alone."""
        for fault in self._drop(lambda one: do in {None, one.do}):
            self._record(f"{fault} is over", fault, "over")

    def _drop(self, wanted: Callable[[Fault], bool]) -> list[Fault]:
        gone = [one.fault for one in self._active if wanted(one.fault)]
        self._active = [one for one in self._active if not wanted(one.fault)]
        return gone

    def has(self, do: str) -> bool:
        """Whether a fault of that kind is on."""
        return any(one.fault.do == do for one in self._active)

    def strikes(self, do: str, at: str = "", *, queue_id: str | None = None) -> Fault | None:
        """The fault of that kind at that command, if it is on: it has happened once more."""
        for one in self._active:
            fault = one.fault
            if (fault.do, fault.command) == (do, at):
                if one.left is not None:
                    one.left -= 1
                self._record(str(fault), fault, "strikes", queue_id)
                if one.left == 0:
                    self._active.remove(one)
                    self._record(f"{fault} is over", fault, "over")
                return fault
        return None

    def greylists(self, who: tuple[str, str, str], queue_id: str | None) -> bool:
        """Whether this sender shall come again later: a client, a reverse-path and a recipient not seen before."""
        if not self.has("greylist"):
            return False
        now = self._now()
        if who not in self._seen and len(self._seen) >= SEEN:
            self._seen.pop(next(iter(self._seen)))
        first = self._seen.setdefault(who, now)
        return now - first < GREYLISTED and self.strikes("greylist", "rcpt", queue_id=queue_id) is not None

    def of_the_dns(self, name: str, kind: str, peer: Peer) -> Trouble:
        """What is wrong with the DNS, for who asks for that name."""
        if name != self._name and not name.endswith(f".{self._name}"):
            return ""
        queue_id = peer.errand.queue_id
        if self.strikes("servfail", queue_id=queue_id):
            return "servfail"
        if self.strikes("dns-timeout", queue_id=queue_id):
            return "silence"
        asks_for_host = (name, kind) == (self._name, "MX")
        return "wrong-mx" if asks_for_host and self.strikes("wrong-mx", queue_id=queue_id) else ""

    def as_json(self) -> list[dict[str, Any]]:
        """What is wrong; `times` is how often still."""
        return [{**asdict(one.fault), "at": one.fault.command, "times": one.left} for one in self._active]

    def _record(self, text: str, fault: Fault, what: str, queue_id: str | None = None) -> None:
        about = {"domain": self._name, "fault": fault.do, "at": fault.command, "what": what}
        self._trace.add("fault", text, source=self._host, queue_id=queue_id, parsed=about)


class Road:
    """The way from one server to another: where hosts that are down or refuse are met, and counted.

    Args:
        net: what leads to those that listen.
        met: told of each attempt at an address and port before it is made.
    """

    def __init__(self, net: Net, met: Callable[[Peer, str, int], Awaitable[None]]) -> None:
        self._net, self._met = net, met

    async def connect(self, peer: Peer, address: str, port: int) -> Stream:
        """Connect as `Net.connect` does."""
        try:
            return await self._net.connect(peer, address, port)
        except OSError:
            await self._met(peer, address, port)
            raise


class FaultyServer(Server):
    """The server at port 25, as long as nothing is wrong with it; and when something is."""

    def __init__(self, policy: Policy, faults: Faults, **rest: Any) -> None:
        super().__init__(policy, **rest)
        self._faults = faults
        for command in ("EHLO", "HELO", "MAIL", "RCPT", "DATA"):
            at = "ehlo" if command == "HELO" else command.lower()
            self._smtp_methods[command] = partial(self._unless, at, self._smtp_methods[command])

    async def _unless(
        self, at: str, method: Callable[[str | None], Awaitable[None]], arg: str | None
    ) -> None:
        """Do the command, unless something goes wrong with it."""
        reply = await self._goes_wrong(at, arg or "")
        if reply is None:
            await method(arg)
            return
        await self.push(reply)
        if reply is CLOSING:
            self._hang_up()

    async def _content(self, letter: Letter, octets: bytes | None) -> Reply:
        """The same for the message itself."""
        reply = await self._goes_wrong("content", "")
        if reply is CLOSING:
            asyncio.get_running_loop().call_soon(self._hang_up)  # when it has been said
        return reply or await super()._content(letter, octets)

    async def _goes_wrong(self, at: str, arg: str) -> Reply | None:
        queue_id, faults = self._peer.errand.queue_id, self._faults
        if slow := faults.strikes("slow", at, queue_id=queue_id):
            await asyncio.sleep(slow.seconds)
        if faults.strikes("drop", at, queue_id=queue_id):
            self.transport.abort()
            await asyncio.sleep(
                SLOWEST
            )  # for ever: aiosmtpd ends this task when it hears that the connection is gone
        if faults.strikes("unavailable", at, queue_id=queue_id):
            return CLOSING
        if faults.strikes("disk-full", at, queue_id=queue_id):
            return replies.NO_ROOM_ON_DISK
        if at == "rcpt" and self._letter is not None:
            who = (self._peer.host, self._letter.reverse_path, arg.partition(" ")[0].lower())
            if faults.greylists(who, queue_id):
                return LATER
        return None

    def _hang_up(self) -> None:
        if self.transport is not None:
            self.transport.close()
