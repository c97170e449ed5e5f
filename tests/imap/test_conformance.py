"""Corners of the protocol at which servers are often tried: odd but legal requests, and what must be refused."""

from __future__ import annotations

import pytest

from .conftest import Start

MAIL = b"From: Bob <bob@hibari.example>\r\nSubject: Lunch\r\n\r\nShall we meet?\r\n"


@pytest.mark.parametrize(
    ("section", "heard"),
    [
        ("BODY.PEEK[TEXT]<6.2>", "we"),
        ("BODY.PEEK[TEXT]<6.1000>", "we meet?\r\n"),
        ("BODY.PEEK[TEXT]<6>", "we meet?\r\n"),
        ("BINARY.PEEK[1]<9>", "meet?\r\n"),
        ("BODY.PEEK[TEXT]<16.1>", ""),
        ("BODY.PEEK[TEXT]<99999999999999999.5>", ""),
        ("BODY.PEEK[HEADER]<0.5>", "From:"),
    ],
)
async def test_a_part_of_a_section(start: Start, section: str, heard: str) -> None:
    talker = await (await (await start(mails=[MAIL])).connect()).sign_in()
    lines = await talker.say(f"FETCH 1 {section}")
    label = section.replace(".PEEK", "").partition("<")[0]
    origin = section.partition("<")[2].partition(".")[0].removesuffix(">")
    assert "\r\n".join(lines[:-1]) == f"* 1 FETCH ({label}<{origin}> {{{len(heard)}}}\r\n{heard})"


@pytest.mark.parametrize("section", ["BODY[]<0.0>", "BODY[]<-1.5>", "BODY[]<5.>", "BODY[]<.5>", "BODY[]<>", "BODY[]<1.2", "BINARY.SIZE[1]<0.5>"])  # fmt: skip
async def test_what_is_no_part_of_a_section(start: Start, section: str) -> None:
    talker = await (await (await start(mails=[MAIL])).connect()).sign_in()
    assert (await talker.say(f"FETCH 1 {section}"))[-1].startswith("a BAD")


@pytest.mark.parametrize(
    ("date", "kept"),
    [
        ("01-Jan-2020 00:00:00 +0000", " 1-Jan-2020 00:00:00 +0000"),
        (" 1-jan-2020 00:00:00 +0000", " 1-Jan-2020 00:00:00 +0000"),
        ("31-Dec-1999 23:59:59 -1200", "31-Dec-1999 23:59:59 -1200"),
        ("29-Feb-2024 12:30:15 +1345", "29-Feb-2024 12:30:15 +1345"),
        ("31-Dec-2016 23:59:60 +0000", "31-Dec-2016 23:59:59 +0000"),
        ("01-Jan-0001 00:00:00 +1400", " 1-Jan-0001 00:00:00 +1400"),
        ("31-Dec-9999 23:59:59 -1200", "31-Dec-9999 23:59:59 -1200"),
    ],
)
async def test_a_date_given_to_append_is_kept_to_the_second_and_with_its_offset(
    start: Start, date: str, kept: str
) -> None:
    talker = await (await (await start(mails=[MAIL])).connect()).sign_in()
    assert (await talker.say(f'APPEND INBOX "{date}" {{1+}}\r\nx'))[-1].startswith("a OK")
    assert (await talker.say("FETCH 2 INTERNALDATE"))[0] == f'* 2 FETCH (INTERNALDATE "{kept}")'
    for command in ("SORT (ARRIVAL DATE) UTF-8 ALL", "SEARCH OLDER 1", "THREAD REFS UTF-8 ALL"):
        assert (await talker.say(command))[-1].startswith("a OK")


@pytest.mark.parametrize(
    "date",
    ["29-Feb-2021 00:00:00 +0000", "01-Jan-2020 24:00:00 +0000", "01-Jan-2020 00:60:00 +0000", "01-Jan-2020 00:00:00 +2400",
     "01-Jan-2020 00:00:00 +0060", "01-Jan-2020 00:00:00 +9999", "01-Jan-2020 00:00:00", "01-Jan-20 00:00:00 +0000", "x"],
)  # fmt: skip
async def test_a_date_that_is_none_is_refused_in_words(start: Start, date: str) -> None:
    talker = await (await (await start(mails=[])).connect()).sign_in()
    refused = (await talker.say(f'APPEND INBOX "{date}" {{1+}}\r\nx'))[-1]
    assert refused.startswith("a BAD")
    assert "datetime" not in refused
    assert await talker.say("NOOP") == ["a OK NOOP completed"]


async def test_a_url_in_catenate_names_a_mailbox_in_utf8(start: Start) -> None:
    lab = await start(mails=[])
    talker = await (await lab.connect()).sign_in()
    await talker.say("CREATE a&-&ZeU-")
    await lab.deliver(MAIL, "a&日")
    url = "/a%26%E6%97%A5/;UID=1/;SECTION=TEXT"
    assert (await talker.say(f'APPEND INBOX CATENATE (URL "{url}" TEXT {{2+}}\r\n!!)'))[-1].startswith("a OK")
    assert await lab.store.raw((await lab.store.messages("alice@tsubame.example", "INBOX"))[0].id) == b"Shall we meet?\r\n!!"  # fmt: skip


@pytest.mark.parametrize("command", ["COPY 1 {}", "MOVE 1 {}", "UID COPY 1 {}", "UID MOVE 1 {}", "APPEND {} {{1+}}\r\nx"])  # fmt: skip
async def test_a_client_is_asked_to_create_what_can_be_created(start: Start, command: str) -> None:
    talker = await (await (await start(mails=[MAIL])).connect()).sign_in()
    assert (await talker.say(command.format("nowhere/deep")))[-1].startswith("a NO [TRYCREATE] ")
    for impossible in ('""', "a//b", "../b", '"a*b"', "a" * 256):
        assert (await talker.say(command.format(impossible)))[-1].startswith("a NO [CANNOT] ")


async def test_how_much_expunging_would_free(start: Start) -> None:
    # RFC 9208 §4.1.4: whoever has a limit in octets tells this, too.
    talker = await (await (await start(mails=[MAIL, MAIL, MAIL])).connect()).sign_in()
    await talker.say(r"STORE 1,3 +FLAGS (\Deleted)")
    told = await talker.say("STATUS INBOX (DELETED DELETED-STORAGE)")
    assert told[0] == f'* STATUS "INBOX" (DELETED 2 DELETED-STORAGE {2 * len(MAIL)})'


async def test_flags_are_given_as_they_are_and_not_as_they_were(start: Start) -> None:
    lab = await start(mails=[MAIL])
    talker, other = [await (await lab.connect()).sign_in() for _ in range(2)]
    await other.say(r"STORE 1 +FLAGS (\Flagged)")
    told = [line for line in await talker.say("FETCH 1 FLAGS") if "FETCH (" in line]
    assert told
    assert all(r"\Flagged" in line for line in told)


async def test_a_name_that_only_stands_above_others_can_be_subscribed_to(start: Start) -> None:
    talker = await (await (await start(mails=[])).connect()).sign_in(None)
    for command in ("CREATE top/below", "DELETE top", "SUBSCRIBE top"):
        assert (await talker.say(command))[-1].startswith("a OK")
    assert '* LSUB () "/" "top"' in await talker.say('LSUB "" *')
    assert (await talker.say("SUBSCRIBE to"))[-1].startswith("a NO [NONEXISTENT] ")


@pytest.mark.parametrize("known", ["7 1 1:*", "7 1 $", "7 1 1:3 (1:* 1:3)", "7 1 (1:3 *)"])
async def test_what_qresync_knows_is_spelled_out(start: Start, known: str) -> None:
    # RFC 7162 §7, known-uids: "*" is not allowed
    talker = await (await (await start(mails=[MAIL])).connect()).sign_in(None)
    await talker.say("ENABLE QRESYNC")
    assert (await talker.say(f"SELECT INBOX (QRESYNC ({known}))"))[-1].startswith("a BAD")


async def test_a_system_flag_is_no_keyword(start: Start) -> None:
    talker = await (await (await start(mails=[MAIL])).connect()).sign_in()
    assert (await talker.say(r"SEARCH KEYWORD \Seen"))[-1].startswith("a BAD")
    assert (await talker.say("SEARCH UNKEYWORD $Seen"))[0] == "* SEARCH 1"


@pytest.mark.parametrize(
    "command",
    [
        "NOOP (now", "STORE 1 (UNCHANGED 1) +FLAGS (x)", "STATUS INBOX MESSAGES (UIDNEXT)", 'LIST "" % (x', "FETCH 1 (FLAGS",
        'LIST (RECURSIVEMATCH) "" %', "FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)", "SEARCH (1 (2", 'LOGIN "a (b',
        "NOTIFY SET (SELECTED NONE) (SELECTED NONE)", "APPEND INBOX ({3+}\r\n(x", "APPEND INBOX {1+}\r\n\0",
    ],
)  # fmt: skip
async def test_the_text_of_a_refusal_is_ascii_and_reads_like_data(start: Start, command: str) -> None:
    """RFC 3501 §9, resp-text; some clients read all that comes as atoms, strings and lists."""
    talker = await (await (await start()).connect()).sign_in()
    answer = (await talker.say(command))[-1]
    assert answer.startswith(("a BAD ", "a NO "))
    assert answer.isascii()
    starts = [word[0] for word in answer.split()]
    assert starts.count("(") == 0 or answer.count("(") == answer.count(")")
    assert not {'"', "{", ")"} & {*starts}
