"""The third hard flow: IDLE, in which the server speaks unasked (RFC 2177)."""

from __future__ import annotations

import asyncio

import pytest

from mailserver_lab.imap.client import ImapClient
from mailserver_lab.imap.events import Command, Continue, Data, Done, LocalProtocolError, Refused, Status
from mailserver_lab.imap.session import ImapSession
from mailserver_lab.imap.states import Flow, Outcome, State
from mailserver_lab.imap.values import Atom
from mailserver_lab.net import Peer
from tests.waiting import until_true

from .conftest import ALICE, PASSWORD, SERVER, Start
from .joined import Joined, hear, raw_server


@pytest.mark.parametrize("step", [0, 1])
def test_the_server_speaks_until_the_client_is_done(step: int) -> None:
    both = Joined(step).sign_in()
    both.give("IDLE")
    both.to_client(Continue("idling"))
    assert both.client.flow is both.server.flow is Flow.IDLE
    assert both.server.idling
    assert both.to_client(Data([3, Atom("EXISTS")])) == Data([3, Atom("EXISTS")])
    assert isinstance(both.to_server(both.client.done()), Done)
    assert not both.server.idling
    both.answer()
    assert both.client.flow is both.server.flow is Flow.COMMAND
    assert both.client.state is both.server.state is State.AUTHENTICATED


def test_anything_but_done_ends_idle_with_bad() -> None:
    server = raw_server("selected")
    hear(server, b"a IDLE\r\n")
    server.send(Continue())
    event = hear(server, b"b NOOP\r\n")
    assert isinstance(event, Refused)
    assert event.tag == "a"
    server.send(Status("a", Outcome.BAD, event.reason))
    assert server.state is State.SELECTED
    assert isinstance(hear(server, b"c NOOP\r\n"), Command)


def test_done_may_come_in_any_case() -> None:
    server = raw_server("in")
    hear(server, b"a IDLE\r\n")
    server.send(Continue())
    assert isinstance(hear(server, b"done\r\n"), Done)


def test_wrong_calls_name_the_flow_they_need() -> None:
    with pytest.raises(LocalProtocolError, match="done needs flow IDLE, but the flow is COMMAND"):
        ImapClient().done()


async def test_mail_that_arrives_is_told_at_once(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in()
    assert (await talker.say("IDLE"))[-1].startswith("+ ")
    await lab.deliver()
    assert await talker.until("* 4 RECENT") == ["* 4 EXISTS", "* 4 RECENT"]
    await lab.store.set_flags(ALICE, "INBOX", [2], "add", [r"\Seen"])
    assert await talker.line() == r"* 2 FETCH (FLAGS (\Recent \Seen))"
    await lab.store.expunge(ALICE, "INBOX", [1, 3])
    assert await talker.until("* 2 RECENT") == ["* 3 EXPUNGE", "* 1 EXPUNGE", "* 2 RECENT"]
    talker.stream.write(b"DONE\r\n")
    assert await talker.line() == "a OK IDLE completed"
    assert (await talker.say("FETCH 1:* UID"))[:-1] == ["* 1 FETCH (UID 2)", "* 2 FETCH (UID 4)"]


async def test_what_happened_before_idle_is_told_too(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in()
    await lab.deliver()
    talker.stream.write(b"a IDLE\r\n")
    assert await talker.until("* 4 RECENT") == ["+ Idling; DONE ends it", "* 4 EXISTS", "* 4 RECENT"]


async def test_changes_in_other_mailboxes_are_not_told(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in()
    await talker.say("IDLE")
    await lab.deliver(folder="Sent")
    talker.stream.write(b"DONE\r\n")
    assert await talker.line() == "a OK IDLE completed"


async def test_a_device_waits_for_mail(start: Start) -> None:
    lab = await start()
    stream = await lab.net.connect(Peer("phone", "192.0.2.98"), SERVER, 143)
    session = await ImapSession.open(stream)
    await session.login(ALICE, PASSWORD)
    await session.select("INBOX")
    asyncio.get_running_loop().call_later(0.01, lambda: delivery.append(asyncio.ensure_future(lab.deliver())))
    delivery: list[asyncio.Future[int]] = []
    heard = []
    async for data in session.idle():
        heard.append(data)
        session.stop_idling()
    assert heard[0] == Data([4, Atom("EXISTS")])
    assert [message.uid async for message in session.fetch_new(3)] == [4]


async def test_an_idle_client_that_is_silent_for_too_long_is_told_so(start: Start) -> None:
    lab = await start(idle_timeout=0.05)
    talker = await (await lab.connect()).sign_in()
    await talker.say("IDLE")
    assert await talker.until("(end)") == ["* BYE Idle for too long, closing the connection", "(end)"]


async def test_a_client_that_goes_away_in_idle_leaves_nothing_behind(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in()
    await talker.say("IDLE")
    talker.stream.close()
    await until_true(lambda: not lab.store._watchers.get(ALICE))
    await lab.deliver()
