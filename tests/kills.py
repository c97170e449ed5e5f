"""Killing the lab at any moment, under load, and finding out from its databases what may then come twice.

`python -m tests.kills 60` does it sixty times and tells how it goes.

A message may reach a mailbox twice for one reason alone: the recipient's server had committed it, and the kill fell before
the sender's server had written that down. After each kill both databases are read as the dead process left them. A
message that lies in the mailbox and is still open in the sender's queue is in that window, and will be sent again: so
often must it be there more than once in the end, no more and no less.
"""

from __future__ import annotations

import random
import re
import signal
import smtplib
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.served import COMPANY, OTHER, RECIPIENT, SENDER, Served, eventually

CLIENTS = 6
COLLEAGUE = f"postmaster@{COMPANY}"  # at home: into a mailbox and out of the queue in one commit
NOBODY = f"nobody@{OTHER}"  # what is for them comes back as a bounce
LONGEST = 0.6  # seconds of load before a kill
KEY = re.compile(rb"^Subject: (\d+-\d+-\d+)\r?$", re.MULTILINE)

Copy = tuple[str, str]  # a message's key, and the mailbox in which it is, or its bounce


@dataclass(slots=True)
class Figures:
    """What came of it."""

    kills: int = 0
    acknowledged: set[str] = field(default_factory=set)
    copies: Counter[Copy] = field(default_factory=Counter)
    window: set[tuple[Copy, int]] = field(default_factory=set)  # with how many copies it was there

    @property
    def lost(self) -> set[Copy]:
        """What should be in a mailbox and is not: of an acknowledged message, or of one that came to others."""
        keys = self.acknowledged | {key for key, _ in self.copies}
        return {(key, address) for key in keys for address in mailboxes(key)} - set(self.copies)

    @property
    def unexplained(self) -> dict[Copy, tuple[int, int]]:
        """What is there another number of times than the window explains: how often, and how often it should be."""
        due = Counter(copy for copy, _ in self.window)
        return {copy: (n, 1 + due[copy]) for copy, n in self.copies.items() if n != 1 + due[copy]}

    def so_far(self) -> str:
        """How it stands after a kill: what is still to be delivered is no loss."""
        return (
            f"{self.kills} kills, {len(self.acknowledged)} messages acknowledged, {self.copies.total()} copies in mailboxes, "
            f"{self.copies.total() - len(self.copies)} of them repeated, {len(self.window)} found in the window"
        )

    def __str__(self) -> str:
        return f"{self.so_far()}; {len(self.lost)} lost, {len(self.unexplained)} unexplained"


def recipients(key: str) -> list[str]:
    """To whom the message with this key goes."""
    number = int(key.rpartition("-")[2])
    return [RECIPIENT, *([COLLEAGUE] if number % 3 == 0 else []), *([NOBODY] if number % 4 == 0 else [])]


def mailboxes(key: str) -> list[str]:
    """In which mailboxes it has to come to lie, its bounce too."""
    return [SENDER if address == NOBODY else address for address in recipients(key)]


class Client(threading.Thread):
    """Sends one message after another until nobody answers any more."""

    def __init__(self, served: Served, name: str) -> None:
        super().__init__()
        self._at, self._password, self._name = served.at(COMPANY, "submission"), served.password(SENDER), name
        self.acknowledged: list[str] = []

    def run(self) -> None:
        try:
            with smtplib.SMTP(*self._at, timeout=20) as smtp:
                smtp.login(SENDER, self._password)
                for n in range(10_000):
                    key = f"{self._name}-{n}"
                    smtp.sendmail(
                        SENDER, recipients(key), f"From: {SENDER}\r\nSubject: {key}\r\n\r\nHello\r\n"
                    )
                    self.acknowledged.append(key)
        except (OSError, EOFError):
            return  # killed; smtplib's exceptions are OSErrors


class Databases:
    """What a process that is dead has left, read without changing it: the next one has to recover from it by itself."""

    def __init__(self, folder: Path) -> None:
        self._files = {name: folder / "worlds" / "main" / f"{name}.sqlite" for name in (COMPANY, OTHER)}
        self._read = dict.fromkeys(self._files, 0)

    def _rows(self, name: str, query: str, *values: object) -> list[tuple[bytes, str, int]]:
        connection = sqlite3.connect(f"file:{self._files[name]}?mode=ro", uri=True, timeout=20)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def new_copies(self) -> Iterator[Copy]:
        """What has come to lie in mailboxes since this was last asked."""
        for name in self._files:
            query = "SELECT raw, account, message.id FROM message JOIN folder ON folder.id = folder WHERE message.id > ?"
            for raw, account, number in self._rows(name, query, self._read[name]):
                self._read[name] = max(self._read[name], number)
                yield key_of(raw), account

    def open(self) -> Iterator[Copy]:
        """What the sender's queue still has to deliver."""
        query = "SELECT raw, address, 0 FROM queued JOIN recipient ON queued = queued.id"
        for raw, address, _ in self._rows(COMPANY, query):
            yield key_of(raw), address

    def waiting(self) -> int:
        """How many messages are in queues."""
        return sum(self._rows(name, "SELECT COUNT(*) FROM queued")[0][0] for name in self._files)  # type: ignore[misc]


def key_of(raw: bytes) -> str:
    found = KEY.search(raw)
    assert found is not None, raw
    return found[1].decode()


def run(folder: Path, kills: int, *, seed: int = 4, tell: Callable[[str], None] = lambda _: None) -> Figures:
    """Kill so many times, let the last one finish, and count."""
    chance, figures, databases = random.Random(seed), Figures(), Databases(folder)
    for turn in range(1, kills + 1):
        with Served("--dir", folder) as served:
            clients = [Client(served, f"{turn}-{n}") for n in range(CLIENTS)]
            for client in clients:
                client.start()
            if turn == 1:  # something is acknowledged, however slow the machine
                eventually(clients[0].acknowledged.__len__)
            time.sleep(chance.uniform(0, LONGEST))  # the one thing that is left to chance
            served.stop(signal.SIGKILL)
            for client in clients:
                client.join()
                figures.acknowledged.update(client.acknowledged)
        figures.kills = turn
        figures.copies.update(databases.new_copies())
        figures.window |= {(copy, n) for copy in databases.open() if (n := figures.copies[copy])}
        figures.copies += Counter()  # asking put zeros in
        tell(figures.so_far())
    with Served("--dir", folder) as served:
        eventually(lambda: not databases.waiting(), wait=120)
        assert served.stop() == (0, "")
    figures.copies.update(databases.new_copies())
    return figures


def say(line: str) -> None:
    """A line for who watches."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        began = time.monotonic()
        found = run(Path(place), int(sys.argv[1]), tell=say)
        say(f"{found}; {time.monotonic() - began:.0f} s")
        sys.exit(bool(found.lost or found.unexplained))
