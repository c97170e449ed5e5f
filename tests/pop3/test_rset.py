"""RSET (RFC 1939 §5): no message is marked any more."""

from __future__ import annotations

from .conftest import MAIL, Start


async def test_marks_are_taken_away(start: Start) -> None:
    lab = await start()
    talker = await lab.signed_in()
    await talker.say("DELE 1", "DELE 3")
    assert await talker.say("RSET") == f"+OK Maildrop has 3 message(s), {sum(map(len, MAIL))} octets"
    assert [line.split()[0] for line in await talker.listing("LIST")] == ["1", "2", "3"]
    assert await talker.say("QUIT") == "+OK mx.tsubame.example closing, 0 removed"
    assert await lab.subjects() == ["one", "two", "three"]


async def test_it_is_of_use_after_signing_in_alone(start: Start) -> None:
    assert (await (await (await start()).greeted()).say("RSET")).startswith(
        "-ERR RSET needs state TRANSACTION"
    )
