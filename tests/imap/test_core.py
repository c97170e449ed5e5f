"""The server core's lines, states and refusals; the client core's; and the two tables."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailserver_lab.imap import states
from mailserver_lab.imap.client import ImapClient
from mailserver_lab.imap.core import MAX_TEXT, Server
from mailserver_lab.imap.events import (
    NEED_DATA,
    PAUSED,
    Command,
    ConnectionClosed,
    Continue,
    Data,
    LocalProtocolError,
    Refused,
    RemoteProtocolError,
    Status,
    Wait,
)
from mailserver_lab.imap.replies import parse
from mailserver_lab.imap.states import FLOWS, TRANSITIONS, Flow, Outcome, State
from mailserver_lab.imap.values import Atom, Literal, Run, Value, pieces

from .joined import OK, Joined, hear, raw_server


@pytest.mark.parametrize("step", [0, 1, 3])
def test_a_session_in_pieces_of_any_size(step: int) -> None:
    both = Joined(step)
    assert both.client.state is both.server.state is State.NOT_AUTHENTICATED
    both.give("CAPABILITY")
    both.to_client(Data([Atom("CAPABILITY"), Atom("IMAP4rev1"), Atom("IDLE")]))
    assert both.client.capabilities == {"IMAP4rev1", "IDLE"}
    both.answer()
    both.sign_in()
    both.give("SELECT", "INBOX")
    both.answer(code="READ-WRITE")
    assert both.client.state is both.server.state is State.SELECTED
    both.give("FETCH", Atom("1:*"), [Atom("UID"), Atom("BODY.PEEK[HEADER.FIELDS (TO)]<0.9>")], uid=True)
    data = Data(
        [1, Atom("FETCH"), [Atom("UID"), 7, Atom("BODY[HEADER.FIELDS (TO)]<0>"), Literal(b"To: a\r\n)")]]
    )
    heard = both.to_client(data)
    assert heard == Data(
        [1, Atom("FETCH"), [Atom("UID"), 7, Atom("BODY[HEADER.FIELDS (TO)]<0>"), b"To: a\r\n)"]]
    )
    both.answer()
    both.give("SELECT", "nowhere")
    both.answer(Outcome.NO)
    assert both.client.state is both.server.state is State.AUTHENTICATED
    both.give("LOGOUT")
    assert both.to_client(Status(None, Outcome.BYE, "bye")) == Status(None, Outcome.BYE, "bye")
    both.answer()
    assert both.client.state is both.server.state is State.LOGOUT
    assert isinstance(both.client.next_event(), ConnectionClosed)


@pytest.mark.parametrize(
    ("data", "tag", "reason"),
    [
        (b"a FETCH 1 FLAGS\r\n", "a", "FETCH needs state SELECTED, but the state is NOT AUTHENTICATED"),
        (
            b"a SELECT INBOX\r\n",
            "a",
            "SELECT needs state AUTHENTICATED or SELECTED, but the state is NOT AUTHENTICATED",
        ),
        (b"GET / HTTP/1.1\r\n", "GET", "unknown command /"),
        (b"a\r\n", "a", "a command is a tag, a space and a name"),
        (b"\r\n", None, "a command is a tag, a space and a name"),
        (b"+a NOOP\r\n", None, "a command is a tag, a space and a name"),
        (b"a UID LOGIN x y\r\n", "a", "unknown command UID LOGIN"),
        (b"a NOOP now\r\n", "a", "NOOP: expected the end of the command, found ' now'"),
        (b"a LOGIN x\r\n", "a", "LOGIN: expected a space, found the end"),
        (b'a LOGIN "x y\r\n', "a", "LOGIN: expected a string, found '\"x'"),
        (b"a NO\0OP\r\n", "a", "a line must not contain NUL or a CR of its own"),
        (b"a NOOP \r \r\n", "a", "a line must not contain NUL or a CR of its own"),
        (b"\x16\x03\x01\x02\x00\x01\n", None, "a command is a tag, a space and a name"),
        (b"a" * 100_000 + b"\r\n", None, f"the command is too long: at most {MAX_TEXT} octets"),
    ],
)
def test_what_is_wrong_is_refused_with_its_reason_and_the_connection_goes_on(
    data: bytes, tag: str | None, reason: str
) -> None:
    server = raw_server()
    event = hear(server, data)
    assert isinstance(event, Refused)
    assert (event.tag, event.reason) == (tag, reason)
    assert server.send(Status(event.tag, Outcome.BAD, event.reason)).startswith(f"{tag or '*'} BAD ".encode())
    assert isinstance(hear(server, b"b NOOP\r\n"), Command)


def test_an_endless_line_is_refused_once_and_never_kept() -> None:
    server = raw_server()
    refused = 0
    for _ in range(1000):
        if isinstance(hear(server, b"x" * 1000), Refused):
            refused += 1
            server.send(Status(None, Outcome.BAD, "too long"))
        assert len(server._buffer._data) <= MAX_TEXT + 1000
    assert refused == 1


def test_a_bare_line_feed_ends_a_line_as_typed_by_hand() -> None:
    assert isinstance(hear(raw_server(), b"a NOOP\n"), Command)


def test_pipelined_commands_come_one_by_one() -> None:
    server = raw_server()
    assert isinstance(hear(server, b"a NOOP\r\nb LOGIN x y\r\n"), Command)
    assert server.next_event() is PAUSED
    server.send(Status("a", OK, "done"))
    event = server.next_event()
    assert isinstance(event, Command)
    assert event.tag == "b"


def test_starttls_drops_what_was_sent_in_plain_text_ahead_of_it() -> None:
    server = raw_server()
    hear(server, b"a STARTTLS\r\nb LOGIN mallory x\r\n")
    server.send(Status("a", OK, "begin"))
    assert server.next_event() is PAUSED
    server.tls_started()
    assert server.next_event() is NEED_DATA
    event = hear(server, b"c STARTTLS\r\n")
    assert isinstance(event, Refused)
    assert event.reason == "TLS is already active"


def test_wrong_calls_name_the_state_they_need() -> None:
    client, server = ImapClient(), Server()
    with pytest.raises(
        LocalProtocolError, match="SELECT needs state AUTHENTICATED or SELECTED, but the state is GREETING"
    ):
        client.send("SELECT", "INBOX")
    with pytest.raises(LocalProtocolError, match="a greeting comes first"):
        server.send(Data([1, Atom("EXISTS")]))
    with pytest.raises(LocalProtocolError, match="a greeting is an untagged OK"):
        server.send(Status("a", OK, "done"))
    server.send(Status(None, OK, "ready"))
    with pytest.raises(LocalProtocolError, match="no command with tag a waits"):
        server.send(Status("a", OK, "done"))
    with pytest.raises(LocalProtocolError, match="one line"):
        server.send(Status(None, OK, "two\r\nlines"))
    with pytest.raises(LocalProtocolError, match="tls_started needs flow STARTTLS"):
        server.tls_started()
    both = Joined()
    both.client.send("NOOP")
    with pytest.raises(LocalProtocolError, match=r"NOOP needs the answer to NOOP \(A001\) first"):
        both.client.send("NOOP")


@pytest.mark.parametrize(
    "data", [b"220 mx ESMTP\r\n", b"* 1 FETCH (\r\n", b"* " + b"(" * 1000 + b"\r\n", b"A9 OK done\r\n", b"+ go\r\n", b"* 1 {999999999999}\r\n"]
)  # fmt: skip
def test_a_server_that_speaks_something_else_is_an_error_of_the_peer(data: bytes) -> None:
    both = Joined()
    both.client.receive_data(data)
    with pytest.raises(RemoteProtocolError):
        both.client.next_event()
    assert isinstance(both.client.next_event(), ConnectionClosed)


def test_preauth_and_bye_are_greetings_too() -> None:
    for outcome, state in ((Outcome.PREAUTH, State.AUTHENTICATED), (Outcome.BYE, State.LOGOUT)):
        client, server = ImapClient(), Server()
        client.receive_data(server.send(Status(None, outcome, "hello")))
        client.next_event()
        assert server.state is state
        assert client.state is state


def test_a_lost_connection_is_told() -> None:
    server = raw_server()
    assert hear(server, b"a NOO") is NEED_DATA
    assert isinstance(hear(server, b""), ConnectionClosed)


def test_every_state_and_flow_can_be_reached() -> None:
    assert {State.GREETING} | {
        to for moves in TRANSITIONS.values() for move in moves.values() for to in move.values()
    } == set(State)
    assert {to for moves in FLOWS.values() for to in moves.values()} == set(Flow)
    assert states.UID_COMMANDS < states.COMMANDS


@pytest.mark.parametrize(
    ("value", "octets"),
    [
        ('a "b" \\', b'"a \\"b\\" \\\\"'),
        ("請求", b"{6}\r\n\xe8\xab\x8b\xe6\xb1\x82"),
        (b"a\r\nb", b"{4}\r\na\r\nb"),
        ([1, None, [Atom(r"\Seen")], []], b"(1 NIL (\\Seen) ())"),
        ([Run([[1], [2]]), "x"], b'((1)(2) "x")'),
    ],
)
def test_values_on_the_wire(value: Value, octets: bytes) -> None:
    assert b"".join(p.data if isinstance(p, Literal) else p for p in pieces([value])) == octets


def test_responses_as_a_client_reads_them() -> None:
    assert parse(b"* OK [UIDNEXT 4] next", []) == Status(None, OK, "next", "UIDNEXT 4")
    assert parse(b"a NO", []) == Status("a", Outcome.NO, "")
    assert parse(b"+ ", []) == Continue("")
    assert parse(b'* LIST (\\Noselect) "/" {1}\r\n', [b"x"]) == Data(
        [Atom("LIST"), [Atom(r"\Noselect")], b"/", b"x"]
    )


@settings(max_examples=150)
@given(
    st.lists(
        st.sampled_from(
            [b"a ", b"LOGIN ", b"FETCH ", b"UID ", b"SEARCH ", b"APPEND ", b"1:*", b"(", b")", b'"', b"\\", b"{3}", b"{3+}", b"\r\n", b"\n", b"\0",
             b"BODY[", b"]", b"x y", b"IDLE", b"DONE", b"AUTHENTICATE PLAIN", b"\xff", b"*", b"NOT ", b"OR "]
        )
    ).map(b"".join),
    st.integers(1, 40),
    st.sampled_from(["", "in", "selected"]),
)  # fmt: skip
def test_no_bytes_break_the_server_core(data: bytes, step: int, state: str) -> None:
    server = raw_server(state)
    for at in range(0, len(data), step):
        server.receive_data(data[at : at + step])
        while not isinstance(event := server.next_event(), Wait | ConnectionClosed):
            if isinstance(event, Command) and event.name in {"IDLE", "AUTHENTICATE"} and event.arguments:
                server.send(Continue())
            else:
                tag = event.tag
                server.send(Status(tag, Outcome.BAD, "no"))


@settings(max_examples=100)
@given(st.binary(max_size=500))
def test_no_bytes_break_the_client_core(data: bytes) -> None:
    client = ImapClient()
    client.receive_data(data + b"\r\n")
    try:
        while not isinstance(client.next_event(), Wait | ConnectionClosed):
            pass
    except RemoteProtocolError:
        pass
