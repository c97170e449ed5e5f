"""A message handed over in one go (RFC 2920), and step by step: the same comes of it, however the server behaves."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailserver_lab.dsn import read
from mailserver_lab.lab import Lab, RunningWorld
from mailserver_lab.net import MemoryNet, Peer, Stream
from mailserver_lab.smtp import session as session_module
from mailserver_lab.smtp.client import RemoteProtocolError
from mailserver_lab.smtp.handover import Handover
from mailserver_lab.smtp.session import SmtpSession
from mailserver_lab.trace import Event
from mailserver_lab.world import WorldError, bundled, parse

from .talk import SENDER, inbox, other_server, submit, until, until_mail, until_state

OTHER = "198.51.100.61"
PEOPLE = ["one@other.example", "two@other.example", "three@other.example"]
GROUP = [f"MAIL FROM:<{SENDER}>", *(f"RCPT TO:<{one}>" for one in PEOPLE), "DATA"]
EHLO = b"250-mx\r\n250 PIPELINING\r\n"


@pytest.fixture
async def world() -> AsyncIterator[RunningWorld]:
    lab = Lab(make_net=MemoryNet)
    spec = {**bundled("user-unknown").as_json(), "pipelining": True, "dns": {"other.example": {"a": [OTHER]}}}
    yield await lab.open(parse(spec))
    await lab.close()


async def server(
    world: RunningWorld, *replies: str, then: bytes | None = None, octets: bool = False
) -> list[str]:
    """One that answers a group with these, all of it having come, and what it was told.

    `then` comes after the message; it hangs up where that is None, or a reply is ''. With `octets` it says one octet at a
    time.
    """
    told: list[str] = []

    async def accept(stream: Stream, peer: Peer) -> None:
        async def say(data: bytes) -> None:
            for n in range(len(data)) if octets else [0]:
                stream.write(data[n : n + 1] if octets else data)
                await stream.drain()

        async def hear(end: bytes) -> str | None:
            nonlocal buffer
            while end not in buffer:
                if not (data := await stream.read()):
                    return None
                buffer += data
            piece, _, buffer = buffer.partition(end)
            return piece.decode()

        buffer = b""
        await say(b"220 hi\r\n")
        await hear(b"\r\n")
        await say(EHLO)
        while (line := await hear(b"\r\n")) != "DATA":
            if line is None:
                return
            told.append(line)
        told.append(line)
        for reply in replies:
            if not reply:
                return
            await say(reply.encode() + b"\r\n")
        if replies[-1].startswith("354"):
            buffer = b"\r\n" + buffer
            content = await hear(b"\r\n.\r\n")
            told.append("(nothing)" if content == "" else "(the message)")
            if then is None:
                return
            await say(then)
        while (line := await hear(b"\r\n")) is not None:
            told.append(line)
            await say(b"221 bye\r\n")

    await world.net.listen(OTHER, 25, accept)
    return told


def states(world: RunningWorld) -> dict[str, str]:
    """What came of each recipient, as the record has it: state and reply."""
    return {
        event.parsed["recipient"].partition("@")[0]: f"{event.parsed['state']}: {event.parsed['reply']}"
        for event in world.trace.after()
        if event.kind == "queue" and "recipient" in event.parsed
    }


async def whole(world: RunningWorld) -> dict[str, str]:
    await until(world, lambda _: len(states(world)) == len(PEOPLE))
    return states(world)


# -- what is said


@pytest.mark.parametrize("octets", [False, True])
async def test_the_whole_envelope_is_said_before_anything_is_answered(
    world: RunningWorld, octets: bool
) -> None:
    told = await server(
        world, "250 ok", "250 ok", "550 5.1.1 no", "250 ok", "354 go", then=b"250 2.0.0 ok\r\n", octets=octets
    )
    await submit(world, *PEOPLE)
    assert await whole(world) == {
        "one": "delivered: 250 2.0.0 ok",
        "two": "failed: 550 5.1.1 no",
        "three": "delivered: 250 2.0.0 ok",
    }
    await until(world, lambda _: told[-1] == "QUIT")
    assert told == [*GROUP, "(the message)", "QUIT"]


@pytest.mark.parametrize("before", ["rcpt", "data", None])
async def test_who_may_be_held_in_between_goes_step_by_step(world: RunningWorld, before: str | None) -> None:
    held: list[tuple[str | None, str]] = []

    def let_through(event: Event) -> None:
        if event.kind == "pause":
            said = [e.text.split()[0] for e in world.trace.after() if e.port == 25 and e.side == "client"]
            held.append((event.step, (said or [""])[-1]))
            world.gate.go_on(1)

    world.gate.pause(before)
    world.trace.follow(let_through)
    await submit(world, "recipient@hibari.example")
    await until_state(world, "delivered")
    steps = [("mx", ""), ("connect", ""), ("ehlo", ""), ("mail", "EHLO"), ("rcpt", "MAIL"), ("data", "RCPT")]
    assert held == [step for step in steps if before in {None, step[0]}]


async def test_a_pause_of_another_message_or_elsewhere_parts_nothing(world: RunningWorld) -> None:
    world.gate.pause("data", "q9999")
    world.gate.pause("bounce")
    await submit(world, "recipient@hibari.example")
    await until_mail(world, "recipient@hibari.example")
    talk = [e for e in world.trace.after() if e.port == 25 and e.kind == "line"]
    sides = "".join("C" if e.side == "client" else "S" for e in talk if e.step in {"mail", "rcpt", "data"})
    assert sides.startswith("CCCSSS")
    replies = [(e.step, e.parsed["reply"]) for e in talk if e.side == "server" and e.step != "ehlo"]
    assert replies[1:4] == [("mail", 250), ("rcpt", 250), ("data", 354)]


async def test_a_world_for_readers_waits_for_every_answer() -> None:
    lab = Lab(make_net=MemoryNet)
    world = await lab.open(bundled("user-unknown"))
    await submit(world, "recipient@hibari.example", "recipent@hibari.example")
    await until_mail(world, "recipient@hibari.example")
    talk = [e for e in world.trace.after() if e.port == 25 and e.kind == "line"]
    sides = "".join("C" if e.side == "client" else "S" for e in talk if e.step in {"mail", "rcpt", "data"})
    assert sides.startswith("CSCSCSCS")
    await lab.close()


# -- servers that do not do as they should


async def test_go_on_with_no_recipient_taken_is_answered_by_a_lone_dot(world: RunningWorld) -> None:
    """RFC 2920 section 3.1. It would be a message to nobody, and whoever offers the 354 would wait for ever."""
    no = "550 5.1.1 no"
    told = await server(world, "250 ok", no, no, no, "354 go", then=b"554 5.5.1 nobody to send it to\r\n")
    await submit(world, *PEOPLE)
    assert await whole(world) == dict.fromkeys(("one", "two", "three"), f"failed: {no}")
    await until(world, lambda _: told[-1] == "QUIT")
    assert told == [*GROUP, "(nothing)", "QUIT"]


async def test_a_lone_dot_taken_for_a_message_delivers_nothing(world: RunningWorld) -> None:
    told = await server(
        world, "452 4.3.1 full", "250 ok", "250 ok", "250 ok", "354 go", then=b"250 2.0.0 ok\r\n"
    )
    await submit(world, *PEOPLE)
    assert set((await whole(world)).values()) == {"deferred: 452 4.3.1 full"}
    await until(world, lambda _: told[-1] == "QUIT")
    assert told == [*GROUP, "(nothing)", "QUIT"]


BROKE = "deferred: 451 4.4.2 other.example: the conversation broke off (the server hung up)"


@pytest.mark.parametrize("answered", range(6))
async def test_what_was_said_before_the_connection_broke_stands(world: RunningWorld, answered: int) -> None:
    replies = ["250 ok", "550 5.1.1 no", "250 ok", "450 4.2.1 later", "354 go"]
    told = await server(world, *replies[:answered], *([""] if answered < len(replies) else []))
    await submit(world, *PEOPLE)
    assert await whole(world) == {
        "one": "failed: 550 5.1.1 no" if answered >= 2 else BROKE,
        "two": BROKE,
        "three": "deferred: 450 4.2.1 later" if answered >= 4 else BROKE,
    }
    assert told[:5] == GROUP
    if answered >= 2:
        (raw,) = await until_mail(world, SENDER)
        report = read(raw)
        assert report is not None
        assert [recipient.address for recipient in report.recipients] == ["one@other.example"]


@pytest.mark.parametrize("at", range(5))
async def test_a_farewell_amid_the_group_is_the_answer_to_the_rest(world: RunningWorld, at: int) -> None:
    bye = "421 4.3.2 going down"
    replies = ["250 ok", "550 5.1.1 no", "250 ok", "250 ok", "354 go"]
    told = await server(world, *replies[:at], bye, "")
    await submit(world, *PEOPLE)
    assert await whole(world) == {
        "one": "failed: 550 5.1.1 no" if at >= 2 else f"deferred: {bye}",
        "two": f"deferred: {bye}",
        "three": f"deferred: {bye}",
    }
    assert told == GROUP


async def test_the_next_host_is_asked_about_those_alone_of_whom_nothing_was_said() -> None:
    lab = Lab(make_net=MemoryNet)
    first, second = "a.other.example", "b.other.example"
    dns = {"other.example": {"mx": [first, second]}, first: {"a": [OTHER]}, second: {"a": ["198.51.100.62"]}}
    world = await lab.open(parse({**bundled("user-unknown").as_json(), "pipelining": True, "dns": dns}))
    await server(world, "250 ok", "550 5.1.1 no", "250 ok", "")
    told = await other_server(world, "198.51.100.62", "PIPELINING")
    await submit(world, *PEOPLE)
    assert await whole(world) == {
        "one": "failed: 550 5.1.1 no",
        "two": "delivered: 250 OK",
        "three": "delivered: 250 OK",
    }
    assert [line for line in told if line.startswith("RCPT")] == GROUP[2:4]
    await lab.close()


async def test_who_answers_short_is_told_command_by_command_the_next_time(
    world: RunningWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such servers are there: they offer PIPELINING, and forget what came while they were busy."""
    monkeypatch.setattr(session_module, "GRACE", 0.02)
    turns: list[list[str]] = []
    came = asyncio.Event()

    async def accept(stream: Stream, peer: Peer) -> None:
        turns.append([])
        answers = [
            b"220 hi\r\n",
            EHLO,
            *[b"250 ok\r\n"] * 4,
            b"354 go\r\n",
            b"250 2.0.0 ok\r\n",
            b"221 bye\r\n",
        ]
        for answer in answers:
            stream.write(answer)
            turns[-1].append((await stream.read()).decode())
            if len(turns[-1][-1].splitlines()) > 1:
                stream.write(b"250 ok\r\n250 ok\r\n")
                came.set()
                await stream.read()  # until the client has had enough
                return

    await world.net.listen(OTHER, 25, accept)
    await submit(world, *PEOPLE)
    await asyncio.wait_for(came.wait(), 8)
    async with asyncio.timeout(20):
        while not states(world):
            world.advance(700)  # each answer has its time, of the lab
            await asyncio.sleep(0.01)
    broke = "451 4.4.2 other.example: the conversation broke off (TimeoutError)"
    met = [event.parsed.get("reply") for event in world.trace.after() if event.kind == "queue"]
    assert [reply for reply in met if reply][:3] == [broke] * 3
    await world.retry()
    await until_state(world, "delivered", 3)
    first, second = turns
    assert first[1].splitlines() == GROUP
    assert [piece.splitlines() for piece in second[1:6]] == [[line] for line in GROUP]
    assert await inbox(world, SENDER) == []


async def test_who_answers_too_much_is_not_believed(world: RunningWorld) -> None:
    await server(world, "250 ok", "250 ok", "250 ok", "250 ok", "354 go\r\n250 2.0.0 ok\r\n250 ok")
    await submit(world, *PEOPLE)
    assert all(state.startswith("deferred: 451 4.4.2") for state in (await whole(world)).values())


async def test_an_answer_left_out_does_not_shift_the_others(world: RunningWorld) -> None:
    """Else the 354 would be taken for the last recipient's, and the message be sent to nobody knows whom."""
    told = await server(world, "250 ok", "250 ok", "250 ok", "354 go")
    await submit(world, *PEOPLE)
    assert all(state.startswith("deferred: 451 4.4.2") for state in (await whole(world)).values())
    assert "(the message)" not in told


async def test_without_pipelining_a_farewell_at_a_recipient_is_for_the_others_too(
    world: RunningWorld,
) -> None:
    async def accept(stream: Stream, peer: Peer) -> None:
        for answer in (
            b"220 hi\r\n",
            b"250 mx\r\n",
            b"250 ok\r\n",
            b"550 5.1.1 no\r\n",
            b"421 4.3.2 bye\r\n",
        ):
            stream.write(answer)
            await stream.read()

    await world.net.listen(OTHER, 25, accept)
    await submit(world, *PEOPLE)
    assert await whole(world) == {
        "one": "failed: 550 5.1.1 no",
        "two": "deferred: 421 4.3.2 bye",
        "three": "deferred: 421 4.3.2 bye",
    }


def test_what_is_no_yes_and_no_no_is_refused() -> None:
    with pytest.raises(WorldError, match="pipelining is true or false"):
        parse({**bundled("user-unknown").as_json(), "pipelining": "no"})


# -- in one go and step by step, beside a model


class Wire:
    """A server that is a list of replies, and hangs up after them; it is told nothing before it is asked."""

    def __init__(self, replies: list[str], cut: int) -> None:
        self.said = b"220 hi\r\n"
        self.heard = b""
        self._replies, self._cut = iter(replies), cut

    def write(self, data: bytes) -> None:
        self.heard += data
        if data.startswith(b"EHLO"):
            self.said += EHLO
            return
        lines = [b"message"] if data.endswith(b".\r\n") else data.splitlines()
        self.said += b"".join(f"{reply}\r\n".encode() for _, reply in zip(lines, self._replies, strict=False))

    async def drain(self) -> None:
        pass

    async def read(self) -> bytes:
        piece, self.said = self.said[: self._cut], self.said[self._cut :]
        return piece


OK, NO, LATER, BYE = "250 ok", "550 5.1.1 no", "450 4.2.1 later", "421 4.3.2 bye"


def expected(mail: str, rcpt: list[str], data: str, end: str) -> list[str]:
    """What decides for each recipient, in a conversation that is heard to its end."""
    if mail != OK:
        return [mail] * len(rcpt)
    if BYE in rcpt:  # the end of the conversation for those behind it, and for those before who were taken
        at = rcpt.index(BYE)
        return [BYE if reply == OK or n >= at else reply for n, reply in enumerate(rcpt)]
    for_all = end if data.startswith("354") else data
    return [for_all if reply == OK else reply for reply in rcpt]


async def handed(
    replies: list[str], people: int, cut: int, *, in_one_go: bool
) -> tuple[list[str | None], bytes]:
    wire = Wire(replies, cut)
    session = SmtpSession(wire)  # type: ignore[arg-type]
    await session.greeting()
    await session.ehlo("pc")
    wire.heard = b""
    to = [(f"{n}@other.example", {}) for n in range(people)]
    handover = Handover(session, SENDER, {}, to, b"Hello\r\n")

    async def gate(step: str) -> None:
        pass

    with contextlib.suppress(ConnectionError, RemoteProtocolError):
        await (handover.in_one_go() if in_one_go else handover.step_by_step(gate))
    return [str(outcome[0]) if outcome else None for outcome in handover.outcomes], wire.heard


ANSWER = st.sampled_from([OK, OK, OK, NO, LATER, BYE])


@settings(max_examples=200)
@given(
    ANSWER,
    st.lists(ANSWER, min_size=1, max_size=4),
    st.sampled_from(["354 go", "354 go", NO, BYE]),
    ANSWER,
    st.integers(0, 7),
    st.integers(1, 40),
)
def test_what_comes_of_it_is_what_the_server_said(
    mail: str, rcpt: list[str], data: str, end: str, answered: int, cut: int
) -> None:
    """With a server that may break off anywhere: nobody is taken for one who has it but those who have it."""

    async def run() -> None:
        whole = [mail, *rcpt, data, end]
        said = whole[:answered]
        got, sent = await handed(said, len(rcpt), cut, in_one_go=True)
        should = expected(mail, rcpt, data, end)
        assert len(got) == len(rcpt)
        assert all(mine is None or mine == theirs for mine, theirs in zip(got, should, strict=True))
        taken = mail == OK and OK in rcpt and BYE not in rcpt
        if answered >= len(whole):
            assert got == should
        if answered < len(whole) or not taken or not data.startswith("354"):
            assert not any(reply == OK for reply in got)
        assert (b"Hello" in sent) is (taken and data.startswith("354") and answered > len(rcpt) + 1)
        if not taken and data.startswith("354") and answered > len(rcpt) + 1 and BYE not in (mail, *rcpt):
            assert sent.endswith(b"DATA\r\n.\r\n")
        if answered >= len(whole):
            # step by step not everything is asked: a server that is asked less says less
            asked = [mail]
            if mail == OK:
                asked += rcpt
                if taken:
                    asked += [data, *([end] if data.startswith("354") else [])]
            assert (await handed(asked, len(rcpt), cut, in_one_go=False))[0] == should

    asyncio.run(run())
