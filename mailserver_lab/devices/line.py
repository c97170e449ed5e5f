"""A connection that a person holds, to type on: what the server says stands in the record, like everything in the world."""

from __future__ import annotations

import asyncio
import re
import ssl

from ..net import Net, Peer, Stream
from ..trace import Errand

BY_HAND = "by-hand"
"""The step under which the record has such connections."""
ENCRYPTED = frozenset({465, 993, 995})
"""The ports where TLS begins before the first word (RFC 8314 section 3)."""
READY = re.compile(rb"^(220|\+OK|\S+ OK)\b[^\r\n]*\bTLS\b[^\r\n]*\r\n\Z", re.MULTILINE)
TAIL = 1_000  # octets that are enough for such a line
PATIENCE = 5.0  # seconds in which a server that accepts a connection begins to record it


class Line:
    """One connection. `conn` is its number in the record."""

    def __init__(self, stream: Stream, conn: int) -> None:
        self.conn = conn
        self._stream = stream
        self._last = b""  # how what the server said since then ends
        self._came = asyncio.Event()
        self._reading = asyncio.get_running_loop().create_task(self._read())

    @classmethod
    async def dial(
        cls, net: Net, host: str, own_address: str, address: str, port: int, *, tls: tuple[ssl.SSLContext, str] | None = None,
    ) -> Line:  # fmt: skip
        """Connect, as the host of that name and address, to a host of the world.

        Where everything is encrypted, `tls` says with what, and what the server is called.

        Raises:
            OSError: nobody answers there.
        """
        begun: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        errand = Errand(BY_HAND, begun=lambda conn: None if begun.done() else begun.set_result(conn))
        stream = await net.connect(Peer(host, own_address, errand), address, port)
        try:
            async with asyncio.timeout(PATIENCE):
                if tls is not None:
                    context, name = tls
                    await stream.start_tls(context, server_hostname=name)
                return cls(stream, await begun)
        except BaseException:
            stream.close()
            raise

    async def _read(self) -> None:
        """Take what the server says, so that it can go on; its words are read in the record."""
        try:
            while data := await self._stream.read():
                self._last = (self._last + data)[-TAIL:]
                self._came.set()
        except OSError:  # it hung up without a word, which the record tells too
            pass
        finally:
            self._stream.close()

    @property
    def open(self) -> bool:
        """Whether the server still listens."""
        return not self._reading.done()

    async def say(self, octets: bytes) -> None:
        """Send what was typed.

        Raises:
            ConnectionError: the server has hung up.
        """
        self._last = b""
        self._stream.write(octets)
        await self._stream.drain()

    async def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Encrypt from here on, as soon as the server's word that it is ready has come.

        It stands in the record a moment before it is here, where it must not be taken for a part of the handshake.
        """
        async with asyncio.timeout(PATIENCE):
            while not READY.search(self._last):
                self._came.clear()
                await self._came.wait()
        await self._stream.start_tls(context, server_hostname=host)

    async def hang_up(self) -> None:
        """End the connection."""
        self._stream.close()
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
