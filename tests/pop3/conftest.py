"""A POP3 server with three messages, on real sockets of this computer."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import trustme

from mailserver_lab import pop3
from mailserver_lab.clock import Clock
from mailserver_lab.net import LoopbackNet, MemoryNet, Net, Peer, Stream
from mailserver_lab.store import Store
from mailserver_lab.trace import Event, Trace

ALICE, PASSWORD = "alice@tsubame.example", "tsubame 2026"
SERVER = "192.0.2.10"
MAIL = [
    b"From: bob@hibari.example\r\nSubject: one\r\n\r\nfirst\r\n",
    b"Subject: two\r\n\r\n.leading dot\r\n..two dots\r\n.\r\nlast\r\n",
    b"Subject: three\r\n\r\n" + b"".join(b"line %d\r\n" % n for n in range(100)),
]


async def authenticate(address: str, password: str) -> bool:
    return (address, password) == (ALICE, PASSWORD)


@dataclass
class Lab:
    net: Net
    store: Store
    trace: Trace
    options: dict[str, Any] = field(default_factory=dict)
    port: int = 0

    async def connect(self) -> Stream:
        return await self.net.connect(Peer("pc", "192.0.2.99"), SERVER, 110)

    def record(self) -> list[Event]:
        return self.trace.after()

    async def subjects(self) -> list[str]:
        raw = [await self.store.raw(message.id) for message in await self.store.messages(ALICE, "INBOX")]
        return [text.split(b"Subject: ")[1].split(b"\r\n")[0].decode() for text in raw]


Start = Callable[..., Awaitable[Lab]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    labs: list[Lab] = []

    async def begin(net: Net | None = None, **options: Any) -> Lab:
        lab = Lab(
            net or MemoryNet(), Store.memory(), Trace("test", Clock(datetime(2026, 4, 1, 9, tzinfo=UTC)))
        )
        await lab.store.open_account(ALICE)
        for n, raw in enumerate(MAIL, 1):
            await lab.store.append(ALICE, "INBOX", raw, (), datetime(2026, 4, 1, tzinfo=UTC), f"q000{n}")
        context = None
        if isinstance(lab.net, LoopbackNet):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            trustme.CA().issue_cert("127.0.0.1", "localhost").configure_cert(context)
        options = {"tls": context, "locks": pop3.MailboxLocks(), **options}

        async def accept(stream: Stream, peer: Peer) -> None:
            conn = lab.trace.connection("pop3", peer.host, "mx.tsubame.example", 110, errand=peer.errand)
            await pop3.serve(
                stream,
                conn,
                store=lab.store,
                authenticate=authenticate,
                hostname="mx.tsubame.example",
                **options,
            )

        await lab.net.listen(SERVER, 110, accept)
        real = lab.net.real(SERVER, 110)
        lab.port = real[1] if real else 0
        labs.append(lab)
        return lab

    yield begin
    for lab in labs:
        await lab.net.close()
        await lab.store.close()


async def talk(stream: Stream, *lines: str | bytes, until: bytes = b"\r\n") -> str:
    """Send lines, each after the answer to the one before, and return everything heard."""
    heard = bytearray()

    async def listen() -> None:
        start = len(heard)
        while not heard[start:].endswith(until):
            data = await asyncio.wait_for(stream.read(), 5)
            if not data:
                return
            heard.extend(data)

    await listen()
    for line in lines:
        stream.write(line if isinstance(line, bytes) else line.encode() + b"\r\n")
        await listen()
    return heard.decode()
