"""A device's line to its server on which it waits to be told of new mail (IDLE, RFC 2177)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Literal

from ..imap.events import Data
from ..imap.events import RemoteProtocolError as ImapProtocolError
from ..imap.session import CommandFailed, ImapSession
from ..imap.values import Atom

Change = Literal["waits", "fetched", "stopped"]

PATIENCE = 2.0  # seconds that a good-bye may take


class Waiting:
    """One line, for as long as it is held.

    Args:
        line: the connection, signed in and with the inbox selected.
        take: fetches on it what is new; tells how much that was.
        changed: called when something is different on the device.
    """

    def __init__(
        self,
        line: AbstractAsyncContextManager[ImapSession],
        take: Callable[[ImapSession], Awaitable[int]],
        changed: Callable[[Change], None],
    ) -> None:
        self._line = line
        self._take = take
        self._changed = changed
        self._session: ImapSession | None = None
        self._over = False
        self._task: asyncio.Task[None] | None = None
        self._signed_in: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def held(self) -> bool:
        """Whether the line is there."""
        return self._task is not None and not self._task.done()

    async def begin(self) -> None:
        """Sign in and begin to wait; returns when the device is signed in.

        Raises:
            OSError, CommandFailed, RemoteProtocolError: it cannot.
        """
        self._task = asyncio.get_running_loop().create_task(self._wait())
        await self._signed_in

    async def _wait(self) -> None:
        try:
            async with self._line as session:
                self._session = session
                self._signed_in.set_result(None)
                self._changed("waits")
                await self._fetch(session)  # what came while nobody waited
                while not self._over:
                    async for told in session.idle():
                        if isinstance(told, Data) and Atom("EXISTS") in told.values[1:2]:
                            session.stop_idling()
                    if not self._over:
                        await self._fetch(session)
        except (OSError, CommandFailed, ImapProtocolError) as error:
            if not self._signed_in.done():
                self._signed_in.set_exception(error)
        finally:
            self._session = None
            if not self._signed_in.done():
                self._signed_in.cancel()
            elif self._signed_in.cancelled() or self._signed_in.exception() is None:
                self._changed("stopped")

    async def _fetch(self, session: ImapSession) -> None:
        if await self._take(session):
            self._changed("fetched")

    async def end(self) -> None:
        """Stop waiting and leave; safe to call twice."""
        self._over = True
        if self._session is not None:
            self._session.stop_idling()
        if self._task is not None:
            _done, late = await asyncio.wait({self._task}, timeout=PATIENCE)
            for task in late:
                task.cancel()
