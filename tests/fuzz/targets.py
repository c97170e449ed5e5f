"""Everything of the lab that reads what strangers send: each takes any octets whatever, and raises nothing.

A target has words from which something like its language can be put together, and examples to begin from. Where octets come
over a connection, the first one says in pieces of which size.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import dns.message

from mailserver_lab import pop3
from mailserver_lab.clock import Clock
from mailserver_lab.dns.zone import Zone, asked_for
from mailserver_lab.dsn import diagnose, read
from mailserver_lab.imap.bodystructure import bodystructure
from mailserver_lab.imap.client import ImapClient
from mailserver_lab.imap.core import Server as ImapServer
from mailserver_lab.imap.envelope import envelope
from mailserver_lab.imap.events import ConnectionClosed, Status, Wait
from mailserver_lab.imap.events import RemoteProtocolError as ImapError
from mailserver_lab.imap.states import Outcome, State
from mailserver_lab.mime import content, headers, structure
from mailserver_lab.smtp import client as smtp_client
from mailserver_lab.smtp import paths
from mailserver_lab.store import Store
from mailserver_lab.world import bundled
from tests.dsn.bounces import SAMPLES
from tests.imap.odd_mails import ALL as ODD_MAILS
from tests.pop3.mails import MAIL

MOST = 4_000  # octets of one input


@dataclass(frozen=True)
class Target:
    """What is tried with any octets."""

    read: Callable[[bytes], None]
    words: tuple[bytes, ...]
    examples: tuple[bytes, ...]


def _pieces(data: bytes) -> Iterator[bytes]:
    """What comes over a connection: in pieces as large as the first octet says, nothing being a single piece."""
    size, data = (data[0] or MOST, data[1:]) if data else (1, b"")
    return (data[start : start + size] for start in range(0, len(data), size))


def _smtp_replies(data: bytes) -> None:
    client = smtp_client.SmtpClient()
    said = iter((lambda: client.ehlo("pc"), lambda: client.mail("a@b.example"), lambda: client.rcpt("c@d.example"),
                 client.data, lambda: client.content(b"x"), client.quit))  # fmt: skip
    try:
        for piece in _pieces(data):
            client.receive_data(piece)
            while client.next_event() is not smtp_client.NEED_DATA:
                try:
                    next(said, client.rset)()
                except smtp_client.LocalProtocolError:
                    client.state = smtp_client.State.READY  # it was refused: be asked anew
                    client.rset()
    except (smtp_client.RemoteProtocolError, smtp_client.LocalProtocolError):
        pass


def _smtp_paths(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    for keyword in ("FROM", "TO"):
        with contextlib.suppress(paths.BadPath):
            paths.parse(text, keyword)


def _pop3_server(data: bytes) -> None:
    server = pop3.Server()
    server.send(pop3.Ok("ready"))
    for piece in _pieces(data):
        server.receive_data(piece)
        while True:
            match event := server.next_event():
                case pop3.Command(verb="AUTH", argument=argument) if " " not in argument:
                    answer: pop3.Ok | pop3.Err | pop3.Continue = pop3.Continue()
                case pop3.Command(verb="RETR"):
                    answer = pop3.Ok(content=data)
                case pop3.Command() | pop3.SaslResponse():
                    answer = pop3.Ok()
                case pop3.Refused(reason=reason):
                    answer = pop3.Err(reason.ja)
                case _:
                    break
            assert event.line.text.isprintable()
            assert server.send(answer).endswith(b"\r\n")
            if server.state is pop3.State.STARTING_TLS:
                server.tls_started()


def _pop3_session(data: bytes) -> None:
    """The whole of a server, with one mailbox."""
    _loop().run_until_complete(_served(data))


@functools.cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()  # one for all: making it takes longer than an input does


async def _served(data: bytes) -> None:
    store, clock = Store.memory(), Clock(datetime(2026, 4, 1, tzinfo=UTC))
    await store.open_account("a")
    for raw in MAIL[:2]:
        await store.append("a", "INBOX", raw, (), clock.now())

    async def authenticate(address: str, password: str) -> bool:
        return address == "a"

    session = pop3.Session(
        store=store,
        authenticate=authenticate,
        locks=pop3.MailboxLocks(),
        hostname="mx",
        stamp="1",
        secret_of=str,
    )
    server = pop3.Server()
    server.send(session.greeting())
    for piece in _pieces(data):
        server.receive_data(piece)
        while not isinstance(event := server.next_event(), pop3.ConnectionClosed) and event not in (
            pop3.NEED_DATA, pop3.PAUSED,
        ):  # fmt: skip
            session.concerns(event)
            answer = session.answer(event)
            server.send(await answer() if callable(answer) else answer)
    session.close()
    await store.close()


_POP3_ASKED = (
    pop3.Command("CAPA"), pop3.Command("AUTH", "PLAIN"), pop3.SaslResponse(b""), pop3.Command("LIST"), pop3.Command("RETR", "1"),
    pop3.Command("UIDL", "1"), pop3.Command("LANG"), pop3.Command("QUIT"),
)  # fmt: skip


def _pop3_client(data: bytes) -> None:
    client, asked = pop3.Client(), iter(_POP3_ASKED)
    try:
        for piece in _pieces(data):
            client.receive_data(piece)
            while not isinstance(event := client.next_event(), pop3.ConnectionClosed | type(pop3.NEED_DATA)):
                if isinstance(event, pop3.Reply):
                    assert event.code is None or event.code == event.code.upper()
                    event.lines  # noqa: B018
                try:
                    client.send(next(asked, pop3.Command("NOOP")))
                except pop3.LocalProtocolError:
                    return
    except pop3.RemoteProtocolError:
        assert client.state is pop3.State.CLOSED


def _imap_server(data: bytes) -> None:
    server = ImapServer()
    server.send(Status(None, Outcome.OK, "ready"))
    for line in (b"x LOGIN a b\r\n", b"x SELECT INBOX\r\n"):
        server.receive_data(line)
        server.next_event()
        server.send(Status("x", Outcome.OK, "done"))
    for piece in _pieces(data):
        server.receive_data(piece)
        while not isinstance(event := server.next_event(), Wait | ConnectionClosed):
            server.send(Status(event.tag, Outcome.NO, "not now"))
            if server.state is State.LOGOUT:
                return


def _imap_client(data: bytes) -> None:
    client = ImapClient()
    try:
        for piece in _pieces(data):
            client.receive_data(piece)
            while not isinstance(client.next_event(), Wait | ConnectionClosed):
                if client.state is State.NOT_AUTHENTICATED and client.tag is None:
                    client.send("NOOP")
    except ImapError:
        pass


def _mime(data: bytes) -> None:
    root = structure.scan(data)
    for part in structure.walk(root):
        content.octets(part, data)
        content.size(part, data)
        content.text(part, data)
        content.file_name(part)
    content.searchable(root, data)
    bodystructure(root, data, extended=True)
    head, _ = headers.split(data)
    envelope(head)
    for _, value in headers.fields(head):
        headers.decoded(value)
        headers.parameters(value)


def _doctor(data: bytes) -> None:
    diagnose(data)
    read(data)


_ZONE = Zone(bundled("user-unknown"))


def _zone(data: bytes) -> None:
    asked_for(data)
    for tcp in (False, True):
        _ZONE.answer(data, tcp=tcp)


def _questions() -> tuple[bytes, ...]:
    asked = (("hibari.example", "MX"), ("mx.hibari.example", "A"), ("nowhere.example", "TXT"), (".", "NS"))
    return tuple(dns.message.make_query(name, kind, use_edns=0).to_wire() for name, kind in asked)


def _said(*lines: str, size: int = 7) -> bytes:
    return bytes([size]) + "".join(f"{line}\r\n" for line in lines).encode()


_MAIL_WORDS = (
    b"\r\n", b"\n", b"\r\n\r\n", b": ", b";", b"--b", b"--b--", b"=?utf-8?b?4pyT?=", b"=?", b"?=", b'"', b"(", b")", b"<a@b.example>",
    b"Content-Type: multipart/mixed; boundary=b\r\n", b"Content-Type: message/rfc822\r\n", b"Content-Type: multipart/report\r\n",
    b"Content-Type: message/delivery-status\r\n", b"Content-Transfer-Encoding: base64\r\n", b"charset*0*=utf-8''%E2", b"Subject: ",
    b"From: MAILER-DAEMON\r\n", b"Status: 5.1.1\r\n", b"Diagnostic-Code: smtp; 550 User unknown\r\n", b"Final-Recipient: rfc822; ",
    b"Action: failed\r\n", b"\xff", b"\0", b"\xe3\x81\x82",
)  # fmt: skip

TARGETS = {
    "smtp_replies": Target(
        _smtp_replies,
        (
            b"220 ",
            b"250-",
            b"250 ",
            b"354 ",
            b"550 5.1.1 ",
            b"\r\n",
            b"\n",
            b"SIZE 1000",
            b"AUTH PLAIN",
            b"421",
            b"999",
            b"-",
            b" ",
        ),
        (
            _said(
                "220 mx ESMTP",
                "250-mx",
                "250-PIPELINING",
                "250 SIZE 100",
                "250 ok",
                "250 ok",
                "354 go",
                "250 ok",
                "221 bye",
            ),
            _said("220-a", "220 b", "500 no", "550 5.1.1 User unknown"),
        ),
    ),
    "smtp_paths": Target(
        _smtp_paths,
        (
            b"FROM:<",
            b"TO:<",
            b">",
            b"@",
            b"a.b",
            b'"q q"',
            b"\\",
            b"[192.0.2.1]",
            b" SIZE=1",
            b",",
            b":",
            b"\xe3\x81\x82",
        ),
        (b"FROM:<a@b.example> SIZE=3", b'TO:<@x,@y:"a b"@[192.0.2.1]>', b"FROM:<>"),
    ),
    "pop3_server": Target(
        _pop3_server,
        (
            b"USER a\r\n",
            b"PASS b\r\n",
            b"AUTH PLAIN",
            b" AGEAYg==",
            b"*",
            b"STLS\r\n",
            b"CAPA\r\n",
            b"LANG ja\r\n",
            b"UTF8\r\n",
            b"RETR 1\r\n",
            b"TOP 1 1\r\n",
            b"QUIT\r\n",
            b"\r\n",
            b"\n",
            b"\r",
            b"\0",
            b"\xff",
            b" ",
        ),
        (
            _said("CAPA", "USER a", "PASS b", "STAT", "RETR 1", "QUIT"),
            _said("STLS", "AUTH PLAIN", "*", "AUTH PLAIN AGEAYg=="),
        ),
    ),
    "pop3_session": Target(
        _pop3_session,
        (
            b"USER a\r\n",
            b"PASS b\r\n",
            b"APOP a ",
            b"AUTH PLAIN AGEAYg==\r\n",
            b"LANG *\r\n",
            b"UTF8\r\n",
            b"LIST",
            b"UIDL",
            b"RETR 2",
            b"TOP 1 ",
            b"DELE 1",
            b"RSET",
            b"NOOP",
            b"STAT",
            b"QUIT",
            b" 1",
            b" 99",
            b"\r\n",
            b"\n",
            b"\xe3\x81\x82",
        ),
        (_said("USER a", "PASS b", "LIST", "RETR 2", "TOP 1 0", "DELE 1", "UIDL", "RSET", "QUIT"),),
    ),
    "pop3_client": Target(
        _pop3_client,
        (
            b"+OK",
            b"-ERR ",
            b"[AUTH] ",
            b"+ ",
            b"YQ==",
            b"\r\n",
            b"\r\n.\r\n",
            b".",
            b"..",
            b"<1@mx>",
            b"\n",
            b"\xff",
        ),
        (
            _said(
                "+OK ready <1.2@mx>", "+OK", "TOP", ".", "+ ", "+OK in", "+OK", "1 2", ".", "+OK", "..x", "."
            ),
        ),
    ),
    "imap_server": Target(
        _imap_server,
        (
            b"a ",
            b"UID ",
            b"FETCH 1:* ",
            b"STORE 1 +FLAGS ",
            b"SEARCH ",
            b"APPEND INBOX ",
            b"{3}\r\n",
            b"{3+}\r\n",
            b"~{2+}\r\n",
            b"(",
            b")",
            b'"',
            b"\\",
            b"BODY.PEEK[1.2.HEADER.FIELDS (TO)]<0.9>",
            b"OR ",
            b"NOT ",
            b"CHARSET UTF-8 ",
            b"RETURN (ALL) ",
            b"SUBJECT x",
            b"IDLE",
            b"DONE",
            b'LIST (SUBSCRIBED) "" * RETURN (STATUS (MESSAGES))',
            b"AUTHENTICATE PLAIN ",
            b"THREAD REFERENCES UTF-8 ALL",
            b'CATENATE (URL "/INBOX/;UID=1")',
            b"(CHANGEDSINCE 1 VANISHED)",
            b"NOTIFY SET STATUS (subtree (a b) (MessageNew MessageExpunge))",
            b"SELECT INBOX (QRESYNC (1 2 1:3 (1:2 1:2)))",
            b"\r\n",
            b"&AAA-",
        ),
        (
            _said(
                "a FETCH 1:* (FLAGS BODY.PEEK[1.HEADER]<0.5>)",
                'b SEARCH OR SUBJECT "x y" NOT (SEEN 1:3)',
                "c IDLE",
                "DONE",
            ),
            _said(
                "a APPEND INBOX (\\Seen) {3+}",
                "abc",
                "b SORT (REVERSE DATE) UTF-8 ALL",
                "c STORE 1 -FLAGS.SILENT (x)",
            ),
            _said('a LIST (SUBSCRIBED) "" (a% b*) RETURN (CHILDREN)', "b COPY 1,3:* Trash", "c LOGOUT"),
        ),
    ),
    "imap_client": Target(
        _imap_client,
        (
            b"* ",
            b"A001 ",
            b"A002 ",
            b"OK ",
            b"NO ",
            b"[CAPABILITY IMAP4rev1]",
            b"[UIDNEXT 3] ",
            b"1 FETCH (",
            b"BODY[] {3}\r\n",
            b"abc",
            b")",
            b"FLAGS (\\Seen)",
            b"+ ",
            b"\r\n",
            b'"',
            b"\\",
            b"NIL",
            b"(",
            b'LIST () "/" a',
            b"\n",
            b"\xff",
        ),
        (
            _said(
                "* OK [CAPABILITY IMAP4rev1 IDLE] hi",
                "* 1 FETCH (FLAGS (\\Seen) BODY[] {3}",
                "abc)",
                "A001 OK done",
            ),
        ),
    ),
    "mime": Target(_mime, _MAIL_WORDS, tuple(raw[:MOST] for raw in ODD_MAILS.values())),
    "doctor": Target(_doctor, _MAIL_WORDS, tuple(sample.raw[:MOST] for sample in SAMPLES.values())),
    "dns_zone": Target(
        _zone,
        (
            b"\0",
            b"\xc0\x0c",
            b"\x06hibari\x07example\0",
            b"\x02mx",
            b"\0\x0f\0\x01",
            b"\0\x01",
            b"\x3f",
            b"\xff\xff",
            b"\0\0\x29\x10\0",
        ),
        _questions(),
    ),
}
