"""CAPA (RFC 2449): what the server can do, told truly in every state."""

from __future__ import annotations

from mailserver_lab.net import LoopbackNet
from mailserver_lab.pop3 import TRANSITIONS, State

from .conftest import Start

ALWAYS = [
    "TOP", "UIDL", "PIPELINING", "RESP-CODES", "AUTH-RESP-CODE", "UTF8 USER", "LANG", "EXPIRE NEVER", "IMPLEMENTATION mailserver-lab",
]  # fmt: skip


async def test_it_is_the_same_before_and_after_signing_in(start: Start) -> None:
    lab = await start()
    before = await (await lab.greeted()).listing("CAPA")
    assert before == ["USER", "SASL PLAIN", *ALWAYS]
    assert await (await lab.signed_in()).listing("CAPA") == before


async def test_tls_is_offered_until_it_is_there(start: Start) -> None:
    lab = await start(LoopbackNet())
    talker = await lab.greeted()
    assert await talker.listing("CAPA") == ["USER", "SASL PLAIN", "STLS", *ALWAYS]
    await talker.say("STLS")
    await talker.secure()
    assert await talker.listing("CAPA") == ["USER", "SASL PLAIN", *ALWAYS]


async def test_no_way_to_sign_in_is_named_that_would_be_refused(start: Start) -> None:
    lab = await start(LoopbackNet(), require_tls=True)
    talker = await lab.greeted()
    assert await talker.listing("CAPA") == ["STLS", *ALWAYS]
    await talker.say("STLS")
    await talker.secure()
    assert await talker.listing("CAPA") == ["USER", "SASL PLAIN", *ALWAYS]


def test_what_has_a_command_is_in_the_table_of_states() -> None:
    commands = set(TRANSITIONS[State.AUTHORIZATION]) | set(TRANSITIONS[State.TRANSACTION])
    assert {"TOP", "UIDL", "UTF8", "LANG", "STLS", "USER", "AUTH"} <= commands


async def test_it_takes_no_argument(start: Start) -> None:
    assert (
        await (await (await start()).greeted()).say("CAPA all") == "-ERR wrong number of arguments for CAPA"
    )
