"""From Send to the bounce in the sender's mailbox: `python benchmarks/bounce.py [--rounds 100]`.

One client for all (smtplib, a new connection for each message), and each mailbox is looked at as its server keeps it, on
disk. All run at once, and take turns:

* the lab: `serve`, as a user starts it, with login, DNS, and queue and mailboxes synced.
* two Postfix: one refuses, one writes the bounce and puts it into a Maildir. No login, no DNS; queue and mailbox synced.
* the same with Dovecot's LMTP in front of both companies' mailboxes (`apt install postfix dovecot-lmtpd`).
* the smallest thing that does the same with aiosmtpd and smtplib: a relay that accepts, a thread that hands on, a server
  that refuses, a notification written with the standard library and synced to a Maildir. No queue on disk, no login, no DNS.

Postfix and Dovecot need root; without it, or without them, their lines are left out.
"""

from __future__ import annotations

import argparse
import contextlib
import mailbox
import os
import pwd
import queue
import shutil
import smtplib
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.clients import postfix
from tests.ports import free_port
from tests.served import COMPANY, SENDER, Served

WRONG = "recipent@hibari.example"
MESSAGE = b"From: sender@tsubame.example\r\nTo: recipent@hibari.example\r\nSubject: Hello\r\n\r\nHello\r\n"
LMTP = Path("/usr/lib/dovecot/lmtp")
BLOCKS = 5
WAIT = 20.0  # seconds for a bounce

# The mailboxes belong to `nobody`, and so do Dovecot's inner processes here. mail_fsync is Dovecot's own: LMTP syncs.
DOVECOT = """
protocols = lmtp
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
listen = 127.0.0.1
ssl = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_location = maildir:{folder}/mail/%n
passdb {{
  driver = static
  args = nopassword=y
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/home/%n allow_all_users=yes
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service lmtp {{
  process_min_avail = 2
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {port}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Contender:
    """A server of the sender's company: where it takes mail, whom it lets in, and how many messages the sender has."""

    place: tuple[str, int]
    count: Callable[[], int]
    login: tuple[str, str] | None = None


def until_bounce(one: Contender, rounds: int) -> list[float]:
    """Milliseconds for each of some messages to somebody who is not there."""
    took = []
    for _ in range(rounds):
        before, began = one.count(), time.perf_counter()
        with smtplib.SMTP(*one.place, timeout=WAIT) as smtp:
            if one.login:
                smtp.login(*one.login)
            smtp.sendmail(SENDER, [WRONG], MESSAGE)
        while one.count() == before:
            if time.perf_counter() - began > WAIT:
                raise TimeoutError("no bounce came")
            time.sleep(0.0005)
        took.append((time.perf_counter() - began) * 1_000)
    return took


def files(folder: Path) -> Callable[[], int]:
    """How many messages are in a Maildir."""
    return lambda: sum(1 for _ in (folder / "new").iterdir()) if (folder / "new").is_dir() else 0


@contextlib.contextmanager
def the_lab() -> Iterator[Contender]:
    """`serve`, with a folder."""
    with tempfile.TemporaryDirectory() as folder, Served("--dir", folder) as served:
        file = Path(folder) / "worlds" / "main" / f"{COMPANY}.sqlite"
        with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:

            def count() -> int:
                return int(connection.execute("SELECT COUNT(*) FROM message").fetchone()[0])

            yield Contender(served.at(COMPANY, "submission"), count, (SENDER, served.password(SENDER)))


@contextlib.contextmanager
def two_postfix() -> Iterator[Contender]:
    """Two of them, each with its mailboxes in Maildirs."""
    with postfix.running("hibari.example", ("recipient",)) as other:
        routes = {"hibari.example": f"smtp:[127.0.0.1]:{other.port}"}
        with postfix.running("tsubame.example", ("sender",), routes) as one:
            yield Contender(("127.0.0.1", one.port), files(one.folder / "mail" / "sender"))


@contextlib.contextmanager
def with_dovecot() -> Iterator[Contender]:
    """Two Postfix that hand what is for their own users to Dovecot by LMTP."""
    with dovecot() as there, dovecot() as here:
        settings = "virtual_transport = lmtp:inet:127.0.0.1:{}\n"
        with postfix.running("hibari.example", ("recipient",), settings=settings.format(there[1])) as other:
            routes = {"hibari.example": f"smtp:[127.0.0.1]:{other.port}"}
            own = settings.format(here[1])
            with postfix.running("tsubame.example", ("sender",), routes, own) as one:
                yield Contender(("127.0.0.1", one.port), files(here[0] / "mail" / "sender"))


@contextlib.contextmanager
def dovecot() -> Iterator[tuple[Path, int]]:
    """A Dovecot that takes mail by LMTP: its folder and its port."""
    folder, port = Path(tempfile.mkdtemp(prefix="dovecot-")), free_port()
    nobody = pwd.getpwnam("nobody")
    try:
        folder.chmod(0o755)
        for name in ("mail", "home"):
            (folder / name).mkdir()
            os.chown(folder / name, nobody.pw_uid, nobody.pw_gid)
        settings = DOVECOT.format(folder=folder, port=port, user="nobody", group="nogroup")
        (folder / "dovecot.conf").write_text(settings)
        with subprocess.Popen(["dovecot", "-F", "-c", folder / "dovecot.conf"]) as process:
            try:
                greeted(port)
                yield folder, port
            finally:
                process.terminate()
    finally:
        shutil.rmtree(folder)


def greeted(port: int) -> None:
    """Wait until somebody speaks LMTP there."""
    end = time.monotonic() + WAIT
    while True:
        try:
            with smtplib.LMTP("127.0.0.1", port, timeout=WAIT):
                return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


class Refusing:
    """The recipient's server."""

    async def handle_RCPT(self, *_: Any) -> str:  # noqa: N802
        """Refuse."""
        return "550 5.1.1 User unknown"


class Relaying:
    """The sender's server."""

    def __init__(self) -> None:
        self.waiting: queue.Queue[Any] = queue.Queue()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Take."""
        self.waiting.put(envelope)
        return "250 OK"


@contextlib.contextmanager
def bare() -> Iterator[Contender]:
    """The same with aiosmtpd and smtplib."""
    with tempfile.TemporaryDirectory() as folder:
        inbox, relaying = mailbox.Maildir(Path(folder) / "sender"), Relaying()
        refusing = Controller(Refusing(), hostname="127.0.0.1", port=free_port())
        relay = Controller(relaying, hostname="127.0.0.1", port=free_port())
        refusing.start()
        relay.start()

        def hand_on() -> None:
            while (envelope := relaying.waiting.get()) is not None:
                try:
                    with smtplib.SMTP("127.0.0.1", refusing.port) as smtp:
                        smtp.sendmail(envelope.mail_from, envelope.rcpt_tos, envelope.content)
                except smtplib.SMTPRecipientsRefused as error:
                    notice = EmailMessage()
                    notice["From"], notice["To"] = "MAILER-DAEMON", envelope.mail_from
                    notice["Subject"] = "Undelivered"
                    notice.set_content(str(error.recipients))
                    inbox.add(notice)  # synced

        thread = threading.Thread(target=hand_on)
        thread.start()
        try:
            yield Contender(("127.0.0.1", relay.port), files(Path(folder) / "sender"))
        finally:
            relaying.waiting.put(None)
            thread.join()
            relay.stop()
            refusing.stop()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=100)
    rounds = parser.parse_args().rounds
    contenders = {"the lab": the_lab, "aiosmtpd and smtplib, no queue": bare}
    if os.geteuid() == 0 and shutil.which("postfix"):
        contenders["two Postfix"] = two_postfix
        if LMTP.exists():
            contenders["two Postfix with Dovecot's LMTP"] = with_dovecot
    took: dict[str, list[float]] = {name: [] for name in contenders}
    with contextlib.ExitStack() as stack:
        started = {name: stack.enter_context(start()) for name, start in contenders.items()}
        for one in started.values():
            until_bounce(one, 5)  # whatever is made at the first message
        for _ in range(BLOCKS):  # in turns, so that what else the machine does meets all of them
            for name, one in started.items():
                took[name] += until_bounce(one, max(1, rounds // BLOCKS))
    print(f"{'send to bounce in the mailbox':<40}{'median':>10}{'quickest':>12}{'slowest':>12}")
    for name, times in took.items():
        print(f"{name:<40}{statistics.median(times):>7.1f} ms{min(times):>9.1f} ms{max(times):>9.1f} ms")


if __name__ == "__main__":
    main()
