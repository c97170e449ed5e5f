"""UIDVALIDITY across DELETE, CREATE and RENAME (RFC 3501 §2.3.1.1), and sessions that have such a mailbox selected."""

from __future__ import annotations

import re

from .conftest import NOW, Start, Talker
from .mails import PLAIN


async def validity(talker: Talker, name: str) -> int:
    (line, _) = await talker.say(f"STATUS {name} (UIDVALIDITY)")
    found = re.search(r"UIDVALIDITY (\d+)", line)
    assert found
    return int(found[1])


async def test_a_mailbox_made_again_under_the_same_name_is_another(start: Start) -> None:
    talker = await (await (await start()).connect()).sign_in(None)
    await talker.say("CREATE box")
    before = await validity(talker, "box")
    await talker.say("DELETE box")
    await talker.say("CREATE box")
    assert await validity(talker, "box") > before


async def test_a_renamed_mailbox_keeps_it_and_the_next_of_that_name_has_another(start: Start) -> None:
    talker = await (await (await start()).connect()).sign_in(None)
    await talker.say("CREATE one")
    before = await validity(talker, "one")
    await talker.say("RENAME one two")
    assert await validity(talker, "two") == before
    await talker.say("CREATE one")
    assert await validity(talker, "one") > before
    await talker.say("DELETE two")
    await talker.say("RENAME one two")
    assert await validity(talker, "two") > before


async def test_whoever_has_it_selected_follows_a_rename(start: Start) -> None:
    lab = await start()
    first, second = await (await lab.connect()).sign_in("Sent"), await (await lab.connect()).sign_in(None)
    await second.say("RENAME Sent Old/Sent")
    await second.say(f"APPEND Old/Sent {{{len(PLAIN)}+}}\r\n{PLAIN.decode()}")
    assert (await first.say("NOOP"))[0] == "* 1 EXISTS"
    assert (await first.say(r"STORE 1 +FLAGS \Seen"))[-1].startswith("a OK")
    assert await lab.flags(1, "Old/Sent") == {r"\Seen"}


async def test_whoever_has_it_selected_does_not_see_its_successor(start: Start) -> None:
    lab = await start()
    first, second = await (await lab.connect()).sign_in("Sent"), await (await lab.connect()).sign_in(None)
    await second.say("DELETE Sent")
    await second.say("CREATE Sent")
    await second.say(f"APPEND Sent {{{len(PLAIN)}+}}\r\n{PLAIN.decode()}")
    assert (await first.say("NOOP"))[:-1] == []
    assert (await first.say("EXPUNGE"))[-1].startswith("a NO [NONEXISTENT]")
    assert (await first.say("CLOSE"))[-1].startswith("a OK")
    assert await lab.uids("Sent") == [1]
    assert "* 1 EXISTS" in await first.say("SELECT Sent")


async def test_a_mailbox_cannot_be_moved_into_itself_or_onto_another(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in(None)
    await lab.store.append("alice@tsubame.example", "Sent", PLAIN, (), NOW)
    assert (await talker.say("RENAME Sent Sent/inside"))[-1].startswith("a NO [CANNOT]")
    assert (await talker.say("RENAME Sent Trash"))[-1].startswith("a NO [ALREADYEXISTS]")
    await talker.say("CREATE above/below")
    await talker.say("DELETE above")
    assert (await talker.say("RENAME Sent above"))[-1].startswith("a NO [ALREADYEXISTS]")
    assert (await talker.say("RENAME Sent new/place"))[-1].startswith("a OK")
    assert (await talker.say('LIST "" new'))[0] == r'* LIST (\HasChildren) "/" "new"'
