"""Python's mail libraries read and keep mail."""

from __future__ import annotations

import asyncio
import imaplib
import poplib

import aioimaplib
import imapclient
import pytest

from tests.clients.mailbox import flags, folder, hand_in
from tests.clients.ways import Protocol, Security, service, tried
from tests.served import OTHER, RECIPIENT, Served


@tried(
    "imaplib",
    Protocol.IMAP,
    en="reads, searches, marks, saves, copies and expunges",
    ja="読み出し、検索、フラグの変更、保存、コピー、削除",
)
def test_imaplib(served: Served, security: Security, waiting: list[bytes]) -> None:
    host, port = served.at(OTHER, service(Protocol.IMAP, security))
    if security is Security.TLS:
        imap: imaplib.IMAP4 = imaplib.IMAP4_SSL(host, port, ssl_context=served.trust(), timeout=20)
    else:
        imap = imaplib.IMAP4(host, port, timeout=20)
    with imap:
        if security is Security.STARTTLS:
            imap.starttls(served.trust())
        imap.login(RECIPIENT, served.password(RECIPIENT))
        assert imap.select("INBOX")[1] == [b"2"]
        fetched = imap.fetch("1:2", "(BODY.PEEK[])")[1]
        assert [part[1] for part in fetched if isinstance(part, tuple)] == waiting
        assert imap.search("UTF-8", "SUBJECT", '"見積書"'.encode())[1] == [b"1"]  # type: ignore[arg-type]
        assert imap.store("1", "+FLAGS", r"(\Seen $Label1)")[0] == "OK"
        assert imap.append("Sent", r"(\Seen)", imaplib.Time2Internaldate(0), waiting[0])[0] == "OK"
        assert imap.copy("1", "Trash")[0] == "OK"
        assert imap.store("2", "+FLAGS", r"\Deleted")[0] == "OK"
        assert imap.expunge()[1] == [b"2"]
    assert folder(served) == folder(served, "Sent") == folder(served, "Trash") == waiting[:1]
    assert flags(served) == flags(served, "Trash") == [{rb"\Seen", b"$Label1"}]


def test_imaplib_is_refused_with_a_wrong_password(served: Served) -> None:
    with (
        imaplib.IMAP4_SSL(*served.at(OTHER, "imaps"), ssl_context=served.trust(), timeout=20) as imap,
        pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"),
    ):
        imap.login(RECIPIENT, "wrong")


@tried(
    "imapclient",
    Protocol.IMAP,
    en="makes a folder with a Japanese name, sorts, threads, moves, and is told of new mail (IDLE)",
    ja="日本語名のフォルダーの作成、並べ替え、スレッド表示、移動、新着の通知（IDLE）",
)
def test_imapclient(served: Served, security: Security, waiting: list[bytes]) -> None:
    host, port = served.at(OTHER, service(Protocol.IMAP, security))
    with imapclient.IMAPClient(
        host, port, ssl=security is Security.TLS, ssl_context=served.trust() if security is Security.TLS else None, timeout=20
    ) as client:  # fmt: skip
        if security is Security.STARTTLS:
            client.starttls(served.trust())
        client.login(RECIPIENT, served.password(RECIPIENT))
        client.create_folder("請求書/2026年")
        assert "請求書/2026年" in [name for _, _, name in client.list_folders()]
        client.select_folder("INBOX")
        first, second = client.search()
        assert client.sort("REVERSE ARRIVAL") == [second, first]
        assert client.thread() == ((first,), (second,))
        structure = client.fetch(first, ["BODYSTRUCTURE"])[first][b"BODYSTRUCTURE"]
        assert [part[:2] for part in structure[0]] == [
            (b"text", b"plain"),
            (b"application", b"octet-stream"),
            (b"text", b"csv"),
        ]
        client.move([first], "請求書/2026年")
        client.idle()
        hand_in(served, b"Subject: just now\r\n\r\n")
        told = client.idle_check(timeout=15)
        client.idle_done()
        assert (2, b"EXISTS") in told
    assert folder(served, "請求書/2026年") == waiting[:1]


@tried(
    "aioimaplib",
    Protocol.IMAP,
    en="reads, searches, moves, saves, and is told of new mail (IDLE)",
    ja="読み出し、検索、移動、保存、新着の通知（IDLE）",
    by=(Security.PLAIN, Security.TLS),
)
async def test_aioimaplib(served: Served, security: Security, waiting: list[bytes]) -> None:
    host, port = served.at(OTHER, service(Protocol.IMAP, security))
    imap = (
        aioimaplib.IMAP4_SSL(host, port, timeout=20, ssl_context=served.trust())
        if security is Security.TLS
        else aioimaplib.IMAP4(host, port, timeout=20)
    )
    await imap.wait_hello_from_server()
    assert (await imap.login(RECIPIENT, served.password(RECIPIENT))).result == "OK"
    assert (await imap.select("INBOX")).result == "OK"
    answer = await imap.fetch("1", "(BODY.PEEK[])")
    assert bytes(answer.lines[1]) == waiting[0]
    assert (await imap.search("SUBJECT", "short")).lines[0] == b"2"
    assert (await imap.append(waiting[0], "Sent", r"\Seen")).result == "OK"
    assert (await imap.move("2", "Trash")).result == "OK"
    waits = await imap.idle_start(timeout=20)
    new = asyncio.create_task(asyncio.to_thread(hand_in, served, b"Subject: just now\r\n\r\n"))
    assert b"2 EXISTS" in await imap.wait_server_push(timeout=15)
    imap.idle_done()
    await asyncio.wait_for(waits, 15)
    await new
    await imap.logout()
    assert folder(served, "Sent") == waiting[:1]
    assert folder(served, "Trash") == waiting[1:]


@tried(
    "poplib",
    Protocol.POP3,
    en="lists, reads, reads the first lines, deletes",
    ja="一覧、読み出し、先頭だけの読み出し、削除",
)
def test_poplib(served: Served, security: Security, waiting: list[bytes]) -> None:
    host, port = served.at(OTHER, service(Protocol.POP3, security))
    if security is Security.TLS:
        box: poplib.POP3 = poplib.POP3_SSL(host, port, context=served.trust(), timeout=20)
    else:
        box = poplib.POP3(host, port, timeout=20)
    if security is Security.STARTTLS:
        assert "STLS" in box.capa()
        box.stls(served.trust())
        assert "STLS" not in box.capa()
    box.user(RECIPIENT)
    box.pass_(served.password(RECIPIENT))
    assert box.stat() == (2, sum(map(len, waiting)))
    assert [b"".join(line + b"\r\n" for line in box.retr(n)[1]) for n in (1, 2)] == waiting
    head, _, text = waiting[0].partition(b"\r\n\r\n")
    assert b"\r\n".join(box.top(1, 1)[1]) == head + b"\r\n\r\n" + text.partition(b"\r\n")[0]
    assert len({line.split()[1] for line in box.uidl()[1]}) == 2
    box.dele(1)
    assert folder(served) == waiting  # until QUIT
    box.quit()
    assert folder(served) == waiting[1:]
