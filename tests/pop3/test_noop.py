"""NOOP (RFC 1939 §5): a sign of life."""

from __future__ import annotations

import asyncio

from .conftest import Start


async def test_it_is_answered_and_changes_nothing(start: Start) -> None:
    lab = await start()
    talker = await lab.signed_in()
    assert await talker.say("DELE 1", "NOOP") == "+OK"
    assert (await talker.say("STAT")).startswith("+OK 2 ")


async def test_it_wants_a_mailbox(start: Start) -> None:
    assert (await (await (await start()).greeted()).say("NOOP")).startswith(
        "-ERR NOOP needs state TRANSACTION"
    )


async def test_what_need_not_be_waited_for_is_answered_in_the_turn_in_which_it_comes(start: Start) -> None:
    lab = await start()
    talker = await lab.signed_in()
    talker.stream.write(b"NOOP\r\nRETR 1\r\nLIST\r\n")
    await asyncio.sleep(0)
    said = [event.text.partition(" ")[0] for event in lab.record() if event.side == "client"]
    heard = [event.text for event in lab.record() if event.side == "server" and event.text.startswith("+OK")]
    assert said[-3:] == ["NOOP", "RETR", "LIST"]
    assert heard[-1].startswith("+OK 3 ")
