"""UTF8 (RFC 6856 §2): messages whose header is in UTF-8."""

from __future__ import annotations

import pytest

from mailserver_lab.net import LoopbackNet

from .conftest import ALICE, PASSWORD, Lab, Start
from .mails import EIGHT_BIT_BODY, INTERNATIONAL, NO_STANDARD


async def with_utf8(lab: Lab) -> object:
    talker = await lab.greeted()
    assert await talker.say("UTF8") == "+OK UTF-8 from here on"
    await talker.say(f"USER {ALICE}", f"PASS {PASSWORD}")
    return talker


@pytest.mark.parametrize("command", ["RETR 1", "TOP 1 0"])
async def test_without_it_a_header_in_utf8_is_refused_and_the_way_on_is_told(
    start: Start, command: str
) -> None:
    talker = await (await start(mails=[INTERNATIONAL])).signed_in()
    heard = await talker.say(command)
    assert heard == "-ERR [UTF8] Message 1 has a header in UTF-8; give UTF8 before signing in to get it"
    assert await talker.say("LIST 1") == f"+OK 1 {len(INTERNATIONAL)}"


async def test_with_it_the_message_comes_as_it_is(start: Start) -> None:
    talker = await with_utf8(await start(mails=[INTERNATIONAL]))
    assert "\r\n".join(await talker.listing("RETR 1")).encode() + b"\r\n" == INTERNATIONAL
    assert "Subject: 昼食" in await talker.listing("TOP 1 0")


@pytest.mark.parametrize("mail", [EIGHT_BIT_BODY, NO_STANDARD])
async def test_a_body_in_eight_bits_and_what_is_no_utf8_go_out_as_ever(start: Start, mail: bytes) -> None:
    talker = await (await start(mails=[mail])).signed_in()
    talker.stream.write(b"RETR 1\r\n")
    heard = b""
    while not heard.endswith(b"\r\n.\r\n"):
        heard += await talker.stream.read()
    assert mail in heard


async def test_it_comes_before_signing_in_and_after_stls(start: Start) -> None:
    lab = await start(LoopbackNet())
    assert (await (await lab.signed_in()).say("UTF8")).startswith("-ERR UTF8 needs state AUTHORIZATION")
    talker = await lab.greeted()
    assert await talker.say("UTF8", "STLS") == "-ERR STLS has to come before UTF8"
    assert "STLS" not in await talker.listing("CAPA")


async def test_it_takes_no_argument(start: Start) -> None:
    assert (await (await (await start()).greeted()).say("UTF8 USER")).startswith("-ERR wrong number")
