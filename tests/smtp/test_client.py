"""The client's core: joined by bytes to servers that are only text."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailserver_lab.net import MemoryNet, Peer, Stream
from mailserver_lab.smtp.client import (
    NEED_DATA,
    Answered,
    LocalProtocolError,
    RemoteProtocolError,
    SmtpClient,
    State,
)
from mailserver_lab.smtp.server import Server

EHLO = b"250-mx.hibari.example\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250 DSN\r\n"


def heard(client: SmtpClient, data: bytes) -> list[Answered]:
    client.receive_data(data)
    events = []
    while isinstance(event := client.next_event(), Answered):
        events.append(event)
    return events


def ready(ehlo: bytes = EHLO) -> SmtpClient:
    client = SmtpClient()
    heard(client, b"220 hello\r\n")
    client.ehlo("pc")
    heard(client, ehlo)
    assert client.state is State.READY
    return client


def test_a_whole_conversation_one_octet_at_a_time() -> None:
    client = SmtpClient()
    script: list[tuple[bytes, bytes, State]] = [
        (b"", b"220-mx.hibari.example\r\n220 hello\r\n", State.GREETED),
        (b"EHLO pc\r\n", EHLO, State.READY),
        (b"MAIL FROM:<a@x.example> SIZE=5 BODY=8BITMIME\r\n", b"250 2.1.0 OK\r\n", State.MAIL),
        (b"RCPT TO:<b@y.example> NOTIFY=NEVER\r\n", b"250 2.1.5 OK\r\n", State.RCPT),
        (b"DATA\r\n", b"354 go on\r\n", State.DATA),
        (b"..hi\r\n.\r\n", b"250 2.0.0 queued as q0001\r\n", State.READY),
        (b"QUIT\r\n", b"221 2.0.0 Bye\r\n", State.CLOSED),
    ]
    calls = [
        lambda: b"", lambda: client.ehlo("pc"), lambda: client.mail("a@x.example", SIZE=5, BODY="8BITMIME"),
        lambda: client.rcpt("b@y.example", NOTIFY="NEVER"), client.data, lambda: client.content(b".hi"), client.quit,
    ]  # fmt: skip
    for call, (says, answer, state) in zip(calls, script, strict=True):
        assert call() == says
        events = []
        for octet in answer:
            assert not events
            events = heard(client, bytes([octet]))
        assert len(events) == 1
        assert client.state is state
    assert client.extensions == {"PIPELINING": "", "SIZE": "1000", "DSN": ""}


def test_replies_of_several_lines_are_one() -> None:
    (event,) = heard(SmtpClient(), b"554-5.7.1 Go\r\n554-5.7.1 away\r\n554 5.7.1 please\r\n")
    assert (event.reply.code, event.reply.status, event.reply.text) == (554, "5.7.1", "Go\naway\nplease")


def test_commands_are_piped_where_the_server_takes_them_so() -> None:
    client = ready()
    client.mail("a@x.example")
    client.rcpt("b@y.example")
    client.rcpt("c@y.example")
    client.data()
    events = heard(client, b"250 ok\r\n550 5.1.1 no\r\n250 ok\r\n354 go\r\n")
    assert [event.command.verb for event in events] == ["MAIL", "RCPT", "RCPT", "DATA"]
    assert [event.reply.ok for event in events] == [True, False, True, True]
    assert client.state is State.DATA


def test_without_pipelining_each_command_waits() -> None:
    client = ready(b"250 mx.hibari.example\r\n")
    client.mail("a@x.example")
    with pytest.raises(LocalProtocolError, match="wait for the answer to MAIL"):
        client.rcpt("b@y.example")


@pytest.mark.parametrize("last", ["ehlo", "data", "quit", "starttls", "auth"])
def test_nothing_follows_what_ends_a_group(last: str) -> None:
    client = ready()
    if last == "data":
        client.mail("a@x.example")
        client.rcpt("b@y.example")
    {
        "ehlo": lambda: client.ehlo("pc"),
        "data": client.data,
        "quit": client.quit,
        "starttls": client.starttls,
        "auth": lambda: client.auth_plain("a", "b"),
    }[last]()
    with pytest.raises(LocalProtocolError):
        client.rset()


def test_what_the_state_does_not_allow_names_the_states() -> None:
    client = ready()
    with pytest.raises(
        LocalProtocolError, match="RCPT needs the state MAIL, RCPT; the conversation is in READY"
    ):
        client.rcpt("b@y.example")
    with pytest.raises(LocalProtocolError, match="content needs the state DATA"):
        client.content(b"x")
    with pytest.raises(LocalProtocolError, match="wait for the answer to the connection"):
        SmtpClient().ehlo("pc")


def test_a_refused_command_changes_no_state() -> None:
    client = ready()
    client.mail("a@x.example")
    heard(client, b"452 4.3.1 no room\r\n")
    assert client.state is State.READY
    with pytest.raises(LocalProtocolError):
        client.rcpt("b@y.example")


def test_a_transaction_is_over_after_the_content_even_if_refused() -> None:
    client = ready()
    client.mail("a@x.example")
    client.rcpt("b@y.example")
    client.data()
    heard(client, b"250 ok\r\n250 ok\r\n354 go\r\n")
    client.content(b"x")
    (event,) = heard(client, b"552 5.3.4 too large\r\n")
    assert event.reply.permanent
    assert client.state is State.READY


def test_a_server_may_go_away_unasked() -> None:
    client = ready()
    (event,) = heard(client, b"421 4.4.2 too long\r\n")
    assert (event.command.verb, client.state) == ("", State.CLOSED)


def test_secured_anew_nothing_of_before_is_believed() -> None:
    """Replies slipped in ahead of TLS must not be taken for those to what is said under TLS."""
    client = ready()
    client.starttls()
    assert len(heard(client, b"220 go\r\n250-evil\r\n250 AUTH PLAIN\r\n")) == 1
    assert client.state is State.GREETED
    assert client.extensions == {}
    client.ehlo("pc")
    assert client.next_event() is NEED_DATA


@pytest.mark.parametrize(
    "said",
    [
        b"hello\r\n",
        b"\r\n",
        b"22\r\n",
        b"220-a\r\n250 b\r\n",
        b"999 x\r\n",
        b"099 x\r\n",
        "٢٢٠ x\r\n".encode(),
        b"220_x\r\n",
        b"\xff\xff\xff\r\n",
        b"354 go on\r\n",
    ],
)
def test_what_is_no_smtp_is_told_from_it(said: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        heard(SmtpClient(), said)


def test_an_answer_to_nothing_is_an_error() -> None:
    with pytest.raises(RemoteProtocolError, match="to nothing"):
        heard(ready(), b"250 ok\r\n")


def test_go_on_is_no_success_and_success_is_no_go_on() -> None:
    """Else a message would be taken for delivered that nobody took."""
    client = ready()
    client.mail("a@x.example")
    client.rcpt("b@y.example")
    client.data()
    heard(client, b"250 ok\r\n250 ok\r\n")
    with pytest.raises(RemoteProtocolError):
        heard(client, b"250 ok\r\n")
    client = ready()
    client.mail("a@x.example")
    client.rcpt("b@y.example")
    client.data()
    heard(client, b"250 ok\r\n250 ok\r\n354 go\r\n")
    client.content(b"x")
    with pytest.raises(RemoteProtocolError):
        heard(client, b"354 go\r\n")


@pytest.mark.parametrize("piece", [b"2" * 1_000, b"220-" + b"x" * 900 + b"\r\n"])
def test_a_reply_that_does_not_end_is_cut_off(piece: bytes) -> None:
    client = SmtpClient()
    client.receive_data(piece * 1_000)
    with pytest.raises(RemoteProtocolError):
        client.next_event()


@pytest.mark.parametrize(
    "path", ["a@x\r\nRCPT TO:<b@y", "a@x\nb", "a\0b@x", "a@x> SIZE=1", "<a@x", '"a"b>"@x']
)
def test_a_path_cannot_smuggle_in_another_command(path: str) -> None:
    with pytest.raises(LocalProtocolError):
        ready().mail(path)


def test_an_angle_bracket_in_quotation_marks_is_part_of_the_path() -> None:
    assert ready().mail('"a>b"@x.example') == b'MAIL FROM:<"a>b"@x.example>\r\n'


def test_no_argument_can_smuggle_in_another_command() -> None:
    client = SmtpClient()
    heard(client, b"220 hello\r\n")
    with pytest.raises(LocalProtocolError):
        client.ehlo("pc\r\nMAIL FROM:<>")
    with pytest.raises(LocalProtocolError):
        ready().rcpt("a@x", ORCPT="rfc822;a\r\nDATA")


def test_a_password_is_sent_and_not_shown() -> None:
    client = ready()
    assert client.auth_plain("user", "secret") == b"AUTH PLAIN AHVzZXIAc2VjcmV0\r\n"
    (event,) = heard(client, b"535 5.7.8 no\r\n")
    assert str(event.command) == "AUTH ***"


LINES = st.lists(
    st.one_of(
        st.binary(max_size=60).map(lambda b: b.replace(b"\r", b"").replace(b"\n", b"").replace(b"\0", b"")),
        st.sampled_from([b".", b"..", b"", b".x"]),
    ),
    max_size=20,
)


class _Catcher:
    """What aiosmtpd makes of a content."""

    def __init__(self) -> None:
        self.got: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802
        self.got.set_result(envelope.content)  # type: ignore[attr-defined]
        return "250 2.0.0 ok"


async def _through_aiosmtpd(content: bytes) -> bytes:
    from aiosmtpd.smtp import SMTP

    net, catcher = MemoryNet(), _Catcher()
    await net.listen_protocol(
        "192.0.2.1", 25, lambda: SMTP(catcher, hostname="mx", loop=asyncio.get_running_loop())
    )
    stream: Stream = await net.connect(Peer("pc", "192.0.2.2"), "192.0.2.1", 25)
    stream.write(b"EHLO pc\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n" + content)
    got = await asyncio.wait_for(catcher.got, 5)
    await net.close()
    return got


@settings(max_examples=60)
@given(LINES, st.sampled_from([b"\r\n", b"\n", b"\r"]))
def test_any_message_arrives_as_it_was_sent(lines: list[bytes], end: bytes) -> None:
    client = ready()
    client.mail("a@x.example")
    client.rcpt("b@y.example")
    client.data()
    heard(client, b"250 ok\r\n250 ok\r\n354 go\r\n")
    sent = client.content(end.join([*lines, b""]) if lines else b"")
    assert sent.endswith(b".\r\n")
    assert sent.count(b"\r\n.\r\n") == (1 if lines else 0)  # nothing inside ends the message
    assert asyncio.run(_through_aiosmtpd(sent)) == b"".join(line + b"\r\n" for line in lines)


def test_the_server_is_the_pinned_one() -> None:
    import aiosmtpd

    assert aiosmtpd.__version__ == "1.4.6"
    assert issubclass(Server, __import__("aiosmtpd.smtp").smtp.SMTP)
