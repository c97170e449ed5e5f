"""APOP (RFC 1939 §7): signing in without sending the password."""

from __future__ import annotations

import asyncio
import hashlib
import poplib

from mailserver_lab.net import LoopbackNet

from .conftest import ALICE, PASSWORD, Start


def digest(greeting: str, password: str = PASSWORD) -> str:
    return hashlib.md5((greeting[greeting.index("<") :] + password).encode()).hexdigest()


async def test_the_digest_of_timestamp_and_password_opens_the_mailbox(start: Start) -> None:
    talker = await (await start()).connect()
    greeting = await talker.line()
    assert (await talker.say(f"APOP {ALICE} {digest(greeting)}")).startswith("+OK Mailbox open")


async def test_the_timestamp_of_another_connection_is_of_no_use(start: Start) -> None:
    lab = await start()
    old, new = await lab.connect(), await lab.connect()
    seen = digest(await old.line())
    await new.line()
    assert await new.say(f"APOP {ALICE} {seen}") == "-ERR [AUTH] Wrong name or password"


async def test_a_wrong_password_and_a_wrong_name_are_told_alike(start: Start) -> None:
    talker = await (await start()).connect()
    greeting = await talker.line()
    for name, password in (
        (ALICE, "wrong"),
        ("nobody@tsubame.example", ""),
        ("nobody@tsubame.example", PASSWORD),
    ):
        assert (
            await talker.say(f"APOP {name} {digest(greeting, password)}")
            == "-ERR [AUTH] Wrong name or password"
        )
    assert (await talker.say("APOP 花子 ダイジェスト")).startswith("-ERR [AUTH]")


async def test_where_no_password_can_be_read_the_greeting_offers_none(start: Start) -> None:
    talker = await (await start(secret_of=None)).connect()
    assert "<" not in await talker.line()
    assert (await talker.say(f"APOP {ALICE} {'0' * 32}")).startswith("-ERR APOP is not available here")


async def test_the_record_does_not_hold_the_digest(start: Start) -> None:
    lab = await start()
    talker = await lab.connect()
    seen = digest(await talker.line())
    await talker.say(f"APOP {ALICE} {seen}")
    assert [event.text for event in lab.record() if event.side == "client"] == [f"APOP {ALICE} ***"]


async def test_poplib_signs_in_so(start: Start) -> None:
    lab = await start(LoopbackNet())

    def sign_in() -> tuple[int, int]:
        pop = poplib.POP3("127.0.0.1", lab.port, timeout=5)
        pop.apop(ALICE, PASSWORD)
        return pop.stat()

    assert (await asyncio.to_thread(sign_in))[0] == 3
