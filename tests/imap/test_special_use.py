r"""CREATE-SPECIAL-USE (RFC 6154 §3): a mailbox may be made for drafts, say, whatever its name."""

from __future__ import annotations

import pytest

from .conftest import Start


async def test_a_mailbox_is_listed_with_the_use_that_it_was_made_for(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in(None)
    assert "CREATE-SPECIAL-USE" in (await talker.say("CAPABILITY"))[0].split()
    assert (await talker.say(r"CREATE Concepts (USE (\drafts))"))[-1].startswith("a OK")
    assert await talker.say('LIST (SPECIAL-USE) "" *') == [
        r'* LIST (\Drafts) "/" "Concepts"',
        r'* LIST (\Sent) "/" "Sent"',
        r'* LIST (\Trash) "/" "Trash"',
        "a OK LIST completed",
    ]
    assert (await talker.say('LIST "" Concepts'))[0] == r'* LIST (\HasNoChildren \Drafts) "/" "Concepts"'


async def test_the_use_goes_with_a_new_name_and_ends_with_the_mailbox(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in(None)
    await talker.say(r"CREATE Concepts (USE (\Drafts))")
    await talker.say("RENAME Concepts Sketches")
    assert (await talker.say('LIST "" Sketches RETURN (SPECIAL-USE)'))[
        0
    ] == r'* LIST (\Drafts) "/" "Sketches"'
    await talker.say("DELETE Sketches")
    assert (await talker.say(r"CREATE Again (USE (\Drafts))"))[-1].startswith("a OK")


async def test_a_mailbox_of_the_usual_name_has_the_use_only_if_no_other_was_made_for_it(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in(None)
    await talker.say("CREATE Drafts")
    assert (await talker.say('LIST "" Drafts RETURN (SPECIAL-USE)'))[0] == r'* LIST (\Drafts) "/" "Drafts"'
    await talker.say("DELETE Drafts")
    await talker.say(r"CREATE Concepts (USE (\Drafts))")
    await talker.say("CREATE Drafts")
    assert (await talker.say('LIST "" Drafts RETURN (SPECIAL-USE)'))[0] == '* LIST () "/" "Drafts"'


@pytest.mark.parametrize("uses", [r"\Sent", r"\All", r"\Flagged", r"\Bogus", r"\Drafts \Junk"])
async def test_a_use_that_is_taken_or_not_known_leaves_nothing_behind(start: Start, uses: str) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in(None)
    assert (await talker.say(f"CREATE a/b (USE ({uses}))"))[-1].startswith("a NO [USEATTR]")
    assert await talker.say('LIST "" a*') == ["a OK LIST completed"]


@pytest.mark.parametrize("arguments", ["()", r"(\Drafts)", r"(USE \Drafts)", "(USE (Drafts))", r"(USE (\Drafts)", "USE", "(BOGUS x)"])  # fmt: skip
async def test_what_is_not_well_formed_is_bad(start: Start, arguments: str) -> None:
    talker = await (await (await start()).connect()).sign_in(None)
    assert (await talker.say(f"CREATE x {arguments}"))[-1].startswith("a BAD")


async def test_no_use_at_all_is_an_ordinary_mailbox(start: Start) -> None:
    talker = await (await (await start()).connect()).sign_in(None)
    assert (await talker.say("CREATE x (USE ())"))[-1].startswith("a OK")
