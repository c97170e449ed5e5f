"""The client's core: what a server may say to it, right, wrong and hostile, whole and octet by octet."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailserver_lab.pop3 import (
    NEED_DATA,
    Client,
    Command,
    ConnectionClosed,
    Continue,
    LocalProtocolError,
    RemoteProtocolError,
    Reply,
    SaslResponse,
    State,
)
from mailserver_lab.pop3.client import MAX_REPLY_LINE
from mailserver_lab.pop3.events import ClientEvent, Wait


def told(client: Client, data: bytes) -> ClientEvent | Wait:
    client.receive_data(data)
    return client.next_event()


def greeted(greeting: bytes = b"+OK ready <1896.697170952@dbc.mtview.ca.us>") -> Client:
    client = Client()
    assert isinstance(told(client, greeting + b"\r\n"), Reply)
    return client


def signed_in() -> Client:
    client = greeted()
    for command in (Command("USER", "alice"), Command("PASS", "a b")):
        client.send(command)
        assert isinstance(told(client, b"+OK\r\n"), Reply)
    assert client.state is State.TRANSACTION
    return client


CONTENT = b"+OK\r\nSubject: dots\r\n\r\n..\r\n...\r\n.x\r\n\r\n.\r\n"


@pytest.mark.parametrize("step", [1, 2, 3, 5, len(CONTENT)])
def test_an_answer_in_pieces_of_any_size_is_the_same(step: int) -> None:
    client = signed_in()
    client.send(Command("RETR", "1"))
    for start in range(0, len(CONTENT), step):
        assert client.next_event() is NEED_DATA
        client.receive_data(CONTENT[start : start + step])
    reply = client.next_event()
    assert isinstance(reply, Reply)
    assert reply.content == b"Subject: dots\r\n\r\n.\r\n..\r\nx\r\n\r\n"


@pytest.mark.parametrize(
    ("command", "multi"),
    [
        (Command("LIST"), True), (Command("LIST", "1"), False), (Command("UIDL"), True), (Command("UIDL", "1"), False),
        (Command("TOP", "1 0"), True), (Command("CAPA"), True), (Command("LANG"), True), (Command("LANG", "ja"), False),
        (Command("STAT"), False), (Command("NOOP"), False),
    ],
)  # fmt: skip
def test_it_knows_which_answers_have_more_lines(command: Command, multi: bool) -> None:
    client = signed_in()
    client.send(command)
    reply = told(client, b"+OK\r\n")
    assert (reply is NEED_DATA) is multi
    if multi:
        reply = told(client, b".\r\n")
    assert isinstance(reply, Reply)
    assert reply.lines == []
    client.send(command)
    assert isinstance(told(client, b"-ERR\r\n"), Reply), "a refusal has one line"


@pytest.mark.parametrize(
    ("line", "code", "text"),
    [
        (b"-ERR [IN-USE] busy", "IN-USE", "busy"),
        (b"-ERR [sys/temp] later", "SYS/TEMP", "later"),
        (b"-ERR [UTF8]", "UTF8", ""),
        (b"-ERR [X!y/z] t", "X!Y/Z", "t"),
        (b"-ERR [no code] t", None, "[no code] t"),
        (b"-ERR [] t", None, "[] t"),
        (b"-ERR", None, ""),
        ("-ERR [AUTH] パスワードが違います".encode(), "AUTH", "パスワードが違います"),
        (b"-ERR \xff\xfe", None, "\ufffd\ufffd"),
    ],
)
def test_a_code_is_told_apart_from_the_text(line: bytes, code: str | None, text: str) -> None:
    client = signed_in()
    client.send(Command("DELE", "1"))
    assert told(client, line + b"\r\n") == Reply("DELE", ok=False, text=text, code=code)


def test_apop_is_made_of_the_timestamp_and_the_password() -> None:
    # the example of RFC 1939 §7
    assert greeted().apop("mrose", "tanstaaf").argument == "mrose c4c9334bac560ecc979e58001b3e22fb"


@pytest.mark.parametrize("greeting", [b"+OK ready", b"+OK <no at>", b"+OK <@>", b"+OK <a@b", b"+OK a@b>"])
def test_without_a_timestamp_there_is_no_apop(greeting: bytes) -> None:
    with pytest.raises(LocalProtocolError, match="needs a timestamp"):
        greeted(greeting).apop("alice", "x")


def test_what_came_before_tls_is_forgotten() -> None:
    client = greeted()
    client.send(Command("STLS"))
    told(client, b"+OK\r\n+OK slipped in\r\n")
    client.tls_started()
    assert client.next_event() is NEED_DATA
    with pytest.raises(LocalProtocolError, match="timestamp"):
        client.apop("alice", "x")


def test_it_gives_no_stls_after_utf8() -> None:
    client = greeted()
    client.send(Command("UTF8"))
    told(client, b"+OK\r\n")
    with pytest.raises(LocalProtocolError, match="STLS has to come before UTF8"):
        client.send(Command("STLS"))


def test_a_challenge_is_answered_once() -> None:
    client = greeted()
    client.send(Command("AUTH", "PLAIN"))
    assert told(client, b"+ \r\n") == Continue(b"")
    assert client.send(SaslResponse(None)) == b"*\r\n"
    with pytest.raises(LocalProtocolError, match="needs a challenge"):
        client.send(SaslResponse(b"x"))
    assert isinstance(told(client, b"-ERR cancelled\r\n"), Reply)
    assert client.state is State.AUTHORIZATION


@pytest.mark.parametrize(
    "command",
    [
        Command("USER", "a\r\nDELE 1"),
        Command("USER", "a\0"),
        Command("USER", "a" * 250),
        Command("RETR", "1"),
    ],
)
def test_a_command_that_no_server_would_take_is_not_sent(command: Command) -> None:
    client = greeted()
    with pytest.raises(LocalProtocolError):
        client.send(command)
    assert client.send(Command("CAPA")) == b"CAPA\r\n", "and nothing has changed"


def test_replies_to_commands_on_their_way_come_in_their_order() -> None:
    client = signed_in()
    sent = b"".join(
        client.send(command) for command in (Command("RETR", "1"), Command("DELE", "1"), Command("QUIT"))
    )
    assert sent == b"RETR 1\r\nDELE 1\r\nQUIT\r\n"
    client.receive_data(b"+OK\r\nx\r\n.\r\n+OK\r\n+OK bye\r\n")
    replies = [client.next_event() for _ in range(4)]
    assert [each.command for each in replies if isinstance(each, Reply)] == ["RETR", "DELE", "QUIT"]
    assert replies[-1] == ConnectionClosed()


@pytest.mark.parametrize("before", [b"+", b"+OK half", b"+OK\r\nhalf\r\n", b"+OK\r\nhalf\r\n."])
def test_a_connection_that_ends_in_the_middle_gives_no_half_answer(before: bytes) -> None:
    client = signed_in()
    client.send(Command("RETR", "1"))
    assert told(client, before) is NEED_DATA
    assert told(client, b"") == ConnectionClosed()


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (b"220 mx ESMTP\r\n", "not a POP3 reply"),
        (b"* OK IMAP ready\r\n", "not a POP3 reply"),
        (b"\x16\x03\x01\r\n", "not a POP3 reply"),
        (b"\r\n", "not a POP3 reply"),
        (b"+ AAAA\r\n", "a challenge that answers greeting"),
        (b"x" * (MAX_REPLY_LINE + 1), "longer than this client holds"),
    ],
)
def test_what_is_no_pop3_ends_the_session(said: bytes, error: str) -> None:
    client = Client()
    with pytest.raises(RemoteProtocolError, match=error):
        told(client, said)
    assert told(client, b"+OK\r\n") == ConnectionClosed()


def test_a_reply_that_nobody_asked_for_ends_the_session() -> None:
    with pytest.raises(RemoteProtocolError, match="no command"):
        told(signed_in(), b"+OK really\r\n")


def test_a_challenge_that_is_no_base64_ends_the_session() -> None:
    client = greeted()
    client.send(Command("AUTH", "PLAIN"))
    with pytest.raises(RemoteProtocolError, match="base64"):
        told(client, b"+ !!!\r\n")


def test_content_without_end_is_not_kept_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailserver_lab.pop3.client.MAX_CONTENT", 100_000)
    client = signed_in()
    client.send(Command("RETR", "1"))
    client.receive_data(b"+OK\r\n")
    for _ in range(100):
        assert told(client, b"x" * 1000) is NEED_DATA
    with pytest.raises(RemoteProtocolError, match="longer than this client holds"):
        told(client, b"x")


def test_ten_megabytes_in_small_pieces_take_no_time_to_speak_of() -> None:
    client = signed_in()
    client.send(Command("RETR", "1"))
    client.receive_data(b"+OK\r\n")
    piece = b"0123456789abcde\r\n" * 60
    for _ in range(10_000):
        assert told(client, piece) is NEED_DATA
    reply = told(client, b".\r\n")
    assert isinstance(reply, Reply)
    assert reply.content == piece * 10_000


PIECES = st.sampled_from(
    [b"+OK", b"-ERR", b"+ ", b"\r\n", b"\n", b".", b".\r\n", b" [AUTH] x", b"\0", b"\xff", b"YQ=="]
)
COMMANDS = st.sampled_from(
    [Command("CAPA"), Command("USER", "a"), Command("PASS", "b"), Command("AUTH", "PLAIN"), Command("STAT"), Command("RETR", "1"),
     Command("LIST"), Command("UTF8"), Command("LANG"), Command("QUIT"), SaslResponse(b"x"), SaslResponse(None)]
)  # fmt: skip


@settings(max_examples=200)
@given(st.lists(st.one_of(PIECES, COMMANDS), max_size=40))
def test_no_server_breaks_it(script: list[bytes | Command | SaslResponse]) -> None:
    client = greeted()
    for each in script:
        try:
            if isinstance(each, bytes):
                client.receive_data(each)
                while client.next_event() not in (NEED_DATA, ConnectionClosed()):
                    pass
            else:
                client.send(each)
        except RemoteProtocolError:
            assert client.state is State.CLOSED
        except LocalProtocolError:
            pass
