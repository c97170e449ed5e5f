"""IMAP4rev2 (RFC 9051, appendix E): what changes for a client that has enabled it, and for no other."""

from __future__ import annotations

import pytest

from .conftest import Lab, Start, Talker


async def enabled(lab: Lab, mailbox: str | None = "INBOX") -> Talker:
    talker = await (await lab.connect()).sign_in(None)
    assert await talker.say("ENABLE IMAP4rev2") == ["* ENABLED IMAP4rev2", "a OK ENABLE completed"]
    if mailbox is not None:
        assert (await talker.say(f"SELECT {mailbox}"))[-1].startswith("a OK")
    return talker


async def test_all_that_it_is_made_of_is_offered(start: Start) -> None:
    talker = await (await (await start()).connect()).sign_in(None)
    offered = (await talker.say("CAPABILITY"))[0].split()
    # RFC 9051 appendix E, 2: what has become part of it, as far as it has a name of its own.
    assert {
        "IMAP4rev1", "IMAP4rev2", "BINARY", "ENABLE", "ESEARCH", "IDLE", "LIST-EXTENDED", "LIST-STATUS", "LITERAL+", "MOVE",
        "NAMESPACE", "SASL-IR", "SEARCHRES", "SPECIAL-USE", "STATUS=SIZE", "UIDPLUS", "UNSELECT",
    } <= set(offered)  # fmt: skip


async def test_select_tells_the_name_and_nothing_of_recent_or_unseen(start: Start) -> None:
    lab = await start()
    talker = await enabled(lab, None)
    heard = await talker.say("SELECT inbox")
    assert '* LIST () "/" "INBOX"' in heard
    assert "* 3 EXISTS" in heard
    assert not [line for line in heard if "RECENT" in line.upper() or "UNSEEN" in line]
    await lab.deliver()
    assert await talker.say("NOOP") == ["* 4 EXISTS", "a OK NOOP completed"]
    assert (await talker.say("FETCH 4 FLAGS"))[0] == "* 4 FETCH (FLAGS ())"


async def test_it_leaves_what_is_recent_to_those_who_know_of_it(start: Start) -> None:
    lab = await start()
    await enabled(lab)
    other = await (await lab.connect()).sign_in(None)
    assert "* 3 RECENT" in await other.say("SELECT INBOX")


@pytest.mark.parametrize(
    ("command", "heard"),
    [
        ("SEARCH ALL", '* ESEARCH (TAG "a") ALL 1:3'),
        ("UID SEARCH 2:3", '* ESEARCH (TAG "a") UID ALL 2:3'),
        ("SEARCH SUBJECT nothing", '* ESEARCH (TAG "a")'),
        ("SEARCH RETURN (COUNT) ALL", '* ESEARCH (TAG "a") COUNT 3'),
        ("SEARCH LARGER 9999999999", '* ESEARCH (TAG "a")'),
    ],
)
async def test_search_answers_by_esearch(start: Start, command: str, heard: str) -> None:
    talker = await enabled(await start())
    assert (await talker.say(command))[0] == heard


async def test_names_are_utf8(start: Start) -> None:
    lab = await start()
    talker = await enabled(lab, None)
    await talker.say('CREATE "日本語"')
    assert (await talker.say('LIST "" "日*"'))[0] == r'* LIST (\HasNoChildren) "/" "日本語"'
    assert '* LIST () "/" "日本語"' in await talker.say('SELECT "日本語"')


async def test_others_hear_what_they_always_heard(start: Start) -> None:
    lab = await start()
    await enabled(lab)
    talker = await (await lab.connect()).sign_in()
    assert (await talker.say("SEARCH ALL"))[0] == "* SEARCH 1 2 3"


async def test_a_part_of_a_size_beyond_32_bits_may_be_asked_for(start: Start) -> None:
    talker = await enabled(await start())
    assert (await talker.say("FETCH 1 BODY.PEEK[]<9999999999.9999999999>"))[-1].startswith("a OK")


async def test_a_whole_session(start: Start) -> None:
    """Golden: sign in, enable, select, append, search, mark, move, leave."""
    lab = await start(mails=[b"Subject: first\r\n\r\nx\r\n"])
    talker = await enabled(lab)
    uidvalidity = (await lab.store.folder("alice@tsubame.example", "Trash")).uidvalidity
    said = [
        line
        for command in (
            "STATUS Trash (MESSAGES UNSEEN DELETED SIZE)",
            "APPEND INBOX (\\Flagged) ~{3+}\r\nx\0y",
            "SEARCH FLAGGED",
            "FETCH 2 (FLAGS RFC822.SIZE BINARY.PEEK[])",
            "SEARCH RETURN (SAVE) ALL",
            "STORE $ +FLAGS ($Forwarded)",
            "UID MOVE 1 Trash",
            "UNSELECT",
        )
        for line in await talker.say(command)
    ]
    assert said == [
        '* STATUS "Trash" (MESSAGES 0 UNSEEN 0 DELETED 0 SIZE 0)',
        "a OK STATUS completed",
        "* 2 EXISTS",
        f"a OK [APPENDUID {(await lab.store.folder('alice@tsubame.example', 'INBOX')).uidvalidity} 2] APPEND completed",
        '* ESEARCH (TAG "a") ALL 2',
        "a OK SEARCH completed, 1 found",
        "* 2 FETCH (FLAGS (\\Flagged) RFC822.SIZE 3 BINARY[] ~{3}",
        "x\0y)",
        "a OK FETCH completed",
        "a OK SEARCH completed, 2 found",
        "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded)",
        "* 1 FETCH (FLAGS ($Forwarded))",
        "* 2 FETCH (FLAGS ($Forwarded \\Flagged))",
        "a OK STORE completed",
        f"* OK [COPYUID {uidvalidity} 1 1] Moved",
        "* 1 EXPUNGE",
        "a OK MOVE completed",
        "a OK UNSELECT completed",
    ]


async def test_what_a_rename_made_of_which_name_is_told(start: Start) -> None:
    # RFC 9051 §6.3.9.7
    talker = await enabled(await start())
    await talker.say("CREATE old/below")
    assert await talker.say("RENAME old été") == [
        '* LIST () "/" "été" ("OLDNAME" ("old"))',
        '* LIST () "/" "été/below" ("OLDNAME" ("old/below"))',
        "a OK RENAME completed",
    ]
    assert await talker.say("RENAME INBOX saved") == ["* 3 EXPUNGE", "* 2 EXPUNGE", "* 1 EXPUNGE", "a OK RENAME completed"]  # fmt: skip
