"""What a hostile client sends, in time and within bounds; and clients that do not wait for answers."""

from __future__ import annotations

import time

import pytest

from .conftest import ALICE, Start
from .mails import MAILS, PLAIN


async def test_commands_may_follow_each_other_without_waiting(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in(None)
    talker.stream.write(
        b"1 SELECT INBOX\r\n2 UID FETCH 1 UID\r\n3 STORE 1 +FLAGS.SILENT (\\Deleted)\r\n4 APPEND Sent {2+}\r\nhi\r\n"
        b"5 EXPUNGE\r\n6 FETCH 3 UID\r\n7 SEARCH ALL\r\n8 UNSELECT\r\n9 LOGOUT\r\n"
    )
    heard = await talker.until("9 ")
    tagged = [line.split()[:2] for line in heard if line[0].isdigit()]
    assert tagged == [[str(n), "BAD" if n == 6 else "OK"] for n in range(1, 10)]
    assert "* SEARCH 1 2" in heard


async def test_each_message_of_several_is_waited_for_if_the_client_wants_it(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in(None)
    assert (await talker.say("APPEND Sent {2}"))[-1].startswith("+ ")
    talker.stream.write(b"ab {3}\r\n")
    assert (await talker.line()).startswith("+ ")
    talker.stream.write(b"cde\r\n")
    assert "APPENDUID" in await talker.line()
    assert await lab.uids("Sent") == [1, 2]


async def test_every_command_one_octet_at_a_time(start: Start) -> None:
    talker = await (await (await start()).connect()).sign_in(None)
    said = b"a SELECT INBOX\r\na SEARCH RETURN (ALL) SUBJECT {5+}\r\nlunch\r\na APPEND INBOX (x) ~{3+}\r\na\0b\r\na FETCH 1 (BODY.PEEK[HEADER.FIELDS (TO)]<0.4>)\r\n"
    for octet in said:
        talker.stream.write(bytes([octet]))
    heard = [line for _ in range(4) for line in await talker.until("a ")]
    assert '* ESEARCH (TAG "a") ALL 1' in heard
    assert "* 4 EXISTS" in heard
    assert "* 1 FETCH (BODY[HEADER.FIELDS (TO)]<0> {4}" in heard


@pytest.mark.parametrize(
    "name", ["../etc/passwd", "a/../b", "..", ".", "a//b", "/a", "a" * 256, '"a\tb"', '"a*b"', '"a%b"', "&AAA-", "&AGE-", "&bad", "&2D0-", "&ZeVnLIqe", '""', "/"]
)  # fmt: skip
async def test_names_that_no_mailbox_may_have(start: Start, name: str) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in(None)
    before = await lab.store.folders(ALICE)
    for command in (f"CREATE {name}", f"RENAME Sent {name}"):
        assert (await talker.say(command))[-1].startswith("a NO [CANNOT]"), command
    assert await lab.store.folders(ALICE) == before


async def test_ten_thousand_mailboxes(start: Start) -> None:
    lab = await start()
    await lab.store.commit(
        lambda t: [t.create_folder(ALICE, f"d{n % 100}/f{n}") for n in range(10_000)] and None
    )
    talker = await (await lab.connect()).sign_in(None)
    began = time.process_time()
    assert len(await talker.say('LIST "" %')) == 104
    assert len(await talker.say('LIST "" */f77')) == 2
    assert len(await talker.say(f'LIST "" ({" ".join(["%*" * 50 + "q"] * 50)})')) == 1
    assert time.process_time() - began < 20
    assert (await talker.say(f'LIST "" ({" ".join(["x"] * 51)})'))[-1].startswith("a BAD")


@pytest.mark.parametrize(
    "command",
    [
        "SEARCH " + "(" * 60_000, "SEARCH " + "OR " * 20_000, "FETCH 1 " + "(" * 60_000, "LIST (" * 9_000, "STORE 1 FLAGS " + "(" * 60_000,
        "SELECT INBOX " + "(QRESYNC " * 6_000, "SORT " + "(" * 60_000, "APPEND INBOX CATENATE " + "(" * 60_000, "ID " + "(" * 60_000,
        "SEARCH MODSEQ 99999999999999999999", "FETCH 1 (FLAGS) (CHANGEDSINCE 99999999999999999999)", "ENABLE" + " X" * 30_000,
    ],
    ids=lambda command: command[:20],
)  # fmt: skip
async def test_deep_or_long_commands_are_answered(start: Start, command: str) -> None:
    talker = await (await (await start()).connect()).sign_in()
    began = time.process_time()
    answer = (await talker.say(command))[-1]
    assert answer.startswith("a OK" if command.startswith("ENABLE") else "a BAD")
    assert time.process_time() - began < 2
    assert (await talker.say("NOOP"))[-1].startswith("a OK")


async def test_thousands_of_keywords_and_flags(start: Start) -> None:
    talker = await (await (await start(mails=MAILS * 10)).connect()).sign_in()
    flags = " ".join(f"k{n}" for n in range(5_000))
    assert (await talker.say(f"STORE 1 +FLAGS.SILENT ({flags})"))[-1].startswith("a OK")
    assert (await talker.say("SEARCH KEYWORD K4999"))[0] == "* SEARCH 1"
    assert (await talker.say("FETCH 2 FLAGS"))[0] == r"* 2 FETCH (FLAGS (\Recent))"


async def test_a_literal_bomb_is_not_kept(start: Start) -> None:
    talker = await (await (await start(mails=[PLAIN])).connect()).sign_in()
    assert (await talker.say("APPEND INBOX {999999999999}"))[-1].startswith("a NO [TOOBIG]")
    assert (await talker.say("SEARCH SUBJECT {70000}"))[-1].startswith("a NO [TOOBIG]")
    assert (await talker.say(b"SEARCH SUBJECT {70000+}\r\n" + b"x" * 70_000))[-1].startswith("a NO [TOOBIG]")
    assert (await talker.say("NOOP"))[-1].startswith("a OK")
