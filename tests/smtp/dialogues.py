"""Dialogues with the SMTP servers, command by command, as they have to be. `python -m tests.smtp.dialogues` writes them anew.

A file in `golden/` begins with the domain and the port, then has a line for each line said: C the client, S the server. All
C lines up to the next S line are sent together. What the client says is the file's own; what the server says is compared.
"""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

from mailserver_lab.lab import Lab
from mailserver_lab.net import MemoryNet, Peer, Stream
from mailserver_lab.world import bundled

FOLDER = Path(__file__).parent / "golden"
TURNS = 400  # of the loop, in which a server in memory has said all that it will


async def _heard(stream: Stream) -> str:
    """What the server says until it waits for more."""
    reading = asyncio.ensure_future(_all(stream, heard := bytearray()))
    for _ in range(TURNS):
        await asyncio.sleep(0)
    reading.cancel()
    return "".join(f"S {line}\n" for line in heard.decode().splitlines())


async def _all(stream: Stream, heard: bytearray) -> None:
    while data := await stream.read():
        heard += data
    heard += b"(hangs up)"


async def replay(dialogue: str, *, octets: bool) -> str:
    """Say what the client says in a dialogue, in one piece or octet by octet, and give what was said then."""
    head, *lines = dialogue.splitlines()
    domain, _, port = head.partition(" ")
    lab = Lab(make_net=MemoryNet)
    world = await lab.open(bundled("user-unknown"))
    host = world.sites[domain].domain.address
    stream = await world.net.connect(Peer("pc.sender.example", "203.0.113.9"), host, int(port))
    said = f"{head}\n{await _heard(stream)}"
    for by_client, group in itertools.groupby(lines, lambda line: line.startswith("C")):
        if by_client:
            told = [line[2:] for line in group]
            wire = "".join(f"{line}\r\n" for line in told).encode()
            for piece in [wire[n : n + 1] for n in range(len(wire))] if octets else [wire]:
                stream.write(piece)
                await stream.drain()
                if octets:
                    await asyncio.sleep(0)
            said += "".join(f"C {line}".rstrip() + "\n" for line in told) + await _heard(stream)
    await lab.close()
    return said


def renew() -> None:
    """Write the server's part of every dialogue anew."""
    for file in sorted(FOLDER.glob("*.txt")):
        file.write_text(asyncio.run(replay(file.read_text("utf-8"), octets=False)), "utf-8")


if __name__ == "__main__":
    renew()
