"""What clients meet: golden dialogues, several sessions, and clients that misbehave."""

from __future__ import annotations

import asyncio

import pytest

from mailserver_lab.pop3 import MailboxLocks
from mailserver_lab.store import Change

from .conftest import ALICE, MAIL, Start, talk

LOGIN = (f"USER {ALICE}", "PASS tsubame 2026")


async def test_a_session_as_a_reader_types_it(start: Start) -> None:
    lab = await start()
    stream = await lab.connect()
    heard = await talk(
        stream, "CAPA", *LOGIN, "STAT", "LIST 2", "UIDL 1", "TOP 3 1", "DELE 1", "RETR 1", "STAT", "RSET", "DELE 2", "QUIT",
        until=b"\r\n",
    )  # fmt: skip
    folder = await lab.store.folder(ALICE, "INBOX")
    sizes = [len(raw) for raw in MAIL]
    assert heard.splitlines() == [
        "+OK mx.tsubame.example POP3 server ready",
        "+OK Capability list follows",
        *("USER", "SASL PLAIN", "TOP", "UIDL", "PIPELINING", "RESP-CODES", "AUTH-RESP-CODE", "EXPIRE NEVER"),
        *("IMPLEMENTATION mailserver-lab", "."),
        "+OK Now the password",
        f"+OK Mailbox open, 3 {sum(sizes)}",
        f"+OK 3 {sum(sizes)}",
        f"+OK 2 {sizes[1]}",
        f"+OK 1 {folder.uidvalidity}-1",
        *("+OK Top of message 3 follows", "Subject: three", "", "line 0", "."),
        "+OK Message 1 marked as deleted; QUIT will remove it",
        "-ERR Message 1 is marked as deleted",
        f"+OK 2 {sum(sizes[1:])}",
        f"+OK Maildrop has 3 {sum(sizes)}",
        "+OK Message 2 marked as deleted; QUIT will remove it",
        "+OK mx.tsubame.example closing, 1 removed",
    ]
    assert await lab.subjects() == ["one", "three"]


async def test_nothing_is_removed_without_quit(start: Start) -> None:
    lab = await start()
    stream = await lab.connect()
    await talk(stream, *LOGIN, "DELE 1")
    stream.close()
    await asyncio.sleep(0.01)
    assert len(await lab.subjects()) == 3
    assert "+OK Mailbox open" in await talk(await lab.connect(), *LOGIN)


async def test_a_mailbox_is_open_once_and_free_again_after_quit(start: Start) -> None:
    lab = await start(locks=MailboxLocks())
    first, second = await lab.connect(), await lab.connect()
    await talk(first, *LOGIN)
    assert "-ERR [IN-USE]" in await talk(second, *LOGIN)
    first.write(b"QUIT\r\n")
    await first.read()
    second.write(f"USER {ALICE.upper()}\r\nPASS tsubame 2026\r\n".encode())
    await asyncio.sleep(0.01)
    assert b"+OK Mailbox open" in await second.read()


async def test_a_message_that_another_program_removed_is_told_so(start: Start) -> None:
    lab = await start()
    stream = await lab.connect()
    await talk(stream, *LOGIN)
    await lab.store.expunge(ALICE, "INBOX", [1])
    stream.write(b"RETR 1\r\nDELE 1\r\nQUIT\r\n")
    await asyncio.sleep(0.01)
    heard = await stream.read()
    assert heard.startswith(b"-ERR [SYS/TEMP] Message 1 is gone")
    assert b"closing" in heard


@pytest.mark.parametrize(
    "lines",
    [
        (f"USER {ALICE}", "PASS wrong"),
        ("USER nobody@tsubame.example", "PASS tsubame 2026"),
        ("AUTH PLAIN AGEAYg==",),
        ("AUTH PLAIN", "AGEAYg=="),
    ],
)
async def test_a_wrong_login_says_auth_and_no_more(start: Start, lines: tuple[str, ...]) -> None:
    heard = await talk(await (await start()).connect(), *lines)
    assert heard.splitlines()[-1] == "-ERR [AUTH] Wrong name or password"


async def test_sign_in_is_refused_without_tls_where_the_server_wants_it(start: Start) -> None:
    lab = await start(require_tls=True)
    heard = await talk(await lab.connect(), "CAPA", LOGIN[0], "AUTH PLAIN AGEAYg==")
    assert "USER\r\n" not in heard
    assert heard.count("-ERR Sign in under TLS only") == 2


async def test_the_record_tells_the_session_without_its_secrets(start: Start) -> None:
    lab = await start()
    await talk(await lab.connect(), *LOGIN, "RETR 2", "QUIT", until=b"\n")
    await asyncio.sleep(0.01)
    lines = [event for event in lab.record() if event.kind == "line"]
    assert [f"{event.side}: {event.text}"[:40] for event in lines][1:6:2] == [
        f"client: USER {ALICE}",
        "client: PASS ***",
        "client: RETR 2",
    ]
    assert not any("2026" in event.text for event in lab.record())
    assert lines[3].state == ("PASSWORD", "PASSWORD")
    assert lines[4].state == ("PASSWORD", "TRANSACTION")
    assert lines[5].queue_id == "q0002"
    content = [event for event in lab.record() if event.kind == "content"]
    assert [event.size for event in content] == [len(MAIL[1])]
    assert content[0].queue_id == "q0002"


async def test_another_protocol_is_answered_and_then_sent_away(start: Start) -> None:
    lab = await start()
    stream = await lab.connect()
    stream.write(b"GET / HTTP/1.1\r\n" + b"Header: x\r\n" * 20)
    heard = bytearray()
    while data := await stream.read():
        heard += data
    assert heard.count(b"-ERR unknown command") == 9
    assert heard.endswith(b"-ERR Too many errors, closing the connection\r\n")
    assert "+OK" in await talk(await lab.connect(), "QUIT")


@pytest.mark.parametrize(
    "garbage", [b"\x00" * 5000, bytes(range(256)) * 400, b"A" * 100_000 + b"\r\n", b"USER al"]
)
async def test_garbage_harms_nobody_else(start: Start, garbage: bytes) -> None:
    lab = await start()
    bad = await lab.connect()
    bad.write(garbage)
    await asyncio.sleep(0.01)
    assert "+OK Mailbox open" in await talk(await lab.connect(), *LOGIN)
    bad.close()


async def test_a_silent_client_is_cut_off_without_update(start: Start) -> None:
    lab = await start(idle_timeout=0.05)
    stream = await lab.connect()
    heard = await talk(stream, *LOGIN, "DELE 1")
    assert heard
    assert await asyncio.wait_for(stream.read(), 1) == b""
    assert len(await lab.subjects()) == 3


async def test_removal_is_one_change_at_quit(start: Start) -> None:
    lab = await start()
    changes: list[Change] = []
    lab.store.watch(ALICE, changes.append)
    await talk(await lab.connect(), *LOGIN, "DELE 1", "DELE 3", "QUIT")
    assert [(change.kind, change.uids) for change in changes] == [("expunged", (1, 3))]
