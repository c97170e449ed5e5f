"""SUBSCRIBE, UNSUBSCRIBE, LSUB (RFC 3501 §6.3.6, §6.3.7, §6.3.9)."""

from __future__ import annotations

from .conftest import Start


async def test_a_new_mailbox_is_not_subscribed_to(start: Start) -> None:
    talker = await (await (await start()).connect()).sign_in(None)
    await talker.say("CREATE new")
    assert (await talker.say('LSUB "" new'))[:-1] == []
    await talker.say("SUBSCRIBE new")
    assert (await talker.say('LSUB "" new'))[:-1] == ['* LSUB () "/" "new"']


async def test_a_subscription_outlives_its_mailbox(start: Start) -> None:
    talker = await (await (await start()).connect()).sign_in(None)
    for command in ("CREATE gone", "SUBSCRIBE gone", "DELETE gone"):
        assert (await talker.say(command))[-1].startswith("a OK")
    assert (await talker.say('LSUB "" gone'))[:-1] == ['* LSUB () "/" "gone"']
    assert (await talker.say('LIST "" gone'))[:-1] == []
    assert (await talker.say("UNSUBSCRIBE gone"))[-1].startswith("a OK")
    assert (await talker.say('LSUB "" gone'))[:-1] == []
    assert (await talker.say("SUBSCRIBE gone"))[-1].startswith("a NO [NONEXISTENT]")


async def test_percent_shows_what_stands_above_a_subscription(start: Start) -> None:
    talker = await (await (await start()).connect()).sign_in(None)
    await talker.say("CREATE a/b")
    await talker.say("SUBSCRIBE a/b")
    assert r'* LSUB (\Noselect) "/" "a"' in await talker.say('LSUB "" %')
    assert not any('"a"' in line for line in await talker.say('LSUB "" *'))
