"""Dovecot's IMAP server as a process of its own, and answers brought into a form in which two servers' can be compared."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from mailserver_lab.buffer import ReceiveBuffer
from mailserver_lab.imap.core import ends_in_literal
from mailserver_lab.imap.events import Data, RemoteProtocolError, Status
from mailserver_lab.imap.replies import parse
from mailserver_lab.imap.values import Atom, Value

BINARY = Path("/usr/lib/dovecot/imap")
NOBODY = 65534  # Dovecot refuses to serve root's mail

_SETTINGS = """
protocols = imap
base_dir = {folder}/run
state_dir = {folder}/state
ssl = no
mail_fsync = never
first_valid_uid = 0
first_valid_gid = 0
mail_uid = {uid}
mail_gid = {gid}
mail_location = sdbox:{folder}/mail
namespace inbox {{
  inbox = yes
  separator = /
  mailbox INBOX {{
    auto = subscribe
  }}
  mailbox Sent {{
    auto = subscribe
    special_use = \\Sent
  }}
  mailbox Trash {{
    auto = subscribe
    special_use = \\Trash
  }}
  mailbox Drafts {{
    special_use = \\Drafts
  }}
  mailbox Junk {{
    special_use = \\Junk
  }}
  mailbox Archive {{
    special_use = \\Archive
  }}
}}
"""


def version() -> str:
    """Which Dovecot it is."""
    return subprocess.run(
        [shutil.which("dovecot") or "/usr/sbin/dovecot", "--version"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout


class Connection:
    """A client that sends what it is given and collects whole responses."""

    def __init__(self, write: Callable[[bytes], None], read: Callable[[], Awaitable[bytes]]) -> None:
        self._write, self._read = write, read
        self._buffer = ReceiveBuffer()

    async def response(self) -> tuple[bytes, list[bytes]]:
        text, literals = b"", []
        while True:
            line = await self._need(lambda: self._buffer.line(1 << 24))
            text += line
            size = ends_in_literal(line)
            if size is None:
                return text, literals
            text += b"\r\n"
            literals.append(await self._need(lambda size=size: self._buffer.octets(size)))

    async def _need(self, take: Callable[[], bytes | None]) -> bytes:
        while (taken := take()) is None:
            data = await asyncio.wait_for(self._read(), 10)
            if not data:
                raise EOFError
            self._buffer.add(data)
        return taken

    async def say(self, command: bytes) -> list[tuple[bytes, list[bytes]]]:
        """Give a command (its literals as LITERAL+) and return all responses up to the tagged one."""
        self._write(b"t " + command + b"\r\n")
        heard = []
        while True:
            try:
                heard.append(await self.response())
            except EOFError:
                return [*heard, (b"(end)", [])]
            if heard[-1][0].startswith((b"t ", b"+ ")):
                return heard


class Dovecot:
    """Processes of Dovecot's imap, signed in from the start, all on the same mailboxes."""

    def __init__(self, folder: Path) -> None:
        self._root = os.getuid() == 0
        uid, gid = (NOBODY, NOBODY) if self._root else (os.getuid(), os.getgid())
        home = folder / "home"
        home.mkdir(parents=True)
        if self._root:
            os.chown(home, uid, gid)
            for parent in (folder, *folder.parents):
                if parent.stat().st_uid == 0 and parent.is_relative_to("/tmp") and parent != Path("/tmp"):
                    parent.chmod(0o755)
        self._home = home
        self._config = folder / "dovecot.conf"
        self._config.write_text(_SETTINGS.format(folder=home, uid=uid, gid=gid))
        self._processes: list[asyncio.subprocess.Process] = []

    def process(self) -> dict[str, Any]:
        """What `subprocess.Popen` needs to start one, but for its input and output."""
        return {
            "args": [str(BINARY), "-c", str(self._config)],
            "stderr": subprocess.DEVNULL,
            "env": {"HOME": str(self._home), "USER": "alice", "PATH": os.environ["PATH"]},
            **({"user": NOBODY, "group": NOBODY, "extra_groups": []} if self._root else {}),
        }

    async def connect(self) -> Connection:
        settings = self.process()
        process = await asyncio.create_subprocess_exec(
            *settings.pop("args"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            **settings,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        self._processes.append(process)
        stdout = process.stdout
        connection = Connection(process.stdin.write, lambda: stdout.read(65536))
        await connection.response()
        return connection

    async def close(self) -> None:
        for process in self._processes:
            if process.returncode is None:
                process.kill()
            await process.wait()


# -- answers as values


def plain(value: object) -> object:
    """A value in which strings and atoms are the same, as they mean the same, and NIL is not the string."""
    if isinstance(value, Atom):
        return value.text
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, (list, tuple)):
        return tuple(plain(each) for each in value)
    return value


def _numbers(text: str) -> tuple[int, ...]:
    found: list[int] = []
    for part in text.split(","):
        low, _, high = part.partition(":")
        found += (
            range(int(low), int(high or low) + 1)
            if int(high or low) < 10_000
            else [int(low), int(high or low)]
        )
    return tuple(sorted(found))


#: Codes of refusals that mean something to a program; others each server may give or not.
_CODES = (
    "ALREADYEXISTS", "APPENDUID", "BADCHARSET", "BADURL", "CLOSED", "COPYUID", "EXPUNGEISSUED", "MODIFIED",
    "READ-ONLY", "READ-WRITE", "TRYCREATE", "UIDNEXT", "UIDVALIDITY", "UNKNOWN-CTE", "UNSEEN",
)  # fmt: skip
#: What each server may tell or not, or counts by itself.
_OWN = frozenset({"MODSEQ", "HIGHESTMODSEQ", "UIDVALIDITY"})
_ATTRIBUTES = frozenset({r"\marked", r"\unmarked"})


def _pairs(values: list[Value]) -> dict[object, object]:
    found: dict[object, object] = {}
    for key, value in zip(values[::2], values[1::2], strict=False):
        name = str(plain(key)).upper().replace('"', "")
        if name == "FLAGS":
            found[name] = tuple(sorted(map(str, plain(value))))  # type: ignore[call-overload]
        elif name in _OWN:
            found[name] = "(number)"
        elif name == "INTERNALDATE":
            found[name] = str(plain(value)).strip().rjust(26, "0")
        else:
            # A section that is not there is NIL to one server and empty to the other, as the grammar allows.
            found[name] = None if plain(value) == "" else plain(value)
    return found


def _attributes(attributes: list[Value]) -> tuple[str, ...]:
    words = {str(each).lower().replace("nonexistent", "noselect") for each in attributes}
    return tuple(sorted(words - _ATTRIBUTES))


def comparable(text: bytes, literals: list[bytes]) -> object:
    """A response without what each server may choose: words for people, order of flags, its own numbers.

    None where one server may say it and the other not.
    """
    try:
        response = parse(text.replace(b"~{", b"{"), literals)
    except RemoteProtocolError:
        return ("unreadable", text)
    if isinstance(response, Status):
        word = (response.code or "").partition(" ")[0]
        if response.tag is None and word in ("PERMANENTFLAGS", "HIGHESTMODSEQ"):
            return None
        code = re.sub(r"(UIDVALIDITY|APPENDUID|COPYUID) \d+", r"\1 n", response.code or "")
        return (
            response.tag or "*",
            str(response.outcome),
            word if word == "BADCHARSET" else code if word in _CODES else "",
        )
    if not isinstance(response, Data):
        return "+"
    match response.values:
        case [int(number), Atom(text="FETCH"), list(values)]:
            return (number, "FETCH", _pairs(values))
        case [Atom(text="STATUS"), name, list(values)]:
            return ("STATUS", plain(name), _pairs(values))
        case [Atom(text="FLAGS"), list(values)]:
            return ("FLAGS", tuple(sorted(str(each) for each in values)))
        case [Atom(text="LIST" | "LSUB" as word), list(attributes), *rest]:
            told = _attributes(attributes)
            return (word, tuple({"\\noselect"} & {*told}) if word == "LSUB" else told, plain(rest))
        case [Atom(text="ENABLED")]:
            return None
        case [Atom(text="SEARCH" | "SORT" as word), *numbers, [Atom(text="MODSEQ"), int()]]:
            return (word, plain(numbers), "MODSEQ")
        case [Atom(text="ESEARCH" | "VANISHED" as word), *rest]:
            if rest[-2:-1] == [Atom("MODSEQ")]:
                rest = rest[:-1]
            return (word, *(
                _numbers(str(each)) if re.fullmatch(r"[\d:,]+", str(plain(each))) else plain(each) for each in rest
            ))  # fmt: skip
        case values:
            return plain(values)
