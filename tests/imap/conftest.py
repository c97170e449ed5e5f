"""An IMAP server with a few messages, in memory or on real sockets of this computer."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import trustme

from mailserver_lab import imap
from mailserver_lab.clock import Clock
from mailserver_lab.net import LoopbackNet, MemoryNet, Net, Peer, Stream
from mailserver_lab.store import Store
from mailserver_lab.trace import Event, Trace

from .mails import MAILS

ALICE, PASSWORD = "alice@tsubame.example", "tsubame 2026"
SERVER = "192.0.2.10"
NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)


async def authenticate(address: str, password: str) -> bool:
    return (address, password) == (ALICE, PASSWORD)


class Talker:
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

    async def until(self, *starts: str) -> list[str]:
        lines = [await self.line()]
        while not lines[-1].startswith((*starts, "(end)")) and not lines[-1].endswith("(end)"):
            lines.append(await self.line())
        return lines

    async def say(self, command: str | bytes, tag: str = "a") -> list[str]:
        """Give a command and return all that comes up to its tagged response, or to a request to continue."""
        data = command if isinstance(command, bytes) else command.encode()
        self.stream.write(tag.encode() + b" " + data + b"\r\n")
        return await self.until(f"{tag} ", "+ ")

    async def sign_in(self, mailbox: str | None = "INBOX") -> Talker:
        assert (await self.line()).startswith("* OK")
        assert (await self.say(f'LOGIN {ALICE} "{PASSWORD}"'))[-1].startswith("a OK")
        if mailbox:
            assert (await self.say(f"SELECT {mailbox}"))[-1].startswith("a OK")
        return self


@dataclass
class Lab:
    net: Net
    store: Store
    trace: Trace
    port: int = 0

    async def connect(self) -> Talker:
        return Talker(await self.net.connect(Peer("pc", "192.0.2.99"), SERVER, 143))

    def record(self) -> list[Event]:
        return self.trace.after()

    async def flags(self, uid: int, folder: str = "INBOX") -> set[str]:
        return next(set(each.flags) for each in await self.store.messages(ALICE, folder) if each.uid == uid)

    async def uids(self, folder: str = "INBOX") -> list[int]:
        return [message.uid for message in await self.store.messages(ALICE, folder)]

    async def deliver(self, raw: bytes = b"Subject: new\r\n\r\nnew\r\n", folder: str = "INBOX") -> int:
        return await self.store.append(ALICE, folder, raw, (), NOW, "q0099")


Start = Callable[..., Awaitable[Lab]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    labs: list[Lab] = []

    async def begin(
        net: Net | None = None, *, quota: int | None = None, mails: list[bytes] = MAILS, **options: Any
    ) -> Lab:
        lab = Lab(net or MemoryNet(), Store.memory(lambda account: quota), Trace("test", Clock(NOW)))
        await lab.store.open_account(ALICE)
        for n, raw in enumerate(mails, 1):
            await lab.store.append(ALICE, "INBOX", raw, (), NOW + timedelta(days=n - 1), f"q000{n}")
        context = None
        if isinstance(lab.net, LoopbackNet):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            trustme.CA().issue_cert("127.0.0.1", "localhost").configure_cert(context)
        settings: dict[str, Any] = {"tls": context, "now": lambda: NOW, **options}

        async def accept(stream: Stream, peer: Peer) -> None:
            conn = lab.trace.connection("imap", peer.host, "mx.tsubame.example", 143, errand=peer.errand)
            await imap.serve(
                stream,
                conn,
                store=lab.store,
                authenticate=authenticate,
                hostname="mx.tsubame.example",
                **settings,
            )

        await lab.net.listen(SERVER, 143, accept)
        real = lab.net.real(SERVER, 143)
        lab.port = real[1] if real else 0
        labs.append(lab)
        return lab

    yield begin
    for lab in labs:
        await lab.net.close()
        await lab.store.close()
