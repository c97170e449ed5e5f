"""SMTP beside what a user would pick instead: `python benchmarks/smtp.py [--messages 3000] [--flat 100000]`.

* Messages a second on 1, 10 and 100 connections. The lab has each in a mailbox, synced to disk, before its 250. Beside it
  `aiosmtpd -n` with its Sink and maildev, which keep nothing on disk, and Postfix, which syncs each to its queue and whose
  discard(8) then forgets it.
* How much of a message's time on one connection is the synced commit.
* With --flat: whether memory, descriptors and tasks stay as they are while so many messages come.

Postfix needs root, maildev needs npm, which installs it into a temporary folder; without them their lines are left out.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from mailserver_lab.lab import Lab
from mailserver_lab.store import Store
from tests.clients import postfix
from tests.ports import free_port
from tests.served import OTHER, Served

MAILDEV = "2.2.1"
RECIPIENT = "recipient@hibari.example"
BODY = b"Subject: Hello\r\n\r\n" + b"Hello\r\n" * 100 + b".\r\n"
CONNECTIONS = (1, 10, 100)

Place = tuple[str, int]


# -- messages a second


async def connection(place: Place, count: int) -> None:
    """Send `count` messages one after another."""
    reader, writer = await asyncio.open_connection(*place)
    await reader.readline()

    async def say(data: bytes, code: bytes) -> None:
        writer.write(data)
        while (line := await reader.readline())[3:4] == b"-":
            pass
        assert line.startswith(code), line

    await say(b"EHLO client.example\r\n", b"250")
    for _ in range(count):
        await say(b"MAIL FROM:<a@b.example>\r\n", b"250")
        await say(f"RCPT TO:<{RECIPIENT}>\r\n".encode(), b"250")
        await say(b"DATA\r\n", b"354")
        await say(BODY, b"250")
    await say(b"QUIT\r\n", b"221")
    writer.close()


async def send(place: Place, messages: int, connections: int) -> float:
    """Messages a second over so many connections."""
    began = time.perf_counter()
    await asyncio.gather(*(connection(place, messages // connections) for _ in range(connections)))
    return messages // connections * connections / (time.perf_counter() - began)


async def listening(place: Place) -> None:
    """Wait until something accepts connections there."""
    while True:
        try:
            _, writer = await asyncio.open_connection(*place)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return


@contextlib.contextmanager
def program(*command: str | Path, port: int) -> Iterator[Place]:
    """Something that listens at a port of its own while this lasts."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            asyncio.run(asyncio.wait_for(listening(("127.0.0.1", port)), 60))
            yield "127.0.0.1", port
        finally:
            process.terminate()


@contextlib.contextmanager
def the_lab() -> Iterator[Place]:
    """`serve`, with a folder."""
    with tempfile.TemporaryDirectory() as folder, Served("--dir", folder) as served:
        yield served.at(OTHER, "mx")


@contextlib.contextmanager
def a_sink() -> Iterator[Place]:
    """The server that the lab's is made of, by itself."""
    port = free_port()
    at = ["-l", f"127.0.0.1:{port}"]
    with program(
        sys.executable, "-m", "aiosmtpd", "-n", *at, "-c", "aiosmtpd.handlers.Sink", port=port
    ) as place:
        yield place


@contextlib.contextmanager
def a_postfix() -> Iterator[Place]:
    """Postfix, from which no mail leaves."""
    with postfix.running("postfix.example", settings="default_transport = discard:\n") as one:
        yield "127.0.0.1", one.port


@contextlib.contextmanager
def a_maildev() -> Iterator[Place]:
    """maildev, fresh from npm."""
    port, web = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["npm", "install", "--silent", "--prefix", folder, f"maildev@{MAILDEV}"], check=True, timeout=300
        )
        ports = ["--ip", "127.0.0.1", "--smtp", str(port), "--web", str(web), "--silent"]
        with program("node", Path(folder) / "node_modules/maildev/bin/maildev", *ports, port=port) as place:
            yield place


def has_postfix() -> bool:
    """Whether Postfix can be started here."""
    return os.geteuid() == 0 and shutil.which("postfix") is not None


def rates(messages: int) -> float:
    """Print the table; gives the lab's rate on one connection."""
    rivals: dict[str, Callable[[], contextlib.AbstractContextManager[Place]]] = {
        "the lab, each synced into a mailbox": the_lab, "aiosmtpd, each thrown away": a_sink,
    }  # fmt: skip
    if has_postfix():
        rivals["Postfix, each synced into its queue"] = a_postfix
    if shutil.which("npm"):
        rivals["maildev, each kept in memory"] = a_maildev
    tell(f"{'messages a second, by connections':<40}" + "".join(f"{f'on {n}':>12}" for n in CONNECTIONS))
    alone = 0.0
    for name, begin in rivals.items():
        with begin() as place:
            asyncio.run(send(place, 200, 10))  # what is only done once is done now
            found = [asyncio.run(send(place, messages, n)) for n in CONNECTIONS]
        alone = alone or found[0]
        tell(f"{name:<40}" + "".join(f"{rate:>12.0f}" for rate in found))
    return alone


async def commit_alone(messages: int) -> float:
    """Seconds for each message that is put into a mailbox and synced, without anything else."""
    with tempfile.TemporaryDirectory() as folder:
        store, now = Store.disk(Path(folder) / "s.sqlite"), datetime.now(UTC)
        await store.open_account(RECIPIENT)
        began = time.perf_counter()
        for _ in range(messages):
            await store.append(RECIPIENT, "INBOX", BODY, (), now)
        took = (time.perf_counter() - began) / messages
        await store.close()
    return took


# -- what stays flat


async def flat(messages: int) -> None:
    """Print memory, descriptors and tasks while so many messages come in and are sent out of a process of their own."""
    page = os.sysconf("SC_PAGE_SIZE")
    tell(f"\n{'messages':>10}{'resident':>14}{'descriptors':>14}{'tasks':>8}{'a second':>11}")
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder))
        world = await lab.open_main()
        host, port = world.real_ports()["hibari.example"]["mx"]

        def line(done: int, rate: float) -> None:
            resident = int(Path("/proc/self/statm").read_text().split()[1]) * page / 2**20
            descriptors = sum(1 for _ in Path("/proc/self/fd").iterdir())
            tasks = len(asyncio.all_tasks())
            tell(f"{done:>10}{resident:>10.0f} MiB{descriptors:>14}{tasks:>8}{rate:>11.0f}")

        line(0, 0)
        for tenth in range(1, 11):
            began = time.perf_counter()
            code = f"import asyncio, smtp; asyncio.run(smtp.send(({host!r}, {port}), {messages // 10}, 10))"
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", code, cwd=Path(__file__).parent
            )
            assert await process.wait() == 0
            line(messages * tenth // 10, messages / 10 / (time.perf_counter() - began))
        await lab.close()


def tell(line: str) -> None:
    """Print it now: a whole run takes minutes."""
    print(line, flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=3_000)
    parser.add_argument("--flat", type=int, default=0, metavar="MESSAGES")
    given = parser.parse_args()
    alone = rates(given.messages)
    commit = asyncio.run(commit_alone(given.messages))
    tell(
        f"one connection: {1_000 / alone:.2f} ms a message, of which the synced commit {commit * 1_000:.2f} ms ({commit * alone:.0%})"
    )
    if given.flat:
        asyncio.run(flat(given.flat))


if __name__ == "__main__":
    main()
