"""The first hard flow: literals, asked for and not (RFC 3501 §4.3, RFC 7888)."""

from __future__ import annotations

import pytest

from mailserver_lab.imap.client import ImapClient
from mailserver_lab.imap.core import MAX_LITERALS, Server
from mailserver_lab.imap.events import (
    NEED_DATA,
    PAUSED,
    Append,
    Command,
    Continue,
    LiteralOffered,
    LocalProtocolError,
    Login,
    NewMessage,
    Refused,
    Status,
)
from mailserver_lab.imap.states import Flow, Outcome, State
from mailserver_lab.imap.values import Atom, Literal

from .conftest import Start
from .joined import Joined, hear, raw_server


@pytest.mark.parametrize("step", [0, 1, 7])
def test_a_client_asks_waits_and_goes_on(step: int) -> None:
    both = Joined(step).sign_in()
    message = b"Subject: x\r\n\r\n{5}\r\nA1 NOOP\r\n"
    offered = both.give("APPEND", "INBOX", [Atom(r"\Seen")], Literal(message))
    assert isinstance(offered, LiteralOffered)
    assert (offered.name, offered.size) == ("APPEND", len(message))
    assert both.to_client(Continue("go")) == Continue("go")
    command = both.to_server(both.client.go_on())
    assert isinstance(command, Command)
    assert command.arguments == Append("INBOX", (NewMessage((r"\Seen",), None, (message,)),))


@pytest.mark.parametrize("step", [0, 1, 7])
def test_a_client_that_knows_literal_plus_does_not_wait(step: int) -> None:
    both = Joined(step)
    both.give("LOGIN", "alice", "x")
    both.answer(code="CAPABILITY IMAP4rev1 LITERAL+")
    command = both.give("APPEND", "INBOX", Literal(b"message"))
    assert isinstance(command, Command)
    assert command.arguments == Append("INBOX", (NewMessage((), None, (b"message",)),))


def test_several_literals_in_one_command() -> None:
    server = raw_server()
    assert isinstance(hear(server, b"a LOGIN {3}\r\n"), LiteralOffered)
    assert server.next_event() is PAUSED
    server.send(Continue())
    assert isinstance(hear(server, b'a"b {2}\r\n'), LiteralOffered)
    server.send(Continue())
    command = hear(server, b"\\\\\r\n")
    assert isinstance(command, Command)
    assert command.arguments == Login('a"b', "\\\\")


def test_an_empty_literal_is_a_literal() -> None:
    command = hear(raw_server(), b"a LOGIN {0+}\r\n {0+}\r\n\r\n")
    assert isinstance(command, Command)
    assert command.arguments == Login("", "")


def test_a_refused_literal_is_not_waited_for() -> None:
    server = raw_server("in")
    assert isinstance(hear(server, b"a APPEND INBOX {100}\r\n"), LiteralOffered)
    server.send(Status("a", Outcome.NO, "no room", "OVERQUOTA"))
    assert server.flow is Flow.COMMAND
    assert isinstance(hear(server, b"b NOOP\r\n"), Command)


def test_a_literal_that_is_too_large_is_refused_before_it_is_sent() -> None:
    event = hear(raw_server(), b"a LOGIN {999999999}\r\n")
    assert isinstance(event, Refused)
    assert (event.tag, event.outcome, event.code) == ("a", Outcome.NO, "TOOBIG")


def test_one_that_is_sent_unasked_passes_by_and_is_not_kept() -> None:
    server = raw_server()
    assert hear(server, b"a LOGIN {%d+}\r\n" % (MAX_LITERALS * 100)) is NEED_DATA
    for _ in range(100):
        assert hear(server, b"x" * MAX_LITERALS) is NEED_DATA
        assert len(server._buffer._data) == 0
    event = hear(server, b" pass\r\n")
    assert isinstance(event, Refused)
    server.send(Status("a", Outcome.NO, "too large"))
    assert isinstance(hear(server, b"b NOOP\r\n"), Command)


def test_only_append_after_login_may_be_large() -> None:
    assert isinstance(hear(raw_server(), b"a APPEND INBOX {1000000}\r\n"), Refused)
    assert isinstance(hear(raw_server("in"), b"a APPEND INBOX {1000000}\r\n"), LiteralOffered)
    server = Server(max_message=10)
    server.send(Status(None, Outcome.PREAUTH, "you are alice"))
    assert isinstance(hear(server, b"a APPEND INBOX {11}\r\n"), Refused)


def test_nul_is_refused_in_a_literal() -> None:
    event = hear(raw_server("in"), b"a APPEND INBOX {3+}\r\na\0b\r\n")
    assert isinstance(event, Refused)
    assert "NUL" in event.reason


def test_a_refusal_of_select_by_its_literal_changes_no_state() -> None:
    server = raw_server("selected")
    event = hear(server, b"a SELECT {99999999}\r\n")
    assert isinstance(event, Refused)
    server.send(Status("a", Outcome.NO, event.reason, event.code))
    assert server.state is State.SELECTED


def test_wrong_calls_name_the_flow_they_need() -> None:
    with pytest.raises(LocalProtocolError, match="go_on needs flow LITERAL, but the flow is COMMAND"):
        ImapClient().go_on()
    with pytest.raises(LocalProtocolError, match="nobody waits to continue"):
        raw_server().send(Continue())


async def test_a_message_for_which_there_is_no_room_need_not_travel(start: Start) -> None:
    lab = await start(quota=5_000)
    talker = await (await lab.connect()).sign_in()
    assert (await talker.say("APPEND INBOX {4900}"))[-1].startswith("a NO [OVERQUOTA]")
    assert (await talker.say("APPEND INBOX {4900+}\r\n" + "x" * 4900))[-1].startswith("a NO [OVERQUOTA]")
    assert (await talker.say("NOOP"))[-1].startswith("a OK")


async def test_the_record_has_the_lines_and_the_content_in_their_order(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in()
    first = len(lab.record())
    assert (await talker.say("APPEND Sent {8}"))[-1].startswith("+ Ready")
    talker.stream.write(b"A: b\r\n\r\n\r\n")
    assert (await talker.line()).startswith("a OK [APPENDUID")
    told = [(event.kind, event.side, event.text) for event in lab.record()[first:]]
    assert told[:4] == [
        ("line", "client", "a APPEND Sent {8}"),
        ("line", "server", "+ Ready for 8 octets"),
        ("content", "client", "A: b\r\n\r\n"),
        ("line", "client", ""),
    ]


async def test_a_password_in_a_literal_is_not_in_the_record(start: Start) -> None:
    lab = await start()
    talker = await lab.connect()
    await talker.line()
    await talker.say("LOGIN alice@tsubame.example {12}")
    talker.stream.write(b"tsubame 2026\r\n")
    assert (await talker.line()).startswith("a OK")
    await talker.say("LOGIN a b")
    assert not any("2026" in event.text for event in lab.record())
