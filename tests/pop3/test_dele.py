"""DELE (RFC 1939 §5): a mark, and nothing more before QUIT."""

from __future__ import annotations

from .conftest import Start


async def test_a_mark_removes_nothing(start: Start) -> None:
    lab = await start()
    talker = await lab.signed_in()
    assert await talker.say("DELE 1") == "+OK Message 1 marked as deleted; QUIT will remove it"
    assert await lab.subjects() == ["one", "two", "three"]


async def test_what_is_marked_cannot_be_named_any_more(start: Start) -> None:
    talker = await (await start()).signed_in()
    await talker.say("DELE 1")
    for command in ("DELE 1", "RETR 1", "TOP 1 0", "LIST 1", "UIDL 1"):
        assert await talker.say(command) == "-ERR Message 1 is marked as deleted"


async def test_without_quit_nothing_is_removed_and_the_mailbox_is_free(start: Start) -> None:
    lab = await start()
    talker = await lab.signed_in()
    await talker.say("DELE 1", "DELE 2")
    talker.stream.close()
    again = await lab.signed_in_when_free()
    assert (await again.say("STAT")).startswith("+OK 3 ")
    assert await lab.subjects() == ["one", "two", "three"]


async def test_a_quit_that_is_cut_off_is_none(start: Start) -> None:
    lab = await start()
    talker = await lab.signed_in()
    await talker.say("DELE 1")
    talker.stream.write(b"QUIT")
    talker.stream.close()
    await lab.signed_in_when_free()
    assert await lab.subjects() == ["one", "two", "three"]


async def test_a_number_that_is_none_is_refused(start: Start) -> None:
    talker = await (await start()).signed_in()
    assert await talker.say("DELE 9") == "-ERR No such message: there are 3"
    assert await talker.say("DELE") == "-ERR wrong number of arguments for DELE"
    assert await talker.say("QUIT") == "+OK mx.tsubame.example closing, 0 removed"
