"""From Send to the bounce in the sender's mailbox: `python benchmarks/bounce.py`.

Beside the smallest thing that does the same with aiosmtpd and smtplib: a relay that accepts, a thread that hands on, a
server that refuses, a notification written with the standard library and synced to a Maildir. It has no queue on disk,
no DNS, no login and no retries.
"""

from __future__ import annotations

import asyncio
import mailbox
import queue
import smtplib
import statistics
import tempfile
import threading
import time
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from mailserver_lab.devices import Device
from mailserver_lab.lab import Lab

SENDER, WRONG = "sender@tsubame.example", "recipent@hibari.example"
MESSAGE = b"From: sender@tsubame.example\r\nTo: recipent@hibari.example\r\nSubject: Hello\r\n\r\nHello\r\n"
ROUNDS = 100


async def lab(folder: Path) -> list[float]:
    """Milliseconds for each round, sockets and synced commits included."""
    lab = Lab(folder)
    world = await lab.open_main()
    site = world.site_of(SENDER)
    assert site is not None
    pc = Device("pc", SENDER, site, world.net, world.gate)
    came = asyncio.Event()
    site.store.watch(SENDER, lambda _: came.set())
    took = []
    for _ in range(ROUNDS):
        came.clear()
        began = time.perf_counter()
        await pc.send([WRONG], MESSAGE)
        await came.wait()
        took.append((time.perf_counter() - began) * 1_000)
    await lab.close()
    return took


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


def bare(folder: Path) -> list[float]:
    """The same with aiosmtpd and smtplib."""
    inbox, came, relaying = mailbox.Maildir(folder / "sender"), threading.Event(), Relaying()
    refusing = Controller(Refusing(), hostname="127.0.0.1", port=25_125)
    relay = Controller(relaying, hostname="127.0.0.1", port=25_126)
    refusing.start()
    relay.start()

    def hand_on() -> None:
        while (envelope := relaying.waiting.get()) is not None:
            try:
                with smtplib.SMTP("127.0.0.1", 25_125) as smtp:
                    smtp.sendmail(envelope.mail_from, envelope.rcpt_tos, envelope.content)
            except smtplib.SMTPRecipientsRefused as error:
                notice = EmailMessage()
                notice["From"], notice["To"], notice["Subject"] = (
                    "MAILER-DAEMON",
                    envelope.mail_from,
                    "Undelivered",
                )
                notice.set_content(str(error.recipients))
                inbox.add(notice)  # synced
                came.set()

    thread = threading.Thread(target=hand_on)
    thread.start()
    took = []
    for _ in range(ROUNDS):
        came.clear()
        began = time.perf_counter()
        with smtplib.SMTP("127.0.0.1", 25_126) as smtp:
            smtp.sendmail(SENDER, [WRONG], MESSAGE)
        came.wait()
        took.append((time.perf_counter() - began) * 1_000)
    relaying.waiting.put(None)
    thread.join()
    relay.stop()
    refusing.stop()
    return took


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        rows = [("the lab (login, DNS, queue and mailboxes synced)", asyncio.run(lab(Path(folder) / "lab")))]
        rows += [("aiosmtpd and smtplib (no login, DNS, queue)", bare(Path(folder)))]
    print(f"{'send to bounce in the mailbox':<50}{'median':>10}{'slowest':>10}")
    for name, took in rows:
        print(f"{name:<50}{statistics.median(took):>7.1f} ms{max(took):>7.1f} ms")


if __name__ == "__main__":
    main()
