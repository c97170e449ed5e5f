"""IMAP in small and large mailboxes, beside other servers: `python benchmarks/imap.py [--mails 50000] [--rounds 5]`.

* the lab: `serve`, as a user starts it, with its record and its synced commits, over loopback TCP.
* Dovecot 2.3 (apt install dovecot-imapd): its imap process for each connection, without root, started as inetd would.
* pymap and Twisted (Python, mailboxes in memory), if `--others` asks for them: they are installed into an environment of
  their own, in the temporary folder. Twisted leaves the mailbox to its user: `twisted_imap.py` is the least that it wants.

"—" is what a server does not know, or does not get done in a minute. One client for all, with TCP_NODELAY. Times are medians in milliseconds, with the shortest and the longest of the rounds.
*Others wait* is the longest that a second session waited for its NOOP while the first one was answered.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.imap.peer import BINARY, Dovecot  # noqa: E402
from tests.ports import free_port  # noqa: E402
from tests.served import OTHER, RECIPIENT, Served  # noqa: E402

SMALL = 1_000
AT_ONCE = 250  # messages in one APPEND
PATIENCE = 60  # seconds for an answer
OTHERS = ("pymap", "twisted")
Place = Callable[[], "Client"]


def letter(number: int) -> bytes:
    """A message of some 4 kB; one of a hundred has the word that is looked for, another the header."""
    words = random.Random(number).choices(
        ["mail", "server", "folder", "letter", "answer", "morning", "paper", "請求書", "会議"], k=550
    )
    text = "\r\n".join(" ".join(words[at : at + 10]) for at in range(0, len(words), 10))
    reply = (
        f"In-Reply-To: <{number - 1}@tsubame.example>\r\nReferences: <{number - 1}@tsubame.example>\r\n"
        if number % 4
        else ""
    )
    return (
        f"From: Sender {number % 97} <sender{number % 97}@tsubame.example>\r\nTo: recipient@hibari.example\r\n"
        f"Subject: {'Re: ' * bool(reply)}Report {number // 4}\r\nDate: Wed, {number % 28 + 1:02d} Apr 2026 09:{number % 60:02d}:00 +0900\r\n"
        f"Message-ID: <{number}@tsubame.example>\r\n{reply}X-Number: n{number % 100}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"\r\n{text}\r\n{'a heliotrope' * (number % 100 == 7)}\r\n"
    ).encode()  # fmt: skip


class Client:
    """A client that sends a command and waits for its tagged answer."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        if connected.family == socket.AF_INET:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected.settimeout(PATIENCE)
        self._count = 0
        self._rest = b""

    def greeting(self) -> Client:
        """Wait for the first line."""
        while b"\r\n" not in self._rest:
            self._rest += self._more()
        self._rest = b""
        return self

    def _more(self) -> bytes:
        data = self._socket.recv(1 << 18)
        if not data:
            raise EOFError("the server has closed the connection")
        return data

    def send(self, data: bytes) -> None:
        """Send octets."""
        self._socket.sendall(data)

    def line_of(self, word: bytes) -> bytes:
        """Wait for an answer that has the word, in IDLE."""
        heard = b""
        while word not in heard:
            heard += self._more()
        return heard

    def append(self, mailbox: bytes, raw: bytes) -> None:
        """Append a message, when the server says that it may come (RFC 3501 §4.3); Twisted breaks down without flags."""
        self._socket.sendall(b"t%d APPEND %b () {%d}\r\n" % (self._count + 1, mailbox, len(raw)))
        self.line_of(b"+")
        self._answered(raw)

    def say(self, command: bytes) -> bytes:
        """Give a command; return its answer."""
        return self._answered(b"t%d %b" % (self._count + 1, command))

    def _answered(self, last: bytes) -> bytes:
        self._count += 1
        tag = b"\r\nt%d " % self._count
        self._socket.sendall(last + b"\r\n")
        pieces, tail = [], b"\r\n"
        while True:
            data = self._more()
            pieces.append(data)
            tail = (tail + data)[-4096:]
            at = tail.rfind(tag)
            if at >= 0 and tail.endswith(b"\r\n"):
                if not tail[at + len(tag) :].startswith(b"OK"):
                    raise ValueError(f"{last[:60]!r}: {tail[at:][:200]!r}")
                return b"".join(pieces)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


# -- the servers


def signed_in(place: tuple[str, int], login: bytes) -> Client:
    """Connect, hear the greeting and give that command."""
    client = Client(socket.create_connection(place)).greeting()
    client.say(login)
    return client


@contextmanager
def lab(folder: Path) -> Iterator[tuple[Place, Callable[[], int]]]:
    """The lab itself; gives what connects and signs in, and its memory in KiB."""
    with Served("--dir", folder) as served:
        login = f"LOGIN {RECIPIENT} {served.password(RECIPIENT)}".encode()
        yield partial(signed_in, served.at(OTHER, "imap"), login), lambda: memory([served.process.pid])


@contextmanager
def dovecot(folder: Path) -> Iterator[tuple[Place, Callable[[], int]]]:
    """Dovecot's imap, a process for each connection."""
    peer = Dovecot(folder)
    processes: list[subprocess.Popen[bytes]] = []
    listener = socket.create_server(("127.0.0.1", 0), backlog=1000)

    def connect() -> Client:
        client = Client(socket.create_connection(listener.getsockname()))
        accepted, _ = listener.accept()
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with accepted:
            processes.append(subprocess.Popen(**peer.process(), stdin=accepted, stdout=accepted))
        return client.greeting()

    try:
        yield connect, lambda: memory([process.pid for process in processes if process.poll() is None])
    finally:
        for process in processes:
            process.kill()
            process.wait()
        listener.close()


def environment(folder: Path) -> Path:
    """Make one with pymap and Twisted in it; return the folder of its programs."""
    venv.create(folder, with_pip=True)
    subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "-q", *OTHERS], check=True)
    return folder / "bin"


@contextmanager
def twisted(python: Path) -> Iterator[tuple[Place, Callable[[], int]]]:
    """Twisted's IMAP server."""
    command = [str(python), str(ROOT / "benchmarks" / "twisted_imap.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        place = ("127.0.0.1", int(process.stdout.readline()))
        try:
            yield partial(signed_in, place, b"LOGIN user secret"), lambda: memory([process.pid])
        finally:
            process.terminate()


@contextmanager
def pymap(program: Path) -> Iterator[tuple[Place, Callable[[], int]]]:
    """Pymap with mailboxes in memory."""
    port = free_port()
    place = ["--host", "127.0.0.1", "--port", str(port), "--no-tls", "--no-service", "admin"]
    command = [str(program), *place, "dict", "--demo-data"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:

        def connected() -> socket.socket:
            for _ in range(100):
                try:
                    return socket.create_connection(("127.0.0.1", port))
                except ConnectionRefusedError:
                    time.sleep(0.1)
            raise TimeoutError("pymap does not listen")

        try:
            connected().close()
            signs_in = partial(signed_in, ("127.0.0.1", port), b"LOGIN demouser demopass")
            yield signs_in, lambda: memory([process.pid])
        finally:
            process.terminate()


def memory(pids: list[int]) -> int:
    """KiB that processes have for themselves, with their share of what they have in common."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            total += int(line.split()[1]) if line.startswith("Pss:") else 0
    return total


# -- what is measured


def fill(client: Client, mailbox: bytes, count: int) -> None:
    """Append so many messages, many at once where the server takes them so."""
    client.say(b"CREATE " + mailbox)
    known = client.say(b"CAPABILITY").split()
    if not {b"MULTIAPPEND", b"LITERAL+"} <= {*known}:
        for number in range(count):
            client.append(mailbox, letter(number))
        return
    for first in range(0, count, AT_ONCE):
        raws = [letter(n) for n in range(first, min(first + AT_ONCE, count))]
        client.say(b"APPEND " + mailbox + b"".join(b" {%d+}\r\n%b" % (len(raw), raw) for raw in raws))


class Others:
    """A second session that gives NOOP after NOOP and remembers its longest wait."""

    def __init__(self, connect: Place) -> None:
        self._client = connect()
        self.worst = 0.0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        with suppress(OSError, EOFError):  # a server that breaks down is seen by the first session too
            while not self._end.is_set():
                began = time.perf_counter()
                self._client.say(b"NOOP")
                self.worst = max(self.worst, time.perf_counter() - began)
                time.sleep(0.002)

    def close(self) -> float:
        """End; return the longest wait in seconds."""
        self._end.set()
        self._thread.join()
        self._client.close()
        return self.worst


def timed(work: Callable[[], object]) -> float:
    """Milliseconds that it takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def greeting(connect: Place) -> float:
    """Milliseconds to a session that is signed in."""
    opened: list[Client] = []
    took = timed(lambda: opened.append(connect()))
    opened[0].close()
    return took


def single(client: Client, fetches: int = 200) -> float:
    """Milliseconds that one FETCH of one body takes."""
    chance = random.Random(1)
    numbers = [chance.randint(1, SMALL) for _ in range(fetches)]
    return timed(lambda: [client.say(b"FETCH %d BODY.PEEK[]" % n) for n in numbers]) / fetches


def flagging(client: Client, count: int, stores: int = 50) -> float:
    """Milliseconds that one change of a flag takes."""
    chance = random.Random(2)
    numbers = [chance.randint(1, count) for _ in range(stores)]
    return (
        timed(
            lambda: [
                client.say(rb"STORE %d %cFLAGS (\Flagged)" % (n, sign)) for n in numbers for sign in b"+-"
            ]
        )
        / stores
        / 2
    )


def measure(connect: Place, mails: int, rounds: int) -> dict[str, tuple[list[float], float | None]]:
    """For each measure the milliseconds of all rounds, and how long others waited at the most."""
    client = connect()
    fill(client, b"small", SMALL)
    fill(client, b"large", mails)
    found: dict[str, tuple[list[float], float | None]] = {}

    def note(name: str, work: Callable[[Client], float], *, beside: bool = False) -> None:
        """Measure, with another session beside it or not; what the server does not know ends the connection, perhaps."""
        nonlocal client
        others = Others(connect) if beside else None
        times: list[float] = []
        try:
            times = [work(client) for _ in range(rounds)]
        except (ValueError, OSError, EOFError) as error:
            print(f"   {name}: {error}", file=sys.stderr)
            client.close()
            client = connect()
            client.say(b"SELECT large")
        waited = others.close() * 1000 if others is not None else None
        found[name] = times, waited if times else None

    def command(name: str, line: bytes) -> None:
        note(name, lambda client: timed(lambda: client.say(line)), beside=True)

    note("connection, sign-in", lambda _: greeting(connect))
    client.say(b"SELECT small")
    command(f"FETCH {SMALL} bodies", b"FETCH 1:* BODY.PEEK[]")
    note("FETCH one body", single)
    note("flag set, small mailbox", lambda client: flagging(client, SMALL))
    command("SELECT", b"SELECT large")
    note("flag set, large mailbox", lambda client: flagging(client, mails))
    command("FETCH 1:* FLAGS", b"FETCH 1:* FLAGS")
    command("SEARCH UNFLAGGED", b"SEARCH UNFLAGGED")
    command("SEARCH HEADER", b"SEARCH HEADER X-Number n42")
    command("SEARCH TEXT", b"SEARCH TEXT heliotrope")
    command("SORT (SUBJECT)", b"SORT (SUBJECT) UTF-8 ALL")
    command("THREAD REFERENCES", b"THREAD REFERENCES UTF-8 ALL")
    client.close()
    return found


def idle(connect: Place, used: Callable[[], int], sessions: int, rounds: int) -> tuple[float, list[float]]:
    """KiB for each session in IDLE, and milliseconds from a message's arrival until the last of them was told."""
    client = connect()
    before = used()
    idlers = [connect() for _ in range(sessions)]
    for each in idlers:
        each.say(b"SELECT small")
        each.send(b"i IDLE\r\n")
        each.line_of(b"+")
    each_used = (used() - before) / sessions
    times = []
    raw = letter(1)
    for _ in range(rounds):
        began = time.perf_counter()
        client.append(b"small", raw)
        for each in idlers:
            each.line_of(b" EXISTS")
        times.append((time.perf_counter() - began) * 1000)
    for each in [client, *idlers]:
        each.close()
    return each_used, times


def shown(times: list[float]) -> str:
    """Median, shortest and longest."""
    if not times:
        return "—"
    digits = 0 if statistics.median(times) >= 20 else 2
    return f"{statistics.median(times):,.{digits}f} ({min(times):,.{digits}f}–{max(times):,.{digits}f})"


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--mails", type=int, default=50_000, help="in the large mailbox")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--idle", type=int, default=1_000, help="sessions in IDLE")
    parser.add_argument(
        "--dovecot-idle", type=int, default=100, help="the same for Dovecot: each is a process"
    )
    parser.add_argument("--others", action="store_true", help="pymap and Twisted too, from PyPI")
    parser.add_argument("--only", help="the one server to measure")
    options = parser.parse_args()
    # Each session takes a descriptor here and one in the server, which inherits the limit.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        servers = {"the lab": (lambda: lab(folder / "lab"), options.idle)}
        if BINARY.exists():
            servers["Dovecot"] = (lambda: dovecot(folder / "dovecot"), options.dovecot_idle)
        if options.others:
            programs = environment(folder / "others")
            servers["pymap"] = (lambda: pymap(programs / "pymap"), options.idle)
            servers["Twisted"] = (lambda: twisted(programs / "python"), options.idle)
        rows: dict[str, dict[str, str]] = {}
        for name, (server, idlers) in servers.items():
            if options.only not in (None, name):
                continue
            with server() as (connect, used):
                for measured, (times, waited) in measure(connect, options.mails, options.rounds).items():
                    rows.setdefault(measured, {})[name] = shown(times) + (
                        f"  others {waited:.0f}" if waited else ""
                    )
                try:
                    each_used, times = idle(connect, used, idlers, options.rounds)
                except (ValueError, OSError, EOFError) as error:
                    print(f"   IDLE: {error}", file=sys.stderr)
                    each_used, times = None, []
                rows.setdefault("IDLE: KiB a session", {})[name] = (
                    "—" if each_used is None else f"{each_used:.0f} ({idlers} sessions)"
                )
                rows.setdefault("IDLE: all are told", {})[name] = shown(times)
    names = [name for name in servers if options.only in (None, name)]
    print(f"{f'ms; large: {options.mails:,} messages':<28}" + "".join(f"{name:>36}" for name in names))
    for measured, row in rows.items():
        print(f"{measured:<28}" + "".join(f"{row.get(name, ''):>36}" for name in names))


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    main()
