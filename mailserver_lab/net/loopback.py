"""A Net of real sockets, all on 127.0.0.1: what other programs on this computer can talk to as well."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from secrets import randbelow
from weakref import WeakSet

from .base import Answer, Net, OutsideTheLab, Peer, ProtocolFactory, visitor
from .stream import Stream

HOME = "127.0.0.1"
#: Where a free port is looked for. Not where systems look when a program connects or asks for any port (IANA's dynamic
#: ports, from 49152; Linux from 32768): a server that was switched off would find its port taken when it is switched on again.
FIRST, LAST = 12_000, 20_000
TRIES = 50


@dataclass(frozen=True, slots=True, eq=False)
class _Caller:
    """Who made one connection.

    A port may be given anew before the end of the connection that had it is told, and a peer that goes from host to host
    is the same one: so each connection has a caller of its own.
    """

    peer: Peer


class LoopbackNet(Net):
    """Maps each logical address and port to a socket on 127.0.0.1.

    Args:
        fixed: the real port that a (logical address, port) must have.
        liked: the real port that it had the last time, and has again unless somebody else took it in the meantime. What is
            named in neither gets a free port.
    """

    has_tls = True

    def __init__(
        self,
        fixed: dict[tuple[str, int], int] | None = None,
        *,
        liked: dict[tuple[str, int], int] | None = None,
    ) -> None:
        super().__init__()
        self._fixed = fixed or {}
        self._used = dict(liked or {})  # a host that is switched on again is where it was
        self._servers: dict[tuple[str, int], asyncio.Server] = {}
        self._datagrams: dict[tuple[str, int], asyncio.DatagramTransport] = {}
        self._callers: dict[int, _Caller] = {}  # who connects from which real port
        self._askers: dict[int, Peer] = {}  # the same for datagrams, which have port numbers of their own
        self._made: dict[Stream, Peer] = {}
        self._accepted: defaultdict[str, WeakSet[asyncio.Protocol]] = defaultdict(WeakSet)

    def _wanted(self, address: str, port: int) -> int | None:
        return self._fixed.get((address, port)) or self._used.get((address, port))

    def _tries(self, address: str, port: int) -> list[int]:
        """The real ports to look at for a server, in order."""
        wanted = self._wanted(address, port)
        first = [wanted] if wanted else []
        if (address, port) in self._fixed:
            return first
        return [*first, *(FIRST + randbelow(LAST - FIRST) for _ in range(TRIES)), 0]

    async def listen_protocol(
        self, address: str, port: int, factory: ProtocolFactory, *, tls: ssl.SSLContext | None = None
    ) -> None:
        loop = asyncio.get_running_loop()

        def accepted() -> asyncio.Protocol:
            protocol = factory()
            self._accepted[address].add(protocol)
            return protocol

        tries = self._tries(address, port)
        for real in tries:
            try:
                server = await loop.create_server(accepted, HOME, real, ssl=tls, backlog=512)
                break
            except OSError:
                if real == tries[-1]:
                    raise
        self._servers[address, port] = server
        self._used[address, port] = server.sockets[0].getsockname()[1]

    async def stop_listening(self, address: str, port: int | None = None) -> None:
        for key in [key for key in self._servers if key[0] == address and port in {None, key[1]}]:
            self._servers.pop(key).close()
        for key in [key for key in self._datagrams if key[0] == address and port in {None, key[1]}]:
            self._datagrams.pop(key).close()
        if port is None:
            _abort(self._accepted[address])
            _abort(stream for stream, peer in self._made.items() if peer.address == address)

    def _cut(self) -> None:
        for protocols in self._accepted.values():
            _abort(protocols)
        _abort(self._streams)

    def peer_of(self, transport: asyncio.BaseTransport) -> Peer:
        name = transport.get_extra_info("peername")
        caller = self._callers.get(name[1]) if name else None
        return caller.peer if caller is not None else visitor()

    async def connect(self, peer: Peer, address: str, port: int) -> Stream:
        server = self._servers.get((address, port))
        if server is None:
            raise OutsideTheLab(address, port)
        loop = asyncio.get_running_loop()
        sock = socket.socket()
        sock.setblocking(False)
        sock.bind((HOME, 0))  # before connecting: the accepting side asks at once whose port this is
        own = sock.getsockname()[1]
        self._callers[own] = caller = _Caller(peer)
        try:
            await loop.sock_connect(sock, (HOME, self._used[address, port]))
            stream = Stream()
            await loop.create_connection(lambda: stream, sock=sock)
            if self._servers.get((address, port)) is not server:
                stream.abort()  # switched off meanwhile: nobody would ever answer
                raise OutsideTheLab(address, port)
        except BaseException:
            sock.close()
            self._callers.pop(own, None)
            raise
        self._streams.add(stream)
        self._made[stream] = peer
        stream.when_lost(lambda: self._forget(stream, own, caller))
        return stream

    def _forget(self, stream: Stream, own: int, caller: _Caller) -> None:
        self._streams.discard(stream)
        self._made.pop(stream, None)
        if self._callers.get(own) is caller:
            del self._callers[own]

    async def listen_datagrams(self, address: str, port: int, answer: Answer) -> None:
        loop = asyncio.get_running_loop()
        # A resolver expects UDP and TCP at one port: take the number that TCP got, if TCP came first.
        wanted = self._wanted(address, port) or 0
        try:
            transport, _ = await loop.create_datagram_endpoint(
                lambda: _Answering(self, answer), (HOME, wanted)
            )
        except OSError:
            if (address, port) in self._fixed:
                raise
            transport, _ = await loop.create_datagram_endpoint(lambda: _Answering(self, answer), (HOME, 0))
        self._datagrams[address, port] = transport

    async def ask(self, peer: Peer, address: str, port: int, payload: bytes, *, wait: float = 2.0) -> bytes:
        listener = self._datagrams.get((address, port))
        if listener is None:
            raise OutsideTheLab(address, port)
        loop = asyncio.get_running_loop()
        transport, asking = await loop.create_datagram_endpoint(
            lambda: _Asking(loop.create_future()), (HOME, 0), listener.get_extra_info("sockname")
        )
        own = transport.get_extra_info("sockname")[1]
        self._askers[own] = peer
        try:
            transport.sendto(payload)
            return await asyncio.wait_for(asking.came, wait)
        finally:
            transport.close()
            self._askers.pop(own, None)

    def real(self, address: str, port: int) -> tuple[str, int] | None:
        return (HOME, self._used[address, port]) if (address, port) in self._servers else None

    def real_datagrams(self, address: str, port: int) -> tuple[str, int] | None:
        transport = self._datagrams.get((address, port))
        return (HOME, transport.get_extra_info("sockname")[1]) if transport is not None else None

    async def close(self) -> None:
        servers, datagrams = [*self._servers.values()], [*self._datagrams.values()]
        self._servers.clear()  # before anything is waited for: who is just connecting sees that nobody is there
        self._datagrams.clear()
        for server in servers:
            server.close()
        for transport in datagrams:
            transport.close()
        await super().close()


def _abort(protocols: Iterable[asyncio.Protocol]) -> None:
    for protocol in tuple(protocols):
        if isinstance(protocol, Stream):
            protocol.abort()
        elif (transport := getattr(protocol, "transport", None)) is not None:
            transport.abort()


class _Answering(asyncio.DatagramProtocol):
    def __init__(self, net: LoopbackNet, answer: Answer) -> None:
        self._net, self._answer = net, answer

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        peer = self._net._askers.get(addr[1]) or visitor()
        task = asyncio.get_running_loop().create_task(self._reply(data, peer, addr))
        self._net._tasks.add(task)
        task.add_done_callback(self._net._tasks.discard)

    async def _reply(self, data: bytes, peer: Peer, addr: tuple[str, int]) -> None:
        reply = await self._answer(data, peer)
        if reply is not None and not self._transport.is_closing():
            self._transport.sendto(reply, addr)


class _Asking(asyncio.DatagramProtocol):
    def __init__(self, came: asyncio.Future[bytes]) -> None:
        self.came = came

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not self.came.done():
            self.came.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self.came.done():
            self.came.set_exception(exc)
