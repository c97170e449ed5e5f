"""An IMAP server with a few messages, in memory or on real sockets of this computer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from mailserver_lab import imap
from mailserver_lab.net import MemoryNet, Net
from tests.mailbox_server import ALICE, NOW, PASSWORD, SERVER, Line, Mailbox, authenticate

from .mails import MAILS

__all__ = ["ALICE", "NOW", "PASSWORD", "SERVER", "Lab", "Start", "Talker", "authenticate"]


class Talker(Line):
    """One that gives commands with a tag."""

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


class Lab(Mailbox):
    async def connect(self) -> Talker:
        return Talker(await self.dial(143))

    async def flags(self, uid: int, folder: str = "INBOX") -> set[str]:
        return next(set(each.flags) for each in await self.store.messages(ALICE, folder) if each.uid == uid)


Start = Callable[..., Awaitable[Lab]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    labs: list[Lab] = []

    async def begin(
        net: Net | None = None, *, quota: int | None = None, mails: list[bytes] = MAILS, **options: Any
    ) -> Lab:
        lab = Lab(net or MemoryNet(), quota=quota)
        labs.append(lab)
        await lab.fill(mails)
        await lab.listen("imap", 143, imap.serve, {"now": lambda: NOW, **options})
        return lab

    yield begin
    for lab in labs:
        await lab.close()
