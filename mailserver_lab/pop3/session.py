"""A mail client's session over a stream: sign in, see what is there, fetch, leave. Nothing is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailserver_lab.pop3.client import Client
from mailserver_lab.pop3.events import Command, ConnectionClosed, Reply, Wait

if TYPE_CHECKING:
    from mailserver_lab.net import Stream


class CommandFailed(Exception):
    """The server answered -ERR."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"-ERR {f'[{reply.code}] ' if reply.code else ''}{reply.text}")
        self.reply = reply


class Pop3Session:
    """One connection of a mail client, from after its greeting."""

    def __init__(self, stream: Stream) -> None:
        self._client = Client()
        self._stream = stream

    @classmethod
    async def open(cls, stream: Stream) -> Pop3Session:
        """Wait for the greeting."""
        session = cls(stream)
        await session._reply()
        return session

    async def _reply(self) -> Reply:
        while isinstance(event := self._client.next_event(), Wait):
            self._client.receive_data(await self._stream.read())
        if isinstance(event, ConnectionClosed):
            raise ConnectionResetError("the server closed the connection")
        assert isinstance(event, Reply)  # nothing is asked for that has challenges
        if not event.ok:
            raise CommandFailed(event)
        return event

    async def _command(self, verb: str, argument: str = "") -> Reply:
        self._stream.write(self._client.send(Command(verb, argument)))
        await self._stream.drain()
        return await self._reply()

    async def login(self, user: str, password: str) -> None:
        """Sign in."""
        await self._command("USER", user)
        await self._command("PASS", password)

    async def listing(self) -> list[tuple[int, str]]:
        """Return each message's number, which holds until QUIT, and its unique id, which holds for good (RFC 1939 §7)."""
        content = (await self._command("UIDL")).content or b""
        rows = (line.split() for line in content.decode("utf-8", "replace").splitlines())
        return [(int(row[0]), row[1]) for row in rows if len(row) == 2]

    async def retrieve(self, number: int) -> bytes:
        """Return a message; it stays on the server."""
        return (await self._command("RETR", str(number))).content or b""

    async def quit(self) -> None:
        """Say good-bye, and close."""
        await self._command("QUIT")
        self._stream.close()
