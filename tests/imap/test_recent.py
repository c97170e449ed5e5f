r"""\Recent: who is the first to be told of a message (RFC 3501 §2.3.2)."""

from __future__ import annotations

from .conftest import ALICE, Start


async def test_the_first_session_has_them_and_the_second_does_not(start: Start) -> None:
    lab = await start()
    first, second = await (await lab.connect()).sign_in(None), await (await lab.connect()).sign_in(None)
    assert "* 3 RECENT" in await first.say("SELECT INBOX")
    assert "* 0 RECENT" in await second.say("SELECT INBOX")
    assert (await first.say("FETCH 1 FLAGS"))[0] == r"* 1 FETCH (FLAGS (\Recent))"
    assert (await second.say("FETCH 1 FLAGS"))[0] == "* 1 FETCH (FLAGS ())"
    assert (await second.say("SEARCH OLD"))[0] == "* SEARCH 1 2 3"


async def test_examine_and_status_take_nothing_away(start: Start) -> None:
    talker = await (await (await start()).connect()).sign_in(None)
    for _ in range(2):
        assert (await talker.say("STATUS INBOX (RECENT)"))[0] == '* STATUS "INBOX" (RECENT 3)'
        assert "* 3 RECENT" in await talker.say("EXAMINE INBOX")
    await talker.say("SELECT INBOX")
    assert (await talker.say("STATUS INBOX (RECENT)"))[0] == '* STATUS "INBOX" (RECENT 0)'
    assert "* 0 RECENT" in await talker.say("SELECT INBOX")


async def test_of_two_sessions_only_one_gets_what_arrives(start: Start) -> None:
    lab = await start(mails=[])
    first, second = await (await lab.connect()).sign_in(), await (await lab.connect()).sign_in()
    await lab.deliver()
    assert (await second.say("NOOP"))[:-1] == ["* 1 EXISTS", "* 1 RECENT"]
    assert (await first.say("NOOP"))[:-1] == ["* 1 EXISTS", "* 0 RECENT"]


async def test_a_client_cannot_set_or_remove_it(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in()
    assert (await talker.say(r"STORE 1 +FLAGS \Recent"))[-1].startswith("a BAD")
    assert (await talker.say("STORE 1 FLAGS ()"))[0] == r"* 1 FETCH (FLAGS (\Recent))"
    assert await lab.flags(1) == set()


async def test_a_copy_is_recent_in_its_new_place(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in()
    await talker.say("COPY 1:2 Sent")
    assert (await talker.say("STATUS Sent (RECENT MESSAGES)"))[0] == '* STATUS "Sent" (RECENT 2 MESSAGES 2)'
    await lab.store.move(ALICE, "INBOX", [3], "Sent")
    assert "* 3 RECENT" in await talker.say("SELECT Sent")
