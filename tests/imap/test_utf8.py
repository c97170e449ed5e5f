"""UTF8=ACCEPT (RFC 6855): names of mailboxes in UTF-8 from ENABLE on, and messages with UTF-8 in their headers."""

from __future__ import annotations

import pytest

from mailserver_lab.imap.events import Append, Command, Data, ListMailboxes, Mailbox, NewMessage, Status
from mailserver_lab.imap.states import Outcome
from mailserver_lab.imap.values import Atom

from .conftest import ALICE, Lab, Start, Talker
from .joined import Joined

MAIL = "Subject: 請求書\r\n\r\nx\r\n".encode()


async def enabled(lab: Lab, mailbox: str | None = None, *names: str) -> Talker:
    talker = await (await lab.connect()).sign_in(None)
    assert (await talker.say("ENABLE UTF8=ACCEPT"))[0] == "* ENABLED UTF8=ACCEPT"
    for name in names:
        quoted = name.replace('"', r"\"")
        assert (await talker.say(f'CREATE "{quoted}"'))[-1].startswith("a OK")
    if mailbox is not None:
        assert (await talker.say(f'SELECT "{mailbox}"'))[-1].startswith("a OK")
    return talker


async def test_it_is_offered_and_enabled_by_name(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in(None)
    assert "UTF8=ACCEPT" in (await talker.say("CAPABILITY"))[0].split()
    assert await talker.say("ENABLE utf8=accept BOGUS") == ["* ENABLED UTF8=ACCEPT", "a OK ENABLE completed"]


async def test_names_are_utf8_for_whoever_enabled_it_and_utf7_for_others(start: Start) -> None:
    lab = await start()
    talker = await enabled(lab, None, "日本語", 'a&b "c" &-')
    assert [folder.name for folder in await lab.store.folders(ALICE)][-2:] == ['a&b "c" &-', "日本語"]
    listed = await talker.say('LIST "" "日*"')
    assert listed[0] == r'* LIST (\HasNoChildren) "/" "日本語"'
    assert (await talker.say("LIST (SUBSCRIBED) () ()"))[-1].startswith("a BAD")
    assert (await talker.say('STATUS "日本語" (MESSAGES)'))[0] == '* STATUS "日本語" (MESSAGES 0)'
    assert (await talker.say('LIST "" "a&*"'))[0] == r'* LIST (\HasNoChildren) "/" "a&b \"c\" &-"'
    await talker.say('SUBSCRIBE "日本語"')
    assert (await talker.say('LSUB "" "日本語"'))[0] == '* LSUB () "/" "日本語"'
    assert (await talker.say('GETQUOTAROOT "日本語"'))[0] == '* QUOTAROOT "日本語"'
    other = await (await lab.connect()).sign_in(None)
    assert (await other.say('LIST "" "&ZeVnLIqe-"'))[0] == r'* LIST (\HasNoChildren) "/" "&ZeVnLIqe-"'
    assert (await other.say('STATUS "&ZeVnLIqe-" (MESSAGES)'))[0] == '* STATUS "&ZeVnLIqe-" (MESSAGES 0)'


async def test_a_name_in_modified_utf7_is_only_odd_then(start: Start) -> None:
    lab = await start()
    talker = await enabled(lab, None, "日本語")
    assert (await talker.say('SELECT "&ZeVnLIqe-"'))[-1].startswith("a NO [NONEXISTENT]")


async def test_names_that_are_not_utf8_or_hold_control_characters_are_refused(start: Start) -> None:
    lab = await start()
    talker = await enabled(lab)
    assert (await talker.say(b'CREATE "\xff"'))[-1].startswith("a NO [CANNOT]")
    assert (await talker.say("CREATE {3}"))[-1].startswith("+ ")
    talker.stream.write(b"\xc2\x85x\r\n")
    assert (await talker.line()).startswith("a NO [CANNOT]")


@pytest.mark.parametrize("form", ["UTF8 (~{%d+}\r\n%b)", "CATENATE (UTF8 (~{%d+}\r\n%b))"])
async def test_a_message_with_utf8_in_its_header_is_appended_and_given_back(start: Start, form: str) -> None:
    lab = await start(mails=[])
    talker = await enabled(lab)
    assert (await talker.say(b"APPEND INBOX " + form.encode() % (len(MAIL), MAIL)))[-1].startswith("a OK")
    assert await lab.store.raw((await lab.store.messages(ALICE, "INBOX"))[0].id) == MAIL


@pytest.mark.parametrize(
    "arguments", ["UTF8 ({1+}\r\nx)", "UTF8 ~{1+}\r\nx", "UTF8 ()", "UTF8 (~{1+}\r\nx", "UTF8"]
)
async def test_what_is_not_well_formed_is_bad(start: Start, arguments: str) -> None:
    talker = await enabled(await start())
    assert (await talker.say(f"APPEND INBOX {arguments}"))[-1].startswith("a BAD")


async def test_utf8_has_to_be_enabled_first(start: Start) -> None:
    talker = await (await (await start()).connect()).sign_in()
    assert (await talker.say("APPEND INBOX UTF8 (~{1+}\r\nx)"))[-1].startswith("a BAD")


async def test_search_takes_no_charset_any_more(start: Start) -> None:
    talker = await enabled(await start(mails=[MAIL]), "INBOX")
    assert (await talker.say('SEARCH SUBJECT "請求"'))[0] == "* SEARCH 1"
    assert (await talker.say('SEARCH CHARSET UTF-8 SUBJECT "請求"'))[-1].startswith("a BAD")


@pytest.mark.parametrize("step", [0, 1])
def test_the_core_reads_names_as_the_server_has_agreed(step: int) -> None:
    joined = Joined(step).sign_in()

    def given(line: str) -> object:
        event = joined.to_server(f"x {line}\r\n".encode())
        joined.server.send(Status("x", Outcome.OK, "done"))
        assert isinstance(event, Command)
        return event.arguments

    assert given('DELETE "&ZeVnLIqe-"') == Mailbox("日本語")
    joined.give("ENABLE", Atom("UTF8=ACCEPT"))
    joined.to_client(Data([Atom("ENABLED"), Atom("UTF8=ACCEPT")]))
    joined.answer()
    assert given('DELETE "&ZeVnLIqe-"') == Mailbox("&ZeVnLIqe-")
    assert given('LIST "日" "*&"') == ListMailboxes("日", ("*&",))
    assert given("APPEND x UTF8 (~{3+}\r\né\n)") == Append("x", (NewMessage((), None, (b"\xc3\xa9\n",)),))
