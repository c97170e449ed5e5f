"""The clients that people have: imaplib and curl, over real sockets, with TLS and without."""

from __future__ import annotations

import asyncio
import imaplib
import shutil
import ssl
import time

import pytest

from mailserver_lab.net import LoopbackNet

from .conftest import ALICE, PASSWORD, Start
from .mails import ATTACHMENT, MAILS, PLAIN


def insecure() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@pytest.mark.parametrize("tls", [False, True])
async def test_imaplib_reads_flags_appends_copies_and_deletes(start: Start, tls: bool) -> None:
    lab = await start(LoopbackNet(), require_tls=tls)

    def work() -> None:
        with imaplib.IMAP4("127.0.0.1", lab.port, timeout=5) as imap:
            if tls:
                imap.starttls(insecure())
            assert imap.login(ALICE, PASSWORD)[0] == "OK"
            assert imap.list()[1][0] == b'(\\HasNoChildren) "/" "INBOX"'
            assert imap.namespace()[1] == [b'(("" "/")) NIL NIL']
            assert imap.getquotaroot("INBOX")[0] == "OK"
            assert imap.status("INBOX", "(MESSAGES UNSEEN UIDNEXT)")[1] == [
                b'"INBOX" (MESSAGES 3 UNSEEN 3 UIDNEXT 4)'
            ]
            assert imap.select()[1] == [b"3"]
            assert imap.fetch("1", "(RFC822)")[1][0][1] == PLAIN
            assert imap.uid("FETCH", "2:*", "(FLAGS BODY.PEEK[])")[1][0][1] == ATTACHMENT
            assert imap.search(None, "UNSEEN")[1] == [b"2 3"]
            assert imap.search("UTF-8", "SUBJECT", '"請求書"'.encode())[1] == [b"2"]
            assert imap.store("2", "+FLAGS", r"(\Flagged keyword)")[1] == [
                rb"2 (FLAGS (\Flagged \Recent keyword))"
            ]
            assert imap.append("Sent", r"(\Seen)", imaplib.Time2Internaldate(time.time()), PLAIN)[0] == "OK"
            assert imap.create('"a/&ZeVnLIqe-"')[0] == "OK"
            assert imap.copy("1:2", '"a/&ZeVnLIqe-"')[0] == "OK"
            assert imap.store("1", "+FLAGS.SILENT", r"\Deleted")[1] == [None]
            assert imap.expunge()[1] == [b"1"]
            assert imap.close()[0] == "OK"
            assert imap.select("Sent", readonly=True)[1] == [b"1"]

    await asyncio.to_thread(work)
    assert await lab.uids() == [2, 3]
    assert await lab.uids("a/日本語") == [1, 2]


async def test_imaplib_signs_in_by_authenticate(start: Start) -> None:
    lab = await start(LoopbackNet())

    def work() -> None:
        with imaplib.IMAP4("127.0.0.1", lab.port, timeout=5) as imap:
            imap.authenticate("PLAIN", lambda challenge: f"\0{ALICE}\0{PASSWORD}".encode())
            assert imap.noop()[0] == "OK"
        with (
            imaplib.IMAP4("127.0.0.1", lab.port, timeout=5) as imap,
            pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"),
        ):
            imap.login(ALICE, "wrong")

    await asyncio.to_thread(work)


async def curl(port: int, *options: str, path: str = "") -> str:
    process = await asyncio.create_subprocess_exec(
        "curl", "-sS", "--max-time", "5", "--user", f"{ALICE}:{PASSWORD}", *options, f"imap://127.0.0.1:{port}/{path}",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, stdin=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    return (await process.communicate())[0].decode()


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
async def test_curl_lists_searches_and_fetches(start: Start) -> None:
    lab = await start(LoopbackNet())
    assert '"/" "Trash"' in await curl(lab.port)
    assert "* SEARCH 2" in await curl(lab.port, "--request", "SEARCH BODY flower", path="INBOX")
    assert await curl(lab.port, path="INBOX;MAILINDEX=3") == MAILS[2].decode()
    assert "spring flower" in await curl(lab.port, "--ssl-reqd", "--insecure", path="INBOX;UID=2;SECTION=1.2")


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
async def test_curl_appends(start: Start, tmp_path: object) -> None:
    from pathlib import Path

    lab = await start(LoopbackNet())
    file = Path(str(tmp_path)) / "mail"
    file.write_bytes(PLAIN)
    assert await curl(lab.port, "--upload-file", str(file), path="Sent") == ""
    assert await lab.uids("Sent") == [1]


async def test_many_messages_are_fetched_without_waiting_for_the_network(start: Start) -> None:
    lab = await start(LoopbackNet())

    def work() -> None:
        with imaplib.IMAP4("127.0.0.1", lab.port, timeout=5) as imap:
            imap.login(ALICE, PASSWORD)
            imap.select()
            for _ in range(400):
                imap.fetch("1", "(RFC822)")

    await asyncio.wait_for(asyncio.to_thread(work), 12)
