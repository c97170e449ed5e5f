"""A POP3 server with three messages, in memory or on real sockets of this computer."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from mailserver_lab import pop3
from mailserver_lab.clock import Clock
from mailserver_lab.net import MemoryNet, Net
from tests.mailbox_server import ALICE, NOW, PASSWORD, SERVER, Line, Mailbox, authenticate

from .mails import MAIL

__all__ = ["ALICE", "MAIL", "NOW", "PASSWORD", "SERVER", "Lab", "Start", "Talker", "authenticate"]

MULTI_LINE = {"CAPA", "LANG", "LIST", "RETR", "TOP", "UIDL"}


class Talker(Line):
    """One that gives commands without a tag."""

    async def say(self, *commands: str | bytes) -> str:
        """Give commands, each after the answer to the one before; return the first line of the last answer."""
        heard = ""
        for command in commands:
            data = command if isinstance(command, bytes) else command.encode()
            self.stream.write(data + b"\r\n")
            heard = await self.line()
        return heard

    async def rest(self) -> list[str]:
        """The other lines of a multi-line answer, as they come, without the dot that ends it."""
        lines = []
        while (line := await self.line()) != ".":
            assert not line.endswith("(end)")
            lines.append(line)
        return lines

    async def listing(self, command: str) -> list[str]:
        assert (heard := await self.say(command)).startswith("+OK"), heard
        return await self.rest()

    async def sign_in(self) -> Talker:
        """Hear the greeting, if it was not heard yet, and sign in."""
        assert (await self.line()).startswith("+OK")
        assert (await self.say(f"USER {ALICE}", f"PASS {PASSWORD}")).startswith("+OK")
        return self

    async def secure(self) -> None:
        """Begin TLS, as STLS has announced."""
        await self.stream.start_tls(insecure())

    async def ended(self) -> bool:
        """Whether the server has nothing more to say, and has hung up."""
        try:
            return await self.line() == "(end)"
        except ConnectionResetError:
            return True


def insecure() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Lab(Mailbox):
    async def connect(self) -> Talker:
        return Talker(await self.dial(110))

    async def greeted(self) -> Talker:
        talker = await self.connect()
        assert (await talker.line()).startswith("+OK")
        return talker

    async def signed_in(self) -> Talker:
        return await (await self.connect()).sign_in()

    async def signed_in_when_free(self) -> Talker:
        """Sign in as soon as no other session has the mailbox open."""
        while True:
            talker = await self.greeted()
            if (heard := await talker.say(f"USER {ALICE}", f"PASS {PASSWORD}")).startswith("+OK"):
                return talker
            assert heard.startswith("-ERR [IN-USE]")
            talker.stream.close()

    async def begin(self, **options: Any) -> None:
        settings = {"locks": pop3.MailboxLocks(), "clock": self.clock, "secret_of": secret_of}
        await self.listen("pop3", 110, pop3.serve, {**settings, **options})

    async def subjects(self) -> list[str]:
        raw = [await self.store.raw(message.id) for message in await self.store.messages(ALICE, "INBOX")]
        return [text.split(b"Subject: ")[1].split(b"\r\n")[0].decode() for text in raw]

    async def uidvalidity(self) -> int:
        return (await self.store.folder(ALICE, "INBOX")).uidvalidity


Start = Callable[..., Awaitable[Lab]]


def secret_of(address: str) -> str | None:
    return PASSWORD if address == ALICE else None


async def opened(
    net: Net | None = None, *, clock: Clock | None = None, mails: list[bytes] = MAIL, **options: Any
) -> Lab:
    lab = Lab(net or MemoryNet(), clock or Clock(NOW))
    await lab.fill(mails)
    await lab.begin(**options)
    return lab


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    labs: list[Lab] = []

    async def begin(*arguments: Any, **options: Any) -> Lab:
        labs.append(await opened(*arguments, **options))
        return labs[-1]

    yield begin
    for lab in labs:
        await lab.close()
