"""What every Net does: listen at a logical address, connect to one, ask one by datagram."""

from __future__ import annotations

import asyncio
import ssl
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from ..trace import Errand
from .stream import Stream


@dataclass(frozen=True, slots=True)
class Peer:
    """Who connects: a host's name, its logical address, and what it came for."""

    host: str
    address: str
    errand: Errand = field(default_factory=Errand)


def visitor() -> Peer:
    """A program outside the lab, say Thunderbird: the one kind of peer that has no host in the world."""
    return Peer("this-computer", "203.0.113.1")


TURNS = 8  # of the loop, in which protocols hear that their connection is gone, under TLS too, and end their tasks

Accept = Callable[[Stream, Peer], Coroutine[Any, Any, None]]
Answer = Callable[[bytes, Peer], Awaitable[bytes | None]]
ProtocolFactory = Callable[[], asyncio.Protocol]


class OutsideTheLab(ConnectionRefusedError):
    """Nothing in this world is at that address and port, and nothing outside it is ever connected to."""

    def __init__(self, address: str, port: int) -> None:
        super().__init__(
            111,
            f"nothing listens at {address} port {port} in this lab, and nothing outside it is connected to",
        )


class Net(ABC):
    """A private network. Every listener and connection belongs to it and ends with `close`."""

    has_tls: bool

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._streams: set[Stream] = set()

    async def listen(
        self, address: str, port: int, accept: Accept, *, tls: ssl.SSLContext | None = None
    ) -> None:
        """Call `accept(stream, peer)` in a task of its own for each connection to `address` and `port`."""

        def begin(stream: Stream) -> None:
            assert stream.transport is not None
            self._streams.add(stream)
            peer = self.peer_of(stream.transport)
            task = asyncio.get_running_loop().create_task(self._run(accept, stream, peer))
            self._tasks.add(task)  # the loop holds tasks weakly only
            task.add_done_callback(self._tasks.discard)

        await self.listen_protocol(address, port, lambda: Stream(begin), tls=tls)

    async def _run(self, accept: Accept, stream: Stream, peer: Peer) -> None:
        try:
            await accept(stream, peer)
        except (ConnectionError, ssl.SSLError):
            pass  # the client went away, which is its right
        finally:
            stream.close()
            self._streams.discard(stream)

    @abstractmethod
    async def listen_protocol(
        self, address: str, port: int, factory: ProtocolFactory, *, tls: ssl.SSLContext | None = None
    ) -> None:
        """Listen with asyncio protocols, which keep their transport as `transport`; for a server, such as aiosmtpd's, that is one."""

    @abstractmethod
    async def stop_listening(self, address: str, port: int | None = None) -> None:
        """Take every listener away from a host, as if it were switched off. Its connections are cut, both ways.

        With `port`, that one alone goes, and connections stay.
        """

    @abstractmethod
    def peer_of(self, transport: asyncio.BaseTransport) -> Peer:
        """Who is at the other end of a connection that was accepted here."""

    @abstractmethod
    async def connect(self, peer: Peer, address: str, port: int) -> Stream:
        """Connect, as `peer`, to a host of the world.

        Raises:
            OutsideTheLab: nothing listens there; a refused connection to those who ask no closer.
        """

    @abstractmethod
    async def listen_datagrams(self, address: str, port: int, answer: Answer) -> None:
        """Send back what `answer(payload, peer)` gives, or nothing where it gives None."""

    @abstractmethod
    async def ask(self, peer: Peer, address: str, port: int, payload: bytes, *, wait: float = 2.0) -> bytes:
        """Send one datagram and return the first answer, waiting `wait` seconds.

        Raises:
            OutsideTheLab: nothing listens there.
            TimeoutError: no answer came.
        """

    @abstractmethod
    def real(self, address: str, port: int) -> tuple[str, int] | None:
        """Where a program outside the lab reaches a listener: (host, port); None where it cannot."""

    @abstractmethod
    def real_datagrams(self, address: str, port: int) -> tuple[str, int] | None:
        """The same for datagrams."""

    @abstractmethod
    def _cut(self) -> None:
        """Break off every connection that is still there, whatever it holds that was not taken."""

    async def close(self) -> None:
        """End all listeners and connections; nothing of them is left when this returns."""
        for stream in tuple(self._streams):
            stream.close()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._cut()
        for _ in range(TURNS):
            await asyncio.sleep(0)
