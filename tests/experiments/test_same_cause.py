"""same-cause-other-words: one wrong address, and the words of five mail systems."""

from typing import Any

import pytest

from mailserver_lab.experiments import Session, replay
from mailserver_lab.experiments.same_cause import SAME_CAUSE, WRONG
from tests.experiments.conftest import Begin

BOUNCED: Any = [("send", {"to": WRONG}), ("wait_bounce", {})]
assert SAME_CAUSE.switch is not None
SYSTEMS = [name for name, _ in SAME_CAUSE.switch.options]


@pytest.fixture
async def session(begin: Begin) -> Session:
    return await begin("same-cause-other-words")


def said(session: Session) -> str:
    """The first hint and the next move."""
    return f"{session.hints()[0].en} {session.next_move().en}"


async def test_it_begins_with_the_first_of_its_choices(session: Session) -> None:
    assert session.switched == SYSTEMS[0]
    await session.turn("gmail")
    domains = session.world.description["domains"].values()
    assert {domain["wording"] for domain in domains} == {"gmail"}


async def test_every_system_refuses_and_writes_in_its_own_words(session: Session) -> None:
    for system in SYSTEMS:
        await replay(session, [("turn", {"choice": system}), *BOUNCED])
    assert [bounce.wording for bounce in session.facts.bounces] == SYSTEMS
    refusals = [line for leg in session.legs() if leg.step == "deliver" for line in leg.lines if line.refused]
    assert len({line.text for line in refusals}) == len(SYSTEMS) + 1  # Gmail says two lines
    for line in refusals:
        assert line.text.startswith("550")
        assert line.why is not None
        assert "refusal" in line.why.en
    rows = session.device_inbox().messages
    assert all(row.bounce for row in rows)
    assert len({(row.sender, row.subject) for row in rows}) == len(SYSTEMS)
    for row in rows:
        parts = {part.part: part.text for part in (await session.open_message(row.uid)).parts}
        assert parts["status"].startswith("Status: 5.")
    assert session.state == "passed"


async def test_what_was_tried_stands_side_by_side_as_the_record_and_the_bounces_have_it(
    session: Session,
) -> None:
    assert session.tried() == []
    for system in SYSTEMS:
        await replay(session, [("turn", {"choice": system}), *BOUNCED])
    await session.fetch()
    rows = session.tried()
    assert [row.wording for row in rows] == SYSTEMS
    replies = {row.wording: row.replies for row in rows}
    assert replies["sendmail"] == (f"550 5.1.1 <{WRONG}>... User unknown",)
    assert replies["exim"] == ("550 Unrouteable address",)
    assert len(replies["gmail"]) == 2
    said = [event["text"] for event in await session.world.trace() if event["side"] == "server"]
    assert all(line in said for lines in replies.values() for line in lines)
    assert {row.wording: row.status for row in rows} == {
        "sendmail": "5.1.1", "postfix": "5.1.1", "exim": "5.0.0", "exchange": "5.1.10", "gmail": "5.1.1"
    }  # fmt: skip
    assert len({row.subject for row in rows}) == len(SYSTEMS)
    assert rows[3].sender.endswith("postmaster@tsubame.example>") or "postmaster@" in rows[3].sender


async def test_a_wording_that_is_tried_again_keeps_its_row_and_another_cause_has_none(
    session: Session,
) -> None:
    await replay(
        session,
        [*BOUNCED, ("turn", {"choice": "exim"}), *BOUNCED, ("turn", {"choice": "sendmail"}), *BOUNCED],
    )
    assert [row.wording for row in session.tried()] == ["sendmail", "exim"]
    await replay(
        session,
        [("turn", {"choice": "gmail"}), ("send", {"to": "recipient@no-such.invalid"}), ("wait_bounce", {})],
    )
    assert [row.wording for row in session.tried()] == ["sendmail", "exim"]
    await session.reset()
    assert session.tried() == []


async def test_the_prediction_is_judged_when_there_is_something_to_compare(session: Session) -> None:
    await replay(session, BOUNCED)
    assert not session.judged
    await replay(session, [("turn", {"choice": "exim"}), *BOUNCED])
    assert session.judged


async def test_hint_and_move_fit_each_step(session: Session) -> None:
    assert "predict what stays" in said(session)
    await session.predict("text")
    assert "on purpose" in said(session)
    await replay(session, BOUNCED)
    assert "Open the message that came back" in said(session)
    await replay(session, [("read_bounce", {})])
    assert "choose another program" in said(session)
    await session.turn("exchange")
    await session.wait_until(lambda facts: bool(facts.settings))
    assert "The program is another one now" in said(session)
    await session.send("recipient@hibari.example")
    assert "Go back to recipent@hibari.example" in said(session)
    await replay(session, [*BOUNCED, ("read_bounce", {}), ("turn", {"choice": "gmail"}), *BOUNCED])
    await replay(session, [("read_bounce", {})])
    assert "Done" in said(session)
