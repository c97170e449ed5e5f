"""Clients that misbehave: too long, too many, too slow, gone at the worst moment. Nobody else is harmed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import pytest

from mailserver_lab.net import LoopbackNet, MemoryNet, Net

from .conftest import ALICE, NOW, PASSWORD, Lab, Start

TEN_MINUTES = 600.0


async def others_are_served(lab: Lab) -> None:
    talker = await lab.signed_in()
    assert (await talker.say("STAT")).startswith("+OK")
    await talker.say("QUIT")


class TestTooLong:
    @pytest.mark.parametrize("size", [254, 255, 100_000, 3_000_000])
    async def test_a_line_is_refused_once_and_the_session_goes_on(self, start: Start, size: int) -> None:
        talker = await (await start()).greeted()
        assert await talker.say("X" * size) == "-ERR line too long: at most 255 octets"
        assert (await talker.say("CAPA")).startswith("+OK")

    async def test_a_line_of_just_the_length_allowed_is_heard(self, start: Start) -> None:
        assert await (await (await start()).greeted()).say("X" * 253) == "-ERR unknown command"

    async def test_a_line_without_end_is_not_kept(self, start: Start) -> None:
        lab = await start()
        talker = await lab.greeted()
        for _ in range(100):
            talker.stream.write(b"x" * 60_000)
            await talker.stream.drain()
        assert (await talker.line()).startswith("-ERR line too long")
        await others_are_served(lab)


class TestTooMany:
    async def test_thousands_of_commands_at_once_are_all_answered_in_order(self, start: Start) -> None:
        talker = await (await start()).signed_in()
        talker.stream.write(b"".join(b"LIST %d\r\n" % (1 + n % 4) for n in range(5_000)))
        for n in range(5_000):
            heard = await talker.line()
            assert heard.startswith(f"+OK {1 + n % 4} " if n % 4 < 3 else "-ERR No such message"), n

    async def test_meanwhile_others_have_their_turn(self, start: Start) -> None:
        lab = await start()
        busy, other = await lab.signed_in(), await lab.greeted()
        busy.stream.write(b"NOOP\r\n" * 20_000)
        await asyncio.sleep(0)
        assert (await other.say("CAPA")).startswith("+OK")
        answered = sum(event.text == "NOOP" for event in lab.record())
        assert answered < 20_000, "the other had to wait for all of them"

    async def test_nonsense_in_a_row_ends_the_session(self, start: Start) -> None:
        lab = await start()
        talker = await lab.greeted()
        talker.stream.write(b"GET / HTTP/1.1\r\n" + b"Header: x\r\n" * 20)
        heard = [await talker.line() for _ in range(11)]
        assert heard[:9] == ["-ERR unknown command"] * 9
        assert heard[9:] == ["-ERR Too many errors, closing the connection", "(end)"]
        await others_are_served(lab)

    async def test_many_connections_that_say_nothing_keep_nobody_out(self, start: Start) -> None:
        lab = await start()
        silent = [await lab.connect() for _ in range(300)]
        await others_are_served(lab)
        assert len(silent) == 300

    @pytest.mark.parametrize(
        "garbage", [b"\x00" * 5000, bytes(range(256)) * 400, b"\r" * 9999, b"\n" * 500, b"USER al"]
    )
    async def test_garbage_harms_nobody_else(self, start: Start, garbage: bytes) -> None:
        lab = await start()
        bad = await lab.connect()
        bad.stream.write(garbage)
        await others_are_served(lab)


@pytest.fixture(params=[MemoryNet, LoopbackNet])
def net(request: pytest.FixtureRequest) -> Net:
    made: Net = request.param()
    return made


class TestTooSlow:
    async def test_ten_silent_minutes_end_the_session_without_a_word_and_without_update(
        self, start: Start, net: Net
    ) -> None:
        lab = await start(net)
        talker = await lab.signed_in()
        await talker.say("DELE 1")
        lab.clock.advance(TEN_MINUTES - 5)
        assert await talker.say("NOOP") == "+OK"
        lab.clock.advance(TEN_MINUTES - 5)
        assert await talker.say("NOOP") == "+OK", "any command is a sign of life"
        lab.clock.advance(TEN_MINUTES + 1)
        assert await talker.ended()
        assert "STAT" not in [event.text for event in lab.record()]
        assert await lab.subjects() == ["one", "two", "three"]
        await lab.signed_in_when_free()

    async def test_who_never_says_anything_is_let_go_too(self, start: Start, net: Net) -> None:
        lab = await start(net)
        talker = await lab.greeted()
        lab.clock.advance(TEN_MINUTES + 1)
        assert await talker.ended()

    async def test_letters_without_a_command_are_no_sign_of_life(self, start: Start, net: Net) -> None:
        lab = await start(net)
        talker = await lab.signed_in()
        for octet in b"NOO":
            talker.stream.write(bytes([octet]))
            await talker.stream.drain()
            lab.clock.advance(TEN_MINUTES / 3 + 1)
        assert await talker.ended()

    async def test_who_asks_for_much_and_does_not_read_is_let_go(self, start: Start, net: Net) -> None:
        lab = await start(net, mails=[b"Subject: large\r\n\r\n" + b"x" * 20_000_000 + b"\r\n"])
        talker = await lab.signed_in()
        assert talker.stream.transport is not None
        talker.stream.transport.pause_reading()
        talker.stream.write(b"RETR 1\r\n")
        while not any(event.kind == "content" for event in lab.record()):
            await asyncio.sleep(0.01)
        for _ in range(100):
            lab.clock.advance(TEN_MINUTES + 1)  # the first time it may still have been writing
            again = await lab.greeted()
            if (await again.say(f"USER {ALICE}", f"PASS {PASSWORD}")).startswith("+OK"):
                return
        pytest.fail("the mailbox stays locked")

    @pytest.mark.parametrize("together", [True, False])
    async def test_who_asks_on_and_on_and_does_not_read_is_answered_no_more(
        self, start: Start, together: bool
    ) -> None:
        times, size = 500, 10_000
        lab = await start(mails=[b"Subject: one\r\n\r\n" + b"x" * size + b"\r\n"])
        talker = await lab.signed_in()
        assert talker.stream.transport is not None
        talker.stream.transport.pause_reading()
        asked = [b"RETR 1\r\n"] * times
        for said in [b"".join(asked)] if together else asked:
            talker.stream.write(said)
            await asyncio.sleep(0)
        for _ in range(200):
            await asyncio.sleep(0)
        answered = sum(event.size for event in lab.record() if event.kind == "content")
        assert size <= answered < 500_000
        talker.stream.transport.resume_reading()
        for _ in range(times):
            assert (await talker.line()).startswith("+OK")
            assert len(await talker.rest()) == 3

    async def test_who_reads_slowly_but_reads_gets_everything(self, start: Start, net: Net) -> None:
        lab = await start(net, mails=[b"Subject: large\r\n\r\n" + b"x" * 2_000_000 + b"\r\n"])
        talker = await lab.signed_in()
        talker.stream.write(b"RETR 1\r\n")
        heard = 0
        while heard < 2_000_000:
            heard += len(await talker.stream.read())
            lab.clock.advance(10)

    async def test_time_that_passes_in_earnest_counts_as_well(self, start: Start) -> None:
        talker = await (await start(idle_timeout=0.05)).signed_in()
        assert await asyncio.wait_for(talker.ended(), 5)

    async def test_removing_is_not_broken_off_when_time_is_up(
        self, start: Start, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lab = await start()
        expunge = lab.store.expunge

        async def slowly(account: str, folder: str, uids: list[int]) -> None:
            lab.clock.advance(TEN_MINUTES + 1)
            for _ in range(20):
                await asyncio.sleep(0)
            await expunge(account, folder, uids)

        monkeypatch.setattr(lab.store, "expunge", slowly)
        talker = await lab.signed_in()
        await talker.say("DELE 1")
        talker.stream.write(b"QUIT\r\n")
        assert await talker.ended()
        await lab.signed_in_when_free()
        assert await lab.subjects() == ["two", "three"]


class TestGone:
    @pytest.mark.parametrize(
        "sent",
        [
            b"", b"USER", b"USER alice@tsubame.example\r\n", b"AUTH PLAIN\r\n", b"AUTH PLAIN\r\nAGE", b"\r", b"RETR 1\r\n",
            f"USER {ALICE}\r\nPASS {PASSWORD}\r\nDELE 1\r\nDELE 2\r\nQUI".encode(),
            f"USER {ALICE}\r\nPASS {PASSWORD}\r\nDELE 1\r\nDELE 2\r\nQUIT".encode(),
            f"USER {ALICE}\r\nPASS {PASSWORD}\r\nDELE 1\r\nRETR 3\r\n".encode(),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("rudely", [False, True])
    async def test_at_any_moment_without_quit_nothing_is_removed_and_nothing_stays_locked(
        self, start: Start, net: Net, sent: bytes, rudely: bool
    ) -> None:
        lab = await start(net)
        talker = await lab.greeted()
        talker.stream.write(sent)
        if rudely:
            talker.stream.abort()
        else:
            talker.stream.close()
        await lab.signed_in_when_free()
        assert await lab.subjects() == ["one", "two", "three"]

    async def test_in_the_middle_of_the_removal_it_is_done_whole(
        self, start: Start, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lab = await start()
        expunge, begun, go_on = lab.store.expunge, asyncio.Event(), asyncio.Event()

        async def held(account: str, folder: str, uids: list[int]) -> None:
            begun.set()
            await go_on.wait()
            await expunge(account, folder, uids)

        monkeypatch.setattr(lab.store, "expunge", held)
        talker = await lab.signed_in()
        await talker.say("DELE 1", "DELE 3")
        talker.stream.write(b"QUIT\r\n")
        await begun.wait()
        talker.stream.abort()
        assert (await (await lab.greeted()).say(f"USER {ALICE}", f"PASS {PASSWORD}")).startswith(
            "-ERR [IN-USE]"
        )
        go_on.set()
        await lab.signed_in_when_free()
        assert await lab.subjects() == ["two"]

    async def test_with_a_large_message_half_sent(self, start: Start, net: Net) -> None:
        lab = await start(net, mails=[b"Subject: one\r\n\r\n" + b"x" * 20_000_000 + b"\r\n"])
        talker = await lab.signed_in()
        talker.stream.write(b"RETR 1\r\nDELE 1\r\nQUIT\r\n")
        await talker.stream.read()
        talker.stream.abort()
        await lab.signed_in_when_free()
        assert await lab.subjects() == ["one"]


async def test_ten_thousand_messages_are_listed_and_marked_in_time(start: Start) -> None:
    lab = await start(mails=[])
    await lab.store.commit(
        lambda t: [t.append(ALICE, "INBOX", b"a: b\r\n\r\nx\r\n", (), NOW) for _ in range(10_000)]
    )
    talker = await lab.signed_in()
    began = time.perf_counter()
    assert len(await talker.listing("LIST")) == len(await talker.listing("UIDL")) == 10_000
    talker.stream.write(b"".join(b"DELE %d\r\n" % n for n in range(1, 10_001)) + b"STAT\r\n")
    assert all([(await talker.line()).startswith("+OK Message") for _ in range(10_000)])
    assert await talker.line() == "+OK 0 0"
    assert time.perf_counter() - began < 10


async def test_a_connection_that_went_wrong_inside_is_told_so(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = await start()
    talker = await lab.signed_in()

    def broken(messages: Sequence[int]) -> dict[int, bytes]:
        raise OSError("disk")

    monkeypatch.setattr(lab.store, "raws", broken)
    assert (
        await talker.say("RETR 1")
        == "-ERR [SYS/TEMP] Something went wrong inside the server; try again later"
    )
    assert (await talker.say("STAT")).startswith("+OK 3 ")
