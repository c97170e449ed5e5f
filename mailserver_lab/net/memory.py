"""A Net without sockets: for fast tests, and for places that have none, such as a browser."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections import deque
from typing import Any

from .base import Answer, Net, OutsideTheLab, Peer, ProtocolFactory, visitor
from .stream import Stream

HIGH, LOW = 65_536, 16_384  # octets under way at which a writer is paused, and resumed


class _End(asyncio.Transport):
    """One end of a connection in memory. Delivers in later turns of the loop, as a socket does."""

    def __init__(self, net: MemoryNet, info: dict[str, Any], protocol: asyncio.Protocol) -> None:
        super().__init__(info)
        self._net, self._protocol = net, protocol
        self._loop = asyncio.get_running_loop()
        self.other: _End | None = None
        self._inbox: deque[bytes] = deque()
        self._wasted = 0  # octets written to somebody who has hung up
        self._eof = self._told_eof = self._sent_eof = False
        self._reading, self._closing, self._lost, self._scheduled, self._full = (
            True,
            False,
            False,
            False,
            False,
        )

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        assert isinstance(protocol, asyncio.Protocol)
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def is_closing(self) -> bool:
        return self._closing

    def is_reading(self) -> bool:
        return self._reading and not self._closing

    def pause_reading(self) -> None:
        self._reading = False

    def resume_reading(self) -> None:
        self._reading = True
        self._soon()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """The limits are fixed; asyncio's interface wants the method."""

    def get_write_buffer_size(self) -> int:
        return sum(map(len, self.other._inbox)) + self._wasted if self.other else 0

    def can_write_eof(self) -> bool:
        return True

    def write(self, data: bytes | bytearray | memoryview[int]) -> None:
        other = self.other
        if self._closing or self._sent_eof or not data or other is None:
            return
        if other._closing:
            self._wasted += len(data)  # as with a socket, that nobody takes it shows later
        else:
            other._inbox.append(bytes(data))
            other._soon()
        if not self._full and self.get_write_buffer_size() > HIGH:
            self._full = True
            self._protocol.pause_writing()
            if other._lost:
                self.close()

    def write_eof(self) -> None:
        if not self._sent_eof and self.other is not None:
            self._sent_eof = self.other._eof = True
            self.other._soon()

    def close(self) -> None:
        if self._closing:
            return
        self.write_eof()
        self._closing = True
        self._loop.call_soon(self._lose)

    def abort(self) -> None:
        self.close()

    def _soon(self) -> None:
        if not self._scheduled and not self._lost:
            self._scheduled = True
            self._loop.call_soon(self._pump)

    def _pump(self) -> None:
        self._scheduled = False
        while self._inbox and self._reading and not self._closing:
            self._protocol.data_received(self._inbox.popleft())
            other = self.other
            if other is not None and other._full and other.get_write_buffer_size() <= LOW:
                other._full = False
                other._protocol.resume_writing()
        if self._eof and not self._inbox and not self._told_eof and not self._closing:
            self._told_eof = True
            if not self._protocol.eof_received() or (self.other is not None and self.other._closing):
                self.close()

    def _lose(self) -> None:
        if self._lost:
            return
        self._lost = True
        self._inbox.clear()
        self._net._ends.discard(self)
        self._protocol.connection_lost(None)
        if self.other is not None and self.other._full:
            self.other.close()  # it waits for us to read on, and we never shall


class MemoryNet(Net):
    """Maps each logical address and port to a protocol factory in this process."""

    has_tls = False

    def __init__(self) -> None:
        super().__init__()
        self._factories: dict[tuple[str, int], ProtocolFactory] = {}
        self._answers: dict[tuple[str, int], Answer] = {}
        self._ends: set[_End] = set()  # a pair of ends is a reference cycle that nothing else holds
        self._ports = itertools.count(40_000)

    async def listen_protocol(
        self, address: str, port: int, factory: ProtocolFactory, *, tls: ssl.SSLContext | None = None
    ) -> None:
        if tls is None:
            self._factories[address, port] = factory

    async def stop_listening(self, address: str, port: int | None = None) -> None:
        for key in [key for key in self._factories if key[0] == address and port in {None, key[1]}]:
            del self._factories[key]
        for key in [key for key in self._answers if key[0] == address and port in {None, key[1]}]:
            del self._answers[key]
        if port is None:
            for end in tuple(self._ends):
                if end.get_extra_info("sockname")[0] == address:
                    end.abort()

    def peer_of(self, transport: asyncio.BaseTransport) -> Peer:
        peer = transport.get_extra_info("lab_peer")
        return peer if isinstance(peer, Peer) else visitor()

    async def connect(self, peer: Peer, address: str, port: int) -> Stream:
        factory = self._factories.get((address, port))
        if factory is None:
            raise OutsideTheLab(address, port)
        stream, accepting = Stream(), factory()
        here, there = (peer.address, next(self._ports)), (address, port)
        client = _End(self, {"sockname": here, "peername": there}, stream)
        server = _End(self, {"sockname": there, "peername": here, "lab_peer": peer}, accepting)
        client.other, server.other = server, client
        self._ends |= {client, server}
        stream.connection_made(client)
        accepting.connection_made(server)
        self._streams.add(stream)
        stream.when_lost(lambda: self._streams.discard(stream))
        return stream

    async def listen_datagrams(self, address: str, port: int, answer: Answer) -> None:
        self._answers[address, port] = answer

    async def ask(self, peer: Peer, address: str, port: int, payload: bytes, *, wait: float = 2.0) -> bytes:
        answer = self._answers.get((address, port))
        if answer is None:
            raise OutsideTheLab(address, port)
        reply = await asyncio.wait_for(_waited(answer, payload, peer), wait)
        if reply is None:
            await asyncio.sleep(wait)
            raise TimeoutError(f"no answer from {address} port {port}")
        return reply

    def real(self, address: str, port: int) -> tuple[str, int] | None:
        return None

    def real_datagrams(self, address: str, port: int) -> tuple[str, int] | None:
        return None

    async def close(self) -> None:
        self._factories.clear()
        self._answers.clear()
        await super().close()

    def _cut(self) -> None:
        for end in tuple(self._ends):
            end.abort()


async def _waited(answer: Answer, payload: bytes, peer: Peer) -> bytes | None:
    return await answer(payload, peer)
