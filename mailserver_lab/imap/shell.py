"""IMAP on a connection: joins the core and a session to a stream, and tells the recorder what was said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mailserver_lab.imap.core import Server
from mailserver_lab.imap.events import (
    Command,
    ConnectionClosed,
    Continue,
    Data,
    Heardable,
    Response,
    Status,
    Wait,
)
from mailserver_lab.imap.service import Authenticate, Session
from mailserver_lab.imap.states import Flow, Outcome, State
from mailserver_lab.imap.turns import Turns
from mailserver_lab.imap.values import Literal

if TYPE_CHECKING:
    import ssl

    from mailserver_lab.net import Stream
    from mailserver_lab.store import Store
    from mailserver_lab.trace import Conn

#: So many octets are collected before they go out, unless there is nothing more to say.
AT_ONCE = 1 << 16
#: So many responses of a command stand in the record line by line; of the others only how many they were. Nobody reads
#: the flags of 50,000 messages, and they would drive everything else out of the record.
RECORDED = 200


def _utc_now() -> datetime:
    return datetime.now(UTC)


async def serve(
    stream: Stream,
    conn: Conn,
    *,
    store: Store,
    authenticate: Authenticate,
    hostname: str,
    tls: ssl.SSLContext | None,
    require_tls: bool = False,
    idle_timeout: float = 1800,
    now: Callable[[], datetime] = _utc_now,
) -> None:
    """Serve one client until it goes, or is silent for `idle_timeout` seconds (RFC 3501 §5.4: thirty minutes at least).

    `now` dates the messages that APPEND brings without a date.
    """
    conn.errand.step = conn.errand.step or "fetch"
    connection = _Connection(stream, conn, idle_timeout)
    session = Session(
        store=store,
        authenticate=authenticate,
        hostname=hostname,
        now=now,
        tls_offered=tls is not None,
        require_tls=require_tls,
        on_change=connection.changed.set,
    )
    session.tls = stream.tls
    try:
        await connection.run(session, tls)
    except ConnectionError:
        # The client is gone and hears nothing more.
        pass
    finally:
        session.close()
        connection.close()


class _Connection:
    def __init__(self, stream: Stream, conn: Conn, idle_timeout: float) -> None:
        self.changed = asyncio.Event()
        self._stream = stream
        self._conn = conn
        self._idle_timeout = idle_timeout
        self._core = Server(tls=stream.tls)
        self._reading: asyncio.Task[bytes] | None = None
        self._turns = Turns()
        # What was said and has not gone out yet: a system call for each line of a large mailbox would take most of the time.
        self._pending: list[bytes] = []
        self._waiting = 0
        # How many responses the command has had, and how many octets those have that are not recorded line by line.
        self._responses = 0
        self._unrecorded = 0

    def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
        self._stream.write(b"".join(self._pending))
        self._stream.close()

    async def run(self, session: Session, tls: ssl.SSLContext | None) -> None:
        core = self._core
        await self._say(session.greeting())
        while core.state is not State.LOGOUT:
            before = core.state
            event = core.next_event()
            if isinstance(event, Wait):
                await self._more(session)
                continue
            if isinstance(event, ConnectionClosed):
                return
            self._heard(event, before)
            async for response in session.handle(event):
                if _refuses(response, core.state) and core.too_many_errors:
                    await self._say(Status(None, Outcome.BYE, "Too many errors, closing the connection"))
                    return
                await self._say(response)
            if core.flow is Flow.STARTTLS and tls is not None:
                await self._flush()
                await self._stream.start_tls(tls)
                core.tls_started()
                session.tls = True
                self._conn.secured()

    async def _more(self, session: Session) -> None:
        """Wait for the client; while it is in IDLE, or wants to hear at any time, also for something to tell it."""
        await self._flush()
        if self._reading is None:
            # Kept over rounds: what waits for the client must not be given up because the mailbox has changed.
            self._reading = asyncio.create_task(self._stream.read())
        waits: set[asyncio.Task[object]] = {self._reading}
        if self._core.idling or session.notices.wanted:
            waits.add(asyncio.create_task(self.changed.wait()))
        done, _ = await asyncio.wait(waits, timeout=self._idle_timeout, return_when=asyncio.FIRST_COMPLETED)
        for task in waits - {self._reading}:
            task.cancel()
        if not done:
            await self._say(Status(None, Outcome.BYE, "Idle for too long, closing the connection"))
        elif self._reading in done:
            data = self._reading.result()
            self._reading = None
            self._core.receive_data(data)
        else:
            self.changed.clear()
            for update in await session.updates():
                await self._say(update)

    def _heard(self, event: Heardable, before: State) -> None:
        parsed = {"tag": event.tag}
        if isinstance(event, Command):
            parsed["command"] = event.name
        for said in event.heard:
            if said.content is not None:
                self._conn.content("client", said.content)
            else:
                self._conn.said(
                    "client", said.text, said.size, parsed=dict(parsed), state=(before, self._core.state)
                )

    async def _say(self, response: Response) -> None:
        before = self._core.state
        octets = self._core.send(response)
        self._pending.append(octets)
        self._waiting += len(octets)
        if isinstance(response, Data):
            self._record_data(response, octets, before)
        else:
            self._record_status(response, octets, before)
        if self._waiting >= AT_ONCE:
            await self._flush()
        await self._turns.offer()

    def _record_data(self, data: Data, octets: bytes, state: State) -> None:
        if data.queue_id is not None:
            self._conn.about(data.queue_id)
        self._responses += 1
        if self._responses > RECORDED:
            self._unrecorded += len(octets)
            return
        pieces: list[bytes] = []
        for piece in data.pieces() if octets.find(b"\r\n") < len(octets) - 2 else (octets,):
            if isinstance(piece, Literal):
                self._conn.said("server", *_line(b"".join(pieces)))
                self._conn.content("server", piece.data)
                pieces.clear()
            else:
                pieces.append(piece)
        self._conn.said("server", *_line(b"".join(pieces)), state=(state, state))

    def _record_status(self, status: Status | Continue, octets: bytes, before: State) -> None:
        parsed: dict[str, object] = {}
        if isinstance(status, Status):
            parsed = {"reply": str(status.outcome), "tag": status.tag, "code": status.code}
        if self._unrecorded:
            self._conn.said("server", f"… ({self._responses - RECORDED} more responses)", self._unrecorded)
        self._responses = self._unrecorded = 0
        self._conn.said("server", *_line(octets), parsed=parsed, state=(before, self._core.state))

    async def _flush(self) -> None:
        """Send what was said."""
        if not self._pending:
            return
        self._stream.write(b"".join(self._pending))
        self._pending.clear()
        self._waiting = 0
        try:
            async with asyncio.timeout(self._idle_timeout):
                await self._stream.drain()
        except TimeoutError:
            raise ConnectionAbortedError("the client does not read what it asked for") from None


def _line(octets: bytes) -> tuple[str, int]:
    return octets.decode("utf-8", "replace").rstrip("\r\n"), len(octets)


def _refuses(response: Response, state: State) -> bool:
    if not isinstance(response, Status):
        return False
    return response.outcome is Outcome.BAD or (
        response.outcome is Outcome.NO and state is State.NOT_AUTHENTICATED
    )
