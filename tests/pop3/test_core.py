"""Client core and server core, joined by bytes, whole and one at a time; and what each refuses."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailserver_lab.pop3 import (
    NEED_DATA,
    PAUSED,
    TRANSITIONS,
    Client,
    Command,
    ConnectionClosed,
    Continue,
    Err,
    LocalProtocolError,
    Ok,
    Outcome,
    Refused,
    Reply,
    SaslResponse,
    Server,
    State,
    texts,
)
from mailserver_lab.pop3.core import MAX_ANSWER_LINE, stuffed
from mailserver_lab.pop3.events import Answer


def greeted() -> Server:
    server = Server()
    server.send(Ok("ready"))
    return server


def said(server: Server, data: bytes) -> object:
    server.receive_data(data)
    return server.next_event()


def signed_in() -> tuple[Client, Server]:
    client, server = Client(), Server()
    client.receive_data(server.send(Ok("ready")))
    client.next_event()
    for command in (Command("USER", "alice"), Command("PASS", "a b")):
        exchange(client, server, command, Ok())
    return client, server


def exchange(
    client: Client, server: Server, command: Command | SaslResponse, answer: Answer, step: int = 0
) -> object:
    def feed(end: Client | Server, data: bytes) -> object:
        for i in range(0, len(data), step or len(data)):
            assert end.next_event() in (NEED_DATA, PAUSED)
            end.receive_data(data[i : i + step] if step else data)
        return end.next_event()

    event = feed(server, client.send(command))
    assert isinstance(event, type(command))
    return feed(client, server.send(answer))


@pytest.mark.parametrize("step", [0, 1, 2])
def test_a_whole_session_in_pieces_of_any_size(step: int) -> None:
    client, server = Client(), Server()
    client.receive_data(server.send(Ok("ready <1@mx>")))
    assert client.next_event() == Reply("greeting", ok=True, text="ready <1@mx>")
    assert exchange(client, server, Command("CAPA"), Ok(lines=["TOP"]), step) == Reply(
        "CAPA", True, "", content=b"TOP\r\n"
    )
    exchange(client, server, Command("USER", "alice"), Ok(), step)
    assert exchange(client, server, Command("PASS", "x"), Err("no", "AUTH"), step) == Reply(
        "PASS", False, "no", "AUTH"
    )
    assert client.state is server.state is State.AUTHORIZATION
    assert exchange(client, server, Command("AUTH", "PLAIN"), Continue(b""), step) == Continue(b"")
    exchange(client, server, SaslResponse(b"\0alice\0x"), Ok(), step)
    assert client.state is server.state is State.TRANSACTION
    raw = b".\r\n..\r\nSubject: dots\r\n\r\n.\r\nend\r\n"
    reply = exchange(client, server, Command("RETR", "1"), Ok("octets", content=raw), step)
    assert isinstance(reply, Reply)
    assert reply.content == raw
    reply = exchange(client, server, Command("LIST"), Ok(lines=[]), step)
    assert isinstance(reply, Reply)
    assert reply.content == b""
    exchange(client, server, Command("QUIT"), Ok("bye"), step)
    assert client.state is server.state is State.CLOSED


def test_quit_enters_update_before_it_is_answered() -> None:
    client, server = signed_in()
    server.receive_data(client.send(Command("QUIT")))
    server.next_event()
    assert client.state is server.state is State.UPDATE


def test_pipelined_commands_come_one_by_one() -> None:
    client, server = signed_in()
    server.receive_data(client.send(Command("STAT")) + client.send(Command("NOOP")))
    assert isinstance(server.next_event(), Command)
    assert server.next_event() is PAUSED
    client.receive_data(server.send(Ok("1 2")))
    event = server.next_event()
    assert isinstance(event, Command)
    assert event.verb == "NOOP"
    client.receive_data(server.send(Ok()))
    assert [
        reply.command for reply in (client.next_event(), client.next_event()) if isinstance(reply, Reply)
    ] == ["STAT", "NOOP"]


def test_stls_drops_what_was_sent_in_plain_text_ahead_of_it() -> None:
    server = greeted()
    server.receive_data(b"STLS\r\nUSER mallory\r\n")
    server.next_event()
    server.send(Ok("begin"))
    assert server.next_event() is PAUSED
    server.tls_started()
    assert server.next_event() is NEED_DATA
    event = said(server, b"STLS\r\n")
    assert isinstance(event, Refused)
    assert event.reason is texts.TLS_ALREADY


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"RETR 1\r\n", "RETR needs state TRANSACTION, but the state is AUTHORIZATION"),
        (b"PASS x\r\n", "PASS needs state PASSWORD, but the state is AUTHORIZATION"),
        (b"GET / HTTP/1.1\r\n", "unknown command"),
        (b"\r\n", "unknown command"),
        (b"USER\r\n", "wrong number of arguments for USER"),
        (b"US\0ER x\r\n", "a line must not contain control characters"),
        (b"USER a\rb\r\n", "a line must not contain control characters"),
        (b"USER \xff\xfe\r\n", "a line must be UTF-8"),
        (b"\x16\x03\x01\x02\n", "a line must not contain control characters"),
        (b"USER \x1b[2J\r\n", "a line must not contain control characters"),
        (b"X" * 100_000, "line too long: at most 255 octets"),
        (b"X" * 100_000 + b"\r\n", "line too long: at most 255 octets"),
    ],
)
def test_what_is_wrong_is_refused_with_its_reason_and_the_session_goes_on(data: bytes, reason: str) -> None:
    server = greeted()
    event = said(server, data)
    assert isinstance(event, Refused)
    assert event.reason.en == reason
    assert server.send(Err(event.reason.en)).startswith(b"-ERR ")
    event = said(server, b"\r\nCAPA\r\n" if data.endswith(b"X") else b"CAPA\r\n")
    assert isinstance(event, Command)


def test_an_endless_line_is_refused_once_and_never_kept() -> None:
    server = greeted()
    refused = 0
    for _ in range(1000):
        if isinstance(said(server, b"x" * 1000), Refused):
            refused += 1
            server.send(Err("too long"))
    assert refused == 1
    assert len(server._buffer._data) < 2000


def test_a_bare_line_feed_ends_a_line_as_typed_by_hand() -> None:
    assert isinstance(said(greeted(), b"CAPA\n"), Command)


def test_a_password_may_hold_spaces() -> None:
    server = greeted()
    said(server, b"user a\r\n")
    server.send(Ok())
    event = said(server, b"pass two  words \r\n")
    assert isinstance(event, Command)
    assert event.argument == "two  words "


def test_no_line_of_the_record_can_move_a_cursor_or_begin_another_line() -> None:
    for data in (b"USER \x1b[2J\r\n", "USER a\u2028b\r\n".encode(), b"X\rY\r\n", b"\xffA\r\n"):
        event = said(greeted(), data)
        assert isinstance(event, Command | Refused)
        assert event.line.text.isprintable()
        assert event.line.size == len(data)


def test_an_answer_that_is_too_long_is_our_own_mistake_and_changes_nothing() -> None:
    server = greeted()
    said(server, b"CAPA\r\n")
    with pytest.raises(LocalProtocolError, match="at most 512 octets"):
        server.send(Ok("x" * MAX_ANSWER_LINE))
    assert server.send(Ok()) == b"+OK\r\n"


def test_auth_may_be_cancelled_and_garbage_ends_it() -> None:
    for line, kind in ((b"*\r\n", SaslResponse), (b"!!!\r\n", Refused), (b"A" * 20_000, Refused)):
        server = greeted()
        said(server, b"AUTH PLAIN\r\n")
        server.send(Continue())
        assert isinstance(said(server, line), kind)
        server.send(Err("cancelled"))
        assert server.state is State.AUTHORIZATION


def test_wrong_calls_name_the_state_they_need() -> None:
    client, server = Client(), Server()
    with pytest.raises(LocalProtocolError, match="RETR needs state TRANSACTION, but the state is GREETING"):
        client.send(Command("RETR", "1"))
    with pytest.raises(LocalProtocolError, match="a challenge answers AUTH"):
        server.send(Continue())
    client.receive_data(server.send(Ok("ready")))
    client.next_event()
    with pytest.raises(LocalProtocolError, match="none is waiting"):
        server.send(Ok())
    with pytest.raises(LocalProtocolError, match="one line"):
        client.send(Command("USER", "a\r\nDELE 1"))
    with pytest.raises(LocalProtocolError, match="tls_started needs state STARTING_TLS"):
        server.tls_started()


def test_a_lost_connection_ends_the_session_without_update() -> None:
    _, server = signed_in()
    assert isinstance(said(server, b""), ConnectionClosed)


def test_every_state_can_be_reached_and_left() -> None:
    reached = {State.GREETING} | {
        to for moves in TRANSITIONS.values() for move in moves.values() for to in move.values()
    }
    assert reached == set(State)
    assert all(
        Outcome.OK in move or Outcome.ASKED in move or not move
        for moves in TRANSITIONS.values()
        for move in moves.values()
    )


@settings(max_examples=100)
@given(st.lists(st.sampled_from([b"a", b".", b"\r\n", b"\n", b"\r", b".\r\n", b"\x00"])).map(b"".join))
def test_no_content_can_end_its_own_answer(content: bytes) -> None:
    wire = stuffed(content) + b".\r\n"
    assert (b"\r\n" + wire).index(b"\r\n.\r\n") == len(wire) - 3
    assert b"\n.\n" not in wire


@settings(max_examples=100)
@given(st.binary(max_size=2000), st.integers(1, 50))
def test_no_bytes_break_the_server_core(data: bytes, step: int) -> None:
    server = greeted()
    for i in range(0, len(data), step):
        server.receive_data(data[i : i + step])
        while (event := server.next_event()) not in (NEED_DATA, PAUSED) and not isinstance(
            event, ConnectionClosed
        ):
            server.send(Err("no"))


@given(st.lists(st.sampled_from([b"\r", b"\n", b".", b"x", b"\r\n"]), max_size=12).map(b"".join))
@settings(max_examples=500)
def test_any_line_end_is_sent_as_crlf_and_any_leading_dot_doubled(content: bytes) -> None:
    lines = re.split(rb"\r\n|\r|\n", content)
    if not lines[-1]:
        lines.pop()  # there is nothing after the last line's end
    assert stuffed(content) == b"".join(
        (b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in lines
    )
