"""Mailboxes as a whole: LIST, CREATE, RENAME, STATUS, quota, and what signing in shows."""

from __future__ import annotations

import time

import pytest

from mailserver_lab.imap.listing import matches

from .conftest import ALICE, Start


async def test_select_tells_what_a_client_needs(start: Start) -> None:
    lab = await start()
    await lab.store.set_flags(ALICE, "INBOX", [1], "add", [r"\Seen", "$Forwarded"])
    talker = await (await lab.connect()).sign_in(None)
    validity = (await lab.store.folder(ALICE, "INBOX")).uidvalidity
    assert await talker.say("SELECT inbox") == [
        r"* FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded)",
        r"* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded \*)] Flags that are kept",
        "* 3 EXISTS",
        "* 3 RECENT",
        "* OK [UNSEEN 2] The first message not yet read",
        f"* OK [UIDVALIDITY {validity}] UIDs are valid",
        "* OK [UIDNEXT 4] The next UID",
        "* OK [HIGHESTMODSEQ 5] The highest mod-sequence",
        "a OK [READ-WRITE] INBOX selected",
    ]


async def test_capabilities_change_with_the_login(start: Start) -> None:
    talker = await (await start()).connect()
    assert "AUTH=PLAIN] mx.tsubame.example IMAP server ready" in await talker.line()
    assert (await talker.say("CAPABILITY"))[
        0
    ] == "* CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE IDLE AUTH=PLAIN"
    assert (await talker.say("STARTTLS"))[-1].startswith("a NO")
    assert (await talker.say('ID ("name" "test")'))[0] == '* ID ("name" "mailserver-lab")'
    assert (await talker.say("LOGOUT"))[0].startswith("* BYE")


async def test_create_list_rename_delete(start: Start) -> None:
    talker = await (await (await start()).connect()).sign_in(None)
    assert (await talker.say("CREATE a/b/"))[-1].startswith("a OK")
    assert (await talker.say("CREATE a/b"))[-1].startswith("a NO [ALREADYEXISTS]")
    assert (await talker.say("CREATE inbox"))[-1].startswith("a NO [ALREADYEXISTS]")
    assert (await talker.say('CREATE "a//b"'))[-1].startswith("a NO [CANNOT]")
    assert (await talker.say('LIST "" a*'))[:-1] == [
        r'* LIST (\HasChildren) "/" "a"',
        r'* LIST (\HasNoChildren) "/" "a/b"',
    ]
    assert (await talker.say('LIST a/ "%"'))[:-1] == [r'* LIST (\HasNoChildren) "/" "a/b"']
    assert (await talker.say('LIST "" ""'))[0] == r'* LIST (\Noselect) "/" ""'
    assert (await talker.say("RENAME a &ZeVnLIqe-"))[-1].startswith("a OK")
    assert [line.split('"')[3] for line in (await talker.say('LIST "" &ZeVnLIqe-*'))[:-1]] == [
        "&ZeVnLIqe-",
        "&ZeVnLIqe-/b",
    ]
    assert (await talker.say("SELECT &ZeVnLIqe-/b"))[-1].startswith("a OK [READ-WRITE] &ZeVnLIqe-/b selected")
    assert (await talker.say("DELETE &ZeVnLIqe-"))[-1].startswith("a OK")
    assert (await talker.say('LIST "" "&ZeVnLIqe-"'))[
        0
    ] == r'* LIST (\Noselect \HasChildren) "/" "&ZeVnLIqe-"'
    assert (await talker.say("DELETE INBOX"))[-1].startswith("a NO [CANNOT]")
    assert (await talker.say("DELETE nowhere"))[-1].startswith("a NO [NONEXISTENT]")
    assert (await talker.say("SELECT nowhere"))[-1].startswith("a NO [NONEXISTENT]")
    assert (await talker.say("EXPUNGE"))[-1].startswith(
        "a BAD EXPUNGE needs state SELECTED, but the state is AUTHENTICATED"
    )


async def test_renaming_inbox_moves_what_is_in_it(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in(None)
    assert (await talker.say("RENAME INBOX old"))[-1].startswith("a OK")
    assert (await lab.uids(), await lab.uids("old")) == ([], [1, 2, 3])


async def test_lsub_shows_what_is_subscribed(start: Start) -> None:
    talker = await (await (await start()).connect()).sign_in(None)
    await talker.say("UNSUBSCRIBE Trash")
    assert [line.split('"')[3] for line in (await talker.say('LSUB "" *'))[:-1]] == ["INBOX", "Sent"]
    await talker.say("SUBSCRIBE Trash")
    assert len(await talker.say('LSUB "" *')) == 4


async def test_append_says_which_uid_the_message_got(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in()
    validity = (await lab.store.folder(ALICE, "INBOX")).uidvalidity
    heard = await talker.say('APPEND INBOX (\\Seen x) "17-Jul-1996 02:44:25 -0700" {2+}\r\nhi')
    assert heard[1:] == ["* 4 EXISTS", "* 4 RECENT", f"a OK [APPENDUID {validity} 4] APPEND completed"]
    assert (await talker.say("FETCH 4 (FLAGS INTERNALDATE)"))[
        0
    ] == r'* 4 FETCH (FLAGS (\Recent \Seen x) INTERNALDATE "17-Jul-1996 02:44:25 -0700")'
    assert (await talker.say("APPEND nowhere {2+}\r\nhi"))[-1].startswith("a NO [TRYCREATE]")
    await talker.say("APPEND INBOX {2+}\r\nhi")
    assert (await talker.say("FETCH 5 INTERNALDATE"))[
        0
    ] == '* 5 FETCH (INTERNALDATE " 1-Apr-2026 09:00:00 +0000")'


async def test_quota_is_told_in_kilobytes(start: Start) -> None:
    talker = await (await (await start(quota=20_480)).connect()).sign_in(None)
    assert (await talker.say("GETQUOTAROOT INBOX"))[:-1] == [
        '* QUOTAROOT "INBOX" ""',
        '* QUOTA "" (STORAGE 2 20)',
    ]
    assert (await talker.say('GETQUOTA ""'))[0] == '* QUOTA "" (STORAGE 2 20)'
    assert (await talker.say("GETQUOTA other"))[-1].startswith("a NO [NONEXISTENT]")
    talker = await (await (await start()).connect()).sign_in(None)
    assert (await talker.say("GETQUOTAROOT INBOX"))[:-1] == ['* QUOTAROOT "INBOX"']


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("*", "a/b", True),
        ("%", "a/b", False),
        ("%/b", "a/b", True),
        ("a*b", "a/x/b", True),
        ("inbox", "INBOX", True),
        ("a.b", "axb", False),
    ],
)
def test_wildcards(pattern: str, name: str, expected: bool) -> None:
    assert matches(pattern, name) == expected


def test_no_pattern_takes_long() -> None:
    began = time.process_time()
    matches("%*" * 200 + "x", "a" * 200)
    matches("*a" * 100 + "x", "a" * 250)
    assert time.process_time() - began < 1
