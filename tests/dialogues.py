"""Dialogues with a server, line by line, as they are kept in files: C the client, S the server.

All C lines up to the next S line are sent together. What the client says is the file's own; what the server says is compared.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable

from mailserver_lab.net import Stream

TURNS = 400  # of the loop, in which a server in memory has said all that it will


async def _heard(stream: Stream) -> str:
    """What the server says until it waits for more."""
    reading = asyncio.ensure_future(_all(stream, heard := bytearray()))
    for _ in range(TURNS):
        await asyncio.sleep(0)
    reading.cancel()
    return "".join(f"S {line}\n" for line in heard.decode().split("\r\n")[:-1])


async def _all(stream: Stream, heard: bytearray) -> None:
    while data := await stream.read():
        heard += data
    heard += b"(hangs up)\r\n"


async def say(stream: Stream, lines: Iterable[str], *, octets: bool) -> None:
    """Say lines, in one piece or octet by octet."""
    wire = "".join(f"{line}\r\n" for line in lines).encode()
    for piece in [wire[n : n + 1] for n in range(len(wire))] if octets else [wire]:
        stream.write(piece)
        await stream.drain()
        if octets:
            await asyncio.sleep(0)


async def spoken(stream: Stream, dialogue: Iterable[str], *, octets: bool) -> str:
    """Say what the client says in a dialogue, in one piece or octet by octet, and give what was said then."""
    said = await _heard(stream)
    for by_client, group in itertools.groupby(dialogue, lambda line: line.startswith("C")):
        if by_client:
            told = [line[2:] for line in group]
            await say(stream, told, octets=octets)
            said += "".join(f"C {line}".rstrip() + "\n" for line in told) + await _heard(stream)
    return said
