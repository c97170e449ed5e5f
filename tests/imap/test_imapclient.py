"""imapclient, which uses extensions where the server has them, over a real socket."""

from __future__ import annotations

import asyncio
from datetime import date

import imapclient
from imapclient.response_types import Address

from mailserver_lab.net import LoopbackNet

from .conftest import ALICE, PASSWORD, Start
from .mails import ATTACHMENT, PLAIN


async def test_imapclient_searches_sorts_threads_moves_and_waits(start: Start) -> None:
    lab = await start(LoopbackNet())
    loop = asyncio.get_running_loop()

    def deliver() -> None:
        asyncio.run_coroutine_threadsafe(lab.deliver(), loop).result(5)

    def work() -> None:
        with imapclient.IMAPClient("127.0.0.1", lab.port, ssl=False, timeout=5) as client:
            client.login(ALICE, PASSWORD)
            for capability in ("CONDSTORE", "MOVE", "SORT", "QUOTA", "SPECIAL-USE", "THREAD=REFERENCES"):
                assert client.has_capability(capability)
            assert client.id_() == ((b"name", b"mailserver-lab"),)
            assert client.namespace().personal == (("", "/"),)
            assert client.find_special_folder(rb"\Trash") == "Trash"
            assert client.enable("CONDSTORE") == [b"CONDSTORE"]
            client.create_folder("受信/請求書")
            assert "受信/請求書" in [name for _, _, name in client.list_folders()]
            assert client.folder_status("INBOX", ["MESSAGES", "UNSEEN", "SIZE"])[b"MESSAGES"] == 3
            assert client.select_folder("INBOX")[b"EXISTS"] == 3
            assert client.search(["SUBJECT", "請求"], "UTF-8") == [2]
            assert client.search(["NOT", ["FROM", "bob"], "SINCE", date(2026, 4, 2)]) == [3]
            assert client.sort("REVERSE ARRIVAL") == [3, 2, 1]
            assert client.thread() == ((1,), (2,), (3,))
            fetched = client.fetch([1], ["ENVELOPE", "BODY[TEXT]", "FLAGS", "BODYSTRUCTURE"])[1]
            assert fetched[b"ENVELOPE"].from_ == (
                Address(b"Bob B. Example", None, b"bob", b"hibari.example"),
            )
            assert fetched[b"BODY[TEXT]"] == PLAIN.partition(b"\r\n\r\n")[2]
            assert client.add_flags([1], [imapclient.FLAGGED, "$Label1"])[1][0] == b"$Label1"
            modseq = client.fetch([1], ["MODSEQ"])[1][b"MODSEQ"][0]
            assert list(client.fetch([1, 2, 3], ["FLAGS"], [f"CHANGEDSINCE {modseq - 1}"])) == [1]
            client.multiappend("受信/請求書", [PLAIN, ATTACHMENT])
            assert client.folder_status("受信/請求書")[b"MESSAGES"] == 2
            client.move([2], "受信/請求書")
            client.idle()
            deliver()
            assert (3, b"EXISTS") in client.idle_check(timeout=5)
            client.idle_done()
            client.delete_messages([1])
            client.uid_expunge([1])
            assert client.search() == [3, 4]

    await asyncio.to_thread(work)
    assert await lab.uids("受信/請求書") == [1, 2, 3]
