"""Dialogues with the POP3 server, a file for each command in `golden/`. `python -m tests.pop3.dialogues` writes them anew.

The mailbox holds three messages and one with a header in UTF-8, and nobody else has it open. UIDVALIDITY, which differs from
one mailbox to the next, is written as V.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from mailserver_lab.clock import Clock
from tests.dialogues import spoken

from .conftest import MAIL, NOW, opened
from .mails import INTERNATIONAL

FOLDER = Path(__file__).parent / "golden"


async def replay(dialogue: str, *, octets: bool) -> str:
    """Say what the client says in a dialogue, in one piece or octet by octet, and give what was said then."""
    still = Clock(NOW, monotonic=lambda: 0.0)  # the greeting's timestamp has the time in it
    lab = await opened(clock=still, mails=[*MAIL, INTERNATIONAL])
    said = await spoken(await lab.dial(110), dialogue.splitlines(), octets=octets)
    said = said.replace(f" {await lab.uidvalidity()}-", " V-")
    await lab.close()
    return said


def renew() -> None:
    """Write the server's part of every dialogue anew."""
    for file in sorted(FOLDER.glob("*.txt")):
        file.write_text(asyncio.run(replay(file.read_text("utf-8"), octets=False)), "utf-8")


if __name__ == "__main__":
    renew()
