"""UIDL (RFC 1939 §7): names that stay with messages from session to session."""

from __future__ import annotations

from .conftest import Start

PRINTABLE = set(map(chr, range(0x21, 0x7F)))


async def test_every_message_has_a_name_of_its_own_and_keeps_it(start: Start) -> None:
    lab = await start()
    first = await lab.signed_in()
    names = [line.split() for line in await first.listing("UIDL")]
    assert [number for number, _ in names] == ["1", "2", "3"]
    assert len({name for _, name in names}) == 3
    await first.say("DELE 1", "QUIT")
    again = await lab.signed_in()
    assert [line.split()[1] for line in await again.listing("UIDL")] == [name for _, name in names[1:]]


async def test_no_name_is_given_a_second_time(start: Start) -> None:
    lab = await start()
    first = await lab.signed_in()
    gone = (await first.say("UIDL 3")).split()[-1]
    await first.say("DELE 3", "QUIT")
    await lab.deliver()
    assert gone not in " ".join(await (await lab.signed_in()).listing("UIDL"))


async def test_a_name_has_one_to_seventy_printable_characters(start: Start) -> None:
    for line in await (await (await start()).signed_in()).listing("UIDL"):
        name = line.split(" ")[1]
        assert 1 <= len(name) <= 70
        assert set(name) <= PRINTABLE


async def test_one_is_told_as_all_are(start: Start) -> None:
    talker = await (await start()).signed_in()
    assert [f"+OK {line}" for line in await talker.listing("UIDL")] == [
        await talker.say(f"UIDL {n}") for n in (1, 2, 3)
    ]


async def test_what_is_marked_as_deleted_has_none(start: Start) -> None:
    talker = await (await start()).signed_in()
    assert await talker.say("DELE 1", "UIDL 1") == "-ERR Message 1 is marked as deleted"
    assert len(await talker.listing("UIDL")) == 2
