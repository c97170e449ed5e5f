"""What is wrong with a domain just now, and the one place where it is made to happen: really, on real connections.

A host that is down, or that refuses, does not listen. What goes wrong in a dialogue goes wrong on port 25 alone, so that
people can still sign in and read. Each time that a fault strikes stands in the record, under the message that it struck and
on the connection that it struck, if there was one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from .. import replies
from ..net import Net, Peer, Stream
from ..replies import Reply
from ..smtp.envelope import Letter
from ..smtp.policy import Policy
from ..smtp.server import Server
from ..trace import Conn, Trace
from ..world import OF_THE_DNS, SLOWEST, Fault

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
    struck: int = 0


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
        self._active = [_Active(self._placed(fault), fault.times) for fault in first]
        self._seen: dict[tuple[str, str, str], datetime] = {}

    def _placed(self, fault: Fault) -> Fault:
        """With the name of the host that has it: the domain's own server where none is given."""
        return fault if fault.host or fault.do in OF_THE_DNS else replace(fault, host=self._host)

    def add(self, fault: Fault) -> None:
        """Let something be wrong; in place of the same fault at the same command of the same host."""
        fault = self._placed(fault)
        key = (fault.do, fault.command, fault.host)
        self._drop(lambda one: (one.do, one.command, one.host) == key)
        self._active.append(_Active(fault, fault.times))
        often = "until it is lifted" if fault.times is None else f"{fault.times} times"
        self._record(f"{fault} begins, {often}", fault, "begins")

    def lift(self, do: str | None = None, at: str | None = None, host: str | None = None) -> None:
        """Put right what is wrong, or that kind of it alone, at that command alone, of that host alone."""
        for fault in self._drop(
            lambda one: do in {None, one.do} and at in {None, one.command} and host in {None, one.host}
        ):
            self._record(f"{fault} is over", fault, "over")

    def _drop(self, wanted: Callable[[Fault], bool]) -> list[Fault]:
        gone = [one.fault for one in self._active if wanted(one.fault)]
        self._active = [one for one in self._active if not wanted(one.fault)]
        return gone

    def __bool__(self) -> bool:
        """Whether anything is wrong."""
        return bool(self._active)

    def has(self, do: str, host: str = "") -> bool:
        """Whether a fault of that kind is on, at the domain's own server or at another host of it."""
        return any((one.fault.do, one.fault.host) == (do, host or self._host) for one in self._active)

    def strikes(
        self, do: str, at: str = "", *, host: str = "", peer: Peer | None = None, conn: Conn | None = None
    ) -> Fault | None:
        """The fault of that kind at that command, if it is on: it has happened once more, to that peer."""
        key = (do, at, "" if do in OF_THE_DNS else host or self._host)
        for one in self._active:
            fault = one.fault
            if (fault.do, fault.command, fault.host) == key:
                one.struck += 1
                if one.left is not None:
                    one.left -= 1
                self._record(str(fault), fault, "strikes", peer, conn)
                if one.left == 0:
                    self._active.remove(one)
                    self._record(f"{fault} is over", fault, "over")
                return fault
        return None

    def greylists(self, who: tuple[str, str, str], host: str, peer: Peer, conn: Conn) -> bool:
        """Whether this sender shall come again later: a client, a reverse-path and a recipient not seen before."""
        if not self.has("greylist", host):
            return False
        now = self._now()
        if who not in self._seen and len(self._seen) >= SEEN:
            self._seen.pop(next(iter(self._seen)))
        first = self._seen.setdefault(who, now)
        return (
            now - first < GREYLISTED
            and self.strikes("greylist", "rcpt", host=host, peer=peer, conn=conn) is not None
        )

    def of_the_dns(self, name: str, kind: str, peer: Peer) -> Trouble:
        """What is wrong with the DNS, for who asks for that name."""
        if name != self._name and not name.endswith(f".{self._name}"):
            return ""
        if self.strikes("servfail", peer=peer):
            return "servfail"
        if self.strikes("dns-timeout", peer=peer):
            return "silence"
        asks_for_host = (name, kind) == (self._name, "MX")
        return "wrong-mx" if asks_for_host and self.strikes("wrong-mx", peer=peer) else ""

    def as_json(self) -> list[dict[str, Any]]:
        """What is wrong; `times` is how often still, `struck` how often it has happened."""
        return [
            {**asdict(one.fault), "at": one.fault.command, "times": one.left, "struck": one.struck}
            for one in self._active
        ]

    def _record(
        self, text: str, fault: Fault, what: str, peer: Peer | None = None, conn: Conn | None = None
    ) -> None:
        about: dict[str, Any] = {"domain": self._name, "fault": fault.do, "at": fault.command, "what": what}
        self._trace.add(
            "fault",
            text,
            queue_id=peer.errand.queue_id if peer else None,
            conn=conn.number if conn else None,
            source=conn.source if conn else fault.host or self._host,
            target=conn.target if conn else "",
            parsed=about | {"host": fault.host, "met": peer.host if peer else ""},
        )


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

    def __init__(self, policy: Policy, faults: Faults, *, hostname: str, **rest: Any) -> None:
        super().__init__(policy, hostname=hostname, **rest)
        self._faults, self._host = faults, hostname
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
        peer, faults, conn = self._peer, self._faults, self._tap.conn
        strikes = partial(faults.strikes, at=at, host=self._host, peer=peer, conn=conn)
        if slow := strikes("slow"):
            await asyncio.sleep(slow.seconds)
        if strikes("drop"):
            self.transport.abort()
            await asyncio.sleep(
                SLOWEST
            )  # for ever: aiosmtpd ends this task when it hears that the connection is gone
        if strikes("unavailable"):
            return CLOSING
        if strikes("disk-full"):
            return replies.NO_ROOM_ON_DISK
        if at == "rcpt" and self._letter is not None:
            who = (peer.host, self._letter.reverse_path, arg.partition(" ")[0].lower())
            if faults.greylists(who, self._host, peer, conn):
                return LATER
        return None

    def _hang_up(self) -> None:
        if self.transport is not None:
            self.transport.close()
