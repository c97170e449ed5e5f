"""Whatever one session asks for in a large mailbox, the others are not kept waiting."""

from __future__ import annotations

import asyncio
import time

import pytest

from mailserver_lab.imap import turns
from mailserver_lab.imap.turns import TURN, Turns
from mailserver_lab.store import Folder, Message, Transaction, lists

from .conftest import ALICE, NOW, Start

COUNT = 3_000
MAIL = b"From: a@b.example\r\nSubject: Re: %d\r\nMessage-ID: <%d@b.example>\r\nReferences: <0@b.example>\r\n\r\nx\r\n"


@pytest.mark.parametrize(
    ("command", "offered"),
    [
        ("SELECT INBOX", 2),  # a page at a time
        ("FETCH 1:* FLAGS", COUNT),
        ("SEARCH TEXT nothing", COUNT),
        ("SEARCH UNSEEN", COUNT),
        ("SORT (SUBJECT) UTF-8 ALL", 3 * COUNT),  # find, read, take apart
        ("THREAD REFERENCES UTF-8 ALL", 6 * COUNT),
        ("THREAD REFS UTF-8 ALL", 5 * COUNT),
        ("THREAD ORDEREDSUBJECT UTF-8 ALL", 4 * COUNT),
        (r"STORE 1:* +FLAGS.SILENT (\Seen)", COUNT),
        ("EXPUNGE", COUNT),
    ],
)
async def test_a_turn_is_offered_for_each_message(
    start: Start, monkeypatch: pytest.MonkeyPatch, command: str, offered: int
) -> None:
    lab = await start(mails=[])
    raws = [MAIL % (n, n) for n in range(COUNT)]
    flags = [r"\Deleted"]
    await lab.store.commit(lambda t: [t.append(ALICE, "INBOX", raw, flags, NOW) for raw in raws])
    talker = await (await lab.connect()).sign_in()
    offers = 0

    async def offer(_: Turns) -> None:
        nonlocal offers
        offers += 1

    monkeypatch.setattr(Turns, "offer", offer)
    assert (await talker.say(command))[-1].startswith("a OK")
    assert offers >= offered


async def test_a_turn_that_has_lasted_is_given_away() -> None:
    turns, others = Turns(), 0

    async def other() -> None:
        nonlocal others
        while True:
            others += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    await turns.offer()
    assert others == 1
    await turns.offer()
    assert others == 1
    time.sleep(TURN)
    await turns.offer()
    assert others == 2
    task.cancel()


async def test_of_thousands_of_responses_the_record_keeps_the_first_and_a_count(start: Start) -> None:
    lab = await start(mails=[b"Subject: x\r\n\r\nx\r\n"] * 300)
    talker = await (await lab.connect()).sign_in()
    before = len(lab.record())
    assert len(await talker.say("FETCH 1:* FLAGS")) == 301
    events = lab.record()[before:]
    assert len(events) == 1 + 200 + 1 + 1
    assert events[-2].text == "… (100 more responses)"
    assert events[-2].size == sum(len(f"* {n} FETCH (FLAGS (\\Recent))\r\n") for n in range(201, 301))


async def test_what_changes_while_a_mailbox_is_being_opened_is_found(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = await start(mails=[b"Subject: x\r\n\r\nx\r\n"] * 6)
    talker = await (await lab.connect()).sign_in(None)
    monkeypatch.setattr(lists, "PAGE", 2)
    changed = False

    async def offer(_: Turns) -> None:
        nonlocal changed
        if changed:
            return
        changed = True
        await lab.store.expunge(ALICE, "INBOX", [1, 5])
        await lab.store.set_flags(ALICE, "INBOX", [2, 6], "add", [r"\Flagged"])
        await lab.deliver()

    monkeypatch.setattr(Turns, "offer", offer)
    heard = await talker.say("SELECT INBOX")
    # UID 1 was read before it was gone, and UID 2 before it had its flag.
    assert changed
    assert heard[2:4] == ["* 5 EXISTS", "* 5 RECENT"]
    assert "* OK [UIDNEXT 8] The next UID" in heard
    assert heard[-1].startswith("a OK")
    assert (await talker.say("UID SEARCH ALL"))[0] == "* SEARCH 2 3 4 6 7"
    assert (await talker.say("UID SEARCH FLAGGED"))[0] == "* SEARCH 2 6"


async def test_sessions_that_open_a_mailbox_together_read_each_page_once(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = await start(mails=[b"Subject: x\r\n\r\nx\r\n"] * 10)
    talkers = [await (await lab.connect()).sign_in(None) for _ in range(3)]
    monkeypatch.setattr(lists, "PAGE", 2)
    pages: list[int] = []
    page = Transaction.page

    def counted(transaction: Transaction, folder: Folder, above: int, count: int) -> list[Message]:
        pages.append(above)
        return page(transaction, folder, above, count)

    monkeypatch.setattr(Transaction, "page", counted)
    monkeypatch.setattr(turns, "TURN", 0)  # each gives way after each page
    answers = await asyncio.gather(*(talker.say("EXAMINE INBOX") for talker in talkers))
    assert all("* 10 EXISTS" in answer for answer in answers)
    assert pages == [0, 2, 4, 6, 8, 10]
