"""POP3 on a connection: joins the core and a session to a stream, and tells the recorder what was said."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mailserver_lab.pop3.core import Server, first_line
from mailserver_lab.pop3.events import Answer, Command, ConnectionClosed, Err, Ok, Refused, SaslResponse, Wait
from mailserver_lab.pop3.service import Authenticate, MailboxLocks, Session
from mailserver_lab.pop3.states import State

if TYPE_CHECKING:
    import ssl

    from mailserver_lab.net import Stream
    from mailserver_lab.store import Store
    from mailserver_lab.trace import Conn


async def serve(
    stream: Stream,
    conn: Conn,
    *,
    store: Store,
    authenticate: Authenticate,
    hostname: str,
    tls: ssl.SSLContext | None,
    require_tls: bool = False,
    idle_timeout: float = 600,
    locks: MailboxLocks,
) -> None:
    """Serve one client until it goes, or is silent for `idle_timeout` seconds (RFC 1939 §3: ten minutes at least)."""
    conn.errand.step = conn.errand.step or "fetch"
    core = Server(tls=stream.tls)
    session = Session(
        store=store,
        authenticate=authenticate,
        locks=locks,
        hostname=hostname,
        tls_offered=tls is not None,
        require_tls=require_tls,
    )
    session.tls = stream.tls
    try:
        async with asyncio.timeout(idle_timeout) as idle:
            await _say(stream, conn, core, session.greeting())
            while core.state is not State.CLOSED:
                before = core.state
                event = core.next_event()
                if isinstance(event, Wait):
                    core.receive_data(await stream.read())
                    idle.reschedule(asyncio.get_running_loop().time() + idle_timeout)
                    continue
                if isinstance(event, ConnectionClosed):
                    break
                conn.about(session.concerns(event))
                _heard(conn, event, (before, core.state))
                answer = await session.handle(event)
                if isinstance(answer, Err) and core.too_many_errors:
                    answer = Err("Too many errors, closing the connection", close=True)
                await _say(stream, conn, core, answer)
                if core.state is State.STARTING_TLS and tls is not None:
                    await stream.start_tls(tls)
                    core.tls_started()
                    session.tls = True
                    conn.secured()
    except (TimeoutError, ConnectionError):
        # An idle client is cut off without a word and without UPDATE (RFC 1939 §3); one that is gone hears nothing.
        pass
    finally:
        session.close()
        stream.close()


def _heard(conn: Conn, event: Command | SaslResponse | Refused, state: tuple[str, str]) -> None:
    parsed = {"command": event.verb} if isinstance(event, Command) else None
    conn.said("client", event.line.text, event.line.size, parsed=parsed, state=state)


async def _say(stream: Stream, conn: Conn, core: Server, answer: Answer) -> None:
    before = core.state
    data = core.send(answer)
    line = first_line(answer)
    parsed: dict[str, object] = {"reply": line.split(" ", 1)[0]}
    if isinstance(answer, Err) and answer.code:
        parsed["code"] = answer.code
    conn.said("server", line, data.index(b"\n") + 1, parsed=parsed, state=(before, core.state))
    if isinstance(answer, Ok):
        if answer.content is not None:
            conn.content("server", answer.content)
        for item in answer.lines or ():
            conn.said("server", item, len(item.encode()) + 2)
        if answer.content is not None or answer.lines is not None:
            conn.said("server", ".", 3)
    stream.write(data)
    await stream.drain()
