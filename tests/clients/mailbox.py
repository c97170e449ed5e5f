"""A mailbox of the world as the tests look at it, and programs as they are run."""

from __future__ import annotations

import contextlib
import email.policy
import os
import select
import smtplib
import subprocess
import time
from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from pathlib import Path

import imapclient

from tests.served import COMPANY, RECIPIENT, SENDER, Served, eventually

BINARY = bytes(range(256)) * 300


def letter(subject: str) -> bytes:
    """A message with Japanese headers, two attachments, and lines that a careless program would change."""
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"], message["To"] = f"差出人 <{SENDER}>", f"受信者 <{RECIPIENT}>"
    message["Subject"] = f"見積書の件 {subject}"
    message.set_content("お世話になっております。\n.\n..点で始まる行\nFrom 行頭\n", cte="8bit")
    message.add_attachment(BINARY, maintype="application", subtype="octet-stream", filename="見積書.bin")
    message.add_attachment("一,二\r\n".encode("shift_jis"), maintype="text", subtype="csv", filename="表.csv")
    return message.as_bytes()


@contextlib.contextmanager
def opened(served: Served, address: str = RECIPIENT) -> Iterator[imapclient.IMAPClient]:
    """A mailbox, signed in to by imapclient over TLS."""
    host, port = served.at(address.partition("@")[2], "imaps")
    with imapclient.IMAPClient(host, port, ssl_context=served.trust(), timeout=20) as client:
        client.login(address, served.password(address))
        yield client


def folder(served: Served, name: str = "INBOX", address: str = RECIPIENT) -> list[bytes]:
    """The messages of a folder, octet for octet, without marking them as read."""
    with opened(served, address) as client:
        client.select_folder(name, readonly=True)
        fetched = client.fetch(client.search(), ["BODY.PEEK[]"])
        return [fetched[uid][b"BODY[]"] for uid in sorted(fetched)]


def flags(served: Served, name: str = "INBOX", address: str = RECIPIENT) -> list[set[bytes]]:
    """The flags of each message of a folder, without \\Recent."""
    with opened(served, address) as client:
        client.select_folder(name, readonly=True)
        told = client.get_flags(client.search())
        return [set(told[uid]) - {b"\\Recent"} for uid in sorted(told)]


def clear(served: Served, address: str = RECIPIENT) -> None:
    """Empty a mailbox, and remove the folders that are not there from the beginning."""
    with opened(served, address) as client:
        for marks, _, name in sorted(client.list_folders(), key=lambda one: one[2], reverse=True):
            if name == "INBOX" or any(mark in {b"\\Sent", b"\\Trash", b"\\Drafts"} for mark in marks):
                client.select_folder(name)
                client.delete_messages(client.search())
                client.expunge()
            else:
                client.delete_folder(name)


def hand_in(served: Served, *messages: bytes) -> list[bytes]:
    """Send messages to the recipient, one after the other, and give them as they then lie in the inbox."""
    with (
        opened(served) as client,
        smtplib.SMTP_SSL(*served.at(COMPANY, "submissions"), context=served.trust(), timeout=20) as smtp,
    ):
        smtp.login(SENDER, served.password(SENDER))
        client.select_folder("INBOX", readonly=True)
        old = client.search()
        for n, message in enumerate(messages, len(old) + 1):
            smtp.sendmail(SENDER, [RECIPIENT], message)
            eventually(lambda n=n: len(client.search()) == n)
        fetched = client.fetch(client.search()[len(old) :], ["BODY.PEEK[]"])
        return [fetched[uid][b"BODY[]"] for uid in sorted(fetched)]


def eventually_sent(served: Served, to: str = RECIPIENT) -> bytes:
    """The one message that comes into an empty inbox."""
    (message,) = eventually(lambda: folder(served, address=to))
    return bytes(message)


def run(
    *command: str | Path,
    text: bytes | None = None,
    home: Path | None = None,
    fine: tuple[int, ...] = (0,),
    wait: float = 30,
) -> bytes:
    """What a program writes; it must end within `wait` seconds with one of the codes that are `fine`."""
    done = subprocess.run(
        [str(word) for word in command],
        input=text,
        capture_output=True,
        timeout=wait,
        check=False,
        env=environment(home),
    )
    assert done.returncode in fine, (
        done.returncode,
        (done.stdout[-3_000:] + done.stderr[-3_000:]).decode(errors="replace"),
    )
    return done.stdout


def run_on_a_terminal(*command: str | Path, home: Path, wait: float = 30) -> None:
    """Run a program that draws on a terminal, until it ends."""
    import pty  # not at the top: Windows has none

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [str(word) for word in command],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment(home, {"TERM": "xterm", "LINES": "40", "COLUMNS": "120"}),
        start_new_session=True,
    )
    os.close(theirs)
    shown, end = b"", time.monotonic() + wait
    try:
        while time.monotonic() < end:
            if select.select([ours], [], [], 0.2)[0]:
                try:
                    shown += os.read(ours, 65_536)
                except OSError:  # the program has closed its side
                    break
            elif process.poll() is not None:
                break
        code = process.wait(max(0.1, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise AssertionError(f"it did not end; last shown: {shown[-5_000:]!r}") from None
    finally:
        os.close(ours)
    assert code == 0, shown[-2_000:]


def environment(home: Path | None, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a program finds around it: a home folder of its own, and nobody's settings."""
    kept = {name: os.environ[name] for name in ("PATH", "npm_config_cache") if name in os.environ}
    return {**kept, "HOME": str(home or os.environ.get("HOME", "/")), "LC_ALL": "C.UTF-8", **(more or {})}


def maildir(path: Path) -> list[bytes]:
    """The messages in a Maildir, sorted, with the line ends of mail."""
    return sorted(with_crlf(file.read_bytes()) for part in ("new", "cur") for file in (path / part).iterdir())


def with_crlf(message: bytes) -> bytes:
    """A message that was kept in a file with bare line feeds, as it is on the way."""
    return message.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
