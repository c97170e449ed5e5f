"""LIST (RFC 1939 §5): the sizes of messages."""

from __future__ import annotations

import pytest

from .conftest import MAIL, Start


async def test_all_are_listed_with_their_sizes(start: Start) -> None:
    talker = await (await start()).signed_in()
    assert await talker.listing("LIST") == [f"{n} {len(raw)}" for n, raw in enumerate(MAIL, 1)]


async def test_a_size_is_that_of_the_message_as_it_is_sent(start: Start) -> None:
    talker = await (await start()).signed_in()
    lines = [
        line.removeprefix(".") if line.startswith("..") else line for line in await talker.listing("RETR 2")
    ]
    assert await talker.say("LIST 2") == f"+OK 2 {sum(len(line) + 2 for line in lines)}"


async def test_what_is_marked_as_deleted_is_left_out_and_numbers_stay(start: Start) -> None:
    talker = await (await start()).signed_in()
    await talker.say("DELE 2")
    assert [line.split()[0] for line in await talker.listing("LIST")] == ["1", "3"]
    assert await talker.say("LIST 2") == "-ERR Message 2 is marked as deleted"


async def test_an_empty_mailbox_is_an_empty_list(start: Start) -> None:
    assert await (await (await start(mails=[])).signed_in()).listing("LIST") == []


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        ("0", "No such message: there are 3"),
        ("4", "No such message: there are 3"),
        ("999999999", "No such message: there are 3"),
        ("-1", "A number is needed"),
        ("x", "A number is needed"),
        ("１", "A number is needed"),
        ("9" * 200, "A number is needed"),
        ("1 2", "wrong number of arguments for LIST"),
    ],
)
async def test_no_other_number_is_taken(start: Start, number: str, answer: str) -> None:
    assert await (await (await start()).signed_in()).say(f"LIST {number}") == f"-ERR {answer}"
