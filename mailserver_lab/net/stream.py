"""One end of a connection: bytes in, bytes out, flow control both ways, TLS on request."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

READ_AHEAD = 1 << 18  # octets that may wait here before the other side is told to stop sending


class Stream(asyncio.Protocol):
    """An asyncio protocol with `read` and `drain`; and `hear`, for who can answer at once.

    asyncio's own pair of reader and writer loses its footing in `start_tls` on Python 3.11, and keeps a client's reader
    by a weak reference only, which a network in memory cannot live with.
    """

    def __init__(self, begin: Callable[[Stream], None] | None = None) -> None:
        self.transport: asyncio.Transport | None = None
        self.tls = False  # whether what is read and written here is encrypted on the wire
        self._begin = begin
        self._buffer = bytearray()
        self._eof = False
        self._error: Exception | None = None
        self._came: asyncio.Future[None] | None = None
        self._hearing: tuple[Callable[[bytes], Any], asyncio.Future[Any]] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._lost: asyncio.Future[None] | None = None
        self._server_side = begin is not None

    # -- what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.tls = transport.get_extra_info("sslcontext") is not None
        self._lost = asyncio.get_running_loop().create_future()
        if self._begin is not None:
            self._begin(self)
            self._begin = None  # TLS calls connection_made a second time

    def data_received(self, data: bytes) -> None:
        if self._hand_over(data):
            return
        self._buffer += data
        if len(self._buffer) > READ_AHEAD and self.transport is not None:
            self.transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        self._eof = True
        self._wake()
        return (
            not self.tls
        )  # the other side may still read what we have to say; TLS knows no half-closed connection

    def connection_lost(self, exc: Exception | None) -> None:
        self._eof = True
        self._error = exc
        self._wake()
        self.resume_writing()
        if self._lost is not None and not self._lost.done():
            self._lost.set_result(None)

    def pause_writing(self) -> None:
        self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    def _wake(self) -> None:
        if self._came is not None and not self._came.done():
            self._came.set_result(None)
        self._hand_over(b"")

    def _hand_over(self, data: bytes) -> bool:
        """Give what came to who is in `hear`; say whether somebody is."""
        if self._hearing is None:
            return False
        take, found = self._hearing
        if found.done():
            return False
        try:
            if self._error is not None:
                raise ConnectionResetError(str(self._error)) from self._error
            result = take(data)
        except Exception as error:  # it belongs to who waits, not to the loop
            found.set_exception(error)
        else:
            if result is not None:
                found.set_result(result)
        return True

    # -- what shells call

    async def read(self) -> bytes:
        """Whatever has come, at least one octet; `b""` at the end.

        Raises:
            ConnectionError: the connection broke before its end.
        """
        while not self._buffer:
            if self._error is not None:
                raise ConnectionResetError(str(self._error)) from self._error
            if self._eof:
                return b""
            self._came = asyncio.get_running_loop().create_future()
            await self._came
        data = bytes(self._buffer)
        self._buffer.clear()
        if self.transport is not None and not self.transport.is_closing():
            self.transport.resume_reading()
        return data

    async def hear(self, take: Callable[[bytes], T | None]) -> T:
        """Hand over what comes, and `b""` at the end, until `take` returns something; return that.

        It is handed over in the very turn of the loop in which it comes. `read` gives it to a task, which the loop has to
        wake first: that takes about as long as a short command.

        Raises:
            ConnectionError: the connection broke before its end.
        """
        found: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._hearing = take, found
        try:
            if self._buffer or self._eof:
                self._hand_over(await self.read())
            return await found
        finally:
            self._hearing = None

    @property
    def keeps_up(self) -> bool:
        """Whether the other side has taken enough of what was written, so that `drain` need not wait."""
        return self._writable is None

    def write(self, data: bytes) -> None:
        """Send; what cannot go out at once is kept, and `drain` waits for it."""
        if data and self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)

    async def drain(self) -> None:
        """Wait until the other side has taken enough of what was written.

        Raises:
            ConnectionError: it never will.
        """
        if self._writable is not None:
            await self._writable
        if self.transport is not None and self.transport.is_closing():
            await asyncio.sleep(0)  # the turn in which a connection that has broken is told so
        if self._error is not None or (self._lost is not None and self._lost.done()):
            raise ConnectionResetError("the connection is gone")

    async def start_tls(self, context: ssl.SSLContext, *, server_hostname: str | None = None) -> None:
        """Encrypt from here on; the accepting side is TLS's server. What came before the handshake is thrown away.

        Anything that was sent ahead in plain text could have been slipped in by somebody on the way (CVE-2011-0411).
        """
        assert self.transport is not None
        self._buffer.clear()
        loop = asyncio.get_running_loop()
        name = None if self._server_side else server_hostname or "localhost"
        encrypted = await loop.start_tls(
            self.transport, self, context, server_side=self._server_side, server_hostname=name
        )
        if encrypted is None:
            raise ConnectionResetError("the connection went away during the TLS handshake")
        self.transport, self.tls = encrypted, True

    def when_lost(self, call: Callable[[], None]) -> None:
        """Call once, when the connection has ended."""
        assert self._lost is not None
        self._lost.add_done_callback(lambda _: call())

    def abort(self) -> None:
        """End the connection at once, whatever was written and not taken. Safe to call twice."""
        # asyncio's own `abort` fails where a connection was closed with something left to send, and that has gone out since
        if self.transport is not None and not (self._lost is not None and self._lost.done()):
            self.transport.abort()

    def close(self) -> None:
        """End the connection, after what was written has gone out. Safe to call twice."""
        if self.transport is not None:
            self.transport.close()
