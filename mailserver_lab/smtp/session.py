"""The SMTP client on a Stream: one `await` for each command."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from functools import partial

from ..clock import Clock
from ..net import Stream
from ..replies import Reply
from .client import Answered, SmtpClient
from .states import State

# seconds until a command has been taken and answered (RFC 5321 section 4.5.3.2); all else has the time of MAIL
PATIENCE = {"MAIL": 300.0, "DATA": 120.0, "content": 180.0 + 600.0}

GOING_AWAY = 421  # the code of a server that says no more
GRACE = 5.0  # real seconds for an answer that was on its way when lab time was moved


class SmtpSession:
    """A conversation of a mail client or a delivery agent with a server.

    Every method returns the server's reply, refusals too, and raises ConnectionError, TimeoutError or
    RemoteProtocolError where there is none.

    Args:
        stream: the connection.
        clock: lab time, by which the server is waited for; real time where there is none.
        patience: for how long, by command.
        pipelining: whether to say several commands at once where the server offers that.
    """

    def __init__(
        self, stream: Stream, *, clock: Clock | None = None, patience: dict[str, float] = PATIENCE, pipelining: bool = True
    ) -> None:  # fmt: skip
        self._stream = stream
        self._clock = clock
        self._patience = patience
        self._pipelining = pipelining
        self.core = SmtpClient()

    @property
    def extensions(self) -> dict[str, str]:
        """What the server offered in reply to EHLO: keyword to parameters."""
        return self.core.extensions

    @property
    def takes_groups(self) -> bool:
        """Whether several commands may be said at once (PIPELINING, RFC 2920)."""
        return self._pipelining and "PIPELINING" in self.extensions

    async def greeting(self) -> Reply:
        """Wait for the server's first words."""
        return (await self._say(b""))[0]

    async def ehlo(self, host: str) -> Reply:
        """EHLO, and HELO where the server does not know it."""
        (reply,) = await self._say(self.core.ehlo(host))
        if reply.code in {500, 502, 504}:
            (reply,) = await self._say(self.core.helo(host))
        return reply

    async def starttls(self, context: ssl.SSLContext, server_hostname: str) -> Reply:
        """STARTTLS and, where it is granted, the handshake."""
        (reply,) = await self._say(self.core.starttls())
        if reply.ok:
            await self._stream.start_tls(context, server_hostname=server_hostname)
        return reply

    async def login(self, user: str, password: str) -> Reply:
        """Sign in with AUTH PLAIN."""
        return (await self._say(self.core.auth_plain(user, password)))[0]

    async def mail(self, reverse_path: str, **parameters: str | int | None) -> Reply:
        """MAIL FROM."""
        return (await self._say(self.core.mail(reverse_path, **parameters)))[0]

    async def rcpt(self, recipients: list[tuple[str, dict[str, str | int | None]]]) -> list[Reply]:
        """RCPT TO for each (forward-path, parameters)."""
        replies: list[Reply] = []
        await self.say_all([partial(self.core.rcpt, path, **given) for path, given in recipients], replies)
        return replies

    async def say_all(self, commands: Sequence[Callable[[], bytes]], heard: list[Reply]) -> None:
        """Say these, all at once where the server takes them so, and note each reply as it comes.

        After 421 no others come (RFC 5321 section 3.8): it is the answer to the rest as well.
        """
        if self.takes_groups:
            await self._say(b"".join(command() for command in commands), heard=heard, replies=len(commands))
            return
        for said, command in enumerate(commands, 1):
            await self._say(command(), heard=heard)
            if heard[-1].code == GOING_AWAY:
                heard += heard[-1:] * (len(commands) - said)
                return

    async def data(self) -> Reply:
        """DATA; 354 where the server waits for the content."""
        return (await self._say(self.core.data(), step="DATA"))[0]

    async def content(self, message: bytes) -> Reply:
        """The message; a success means that the server has taken responsibility for it."""
        return (await self._say(self.core.content(message), step="content"))[0]

    async def quit(self) -> None:
        """Say goodbye if that is possible, and hang up."""
        with contextlib.suppress(Exception):  # we are leaving: how the other side takes it changes nothing
            if self.core.state not in {State.CLOSED, State.START, State.DATA}:
                async with asyncio.timeout(2):
                    await self._say(self.core.quit())
        self._stream.close()

    async def _say(
        self, data: bytes, *, step: str = "MAIL", replies: int = 1, heard: list[Reply] | None = None
    ) -> list[Reply]:
        """Send, and note so many replies. A server that does not read is waited for as long as one that does not speak."""
        heard = [] if heard is None else heard
        seconds = self._patience.get(step, self._patience["MAIL"])
        self._stream.write(data)
        for left in range(replies, 0, -1):
            async with self._limited(seconds):
                if left == replies:  # later it may have hung up, and its answers be here
                    await self._stream.drain()
                reply = await self._answer()
            if reply.code == GOING_AWAY:
                heard += [reply] * left
                break
            heard.append(reply)
        return heard

    @contextlib.asynccontextmanager
    async def _limited(self, seconds: float) -> AsyncIterator[None]:
        """Give the server so many seconds: of lab time where there is a clock, which a reader may move forward."""
        clock = self._clock
        async with asyncio.timeout(seconds if clock is None else None) as limit:
            if clock is None:
                yield
                return

            def late() -> None:
                limit.reschedule(asyncio.get_running_loop().time() + GRACE)

            alarm = clock.call_at(clock.now() + timedelta(seconds=seconds), late)
            try:
                yield
            finally:
                alarm.cancel()

    async def _answer(self) -> Reply:
        while not isinstance(event := self.core.next_event(), Answered):
            data = await self._stream.read()
            if not data:
                raise ConnectionResetError("the server hung up")
            self.core.receive_data(data)
        return event.reply
