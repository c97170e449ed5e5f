"""Fetching a mailbox by POP3, beside other servers: `python benchmarks/pop3.py [--mails 1000] [--rounds 5] [--twisted PYTHON]`.

* the lab: `serve`, as a user starts it, with its record, over loopback TCP.
* Dovecot 2.3 (apt install dovecot-imapd dovecot-pop3d): its pop3 process for each connection, without root, started as inetd would.
  It is signed in from the start, so that its answer to a first NOOP, with the mailbox open, stands for its greeting.
* Twisted's POP3 with mailboxes in memory and TCP_NODELAY, without which each message takes 44 ms, if `--twisted PYTHON` names
  an interpreter that has it (`uv venv twisted && uv pip install --python twisted twisted`).

One client for all, with TCP_NODELAY. Medians over the rounds, with the shortest and the longest. *One by one* waits for each
message before asking for the next; *pipelined* asks for fifty at once (RFC 2449, section 6.6; Twisted's takes them, too).
"""

from __future__ import annotations

import argparse
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from imap import Client, fill, letter

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.imap.peer import Dovecot  # noqa: E402
from tests.served import OTHER, RECIPIENT, Served  # noqa: E402

DOVECOT = Path("/usr/lib/dovecot/pop3")
GREETINGS = 20  # connections, of which a round takes the median
TOGETHER = 50
END = b"\r\n.\r\n"

TWISTED = """
import sys
from io import BytesIO
from twisted.cred import checkers, portal
from twisted.internet import protocol, reactor
from twisted.mail import pop3
from zope.interface import implementer

raw = sys.stdin.buffer.read()
messages, at = [], 0
while at < len(raw):
    size = int.from_bytes(raw[at : at + 4], "big")
    messages.append(raw[at + 4 : at + 4 + size])
    at += 4 + size

class Inbox(pop3.Mailbox):
    def listMessages(self, index=None):
        return [len(each) for each in messages] if index is None else len(messages[index])
    def getMessage(self, index):
        return BytesIO(messages[index])
    def getUidl(self, index):
        return b"%d" % index

@implementer(portal.IRealm)
class Realm:
    def requestAvatar(self, name, mind, *interfaces):
        return pop3.IMailbox, Inbox(), lambda: None

class Server(pop3.POP3):
    def connectionMade(self):
        self.transport.setTcpNoDelay(True)
        super().connectionMade()

class Factory(protocol.Factory):
    def buildProtocol(self, address):
        server = Server()
        server.portal = portal.Portal(Realm(), [checkers.InMemoryUsernamePasswordDatabaseDontUse(user=b"secret")])
        return server

port = reactor.listenTCP(0, Factory(), interface="127.0.0.1")
print(port.getHost().port, flush=True)
reactor.run()
"""


class Fetcher:
    """A client that gives commands and waits for their answers."""

    def __init__(self, connected: socket.socket) -> None:
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = connected
        self._rest = b""

    def line(self) -> bytes:
        """The next line."""
        while b"\r\n" not in self._rest:
            self._more()
        line, _, self._rest = self._rest.partition(b"\r\n")
        if not line.startswith(b"+OK"):
            raise ValueError(line)
        return line

    def _more(self) -> None:
        data = self._socket.recv(1 << 18)
        if not data:
            raise EOFError("the server has closed the connection")
        self._rest += data

    def say(self, *commands: str) -> Fetcher:
        """Give commands, each after the answer to the one before."""
        for command in commands:
            self._socket.sendall(command.encode() + b"\r\n")
            self.line()
        return self

    def retrieve(self, first: int, count: int) -> int:
        """Ask for so many messages at once; return how many octets they have."""
        self._socket.sendall(b"".join(b"RETR %d\r\n" % n for n in range(first, first + count)))
        octets = 0
        for _ in range(count):
            while (end := self._rest.find(END)) < 0:
                self._more()
            if not self._rest.startswith(b"+OK"):
                raise ValueError(self._rest[:80])
            octets += end
            self._rest = self._rest[end + len(END) :]
        return octets

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


Connect = Callable[[], Fetcher]
Place = tuple[Connect, list[str]]  # what gives a connection that was greeted, and how to sign in on it


def connected(address: tuple[str, int]) -> Fetcher:
    """A connection on which the server has said its first line."""
    fetcher = Fetcher(socket.create_connection(address))
    fetcher.line()
    return fetcher


@contextmanager
def lab(folder: Path, mails: int) -> Iterator[Place]:
    """The lab itself."""
    with Served("--dir", folder) as served:
        password = served.password(RECIPIENT)
        filler = Client(socket.create_connection(served.at(OTHER, "imap"))).greeting()
        filler.say(f"LOGIN {RECIPIENT} {password}".encode())
        put(filler, mails)
        yield lambda: connected(served.at(OTHER, "pop3")), [f"USER {RECIPIENT}", f"PASS {password}"]


def put(filler: Client, mails: int) -> None:
    """Bring the messages by IMAP."""
    try:
        fill(filler, b"INBOX", mails)
    except ValueError:  # it is there already, and cannot be made
        for number in range(mails):
            raw = letter(number)
            filler.say(b"APPEND INBOX {%d+}\r\n%b" % (len(raw), raw))
    filler.close()


@contextmanager
def dovecot(folder: Path, mails: int) -> Iterator[Place]:
    """Dovecot's pop3, a process for each connection."""
    peer = Dovecot(folder)
    processes: list[subprocess.Popen[bytes]] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def served(program: Path | None = None) -> socket.socket:
            how = peer.process()
            if program is not None:
                how["args"] = [str(program), *how["args"][1:]]
            client = socket.create_connection(listener.getsockname())
            accepted, _ = listener.accept()
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with accepted:
                processes.append(subprocess.Popen(**how, stdin=accepted, stdout=accepted))
            return client

        def greeted() -> Fetcher:
            return Fetcher(served(DOVECOT)).say("NOOP")  # signed in from the start, it does not greet

        put(Client(served()).greeting(), mails)
        yield greeted, []
        for process in processes:
            process.kill()
            process.wait()


@contextmanager
def twisted(python: str, mails: int) -> Iterator[Place]:
    """Twisted's POP3, messages in memory."""
    raws = [letter(number) for number in range(mails)]
    with subprocess.Popen([python, "-c", TWISTED], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"".join(len(raw).to_bytes(4, "big") + raw for raw in raws))
        process.stdin.close()
        port = int(process.stdout.readline())
        yield lambda: connected(("127.0.0.1", port)), ["USER user", "PASS secret"]
        process.terminate()


def timed(work: Callable[[], object]) -> float:
    """Milliseconds that it takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1_000


def one_round(place: Place, mails: int) -> dict[str, float]:
    """Each figure once."""
    connect, login = place

    def greet() -> None:
        connect().close()

    greeting = statistics.median(timed(greet) for _ in range(GREETINGS))
    fetcher = connect().say(*login)
    alone = timed(lambda: [fetcher.retrieve(n, 1) for n in range(1, mails + 1)])
    starts = range(1, mails + 1, TOGETHER)
    together = timed(lambda: [fetcher.retrieve(n, min(TOGETHER, mails + 1 - n)) for n in starts])
    fetcher.say("QUIT").close()
    return {
        "connection to greeting": greeting,
        f"{mails:,} RETR, one by one": alone,
        f"{mails:,} RETR, pipelined": together,
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mails", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--twisted", metavar="PYTHON", help="an interpreter that has Twisted")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        servers = {"the lab": lab(Path(folder, "lab"), asked.mails)}
        if DOVECOT.exists():
            servers["Dovecot"] = dovecot(Path(folder, "dovecot"), asked.mails)
        if asked.twisted:
            servers["Twisted"] = twisted(asked.twisted, asked.mails)
        for name, server in servers.items():
            with server as place:
                rounds = [one_round(place, asked.mails) for _ in range(asked.rounds)]
            for what in rounds[0]:
                times = sorted(each[what] for each in rounds)
                spread = f"{times[0]:.1f} to {times[-1]:.1f}"
                print(f"{name:<10}{what:<28}{statistics.median(times):>10.1f} ms   {spread}", flush=True)


if __name__ == "__main__":
    main()
