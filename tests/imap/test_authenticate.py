"""The second hard flow: AUTHENTICATE, its challenges and responses (RFC 3501 §6.2.2, RFC 4959, RFC 4616)."""

from __future__ import annotations

import base64

import pytest

from mailserver_lab.imap.client import ImapClient
from mailserver_lab.imap.events import (
    Authenticate,
    Command,
    Continue,
    LocalProtocolError,
    Refused,
    SaslResponse,
    Status,
)
from mailserver_lab.imap.states import Flow, Outcome, State
from mailserver_lab.imap.values import Atom

from .conftest import ALICE, PASSWORD, Start
from .joined import Joined, hear, raw_server

PLAIN = base64.b64encode(f"\0{ALICE}\0{PASSWORD}".encode()).decode()


@pytest.mark.parametrize("step", [0, 1])
def test_challenge_and_response_go_back_and_forth(step: int) -> None:
    both = Joined(step)
    both.give("AUTHENTICATE", Atom("TWO-STEPS"))
    for n in range(2):
        both.to_client(Continue())
        assert both.client.flow is both.server.flow is Flow.AUTHENTICATE
        event = both.to_server(both.client.respond(b"%d" % n))
        assert isinstance(event, SaslResponse)
        assert event.data == b"%d" % n
    both.answer()
    assert both.client.state is both.server.state is State.AUTHENTICATED
    assert both.client.flow is both.server.flow is Flow.COMMAND


def test_the_client_may_cancel() -> None:
    both = Joined()
    both.give("AUTHENTICATE", Atom("PLAIN"))
    both.to_client(Continue())
    event = both.to_server(both.client.respond(None))
    assert isinstance(event, SaslResponse)
    assert event.data is None
    both.answer(Outcome.BAD)
    assert both.client.state is both.server.state is State.NOT_AUTHENTICATED


def test_a_response_that_is_not_base64_ends_the_exchange() -> None:
    server = raw_server()
    hear(server, b"a AUTHENTICATE PLAIN\r\n")
    server.send(Continue())
    event = hear(server, b"a NOOP!\r\n")
    assert isinstance(event, Refused)
    server.send(Status("a", Outcome.BAD, event.reason))
    assert server.flow is Flow.COMMAND
    assert isinstance(hear(server, b"b NOOP\r\n"), Command)


@pytest.mark.parametrize(
    ("line", "initial"), [("PLAIN", None), ("plain =", b""), ("PLAIN AGEAYg==", b"\0a\0b")]
)
def test_an_initial_response_may_come_at_once(line: str, initial: bytes | None) -> None:
    event = hear(raw_server(), f"a AUTHENTICATE {line}\r\n".encode())
    assert isinstance(event, Command)
    assert event.arguments == Authenticate("PLAIN", initial)


def test_an_answer_to_a_challenge_is_not_told_to_the_record() -> None:
    server = raw_server()
    hear(server, b"a AUTHENTICATE PLAIN\r\n")
    server.send(Continue())
    event = hear(server, b"AGEAYg==\r\n")
    assert isinstance(event, SaslResponse)
    assert [said.text for said in event.heard] == ["***"]


def test_a_password_in_a_literal_or_behind_one_is_not_told_to_the_record() -> None:
    event = hear(raw_server(), b"a LOGIN {5+}\r\nalice secret\r\n")
    assert isinstance(event, Command)
    assert [said.text for said in event.heard] == ["a LOGIN {5+}", "***", "***"]
    event = hear(raw_server(), b"a LOGIN alice {6+}\r\nsecret\r\n")
    assert isinstance(event, Command)
    assert [said.text for said in event.heard] == ["a LOGIN alice {6+}", "***", "***"]


def test_wrong_calls_name_the_flow_they_need() -> None:
    with pytest.raises(LocalProtocolError, match="respond needs flow AUTHENTICATE, but the flow is COMMAND"):
        ImapClient().respond(b"")


async def test_plain_signs_in_with_and_without_an_initial_response(start: Start) -> None:
    lab = await start()
    for lines in ((f"AUTHENTICATE PLAIN {PLAIN}",), ("AUTHENTICATE PLAIN", PLAIN)):
        talker = await lab.connect()
        await talker.line()
        heard = await talker.say(lines[0])
        if len(lines) > 1:
            assert heard == ["+ "]
            talker.stream.write(lines[1].encode() + b"\r\n")
            heard = await talker.until("a ")
        assert heard[-1].startswith("a OK [CAPABILITY IMAP4rev1")
        assert "AUTH=PLAIN" not in heard[-1]


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (f"LOGIN {ALICE} wrong", "a NO [AUTHENTICATIONFAILED]"),
        ("AUTHENTICATE PLAIN AGEAYg==", "a NO [AUTHENTICATIONFAILED]"),
        ("AUTHENTICATE PLAIN AAAA", "a BAD"),
        ("AUTHENTICATE PLAIN bQBhAGI=", "a NO [AUTHORIZATIONFAILED]"),
        ("AUTHENTICATE CRAM-MD5", "a NO"),
        (f'LOGIN {ALICE.upper()} "{PASSWORD}"', "a OK"),
    ],
)
async def test_who_is_let_in(start: Start, command: str, answer: str) -> None:
    talker = await (await start()).connect()
    await talker.line()
    assert (await talker.say(command))[-1].startswith(answer)


async def test_nobody_signs_in_without_tls_where_the_server_wants_it(start: Start) -> None:
    talker = await (await start(require_tls=True)).connect()
    assert "LOGINDISABLED" in await talker.line()
    for command in (f'LOGIN {ALICE} "{PASSWORD}"', "AUTHENTICATE PLAIN", f"AUTHENTICATE PLAIN {PLAIN}"):
        assert (await talker.say(command))[-1].startswith("a NO [PRIVACYREQUIRED]")


async def test_guesses_at_a_password_come_to_an_end(start: Start) -> None:
    talker = await (await start()).connect()
    await talker.line()
    for _ in range(9):
        assert "AUTHENTICATIONFAILED" in (await talker.say(f"LOGIN {ALICE} guess"))[-1]
    assert await talker.say(f"LOGIN {ALICE} guess") == [
        "* BYE Too many errors, closing the connection",
        "(end)",
    ]
