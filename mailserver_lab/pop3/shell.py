"""POP3 on a connection: joins the core and a session to a stream, and tells the recorder what was said."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from mailserver_lab.locale import Lang
from mailserver_lab.pop3.core import Server, encode
from mailserver_lab.pop3.events import (
    NEED_DATA,
    PAUSED,
    Answer,
    Command,
    ConnectionClosed,
    Err,
    Ok,
    Refused,
    SaslResponse,
    Wait,
)
from mailserver_lab.pop3.service import Authenticate, Later, MailboxLocks, SecretOf, Session
from mailserver_lab.pop3.states import State

if TYPE_CHECKING:
    import ssl

    from mailserver_lab.clock import Clock
    from mailserver_lab.net import Stream
    from mailserver_lab.store import Store
    from mailserver_lab.trace import Conn

log = logging.getLogger(__name__)

PIECE = 65_536  # octets of answers that a client has to take at least, to count as one that reads
BURST = 64  # commands that may have come in one piece and are obeyed before others have their turn

#: Why what has come is not answered at once.
Reason = Later | Wait | ConnectionClosed


async def serve(
    stream: Stream,
    conn: Conn,
    *,
    store: Store,
    authenticate: Authenticate,
    hostname: str,
    tls: ssl.SSLContext | None,
    clock: Clock,
    require_tls: bool = False,
    idle_timeout: float = 600,
    locks: MailboxLocks,
    lang: Lang = "en",
    secret_of: SecretOf | None = None,
) -> None:
    """Serve one client until it goes, or is silent for `idle_timeout` seconds of lab time.

    RFC 1939 §3 gives it ten minutes at least. What the other arguments are is said at `Session`.
    """
    conn.errand.step = conn.errand.step or "fetch"
    session = Session(
        store=store,
        authenticate=authenticate,
        locks=locks,
        hostname=hostname,
        tls=stream.tls,
        tls_offered=tls is not None,
        require_tls=require_tls,
        lang=lang,
        secret_of=secret_of,
        stamp=f"{conn.number}.{clock.now().timestamp():.0f}",
    )
    connection = _Connection(stream, conn, session, clock, idle_timeout)
    watch = asyncio.create_task(connection.hang_up_on_silence())
    try:
        await connection.run(tls)
    except ConnectionError:
        pass  # one that is gone hears nothing
    finally:
        watch.cancel()
        session.close()
        stream.close()


class _Connection:
    """What a client says is answered where it comes in (`_take`), as far as nothing has to be waited for; the rest in `run`.

    What the client waits for comes first, what it does not wait for when it has its answers: the record of what was said,
    and the message that it will probably want next.
    """

    def __init__(self, stream: Stream, conn: Conn, session: Session, clock: Clock, patience: float) -> None:
        self._stream = stream
        self._conn = conn
        self._session = session
        self._clock = clock
        self._patience = patience
        self._core = Server(tls=stream.tls)
        self._unsent: list[bytes] = []
        self._waiting = 0  # octets of it
        self._unrecorded: list[Callable[[], None]] = []
        self._ahead: tuple[Answer, bytes] | None = None  # what may be wanted next, and its bytes
        self._heard_from()

    def _heard_from(self) -> None:
        self._until = self._clock.lapsed() + self._patience

    async def hang_up_on_silence(self) -> None:
        """Cut the client off without a word when it has been silent for too long (RFC 1939 §3).

        That is all: the end of the connection does the rest, and what the server is just doing is not broken off.
        """
        while (left := self._until - self._clock.lapsed()) > 0:
            await self._clock.sleep_until(self._clock.now() + timedelta(seconds=left))
        self._stream.abort()

    async def run(self, tls: ssl.SSLContext | None) -> None:
        core, session = self._core, self._session
        self._say(session.greeting())
        while True:
            now = self._obey()
            reason: Reason = await self._stream.hear(self._take) if now is None else now
            # All answers go out before anything is waited for; and nothing is removed for a client that could not be told
            # what came before.
            await self._flush()
            if isinstance(reason, ConnectionClosed):
                return
            if core.state is State.STARTING_TLS:
                assert tls is not None  # it was offered
                await self._stream.start_tls(tls)
                core.tls_started()
                session.tls_started()
                self._conn.secured()
            elif isinstance(reason, Wait):
                await asyncio.sleep(0)  # others have their turn
            else:
                self._say(await self._in_time(reason))

    def _take(self, data: bytes) -> Reason | None:
        """Obey what the client has just said."""
        self._core.receive_data(data)
        return self._obey()

    def _obey(self) -> Reason | None:
        """Answer what the client has said so far; return why that cannot go on at once, None if it is the client's turn."""
        try:
            reason = self._answer_all()
            if reason is None and not self._sent():
                reason = PAUSED
        finally:
            self._record()
        if reason is None:
            self._read_on()
        return reason

    def _answer_all(self) -> Reason | None:
        core = self._core
        for _ in range(BURST):
            before = core.state
            event = core.next_event()
            if event is NEED_DATA:
                return None
            if isinstance(event, (Wait, ConnectionClosed)):
                return event
            self._heard_from()
            self._unrecorded.append(partial(self._record_command, event, before, core.state))
            answer = self._answer(event)
            if callable(answer):
                return answer
            self._say(answer)
            if self._waiting >= PIECE and not self._sent():
                break
        return PAUSED

    def _read_on(self) -> None:
        """Make the next message ready to go out."""
        try:
            answer = self._session.ahead()
        except Exception:  # nobody has asked for it yet; who does is told
            answer = None
        if answer is None:
            self._ahead = None
        elif self._ahead is None or self._ahead[0] is not answer:
            self._ahead = answer, encode(answer)

    def _answer(self, event: Command | SaslResponse | Refused) -> Answer | Later:
        try:
            return self._session.answer(event)
        except Exception:
            return self._trouble()

    async def _in_time(self, later: Later) -> Answer:
        try:
            return await later()
        except Exception:
            return self._trouble()

    def _trouble(self) -> Answer:
        # A disk may be full, a database broken: the client may try again, the log says what it was.
        log.exception("a POP3 command failed")
        return self._session.trouble()

    def _say(self, answer: Answer) -> None:
        if isinstance(answer, Err) and self._core.too_many_errors:
            answer = self._session.too_many_errors()
        before = self._core.state
        encoded = self._ahead[1] if self._ahead is not None and self._ahead[0] is answer else None
        data = self._core.send(answer, encoded)
        self._unrecorded.append(partial(self._record_answer, answer, data, before, self._core.state))
        self._unsent.append(data)
        self._waiting += len(data)

    # -- the record

    def _record(self) -> None:
        for record in self._unrecorded:
            record()
        self._unrecorded.clear()

    def _record_command(self, event: Command | SaslResponse | Refused, before: State, after: State) -> None:
        self._conn.about(self._session.concerns(event))
        parsed = {"command": event.verb} if isinstance(event, Command) else None
        self._conn.said("client", event.line.text, event.line.size, parsed=parsed, state=(before, after))

    def _record_answer(self, answer: Answer, data: bytes, before: State, after: State) -> None:
        end = data.index(b"\n") + 1
        line = data[: end - 2].decode()
        parsed: dict[str, object] = {"reply": line.partition(" ")[0]}
        if isinstance(answer, Err) and answer.code:
            parsed["code"] = answer.code
        if isinstance(answer, Err) and answer.close:
            parsed["last"] = True
        self._conn.said("server", line, end, parsed=parsed, state=(before, after))
        if isinstance(answer, Ok):
            if answer.content is not None:
                self._conn.content("server", answer.content)
            for item in answer.lines or ():
                self._conn.said("server", item, len(item.encode()) + 2)
            if answer.content is not None or answer.lines is not None:
                self._conn.said("server", ".", 3)

    # -- sending

    def _sent(self) -> bool:
        """Send what was answered if that takes one piece or two; say whether it did, and the client keeps up.

        Answers to commands that came together go out together.
        """
        if self._waiting > 2 * PIECE:
            return False
        if self._unsent:
            self._stream.write(self._collected())
        return self._stream.keeps_up

    async def _flush(self) -> None:
        """Send what was answered, however much it is, and wait until the client has taken it."""
        if not self._unsent and self._stream.keeps_up:
            return  # it was told all; it may be gone
        data = self._collected()
        for start in range(0, max(len(data), 1), PIECE):
            if start:
                await asyncio.sleep(0)  # others have their turn, and whether the client is still there shows
            self._stream.write(data[start : start + PIECE])
            await self._stream.drain()
            self._heard_from()

    def _collected(self) -> bytes:
        data = b"".join(self._unsent)
        self._unsent.clear()
        self._waiting = 0
        return data
