"""AUTH (RFC 5034) with PLAIN (RFC 4616)."""

from __future__ import annotations

import base64

import pytest

from .conftest import ALICE, PASSWORD, Start


def plain(user: str = ALICE, password: str = PASSWORD, act_as: str = "") -> str:
    return base64.b64encode(f"{act_as}\0{user}\0{password}".encode()).decode()


async def test_with_an_initial_response_it_takes_one_line(start: Start) -> None:
    talker = await (await start()).greeted()
    assert (await talker.say(f"AUTH PLAIN {plain()}")).startswith("+OK Mailbox open")


async def test_without_it_the_server_asks(start: Start) -> None:
    talker = await (await start()).greeted()
    assert await talker.say("auth plain") == "+ "
    assert (await talker.say(plain(act_as=ALICE.upper()))).startswith("+OK Mailbox open")


async def test_a_client_may_think_better_of_it(start: Start) -> None:
    talker = await (await start()).greeted()
    assert await talker.say("AUTH PLAIN", "*") == "-ERR AUTH cancelled"
    assert (await talker.say("AUTH PLAIN", plain())).startswith("+OK")


async def test_a_response_may_be_much_longer_than_a_command(start: Start) -> None:
    talker = await (await start()).greeted()
    assert await talker.say("AUTH PLAIN", plain(password="x" * 9_000)) == "-ERR [AUTH] Wrong name or password"


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        (["AUTH CRAM-MD5"], "-ERR The only mechanism here is PLAIN"),
        (["AUTH \x1b[2J"], "-ERR a line must not contain control characters"),
        (["AUTH PLAIN !!!"], "-ERR The initial response must be base64"),
        (["AUTH PLAIN ="], "-ERR PLAIN needs three parts, divided by NUL, in UTF-8"),
        (["AUTH PLAIN", ""], "-ERR PLAIN needs three parts, divided by NUL, in UTF-8"),
        (["AUTH PLAIN", "/w=="], "-ERR PLAIN needs three parts, divided by NUL, in UTF-8"),
        (["AUTH PLAIN", "not base64"], "-ERR a response must be base64"),
        (["AUTH PLAIN", "QUIT"], "-ERR PLAIN needs three parts, divided by NUL, in UTF-8"),
        (["AUTH PLAIN", "A" * 20_000], "-ERR line too long: at most 12288 octets"),
        (["AUTH PLAIN", plain(password="wrong")], "-ERR [AUTH] Wrong name or password"),
        (
            ["AUTH PLAIN", plain(act_as="bob@hibari.example")],
            "-ERR [AUTH] Nobody may act as somebody else here",
        ),
        (["AUTH"], "-ERR wrong number of arguments for AUTH"),
    ],
)
async def test_what_cannot_be_is_refused_and_may_be_tried_again(
    start: Start, lines: list[str], answer: str
) -> None:
    talker = await (await start()).greeted()
    assert await talker.say(*lines) == answer
    assert (await talker.say(f"AUTH PLAIN {plain()}")).startswith("+OK")


async def test_the_record_never_holds_a_response(start: Start) -> None:
    lab = await start()
    talker = await lab.greeted()
    await talker.say(
        f"AUTH PLAIN {plain(password='wrong')}", "AUTH PLAIN", plain(password="wrong"), "AUTH PLAIN", "*"
    )
    said = [event.text for event in lab.record() if event.side == "client"]
    assert said == ["AUTH PLAIN ***", "AUTH PLAIN", "***", "AUTH PLAIN", "*"]
