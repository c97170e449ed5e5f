"""who-wrote-it: one wrong address, two settings, two bounces by two servers."""

from typing import Any

import pytest

from mailserver_lab.experiments import Session, replay
from mailserver_lab.experiments.who_wrote_it import IN_SESSION, LATER, WRONG
from tests.experiments.conftest import Begin

BOUNCED: Any = [("send", {"to": WRONG}), ("wait_bounce", {})]
READ: Any = [*BOUNCED, ("read_bounce", {})]


@pytest.fixture
async def session(begin: Begin) -> Session:
    return await begin("who-wrote-it")


def said(session: Session) -> str:
    """The first hint and the next move."""
    return f"{session.hints()[0].en} {session.next_move().en}"


async def parts(session: Session, uid: int) -> dict[str, str]:
    return {part.part: part.text for part in (await session.open_message(uid)).parts}


async def test_the_reporting_server_changes_sides_with_the_setting(session: Session) -> None:
    await replay(session, [*BOUNCED, ("turn", {"choice": LATER}), *BOUNCED])
    refused, accepted = [await parts(session, bounce.uid or 0) for bounce in session.facts.bounces]
    assert refused["reporting-mta"] == "Reporting-MTA: dns; mx.tsubame.example"
    assert refused["remote-mta"] == "Remote-MTA: dns; mx.hibari.example"
    assert accepted["reporting-mta"] == "Reporting-MTA: dns; mx.hibari.example"
    assert "remote-mta" not in accepted
    assert "MAILER-DAEMON@mx.hibari.example" in accepted["from"]
    assert refused["diagnostic-code"] == accepted["diagnostic-code"]
    assert [bounce.writer for bounce in session.facts.bounces] == ["mx.tsubame.example", "mx.hibari.example"]
    assert session.state == "passed"


async def test_the_way_back_is_told_from_the_recipients_side(session: Session) -> None:
    await replay(session, [("turn", {"choice": LATER}), *BOUNCED])
    legs = session.legs()
    assert [leg.step for leg in legs] == [
        "submit",
        "mx",
        "deliver",
        "bounce",
        "mx",
        "deliver",
        "store",
        "fetch",
    ]
    assert not any(leg.refused for leg in legs)
    titles = [leg.title.en for leg in legs]
    assert titles[2] == "Sender's server → recipient's server (delivery)"
    assert titles[3] == "The recipient's server writes the bounce"
    assert titles[5] == "Recipient's server → sender's server (delivery of the bounce)"


async def test_the_prediction_is_judged_when_the_recipients_server_has_written(session: Session) -> None:
    await replay(session, BOUNCED)
    assert not session.judged
    await replay(session, [("turn", {"choice": LATER}), *BOUNCED])
    assert session.judged


async def test_the_switch_shows_what_the_server_does_and_goes_back_when_starting_over(
    session: Session,
) -> None:
    assert session.switched == IN_SESSION
    await session.turn(LATER)
    await session.turn("no such choice")
    assert session.switched == LATER
    await session.reset()
    assert session.switched == IN_SESSION
    await replay(session, BOUNCED)
    assert session.facts.bounces[0].writer == "mx.tsubame.example"


async def test_hint_and_move_fit_each_step(session: Session) -> None:
    assert "predict who writes" in said(session)
    await session.predict("central")
    assert "on purpose" in said(session)
    await session.send(WRONG)
    await session.wait_until(lambda facts: any(bounce.uid is not None for bounce in facts.bounces))
    assert "Open the message from MAILER-DAEMON" in said(session)
    await replay(session, [("read_bounce", {})])
    assert "set the server the other way" in said(session)
    await replay(session, READ)  # the same once more
    assert "set the server the other way" in said(session)
    await session.turn(LATER)
    await session.wait_until(lambda facts: bool(facts.settings))
    assert "The server is set the other way now" in said(session)
    await session.send("recipient@hibari.example")
    assert "Send to recipent@hibari.example" in said(session)
    await replay(session, BOUNCED)
    assert "Open the message from MAILER-DAEMON" in said(session)
    await replay(session, [("read_bounce", {})])
    assert "You have done it" in said(session)


async def test_it_can_be_done_the_other_way_round(session: Session) -> None:
    await replay(session, [("turn", {"choice": LATER}), *READ])
    assert "set the server the other way" in said(session)
    await session.turn(IN_SESSION)
    await session.wait_until(lambda facts: IN_SESSION in facts.settings.values())
    assert "The server is set the other way now" in said(session)
    await replay(session, READ)
    assert session.state == "passed"


async def test_an_experiment_without_a_switch_has_nothing_to_turn(begin: Begin) -> None:
    session = await begin()
    await session.turn(LATER)
    assert session.switched == ""
