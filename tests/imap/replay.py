"""Dialogues with the IMAP server, a file for each extension in `golden/`: C the client, S the server.

`python -m tests.imap.replay` writes the server's part of them anew. Commands have tags such as a1. All C lines up to the next
S line are sent together; each is answered before the next one. INBOX holds three messages; UIDVALIDITY is written as V.
What the server can do is left out where it only follows on signing in.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from pathlib import Path

from mailserver_lab import imap
from mailserver_lab.net import Stream
from tests.dialogues import say
from tests.mailbox_server import ALICE, NOW, Mailbox

from .mails import MAILS

FOLDER = Path(__file__).parent / "golden"

_COMMAND = re.compile(r"(a\d+) ")


class _Listener:
    """The client's ears: takes whole lines, up to the one that answers."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._heard = b""

    async def up_to(self, start: str) -> list[str]:
        """All lines up to the one that begins so, to a request to continue, or to the end."""
        lines: list[str] = []
        while not lines or not lines[-1].startswith((start, "+ ", "(hangs up)")):
            while b"\r\n" not in self._heard:
                data = await asyncio.wait_for(self._stream.read(), 10)
                self._heard += data or b"(hangs up)\r\n"
            line, _, self._heard = self._heard.partition(b"\r\n")
            lines.append(line.decode())
        return lines


async def replay(dialogue: str, *, octets: bool) -> str:
    """Say what the client says in a dialogue, in one piece or octet by octet, and give what was said then."""
    lab = Mailbox(quota=100_000)
    await lab.fill(MAILS)
    await lab.listen("imap", 143, imap.serve, {"now": lambda: NOW})
    stream = await lab.dial(143)
    ears, tag = _Listener(stream), ""
    said = [f"S {line}" for line in await ears.up_to("* OK")]
    for by_client, group in itertools.groupby(dialogue.splitlines(), lambda line: line.startswith("C")):
        if not by_client:
            continue
        for line in (told := [line[2:] for line in group]):
            command = _COMMAND.match(line)
            tag = command[1] if command else tag
        await say(stream, told, octets=octets)
        said += [f"C {line}".rstrip() for line in told]
        said += [f"S {line}" for line in await ears.up_to(f"{tag} ")]
    numbers = {str((await lab.store.folder(ALICE, name)).uidvalidity) for name in ("INBOX", "Sent", "Trash")}
    await lab.close()
    text = re.sub(r"\[CAPABILITY [^]]*\]", "[CAPABILITY …]", "\n".join(said) + "\n")
    return re.sub(rf"\b((?:UIDVALIDITY|APPENDUID|COPYUID) )(?:{'|'.join(numbers)})\b", r"\1V", text)


def renew() -> None:
    """Write the server's part of every dialogue anew."""
    for file in sorted(FOLDER.glob("*.txt")):
        file.write_text(asyncio.run(replay(file.read_text("utf-8"), octets=False)), "utf-8")


if __name__ == "__main__":
    renew()
