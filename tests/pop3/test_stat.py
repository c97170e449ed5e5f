"""STAT (RFC 1939 §5): how many messages, and how large."""

from __future__ import annotations

from .conftest import MAIL, Start

SIZE = sum(map(len, MAIL))


async def test_it_counts_messages_and_octets(start: Start) -> None:
    assert await (await (await start()).signed_in()).say("STAT") == f"+OK 3 {SIZE}"


async def test_what_is_marked_as_deleted_does_not_count(start: Start) -> None:
    assert await (await (await start()).signed_in()).say("DELE 2", "STAT") == f"+OK 2 {SIZE - len(MAIL[1])}"


async def test_what_comes_later_waits_for_the_next_session(start: Start) -> None:
    lab = await start()
    talker = await lab.signed_in()
    await lab.deliver()
    assert await talker.say("STAT") == f"+OK 3 {SIZE}"
    await talker.say("QUIT")
    assert (await (await lab.signed_in()).say("STAT")).startswith("+OK 4 ")


async def test_an_empty_mailbox_has_none(start: Start) -> None:
    assert await (await (await start(mails=[])).signed_in()).say("STAT") == "+OK 0 0"
