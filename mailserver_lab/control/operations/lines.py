"""Connections on which a person talks to a server by hand."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from ...devices import ENCRYPTED, Line, Offline
from ...lab import Lab, RunningWorld
from ..arguments import bad_request
from .devices import Devices
from .problems import hung_up, nobody_answers

LINES = 20  # connections by hand in one world at a time
TYPED = 1_000_000  # characters that are typed on one in one go


class Lines(Devices):
    """Connections by hand, by their number in the record."""

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab)
        self._lines: WeakKeyDictionary[RunningWorld, dict[int, Line]] = WeakKeyDictionary()

    async def do_dial(self, world: str, device: str, host: str, port: int) -> dict[str, Any]:
        """Connect a device to a port of a host of the world; `line` is the connection's number in the record.

        What is said on it, either way, stands there. It ends with the world, or when it is hung up.
        """
        running = self.world(world)
        address = running.address_of(host)
        if address is None:
            raise bad_request(f"this world has no host {host}")
        lines = self._lines.setdefault(running, {})
        for number in [number for number, line in lines.items() if not line.open]:
            del lines[number]
        if len(lines) >= LINES:
            raise bad_request(f"{LINES} connections are open; hang up one of them first")
        context = running.tls_client() if port in ENCRYPTED else None
        try:
            line = await self.device(world, device).dial(
                address, port, tls=(context, host) if context else None
            )
        except Offline as error:
            raise nobody_answers(host, port) from error
        lines[line.conn] = line
        return {"line": line.conn}

    def _line(self, world: str, line: int) -> Line:
        found = self._lines.get(self.world(world), {}).get(line)
        if found is None or not found.open:
            raise hung_up()
        return found

    async def do_say(self, world: str, line: int, text: str) -> None:
        """Send what a person typed on a connection, each line of it ended as the protocols want it."""
        if len(text) > TYPED:
            raise bad_request(f"at most {TYPED} characters are sent in one go")
        octets = "".join(f"{one}\r\n" for one in text.replace("\r\n", "\n").split("\n")).encode()
        try:
            await self._line(world, line).say(octets)
        except ConnectionError as error:
            raise hung_up() from error

    async def do_secure(self, world: str, line: int, host: str) -> None:
        """Begin TLS on a connection, once the server has said that it is ready for it."""
        context = self.world(world).tls_client()
        if context is None:
            raise bad_request("this world has no TLS")
        try:
            await self._line(world, line).secure(context, host)
        except OSError as error:
            raise hung_up() from error

    async def do_hang_up(self, world: str, line: int) -> None:
        """End a connection by hand; nothing happens where there is none."""
        found = self._lines.get(self.world(world), {}).pop(line, None)
        if found is not None:
            await found.hang_up()
