"""CONDSTORE and QRESYNC (RFC 7162): changes since a mod-sequence, and conflicts between clients."""

from __future__ import annotations

import re

import pytest

from .conftest import ALICE, Lab, Start, Talker


async def modseq(lab: Lab, uid: int) -> int:
    return next(each.modseq for each in await lab.store.messages(ALICE, "INBOX") if each.uid == uid)


async def highest(lab: Lab) -> int:
    return (await lab.store.folder(ALICE, "INBOX")).modseq


async def test_select_and_status_tell_the_highest(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in(None)
    code = f"[HIGHESTMODSEQ {await highest(lab)}]"
    assert any(code in line for line in await talker.say("SELECT INBOX"))
    heard = await talker.say("STATUS Sent (HIGHESTMODSEQ)")
    assert heard[:-1] == [
        f"* OK {code} Mod-sequences are told from now on",
        '* STATUS "Sent" (HIGHESTMODSEQ 1)',
    ]


@pytest.mark.parametrize(
    "command",
    ["FETCH 1 MODSEQ", "FETCH 1 FLAGS (CHANGEDSINCE 1)", "SEARCH MODSEQ 1", "ENABLE CONDSTORE", "SELECT INBOX (CONDSTORE)", "STATUS Sent (HIGHESTMODSEQ)", r"STORE 1 (UNCHANGEDSINCE 1) +FLAGS \Seen"],
)  # fmt: skip
async def test_whoever_uses_it_is_told_mod_sequences_from_then_on(start: Start, command: str) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in()
    await lab.store.set_flags(ALICE, "INBOX", [2], "add", ["x"])
    assert "MODSEQ" not in "".join(line for line in await talker.say("NOOP") if "FETCH" in line)
    await talker.say(command)
    await lab.store.set_flags(ALICE, "INBOX", [2], "add", ["y"])
    (flags, fetch, _) = await talker.say("NOOP")
    assert flags.startswith("* FLAGS")
    assert fetch.replace(r"\Recent ", "") == f"* 2 FETCH (MODSEQ ({await modseq(lab, 2)}) FLAGS (x y))"


async def test_store_is_refused_for_what_another_has_changed(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in()
    await talker.say("ENABLE CONDSTORE")
    known = await highest(lab)
    await lab.store.set_flags(ALICE, "INBOX", [2], "add", [r"\Answered"])
    heard = await talker.say(rf"STORE 1:3 (UNCHANGEDSINCE {known}) +FLAGS.SILENT (\Seen)")
    now = await highest(lab)
    assert sorted(heard[:-1]) == [
        f"* 1 FETCH (MODSEQ ({now}))",
        rf"* 2 FETCH (MODSEQ ({now - 1}) FLAGS (\Answered \Recent))",
        f"* 3 FETCH (MODSEQ ({now}))",
    ]
    assert heard[-1] == "a OK [MODIFIED 2] Some have changed meanwhile"
    assert await lab.flags(2) == {r"\Answered"}
    assert (await talker.say(r"UID STORE 2 (UNCHANGEDSINCE 0) FLAGS (\Seen)"))[-1].startswith(
        "a OK [MODIFIED 2]"
    )
    assert (await talker.say(rf"STORE 2 (UNCHANGEDSINCE {now}) FLAGS (\Seen)"))[-1] == "a OK STORE completed"


async def test_fetch_of_what_has_changed(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in()
    known = await highest(lab)
    assert (await talker.say(f"FETCH 1:* UID (CHANGEDSINCE {known})"))[1:] == ["a OK FETCH completed"]
    await lab.store.set_flags(ALICE, "INBOX", [3], "add", [r"\Seen"])
    await talker.say("NOOP")
    heard = await talker.say(f"FETCH 1:* UID (CHANGEDSINCE {known})")
    assert heard == [f"* 3 FETCH (UID 3 MODSEQ ({known + 1}))", "a OK FETCH completed"]


async def test_search_tells_the_highest_of_what_it_found(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in()
    assert f"* SEARCH 2 3 (MODSEQ {await modseq(lab, 3)})" in await talker.say(
        f"SEARCH MODSEQ {await modseq(lab, 2)}"
    )
    assert "* SEARCH" in await talker.say("SEARCH MODSEQ 99999")
    assert f'* ESEARCH (TAG "a") MIN 2 MODSEQ {await modseq(lab, 2)}' in await talker.say(
        f'SEARCH RETURN (MIN) MODSEQ "/flags/\\\\seen" all {await modseq(lab, 2)}'
    )
    assert (await talker.say("SEARCH MODSEQ x"))[-1].startswith("a BAD")


async def test_seen_by_fetch_has_a_mod_sequence_too(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in()
    await talker.say("ENABLE CONDSTORE")
    heard = await talker.say("FETCH 1 BODY[TEXT]")
    assert heard[-2] == rf" FLAGS (\Recent \Seen) MODSEQ ({await modseq(lab, 1)}))"


# -- QRESYNC


async def resynced(start: Start) -> tuple[Lab, Talker, int, int]:
    """A client that knew three messages comes back: one has other flags, one is gone, one is new."""
    lab = await start()
    folder = await lab.store.folder(ALICE, "INBOX")
    await lab.store.expunge(ALICE, "INBOX", [2])
    await lab.store.set_flags(ALICE, "INBOX", [1], "add", [r"\Flagged"])
    await lab.deliver()
    talker = await (await lab.connect()).sign_in(None)
    assert (await talker.say("ENABLE QRESYNC"))[0] == "* ENABLED QRESYNC"
    return lab, talker, folder.uidvalidity, folder.modseq


async def test_select_tells_what_changed_since(start: Start) -> None:
    lab, talker, validity, known = await resynced(start)
    heard = await talker.say(f"SELECT INBOX (QRESYNC ({validity} {known}))")
    assert [line for line in heard if "VANISHED" in line or "FETCH" in line] == [
        "* VANISHED (EARLIER) 2",
        rf"* 1 FETCH (UID 1 MODSEQ ({await modseq(lab, 1)}) FLAGS (\Flagged \Recent))",
        rf"* 3 FETCH (UID 4 MODSEQ ({await modseq(lab, 4)}) FLAGS (\Recent))",
    ]


async def test_select_tells_of_the_uids_that_the_client_knows_only(start: Start) -> None:
    _, talker, validity, known = await resynced(start)
    heard = await talker.say(f"SELECT INBOX (QRESYNC ({validity} {known} 3:4 (1,2 1,2)))")
    assert [line.split(" (MODSEQ")[0] for line in heard if "VANISHED" in line or "FETCH" in line] == [
        heard[-2]
    ]
    assert heard[-2].startswith("* 3 FETCH (UID 4 ")


async def test_another_uidvalidity_makes_what_is_known_worthless(start: Start) -> None:
    _, talker, validity, known = await resynced(start)
    heard = await talker.say(f"SELECT INBOX (QRESYNC ({validity + 1} {known}))")
    assert heard[-1].startswith("a OK")
    assert not any("VANISHED" in line or "FETCH" in line for line in heard)


async def test_expunges_come_as_vanished(start: Start) -> None:
    lab, talker, _, known = await resynced(start)
    await talker.say("SELECT INBOX")
    await lab.store.expunge(ALICE, "INBOX", [3])
    assert (await talker.say("NOOP"))[0] == "* VANISHED 3"
    await talker.say(r"STORE 1:2 +FLAGS.SILENT \Deleted")
    heard = await talker.say("EXPUNGE")
    assert heard[0] == "* VANISHED 1,4"
    assert re.fullmatch(r"a OK \[HIGHESTMODSEQ \d+\] EXPUNGE completed, 2 removed", heard[-1])
    assert (await talker.say(f"UID FETCH 1:* FLAGS (CHANGEDSINCE {known} VANISHED)"))[
        0
    ] == "* VANISHED (EARLIER) 1:4"
    assert (await talker.say(f"UID FETCH 3:9 FLAGS (CHANGEDSINCE {known} VANISHED)"))[
        0
    ] == "* VANISHED (EARLIER) 3:4"


async def test_qresync_has_to_be_enabled_first(start: Start) -> None:
    talker = await (await (await start()).connect()).sign_in()
    assert (await talker.say("SELECT INBOX (QRESYNC (1 1))"))[-1].startswith("a BAD")
    assert (await talker.say("NOOP"))[-1].startswith("a OK")
    assert (await talker.say("UID FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)"))[-1].startswith("a BAD")
    assert (await talker.say("ENABLE CONDSTORE BOGUS"))[0] == "* ENABLED CONDSTORE"


@pytest.mark.parametrize(
    "arguments",
    [
        "(QRESYNC (0 1))", "(QRESYNC (1 0))", "(QRESYNC (1))", "(QRESYNC 1 1)", "(QRESYNC (1 1 x))", "(QRESYNC (1 1 1:2 (1)))",
        "(QRESYNC (1 1 $))", "(QRESYNC (1 99999999999999999999))", "(BOGUS)", "()", "(CONDSTORE",
    ],
)  # fmt: skip
async def test_what_is_not_understood_is_bad(start: Start, arguments: str) -> None:
    talker = await (await (await start()).connect()).sign_in(None)
    assert (await talker.say(f"SELECT INBOX {arguments}"))[-1].startswith("a BAD SELECT: ")


async def test_closing_a_mailbox_for_another_is_said(start: Start) -> None:
    talker = await (await (await start()).connect()).sign_in()
    assert (await talker.say("SELECT Sent"))[0].startswith("* OK [CLOSED]")
    assert (await talker.say("SELECT nowhere"))[0].startswith("* OK [CLOSED]")
    assert not (await talker.say("SELECT Sent"))[0].startswith("* OK [CLOSED]")
