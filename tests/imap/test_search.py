"""SEARCH beyond its keys: what it returns (RFC 4731), keeps (RFC 5182), ages (RFC 5032), text in any form."""

from __future__ import annotations

import pytest

from . import odd_mails
from .conftest import Start
from .mails import MAILS


@pytest.mark.parametrize(
    ("command", "heard"),
    [
        ("SEARCH RETURN () 1:2", "ALL 1:2"),
        ("SEARCH RETURN (MIN MAX COUNT ALL) 1,3", "MIN 1 MAX 3 ALL 1,3 COUNT 2"),
        ("UID SEARCH RETURN (COUNT) ALL", "UID COUNT 3"),
        ("SEARCH RETURN (MIN MAX) SUBJECT nothing", ""),
        ("SEARCH RETURN (COUNT) SUBJECT nothing", "COUNT 0"),
        ("SORT RETURN (ALL MIN MAX) (REVERSE ARRIVAL) UTF-8 ALL", "MIN 3 MAX 1 ALL 3,2,1"),
    ],
)
async def test_esearch(start: Start, command: str, heard: str) -> None:
    talker = await (await (await start()).connect()).sign_in()
    answer = await talker.say(command, tag="t7")
    assert answer[0] == f'* ESEARCH (TAG "t7") {heard}'.rstrip()


@pytest.mark.parametrize(
    ("returns", "kept"),
    [("SAVE", "1 3"), ("SAVE MIN", "1"), ("SAVE MAX", "3"), ("SAVE MIN MAX", "1 3"), ("SAVE MIN COUNT", "1 3"), ("SAVE ALL", "1 3")],
)  # fmt: skip
async def test_what_is_kept_can_be_used_by_other_commands(start: Start, returns: str, kept: str) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in()
    await talker.say(f"SEARCH RETURN ({returns}) OR 1 3")
    assert (await talker.say("SEARCH $"))[0] == f"* SEARCH {kept}"
    assert (await talker.say("SEARCH UID $ NOT $"))[0] == "* SEARCH"
    assert [line.split()[1] for line in (await talker.say("FETCH $ UID"))[:-1]] == kept.split()
    assert (await talker.say(r"UID STORE $ +FLAGS.SILENT \Flagged"))[-1].startswith("a OK")
    assert (await talker.say("SEARCH FLAGGED"))[0] == f"* SEARCH {kept}"
    assert (await talker.say("COPY $ Sent"))[-1].startswith("a OK [COPYUID ")


async def test_save_alone_says_nothing_and_refusals_empty_it(start: Start) -> None:
    talker = await (await (await start()).connect()).sign_in()
    assert len(await talker.say("SEARCH RETURN (SAVE) ALL")) == 1
    await talker.say("SEARCH RETURN (SAVE) BOGUS")
    assert (await talker.say("SEARCH $"))[0] == "* SEARCH 1 2 3"
    assert (await talker.say("SEARCH CHARSET KLINGON ALL"))[-1].startswith("a NO")
    assert (await talker.say("SEARCH $"))[0] == "* SEARCH 1 2 3"
    assert (await talker.say("SEARCH RETURN (SAVE) CHARSET KLINGON ALL"))[-1].startswith("a NO")
    assert (await talker.say("SEARCH $"))[0] == "* SEARCH"
    assert await talker.say("FETCH $ UID") == ["a OK FETCH completed"]


async def test_what_is_expunged_is_kept_no_longer_and_select_forgets(start: Start) -> None:
    talker = await (await (await start()).connect()).sign_in()
    await talker.say("SEARCH RETURN (SAVE) ALL")
    await talker.say(r"STORE 2 +FLAGS \Deleted")
    await talker.say("EXPUNGE")
    assert (await talker.say("UID SEARCH $"))[0] == "* SEARCH 1 3"
    await talker.say("SELECT INBOX")
    assert (await talker.say("UID SEARCH $"))[0] == "* SEARCH"


async def test_age_counts_from_now(start: Start) -> None:
    # The clock stands at the first of April, 9:00; the messages came at 9:00 on the first, second and third.
    talker = await (await (await start()).connect()).sign_in()
    day = "17-Jul-1996 02:44:25 -0700"
    await talker.say(f'APPEND INBOX "{day}" {{1+}}\r\nx')
    assert (await talker.say("SEARCH OLDER 60"))[0] == "* SEARCH 4"
    assert (await talker.say("SEARCH YOUNGER 60"))[0] == "* SEARCH 1 2 3"
    assert (await talker.say("SEARCH OLDER 0"))[-1].startswith("a BAD")


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        ('FROM "Long Name"', {"folded"}), ('SUBJECT "one two three"', {"folded"}), ('CC "First Mid Last"', {"quoted names"}),
        ('SUBJECT "CAFÉ AU"', {"encoded words"}), ('FROM "山田"', {"encoded words"}), ("SUBJECT 日本語", {"eight bits"}),
        ('TO "Team"', {"groups"}), ("HEADER X-None x", set()), ('HEADER message-id "3@b"', {"field case"}),
        ('BODY "春の花"', {"base64 body"}), ('BODY "soft break äöü"', {"quoted-printable body"}), ('BODY "in four"', {"messages in messages"}),
        ('BODY "preamble"', set()), ('TEXT "x.png"', {"alternative in mixed"}), ('BODY "x.png"', set()), ('BODY "one two"', set()),
        ("SENTON 1-Apr-2026", {"plain", "dates"}), ('SUBJECT "{5} (paren)"', {"quotes in subject"}),
    ],
)  # fmt: skip
async def test_text_is_found_in_whatever_form_it_came(start: Start, keys: str, names: set[str]) -> None:
    talker = await (await (await start(mails=[])).connect()).sign_in()
    for raw in odd_mails.ALL.values():
        await talker.say(b"APPEND INBOX {%d+}\r\n" % len(raw) + raw)
    found = next(line for line in await talker.say(f"SEARCH {keys}") if line.startswith("* SEARCH"))
    all_names = list(odd_mails.ALL)
    assert {all_names[int(number) - 1] for number in found.split()[2:]} == names


async def test_a_set_of_ten_thousand_uids_is_read_once(start: Start) -> None:
    talker = await (await (await start(mails=MAILS[:1] * 9)).connect()).sign_in()
    uids = ",".join(str(n) for n in range(1, 20_000, 2))[:60_000].rpartition(",")[0]
    assert (await talker.say(f"UID SEARCH UID {uids}"))[0] == "* SEARCH 1 3 5 7 9"
