"""A device's session from sign-in to sign-out, and clients that misbehave."""

from __future__ import annotations

import asyncio

import pytest

from mailserver_lab.imap.session import CommandFailed, Fetched, ImapSession
from mailserver_lab.net import Peer
from tests.waiting import until_true

from .conftest import ALICE, PASSWORD, SERVER, Lab, Start
from .mails import ATTACHMENT, BOUNCE, PLAIN


async def device(lab: Lab) -> ImapSession:
    session = await ImapSession.open(await lab.net.connect(Peer("phone", "192.0.2.98"), SERVER, 143))
    await session.login(ALICE, PASSWORD)
    return session


async def test_a_device_fetches_what_is_new_and_deletes(start: Start) -> None:
    lab = await start()
    session = await device(lab)
    assert await session.folders() == ["INBOX", "Sent", "Trash"]
    selected = await session.select("INBOX")
    assert (selected.exists, selected.uidnext) == (3, 4)
    assert [message async for message in session.fetch_new(1)] == [
        Fetched(2, frozenset(), ATTACHMENT),
        Fetched(3, frozenset(), BOUNCE),
    ]
    assert [message async for message in session.fetch_new(3)] == []
    await session.set_flags([1, 3], "add", [r"\Seen", r"\Deleted"])
    assert {message.uid for message in await session.flags() if r"\Deleted" in message.flags} == {1, 3}
    await session.expunge([1, 3])
    await session.append("Sent", PLAIN, [r"\Seen"])
    assert (await session.select("Sent", read_only=True)).exists == 1
    await session.logout()
    assert (await lab.uids(), await lab.uids("Sent")) == ([2], [1])


async def test_a_failure_names_the_command_and_the_answer(start: Start) -> None:
    session = await device(await start())
    with pytest.raises(CommandFailed, match=r"SELECT: NO \[NONEXISTENT\] There is no such mailbox"):
        await session.select("nowhere")


async def test_a_server_that_goes_away_is_a_connection_error(start: Start) -> None:
    lab = await start()
    session = await device(lab)
    await lab.net.stop_listening(SERVER)
    with pytest.raises(ConnectionError):
        await session.select("INBOX")


async def test_another_protocol_is_answered_and_then_sent_away(start: Start) -> None:
    lab = await start()
    talker = await lab.connect()
    talker.stream.write(b"GET / HTTP/1.1\r\n" + b"Header: x\r\n" * 20)
    heard = await talker.until("(end)")
    assert heard[1] == "GET BAD unknown command /"
    assert len([line for line in heard if " BAD " in line]) == 9
    assert heard[-2] == "* BYE Too many errors, closing the connection"
    await (await lab.connect()).sign_in()


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00" * 5000,
        bytes(range(256)) * 400,
        b"A" * 100_000 + b"\r\n",
        b"a LOGIN {5}\r\nab",
        b"a FETCH 1 (BODY[",
        b"a" * 10_000_000,
    ],
)
async def test_garbage_harms_nobody_else(start: Start, garbage: bytes) -> None:
    lab = await start()
    bad = await lab.connect()
    bad.stream.write(garbage)
    await asyncio.sleep(0.01)
    await (await lab.connect()).sign_in()
    bad.stream.close()
    await asyncio.sleep(0.01)
    await (await lab.connect()).sign_in()


async def test_a_silent_client_is_told_good_bye(start: Start) -> None:
    talker = await (await start(idle_timeout=0.05)).connect()
    assert (await talker.until("(end)"))[1:] == ["* BYE Idle for too long, closing the connection", "(end)"]


async def test_a_client_that_does_not_read_is_let_go(start: Start) -> None:
    lab = await start(idle_timeout=0.1)
    await lab.deliver(b"Subject: large\r\n\r\n" + b"x" * 5_000_000)
    talker = await (await lab.connect()).sign_in()
    assert talker.stream.transport is not None
    talker.stream.transport.pause_reading()  # type: ignore[attr-defined]
    talker.stream.write(b"a FETCH 4 BODY[]\r\nb FETCH 4 BODY[]\r\n")
    await until_true(lambda: not lab.store._watchers.get(ALICE))


async def test_many_errors_with_work_between_them_are_forgiven(start: Start) -> None:
    talker = await (await (await start()).connect()).sign_in()
    for _ in range(30):
        assert (await talker.say("NOP"))[-1].startswith("a BAD unknown command NOP")
        assert (await talker.say("NOOP"))[-1].startswith("a OK")
