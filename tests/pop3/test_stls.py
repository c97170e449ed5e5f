"""STLS (RFC 2595 §4): TLS on a connection that began without."""

from __future__ import annotations

from mailserver_lab.net import LoopbackNet

from .conftest import ALICE, PASSWORD, Start


async def test_all_goes_on_under_tls(start: Start) -> None:
    lab = await start(LoopbackNet())
    talker = await lab.greeted()
    assert await talker.say("STLS") == "+OK Begin TLS negotiation now"
    await talker.secure()
    assert (await talker.say(f"USER {ALICE}", f"PASS {PASSWORD}")).startswith("+OK")
    assert [event.tls for event in lab.record() if event.text.startswith("PASS")] == [True]


async def test_what_was_sent_along_before_tls_is_dropped(start: Start) -> None:
    talker = await (await start(LoopbackNet())).greeted()
    assert await talker.say(f"STLS\r\nUSER {ALICE}\r\nPASS {PASSWORD}") == "+OK Begin TLS negotiation now"
    await talker.secure()
    assert (await talker.say("STAT")).startswith(
        "-ERR STAT needs state TRANSACTION, but the state is AUTHORIZATION"
    )


async def test_what_was_said_before_tls_is_forgotten(start: Start) -> None:
    talker = await (await start(LoopbackNet())).greeted()
    assert (
        await talker.say("LANG ja", f"USER {ALICE}", "STLS") == "+OK TLS のネゴシエーションを始めてください"
    )
    await talker.secure()
    assert (
        await talker.say(f"PASS {PASSWORD}")
        == "-ERR PASS needs state PASSWORD, but the state is AUTHORIZATION"
    )


async def test_it_is_given_once_and_before_signing_in(start: Start) -> None:
    lab = await start(LoopbackNet())
    talker = await lab.greeted()
    await talker.say("STLS")
    await talker.secure()
    assert await talker.say("STLS") == "-ERR TLS is already active"
    assert (await (await lab.signed_in()).say("STLS")).startswith("-ERR STLS needs state AUTHORIZATION")


async def test_a_client_that_speaks_no_tls_then_is_left(start: Start) -> None:
    lab = await start(LoopbackNet())
    talker = await lab.greeted()
    await talker.say("STLS")
    talker.stream.write(b"USER alice\r\n" * 10)
    heard = await talker.line()
    assert heard.endswith("(end)") or not heard.startswith("+OK")
    assert (await (await lab.signed_in()).say("STAT")).startswith("+OK")


async def test_where_there_is_no_certificate_it_is_refused(start: Start) -> None:
    assert await (await (await start()).greeted()).say("STLS") == "-ERR TLS is not available here"
