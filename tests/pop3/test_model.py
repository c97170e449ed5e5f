"""Two sessions on one mailbox, and deliveries in between, against a simple model of what POP3 promises."""

from __future__ import annotations

import asyncio

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from .conftest import ALICE, PASSWORD, Lab, Talker, opened

sessions = st.integers(0, 1)
numbers = st.integers(1, 6)
PATIENCE = (
    8  # commands, before a client that was not let in begins anew; the server hangs up on the tenth mistake
)


class Model:
    """What one client may expect: the mailbox as it was when it came in, and its own marks."""

    def __init__(self) -> None:
        self.talker: Talker | None = None
        self.seen: list[int] | None = None  # UIDs, by number; None before signing in
        self.marked: set[int] = set()
        self.said = 0  # on this connection, before signing in
        self.last = 0  # the number of the message that was asked for last

    def left(self) -> list[int]:
        return [uid for number, uid in enumerate(self.seen or [], 1) if number not in self.marked]


class Sessions(RuleBasedStateMachine):
    """Two clients that come and go as they like."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.there: list[int] = []
        self.uid = 0

    def teardown(self) -> None:
        if hasattr(self, "lab"):
            self.loop.run_until_complete(self.lab.close())
        self.loop.close()

    def say(self, session: int, *commands: str) -> str:
        model = self.models[session]
        if model.seen is None:
            model.said += len(commands)
            if model.said > PATIENCE and model.talker is not None:
                model.talker.stream.close()
                model.talker, model.said = None, len(commands)
        if model.talker is None:
            model.talker = self.loop.run_until_complete(self.lab.greeted())
        return self.loop.run_until_complete(model.talker.say(*commands))

    def list(self, session: int, command: str) -> list[list[str]]:
        talker = self.models[session].talker
        assert talker is not None
        return [line.split() for line in self.loop.run_until_complete(talker.listing(command))]

    @initialize()
    def begin(self) -> None:
        self.lab: Lab = self.loop.run_until_complete(opened(mails=[]))
        self.models = [Model(), Model()]
        self.deliver(3)

    def size(self, uid: int) -> int:
        return len(b"a: b\r\n\r\n\r\n") + uid

    @rule(count=st.integers(1, 3))
    def deliver(self, count: int) -> None:
        for _ in range(count):
            self.uid += 1
            self.there.append(self.uid)
            self.loop.run_until_complete(self.lab.deliver(b"a: b\r\n\r\n" + b"x" * self.uid + b"\r\n"))

    @rule(session=sessions)
    def sign_in(self, session: int) -> None:
        model, other = self.models[session], self.models[1 - session]
        heard = self.say(session, f"USER {ALICE}", f"PASS {PASSWORD}")
        if model.seen is not None:
            assert heard.startswith("-ERR PASS needs state PASSWORD")
        elif other.seen is not None:
            assert heard.startswith("-ERR [IN-USE]")
        else:
            assert heard.startswith("+OK")
            model.seen, model.marked = list(self.there), set()

    @rule(session=sessions, number=numbers)
    def delete(self, session: int, number: int) -> None:
        model = self.models[session]
        heard = self.say(session, f"DELE {number}")
        possible = model.seen is not None and number <= len(model.seen) and number not in model.marked
        assert heard.startswith("+OK" if possible else "-ERR")
        if possible:
            model.marked.add(number)

    @rule(session=sessions)
    def reset(self, session: int) -> None:
        model = self.models[session]
        assert self.say(session, "RSET").startswith("+OK" if model.seen is not None else "-ERR")
        if model.seen is not None:
            model.marked.clear()

    @rule(session=sessions, number=numbers, command=st.sampled_from(["RETR {}", "TOP {} 9"]))
    def read(self, session: int, number: int, command: str) -> None:
        model = self.models[session]
        model.last = number
        heard = self.say(session, command.format(number))
        if model.seen is None or number > len(model.seen) or number in model.marked:
            assert heard.startswith("-ERR")
        elif (uid := model.seen[number - 1]) not in self.there:
            assert heard.startswith("-ERR [SYS/TEMP]"), "another program has removed it"
        else:
            assert model.talker is not None
            assert self.loop.run_until_complete(model.talker.rest()) == ["a: b", "", "x" * uid]

    @rule(session=sessions)
    def read_on(self, session: int) -> None:
        self.read(session, self.models[session].last + 1, "RETR {}")

    @rule(number=numbers)
    def another_program_removes(self, number: int) -> None:
        if number <= len(self.there):
            uid = self.there.pop(number - 1)
            self.loop.run_until_complete(self.lab.store.expunge(ALICE, "INBOX", [uid]))

    @rule(session=sessions)
    def quit(self, session: int) -> None:
        model = self.models[session]
        assert self.say(session, "QUIT").startswith("+OK")
        gone = set(model.seen or []) - set(model.left())
        self.there = [uid for uid in self.there if uid not in gone]
        self.models[session] = Model()

    @precondition(lambda self: any(model.talker for model in self.models))
    @rule(session=sessions, how=st.sampled_from(["close", "abort"]))
    def hang_up(self, session: int, how: str) -> None:
        model = self.models[session]
        if model.talker is not None:
            getattr(model.talker.stream, how)()
            self.loop.run_until_complete(model.talker.line())
            self.loop.run_until_complete(self._settled())
            self.models[session] = Model()

    async def _settled(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    @rule()
    def ten_minutes_pass(self) -> None:
        self.lab.clock.advance(601)
        self.loop.run_until_complete(self._settled())
        self.models = [Model(), Model()]

    @invariant()
    def whoever_is_in_sees_what_was_there_then(self) -> None:
        for session, model in enumerate(getattr(self, "models", [])):
            if model.seen is None:
                continue
            left = model.left()
            assert self.say(session, "STAT") == f"+OK {len(left)} {sum(map(self.size, left))}"
            sizes = {int(number): int(size) for number, size in self.list(session, "LIST")}
            assert [model.seen[number - 1] for number in sizes] == left
            assert list(sizes.values()) == [self.size(uid) for uid in left]
            assert [int(name.split("-")[1]) for _, name in self.list(session, "UIDL")] == left

    @invariant()
    def the_mailbox_holds_what_nobody_removed(self) -> None:
        if hasattr(self, "lab"):
            assert self.loop.run_until_complete(self.lab.uids()) == self.there


TestSessions = Sessions.TestCase
TestSessions.settings = settings(max_examples=40, stateful_step_count=30)
