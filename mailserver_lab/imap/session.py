"""A mail client's session over a stream: sign in, look, fetch what is new, mark, delete, wait for mail.

Thin and sequential: each method gives one command and returns when it is answered.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mailserver_lab.imap import names
from mailserver_lab.imap.client import ImapClient
from mailserver_lab.imap.events import ConnectionClosed, Continue, Data, Response, Status, Wait
from mailserver_lab.imap.sequence import SequenceSet
from mailserver_lab.imap.states import Flow, Outcome
from mailserver_lab.imap.values import Atom, Value
from mailserver_lab.imap.values import Literal as LiteralValue

if TYPE_CHECKING:
    import ssl

    from mailserver_lab.net import Stream


class CommandFailed(Exception):
    """The server answered NO or BAD."""

    def __init__(self, name: str, status: Status) -> None:
        super().__init__(
            f"{name}: {status.outcome} {f'[{status.code}] ' if status.code else ''}{status.text}"
        )
        self.status = status


@dataclass(frozen=True, slots=True)
class Selected:
    """What SELECT tells of a mailbox."""

    exists: int
    uidvalidity: int
    uidnext: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """A message as it was fetched; `raw` is None where only flags were asked for."""

    uid: int
    flags: frozenset[str]
    raw: bytes | None = None


class ImapSession:
    """One connection of a mail client, from after its greeting."""

    def __init__(self, stream: Stream) -> None:
        self.client = ImapClient()
        self._stream = stream
        self._idling = False

    @classmethod
    async def open(cls, stream: Stream) -> ImapSession:
        """Wait for the greeting."""
        session = cls(stream)
        greeting = await session._response()
        if isinstance(greeting, Status) and greeting.outcome is Outcome.BYE:
            raise CommandFailed("greeting", greeting)
        return session

    async def _response(self) -> Response:
        while isinstance(event := self.client.next_event(), Wait):
            self.client.receive_data(await self._stream.read())
        if isinstance(event, ConnectionClosed):
            raise ConnectionResetError("the server closed the connection")
        return event

    async def responses(
        self, name: str, *arguments: Value, uid: bool = False
    ) -> AsyncIterator[Data | Status]:
        """Give a command and yield its untagged responses as they come; raise CommandFailed on NO and BAD."""
        self._stream.write(self.client.send(name, *arguments, uid=uid))
        await self._stream.drain()
        while True:
            response = await self._response()
            if isinstance(response, Continue):
                if self.client.flow is Flow.LITERAL:
                    self._stream.write(self.client.go_on())
                    await self._stream.drain()
                elif self.client.flow is Flow.IDLE and not self._idling:  # it was ended before it had begun
                    self._stream.write(self.client.done())
            elif isinstance(response, Status) and response.tag is not None:
                if response.outcome is not Outcome.OK:
                    raise CommandFailed(name, response)
                yield response
                return
            else:
                yield response

    async def command(self, name: str, *arguments: Value, uid: bool = False) -> list[Data | Status]:
        """Give a command and return its responses, the tagged one last."""
        return [response async for response in self.responses(name, *arguments, uid=uid)]

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Go on under TLS."""
        await self.command("STARTTLS")
        await self._stream.start_tls(context)
        self.client.tls_started()

    async def login(self, user: str, password: str) -> None:
        """Sign in."""
        await self.command("LOGIN", user, password)

    async def folders(self) -> list[str]:
        """Return the names of all mailboxes that can be selected."""
        found = []
        for response in await self.command("LIST", "", "*"):
            match response:
                case Data(values=[Atom(text="LIST"), list(attributes), _, name]) if (
                    Atom(r"\Noselect") not in attributes
                ):
                    found.append(names.decode(_text(name)))
        return found

    async def select(self, folder: str, *, read_only: bool = False) -> Selected:
        """Select a mailbox."""
        exists, numbers = 0, {"UIDVALIDITY": 0, "UIDNEXT": 0}
        for response in await self.command("EXAMINE" if read_only else "SELECT", names.encode(folder)):
            match response:
                case Data(values=[int(number), Atom(text="EXISTS")]):
                    exists = number
                case Status(code=str(code)) if code.partition(" ")[0] in numbers:
                    word, _, number_text = code.partition(" ")
                    numbers[word] = int(number_text)
        return Selected(exists, numbers["UIDVALIDITY"], numbers["UIDNEXT"])

    async def fetch_new(self, since_uid: int = 0) -> AsyncIterator[Fetched]:
        r"""Yield the messages whose UID is above `since_uid`, in order, without marking them \Seen."""
        # `n:*` always means at least the last message, even where its UID is below n (RFC 3501 §6.4.8).
        new = [each.uid for each in await self.flags(since_uid + 1) if each.uid > since_uid]
        for uid in new:
            async for fetched in self._fetch(
                Atom(str(uid)), [Atom("UID"), Atom("FLAGS"), Atom("BODY.PEEK[]")]
            ):
                if fetched.raw is not None:
                    yield fetched

    async def flags(self, from_uid: int = 1) -> list[Fetched]:
        """Return UID and flags of the messages from that UID on: what was read, marked or deleted meanwhile."""
        return [each async for each in self._fetch(Atom(f"{from_uid}:*"), [Atom("UID"), Atom("FLAGS")])]

    async def _fetch(self, uids: Atom, items: list[Value]) -> AsyncIterator[Fetched]:
        async for response in self.responses("FETCH", uids, items, uid=True):
            match response:
                case Data(values=[int(), Atom(text="FETCH"), list(values)]):
                    found = {str(key): value for key, value in zip(values[::2], values[1::2], strict=True)}
                    uid, flags, raw = found.get("UID"), found.get("FLAGS"), found.get("BODY[]")
                    if isinstance(uid, int) and isinstance(flags, list):
                        yield Fetched(
                            uid,
                            frozenset(map(str, flags)) - {r"\Recent"},
                            raw if isinstance(raw, bytes) else None,
                        )

    async def set_flags(
        self, uids: Iterable[int], mode: Literal["add", "remove", "replace"], flags: Iterable[str]
    ) -> None:
        """Change flags of messages."""
        item = {"add": "+FLAGS.SILENT", "remove": "-FLAGS.SILENT", "replace": "FLAGS.SILENT"}[mode]
        await self.command(
            "STORE", Atom(str(SequenceSet.of(uids))), Atom(item), [*map(Atom, flags)], uid=True
        )

    async def expunge(self, uids: Iterable[int]) -> None:
        r"""Remove those of the messages that are marked \Deleted."""
        await self.command("EXPUNGE", Atom(str(SequenceSet.of(uids))), uid=True)

    async def append(self, folder: str, raw: bytes, flags: Iterable[str] = ()) -> None:
        """Put a message into a mailbox."""
        await self.command("APPEND", names.encode(folder), [*map(Atom, flags)], LiteralValue(raw))

    async def idle(self) -> AsyncIterator[Data]:
        """Yield what changes in the mailbox as it happens, until `stop_idling`, which may be called meanwhile."""
        self._idling = True
        async for response in self.responses("IDLE"):
            if isinstance(response, Data):
                yield response

    def stop_idling(self) -> None:
        """End IDLE; `idle` ends when the server has agreed. Safe to call twice."""
        if self._idling:
            self._idling = False
            if self.client.flow is Flow.IDLE:
                self._stream.write(self.client.done())

    async def logout(self) -> None:
        """Say good-bye, and close."""
        await self.command("LOGOUT")
        self._stream.close()


def _text(value: Value) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
