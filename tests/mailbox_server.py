"""A POP3 or IMAP server with one mailbox, in memory or on real sockets of this computer, and a person at a terminal."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import trustme

from mailserver_lab.clock import Clock
from mailserver_lab.net import LoopbackNet, MemoryNet, Net, Peer, Stream
from mailserver_lab.store import Store
from mailserver_lab.trace import Event, Trace

ALICE, PASSWORD = "alice@tsubame.example", "tsubame 2026"
SERVER, HOST = "192.0.2.10", "mx.tsubame.example"
NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)

Serve = Callable[..., Awaitable[None]]


async def authenticate(address: str, password: str) -> bool:
    return (address, password) == (ALICE, PASSWORD)


class Line:
    """A client as a person at a terminal: lines out, lines in."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self._buffer = b""

    async def line(self) -> str:
        while b"\r\n" not in self._buffer:
            data = await asyncio.wait_for(self.stream.read(), 5)
            if not data:
                rest, self._buffer = self._buffer, b""
                return rest.decode() + "(end)"
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line.decode()


@dataclass
class Mailbox:
    """Alice's INBOX, and a server that listens for those who want to see it."""

    net: Net = field(default_factory=MemoryNet)
    clock: Clock = field(default_factory=lambda: Clock(NOW))
    quota: int | None = None
    store: Store = field(init=False)
    trace: Trace = field(init=False)
    port: int = 0  # the real one, of this computer

    def __post_init__(self) -> None:
        self.store = Store.memory(lambda account: self.quota)
        self.trace = Trace("test", self.clock)

    async def fill(self, mails: Sequence[bytes]) -> None:
        await self.store.open_account(ALICE)
        for n, raw in enumerate(mails, 1):
            await self.store.append(ALICE, "INBOX", raw, (), NOW + timedelta(days=n - 1), f"q000{n}")

    async def listen(self, protocol: str, port: int, serve: Serve, settings: dict[str, Any]) -> None:
        context = None
        if isinstance(self.net, LoopbackNet):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            trustme.CA().issue_cert("127.0.0.1", "localhost").configure_cert(context)
        settings = {"authenticate": authenticate, "tls": context, **settings}

        async def accept(stream: Stream, peer: Peer) -> None:
            conn = self.trace.connection(protocol, peer.host, HOST, port, errand=peer.errand)
            await serve(stream, conn, store=self.store, hostname=HOST, **settings)

        await self.net.listen(SERVER, port, accept)
        real = self.net.real(SERVER, port)
        self.port = real[1] if real else 0

    async def dial(self, port: int) -> Stream:
        return await self.net.connect(Peer("pc", "192.0.2.99"), SERVER, port)

    async def close(self) -> None:
        await self.net.close()
        await self.store.close()

    def record(self) -> list[Event]:
        return self.trace.after()

    async def uids(self, folder: str = "INBOX") -> list[int]:
        return [message.uid for message in await self.store.messages(ALICE, folder)]

    async def deliver(self, raw: bytes = b"Subject: new\r\n\r\nnew\r\n", folder: str = "INBOX") -> int:
        return await self.store.append(ALICE, folder, raw, (), NOW, "q0099")
