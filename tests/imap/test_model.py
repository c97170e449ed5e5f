"""Several sessions on one mailbox against a simple model: each client's picture, kept only from what it is told, is true."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mailserver_lab import imap
from mailserver_lab.clock import Clock
from mailserver_lab.imap.sequence import SequenceSet
from mailserver_lab.net import MemoryNet, Peer, Stream
from mailserver_lab.store import Store
from mailserver_lab.trace import Trace

from .conftest import ALICE, PASSWORD, SERVER, Talker, authenticate

NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)
FLAGS = (r"\Seen", r"\Deleted", r"\Flagged", "key")
sessions = st.integers(0, 2)


def whole(lines: list[str]) -> list[str]:
    """Responses, each as one: a literal within one stands on lines of its own."""
    found: list[str] = []
    for line in lines:
        if line.startswith(("* ", "+ ", "a ")):
            found.append(line)
        else:
            found[-1] += f"\n{line}"
    return found


@dataclass
class Picture:
    """What a client believes: for each number the flags, None where it was not told, and the UID once it asked."""

    talker: Talker
    rev2: bool = False
    flags: list[set[str] | None] = field(default_factory=list)
    expunged: int = 0

    async def say(self, command: str) -> list[str]:
        heard = await self.talker.say(command)
        self.expunged = 0
        for line in whole(heard):
            assert not (self.rev2 and "RECENT" in line.upper()), "IMAP4rev2 knows nothing of it (RFC 9051)"
            if match := re.fullmatch(r"\* (\d+) EXISTS", line):
                assert int(match[1]) >= len(self.flags), "only EXPUNGE makes a mailbox smaller"
                self.flags += [None] * (int(match[1]) - len(self.flags))
            elif match := re.fullmatch(r"\* (\d+) EXPUNGE", line):
                del self.flags[int(match[1]) - 1]
                self.expunged += 1
            elif match := re.match(r"(?s)\* (\d+) FETCH .*FLAGS \(([^)]*)\)", line):
                self.flags[int(match[1]) - 1] = set(match[2].split()) - {r"\Recent"}
        return heard


class Sessions(RuleBasedStateMachine):
    """Three clients that do what they like, and deliveries in between."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.store = Store.memory()

    def teardown(self) -> None:
        self.loop.run_until_complete(self.net.close())
        self.loop.run_until_complete(self.store.close())
        self.loop.close()

    def run(self, command: str, session: int) -> list[str]:
        return self.loop.run_until_complete(self.pictures[session].say(command))

    @initialize()
    def begin(self) -> None:
        self.loop.run_until_complete(self._begin())

    async def _begin(self) -> None:
        await self.store.open_account(ALICE)
        self.net, trace = MemoryNet(), Trace("test", Clock(NOW))

        async def accept(stream: Stream, peer: Peer) -> None:
            conn = trace.connection("imap", peer.host, "mx", 143, errand=peer.errand)
            await imap.serve(
                stream,
                conn,
                store=self.store,
                authenticate=authenticate,
                hostname="mx",
                tls=None,
                now=lambda: NOW,
            )

        await self.net.listen(SERVER, 143, accept)
        self.pictures = []
        for number in range(3):
            talker = Talker(await self.net.connect(Peer("pc", "192.0.2.99"), SERVER, 143))
            await talker.line()
            await talker.say(f'LOGIN {ALICE} "{PASSWORD}"')
            picture = Picture(talker, rev2=number == 2)
            if picture.rev2:
                await picture.say("ENABLE IMAP4rev2")
            await picture.say("SELECT INBOX")
            self.pictures.append(picture)

    @rule(count=st.integers(1, 3))
    def deliver(self, count: int) -> None:
        for _ in range(count):
            self.loop.run_until_complete(
                self.store.append(ALICE, "INBOX", b"Subject: x\r\n\r\nx\r\n", (), NOW)
            )

    @rule(
        session=sessions,
        number=st.integers(1, 8),
        mode=st.sampled_from(["+", "-", ""]),
        flag=st.sampled_from(FLAGS),
        silent=st.booleans(),
    )
    def mark(self, session: int, number: int, mode: str, flag: str, silent: bool) -> None:
        picture = self.pictures[session]
        known = len(picture.flags)
        heard = self.run(f"STORE {number} {mode}FLAGS{'.SILENT' * silent} ({flag})", session)
        assert heard[-1].startswith("a OK" if number <= known else "a BAD")
        assert not picture.expunged, "numbers stay during STORE"
        if silent and number <= known:
            before = picture.flags[number - 1]
            if before is not None and not any(line.startswith(f"* {number} FETCH") for line in heard):
                picture.flags[number - 1] = (
                    {flag} if not mode else before | {flag} if mode == "+" else before - {flag}
                )

    @rule(session=sessions)
    def look(self, session: int) -> None:
        picture = self.pictures[session]
        if picture.flags:
            self.run("FETCH 1:* FLAGS", session)
            assert not picture.expunged, "numbers stay during FETCH"

    @rule(session=sessions, number=st.integers(1, 8), peek=st.booleans())
    def read(self, session: int, number: int, peek: bool) -> None:
        known = len(self.pictures[session].flags)
        heard = self.run(f"FETCH {number} BODY{'.PEEK' * peek}[TEXT]", session)
        assert not self.pictures[session].expunged, "numbers stay during FETCH"
        assert heard[-1].startswith(("a OK", "a NO [EXPUNGEISSUED]") if number <= known else "a BAD")

    @rule(session=sessions, flag=st.sampled_from(FLAGS))
    def append(self, session: int, flag: str) -> None:
        assert self.run(f"APPEND INBOX ({flag}) {{1+}}\r\nx", session)[-1].startswith("a OK [APPENDUID")

    @rule(session=sessions, key=st.sampled_from(["ALL", "SEEN", "UNDELETED", "KEYWORD key", "RECENT"]))
    def search(self, session: int, key: str) -> None:
        known = len(self.pictures[session].flags)
        heard = self.run(f"SEARCH {key}", session)[0]
        if self.pictures[session].rev2:
            assert heard.startswith('* ESEARCH (TAG "a")')
            ranges = SequenceSet.parse(heard.split(" ALL ")[1]).within(known) if " ALL " in heard else []
            found = [number for low, high in ranges for number in range(low, high + 1)]
        else:
            found = [int(n) for n in heard.split()[2:]]
        assert not self.pictures[session].expunged, "numbers stay during SEARCH"
        assert found == sorted(set(found))
        assert all(1 <= number <= known for number in found)
        assert key != "ALL" or len(found) == known

    @rule(
        session=sessions,
        command=st.sampled_from(["EXPUNGE", "NOOP", "CHECK", "UID EXPUNGE 2:4", "UID SEARCH ALL"]),
    )
    def tell(self, session: int, command: str) -> None:
        self.run(command, session)

    @rule(
        session=sessions,
        number=st.integers(1, 8),
        place=st.sampled_from(["INBOX", "Trash"]),
        name=st.sampled_from(["COPY", "MOVE"]),
    )
    def bring(self, session: int, number: int, place: str, name: str) -> None:
        self.run(f"{name} {number} {place}", session)

    @invariant()
    def whoever_asks_knows_what_is_there(self) -> None:
        if not hasattr(self, "pictures"):
            return
        there = self.loop.run_until_complete(self.store.messages(ALICE, "INBOX"))
        picture = self.pictures[0]
        self.run("NOOP", 0)
        assert len(picture.flags) == len(there)
        for known, message in zip(picture.flags, there, strict=True):
            assert known is None or known == message.flags


TestSessions = Sessions.TestCase
TestSessions.settings = settings(max_examples=25, stateful_step_count=20)
