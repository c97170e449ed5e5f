"""FETCH, STORE, COPY, MOVE, EXPUNGE, SEARCH, CLOSE as clients meet them, and what other sessions are told."""

from __future__ import annotations

import pytest

from .conftest import ALICE, NOW, Start
from .mails import ATTACHMENT, BOUNCE, PLAIN


@pytest.mark.parametrize(
    ("items", "heard"),
    [
        ("FLAGS", r"(FLAGS (\Recent))"),
        ("(UID RFC822.SIZE)", f"(UID 1 RFC822.SIZE {len(PLAIN)})"),
        ("INTERNALDATE", '(INTERNALDATE " 1-Apr-2026 09:00:00 +0000")'),
        (
            "BODY.PEEK[HEADER.FIELDS (subject X-None)]",
            "(BODY[HEADER.FIELDS (subject X-None)] {18}\r\nSubject: Lunch\r\n\r\n)",
        ),
        ("BODY.PEEK[]<6.9>", '(BODY[]<6> {9}\r\n"Bob B. E)'),
        ("BODY.PEEK[]<99999.9>", "(BODY[]<99999> {0}\r\n)"),
        ("BODY.PEEK[TEXT]", "(BODY[TEXT] {24}\r\nShall we meet at noon?\r\n)"),
        ("BODY.PEEK[1]", "(BODY[1] {24}\r\nShall we meet at noon?\r\n)"),
        ("BODY.PEEK[2]", "(BODY[2] NIL)"),
        ("BODY.PEEK[1.HEADER]", "(BODY[1.HEADER] NIL)"),
        ("BODY", '(BODY ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 24 1))'),
        ("RFC822.TEXT", "(RFC822.TEXT {24}\r\nShall we meet at noon?\r\n FLAGS (\\Recent \\Seen))"),
        ("BODY[TEXT]", "(BODY[TEXT] {24}\r\nShall we meet at noon?\r\n FLAGS (\\Recent \\Seen))"),
    ],
)
async def test_fetch_items(start: Start, items: str, heard: str) -> None:
    talker = await (await (await start()).connect()).sign_in()
    assert "\r\n".join((await talker.say(f"FETCH 1 {items}"))[:-1]) == f"* 1 FETCH {heard}"


@pytest.mark.parametrize(
    ("uid", "section", "content"),
    [
        (2, "2", "JVBERi0xLjQ="),
        (2, "1.2.MIME", "Content-Type: text/html; charset=utf-8\r\n\r\n"),
        (3, "3.HEADER.FIELDS (Subject)", "Subject: the original\r\n\r\n"),
        (3, "3.1", "hello"),
        (3, "3.2.MIME", "Content-Type: text/csv\r\n\r\n"),
        (3, "3.TEXT", "--x\r\n\r\nhello\r\n--x\r\nContent-Type: text/csv\r\n\r\n1,2\r\n--x--\r\n"),
    ],
)
async def test_sections_of_parts(start: Start, uid: int, section: str, content: str) -> None:
    talker = await (await (await start()).connect()).sign_in()
    heard = "\r\n".join((await talker.say(f"UID FETCH {uid} BODY.PEEK[{section}]"))[:-1])
    assert heard == f"* {uid} FETCH (UID {uid} BODY[{section}] {{{len(content)}}}\r\n{content})"


async def test_peek_and_examine_set_no_seen(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in()
    await talker.say("FETCH 1 BODY.PEEK[]")
    await talker.say("EXAMINE INBOX")
    await talker.say("FETCH 1 BODY[]")
    assert await lab.flags(1) == set()
    assert (await talker.say(r"STORE 1 +FLAGS \Seen"))[-1].startswith("a NO [READ-ONLY]")
    await talker.say("SELECT INBOX")
    await talker.say("FETCH 1 BODY[]")
    assert await lab.flags(1) == {r"\Seen"}


async def test_the_record_follows_the_message_that_is_fetched(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in()
    await talker.say("FETCH 1:* (FLAGS BODY.PEEK[HEADER])")
    assert not any(event.queue_id for event in lab.record())
    await talker.say("FETCH 2 BODY[]")
    content = [event for event in lab.record() if event.kind == "content"][-1]
    assert (content.queue_id, content.size, content.step) == ("q0002", len(ATTACHMENT), "fetch")


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ("ALL", "1 2 3"), ("2:*", "2 3"), ("UID 2", "2"), ("NOT 2", "1 3"), ("OR 1 3", "1 3"), ("UNSEEN", "1 2 3"), ("SEEN", ""),
        ("FROM bob", "1 2"), ("TO dave", "1"), ("SUBJECT undelivered", "3"), ("CC eve", "1"), ("HEADER message-id 1@hib", "1"),
        ('HEADER Return-Path ""', "3"), ("TEXT noon", "1"), ("BODY noon", "1"), ("BODY 1@hibari", ""), ("TEXT 1@hibari", "1"),
        ("BODY flower", "2"), ("BODY 春", "2"), ("CHARSET UTF-8 SUBJECT 請求", "2"), ("BODY 5.1.1", "3"), ("BODY hello", "3"), ('BODY "the original"', "3"),
        ("SINCE 2-Apr-2026", "2 3"), ("BEFORE 2-Apr-2026", "1"), ("ON 3-Apr-2026", "3"), ("SENTSINCE 3-Apr-2026", "3"), ("SENTBEFORE 2-Apr-2026", "1"),
        (f"LARGER {len(PLAIN)}", "2 3"), (f"SMALLER {len(PLAIN) + 1}", "1"), ("FROM bob NOT (SUBJECT lunch)", "2"), ("KEYWORD none", ""), ("9", ""),
        ("NEW", "1 2 3"), ("OLD", ""), ("RECENT UNANSWERED UNDRAFT UNFLAGGED UNDELETED", "1 2 3"),
    ],
)  # fmt: skip
async def test_search(start: Start, keys: str, found: str) -> None:
    talker = await (await (await start()).connect()).sign_in()
    assert (await talker.say(f"SEARCH {keys}"))[0].split(" ")[2:] == found.split()


async def test_search_in_iso_2022_jp_and_in_a_charset_that_is_not_known(start: Start) -> None:
    talker = await (await (await start()).connect()).sign_in()
    literal = "請求".encode("iso-2022-jp")
    assert (await talker.say(b"SEARCH CHARSET ISO-2022-JP SUBJECT {%d+}\r\n" % len(literal) + literal))[
        0
    ] == "* SEARCH 2"
    assert (await talker.say("SEARCH CHARSET KLINGON ALL"))[-1].startswith(
        "a NO [BADCHARSET (US-ASCII UTF-8 ISO-8859-1 ISO-2022-JP SHIFT_JIS EUC-JP)]"
    )


async def test_store_tells_the_flags_unless_it_is_silent(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in()
    assert (await talker.say(r"STORE 1:2 FLAGS (\Seen)"))[:-1] == [
        r"* 1 FETCH (FLAGS (\Recent \Seen))",
        r"* 2 FETCH (FLAGS (\Recent \Seen))",
    ]
    assert (await talker.say(r"UID STORE 1 +FLAGS (\Seen \Flagged)"))[:-1] == [
        r"* 1 FETCH (UID 1 FLAGS (\Flagged \Recent \Seen))"
    ]
    assert (await talker.say(r"STORE 1 -FLAGS.SILENT \Seen"))[:-1] == []
    assert await lab.flags(1) == {r"\Flagged"}
    assert (await talker.say("STORE 1 +FLAGS todo"))[0].endswith(r"\Draft todo)")
    assert (await talker.say(r"STORE 4 +FLAGS \Seen"))[-1].startswith(
        "a BAD There is no such message: there are 3"
    )
    assert (await talker.say(r"UID STORE 99 +FLAGS \Seen"))[-1].startswith("a OK")


async def test_expunge_tells_from_the_last_to_the_first(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in()
    await talker.say(r"STORE 1,3 +FLAGS.SILENT \Deleted")
    assert (await talker.say("UID EXPUNGE 3:*"))[:-1] == ["* 3 EXPUNGE", "* 2 RECENT"]
    assert (await talker.say("EXPUNGE"))[:-1] == ["* 1 EXPUNGE", "* 1 RECENT"]
    assert await lab.uids() == [2]


async def test_close_removes_silently_and_unselect_does_not(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in()
    await talker.say(r"STORE 1 +FLAGS.SILENT \Deleted")
    assert len(await talker.say("UNSELECT")) == 1
    assert await lab.uids() == [1, 2, 3]
    assert (await talker.say("FETCH 1 FLAGS"))[-1].startswith("a BAD FETCH needs state SELECTED")
    await talker.say("SELECT INBOX")
    assert await talker.say("CLOSE") == ["a OK CLOSE completed"]
    assert await lab.uids() == [2, 3]


async def test_copy_and_move_tell_the_new_uids(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in()
    validity = (await lab.store.folder(ALICE, "Sent")).uidvalidity
    assert (await talker.say("COPY 1:2 Sent"))[-1] == f"a OK [COPYUID {validity} 1:2 1:2] COPY completed"
    heard = await talker.say("UID MOVE 1,3 Sent")
    assert heard == [
        f"* OK [COPYUID {validity} 1,3 3:4] Moved",
        "* 3 EXPUNGE",
        "* 1 EXPUNGE",
        "* 1 RECENT",
        "a OK MOVE completed",
    ]
    assert (await lab.uids(), await lab.uids("Sent")) == ([2], [1, 2, 3, 4])
    assert (await talker.say("COPY 1 nowhere"))[-1].startswith("a NO [TRYCREATE]")


async def test_another_session_is_told_at_its_next_command_but_numbers_stay_during_fetch(
    start: Start,
) -> None:
    lab = await start()
    first, second = await (await lab.connect()).sign_in(), await (await lab.connect()).sign_in()
    await first.say(r"STORE 1 +FLAGS.SILENT \Deleted")
    await first.say("EXPUNGE")
    await lab.deliver()
    assert await second.say("FETCH 3 UID") == [
        "* 3 FETCH (UID 3)",
        "* 4 EXISTS",
        "* 1 RECENT",
        "a OK FETCH completed",
    ]
    heard = await second.say("FETCH 1:2 (UID BODY.PEEK[HEADER.FIELDS (X)])")
    assert heard[0] == "* 1 FETCH (UID 1)"
    assert heard[-1].startswith("a NO [EXPUNGEISSUED]")
    assert (await second.say("SEARCH ALL"))[0] == "* SEARCH 1 2 3 4"
    assert (await second.say("NOOP"))[:-1] == ["* 1 EXPUNGE"]
    assert (await second.say("SEARCH ALL"))[0] == "* SEARCH 1 2 3"


async def test_flags_that_another_session_sets_are_told(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in()
    await lab.store.set_flags(ALICE, "INBOX", [2], "add", ["seen-elsewhere"])
    heard = await talker.say("NOOP")
    assert heard[1] == r"* 2 FETCH (FLAGS (\Recent seen-elsewhere))"


async def test_an_empty_mailbox(start: Start) -> None:
    talker = await (await (await start(mails=[])).connect()).sign_in()
    # There is no number that * could stand for (RFC 3501 §9, seq-number); with UIDs nothing is found.
    assert (await talker.say("FETCH 1:* FLAGS"))[-1].startswith("a BAD")
    for command in (
        "UID FETCH 1:* FLAGS",
        "UID SEARCH 1:*",
        "EXPUNGE",
        r"UID STORE 1:* +FLAGS \Seen",
    ):
        assert (await talker.say(command))[-1].startswith("a OK"), command


async def test_a_mailbox_that_is_deleted_meanwhile_becomes_empty(start: Start) -> None:
    lab = await start()
    await lab.store.append(ALICE, "Sent", PLAIN, (), NOW)
    talker = await (await lab.connect()).sign_in("Sent")
    await lab.store.delete_folder(ALICE, "Sent")
    assert (await talker.say("NOOP"))[:-1] == ["* 1 EXPUNGE", "* 0 RECENT"]
    assert (await talker.say("EXPUNGE"))[-1].startswith("a NO")


async def test_a_full_account_lets_its_owner_move_but_not_copy(start: Start) -> None:
    lab = await start(quota=sum(map(len, (PLAIN, ATTACHMENT, BOUNCE))))
    talker = await (await lab.connect()).sign_in()
    assert (await talker.say("COPY 1:* Sent"))[-1].startswith("a NO [OVERQUOTA]")
    assert await lab.uids("Sent") == []
    assert (await talker.say("MOVE 1:* Trash"))[-1].startswith("a OK")
    assert (await lab.uids(), await lab.uids("Trash")) == ([], [1, 2, 3])
