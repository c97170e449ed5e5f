"""Dialogues with the SMTP servers, command by command, as they have to be. `python -m tests.smtp.dialogues` writes them anew.

A file in `golden/` begins with the domain and the port, then has a line for each line said, as `tests.dialogues` tells.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from mailserver_lab.lab import Lab
from mailserver_lab.net import MemoryNet, Peer
from mailserver_lab.world import bundled
from tests.dialogues import spoken

FOLDER = Path(__file__).parent / "golden"


async def replay(dialogue: str, *, octets: bool) -> str:
    """Say what the client says in a dialogue, in one piece or octet by octet, and give what was said then."""
    head, *lines = dialogue.splitlines()
    domain, _, port = head.partition(" ")
    lab = Lab(make_net=MemoryNet)
    world = await lab.open(bundled("user-unknown"))
    host = world.sites[domain].domain.address
    stream = await world.net.connect(Peer("pc.sender.example", "203.0.113.9"), host, int(port))
    said = f"{head}\n{await spoken(stream, lines, octets=octets)}"
    await lab.close()
    return said


def renew() -> None:
    """Write the server's part of every dialogue anew."""
    for file in sorted(FOLDER.glob("*.txt")):
        file.write_text(asyncio.run(replay(file.read_text("utf-8"), octets=False)), "utf-8")


if __name__ == "__main__":
    renew()
