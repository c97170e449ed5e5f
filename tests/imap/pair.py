"""This server and Dovecot side by side: every command goes to both, and what they answer differently is listed."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from .conftest import ALICE, PASSWORD, Lab, Start
from .peer import Connection, Dovecot, comparable

Answer = list[object]


@dataclass(frozen=True)
class Difference:
    command: bytes
    ours: Answer
    peers: Answer

    def __str__(self) -> str:
        ours = [each for each in self.ours if each not in self.peers]
        peers = [each for each in self.peers if each not in self.ours]
        return f"{self.command[:100]!r}\n  ours  {ours}\n  peer  {peers}"


class Pair:
    """One mailbox in each of two servers, and connections to both."""

    def __init__(self, lab: Lab, peer: Dovecot, folder: tempfile.TemporaryDirectory[str]) -> None:
        self._lab, self._peer, self._folder = lab, peer, folder
        self._connections: dict[int, tuple[Connection, Connection]] = {}
        self.differences: list[Difference] = []

    @classmethod
    async def open(cls, start: Start) -> Pair:
        # Not in pytest's folder: the peer is another user, and every pytest that begins shuts other users out there.
        folder = tempfile.TemporaryDirectory(prefix="dovecot-", ignore_cleanup_errors=True)
        return cls(await start(mails=[]), Dovecot(Path(folder.name)), folder)

    async def close(self) -> None:
        await self._peer.close()
        self._folder.cleanup()

    async def _both(self, session: int) -> tuple[Connection, Connection]:
        if session not in self._connections:
            talker = await self._lab.connect()
            ours = Connection(talker.stream.write, talker.stream.read)
            await ours.response()
            await ours.say(f'LOGIN {ALICE} "{PASSWORD}"'.encode())
            self._connections[session] = ours, await self._peer.connect()
        return self._connections[session]

    async def say(self, command: str | bytes, session: int = 1) -> tuple[Answer, Answer]:
        """Give a command to both; return both answers, sorted where order means nothing, the tagged one last."""
        data = command.encode() if isinstance(command, str) else command
        ours, peers = [await self._answer(each, data) for each in await self._both(session)]
        if ours != peers and data.upper().startswith((b"LIST", b"LSUB")):
            # The peer looks at its list of subscriptions again when the file's time has changed, which may take it a
            # second; a new process has no old list.
            peers = await self._answer(await self._peer.connect(), data)
        if ours != peers:
            self.differences.append(Difference(data, ours, peers))
        return ours, peers

    @staticmethod
    async def _answer(connection: Connection, data: bytes) -> Answer:
        heard = [comparable(*response) for response in await connection.say(data)]
        told = [each for each in heard[:-1] if each is not None]
        if data.upper().startswith(b"APPEND"):
            # When a session is told of its own message, and how often, is open: now, or at its next command.
            later = [comparable(*response) for response in await connection.say(b"NOOP")]
            told += [each for each in later[:-1] if each is not None]
            told = [each for n, each in enumerate(told) if each not in told[:n]]
        if not data.upper().startswith((b"SELECT", b"EXAMINE")):
            # A server may tell the number of recent messages whenever it likes; flags show which they are.
            told = [each for each in told if not (isinstance(each, tuple) and each[1:] == ("RECENT",))]
        return [*sorted(told, key=repr), heard[-1]]

    async def put(self, raw: bytes, rest: str = "", mailbox: str = "INBOX") -> None:
        """Append a message to both."""
        await self.say(f"APPEND {mailbox} {rest}{{{len(raw)}+}}\r\n".encode() + raw)
