"""NOOP (RFC 1939 §5): a sign of life."""

from __future__ import annotations

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
