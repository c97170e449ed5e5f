"""no-bounce-of-bounce: the way of a bounce that nobody takes, and where it ends."""

from typing import Any

import pytest

from mailserver_lab.experiments import Session, replay
from mailserver_lab.experiments.no_bounce_of_bounce import POSTMASTER, RIGHT, WRONG
from tests.experiments.conftest import Begin

DOUBLED: Any = [("send", {"to": WRONG}), ("wait_double_bounce", {})]


@pytest.fixture
async def session(begin: Begin) -> Session:
    return await begin("no-bounce-of-bounce")


def said(session: Session) -> str:
    """The first hint and the next move."""
    return f"{session.hints()[0].en} {session.next_move().en}"


async def test_the_whole_way_is_in_the_record_and_only_the_bounce_is_refused(session: Session) -> None:
    await replay(session, DOUBLED)
    legs = session.legs()
    assert [leg.step for leg in legs] == [
        "submit", "mx", "deliver", "bounce", "mx", "deliver", "bounce", "store", "fetch",
    ]  # fmt: skip
    (refused,) = [leg for leg in legs if leg.refused]
    said = [line.text.split(" SIZE=")[0] for line in refused.lines]
    assert (refused.source, refused.target) == ("mx.hibari.example", "mx.tsubame.example")
    assert said.index("MAIL FROM:<>") < said.index(
        "552 5.2.2 <sender@tsubame.example>... Message size exceeds remaining quota"
    )
    assert legs[7].account == POSTMASTER


async def test_two_notices_exist_and_the_sender_has_none(session: Session) -> None:
    await session.fetch()
    before = session.device_inbox().messages
    await replay(session, [*DOUBLED, ("read_bounce", {})])
    await session.fetch()
    first, second = session.facts.bounces
    assert (first.uid, second.owner, second.message) == (None, POSTMASTER, first.notice)
    assert session.device_inbox().messages == before
    other = session.other()
    assert other is not None
    mailbox, device = other
    assert [row.bounce for row in mailbox.messages] == [row.bounce for row in device.messages] == [True]
    assert device.name.en == "The postmaster's PC"


async def test_the_notice_to_the_postmaster_tells_which_bounce_was_refused(session: Session) -> None:
    await replay(session, DOUBLED)
    reading = await session.open_other(session.facts.bounces[1].uid or 0)
    parts = {part.part: part.text for part in reading.parts}
    assert parts["return-path"] == "Return-Path: <>"
    assert parts["final-recipient"].endswith("sender@tsubame.example")
    assert parts["remote-mta"] == "Remote-MTA: dns; mx.tsubame.example"
    assert "MAILER-DAEMON@mx.hibari.example" in parts["original"]
    assert session.state == "passed"


async def test_opening_the_senders_mail_of_the_same_number_is_not_reading_the_notice(
    session: Session,
) -> None:
    await session.fetch()
    await replay(session, DOUBLED)
    notice = session.facts.bounces[1]
    assert notice.uid == session.device_inbox().messages[0].uid
    await session.open_message(notice.uid)
    assert session.state == "running"


async def test_hint_and_move_fit_each_step(session: Session) -> None:
    assert "cannot be delivered" in said(session)
    await session.predict("for-ever")
    assert "on purpose" in said(session)
    await replay(session, [("send", {"to": RIGHT}), ("wait_delivery", {})])
    assert "Without a bounce" in said(session)
    await session.send(WRONG)
    assert "where the bounce was refused" in said(session)
    await replay(session, [("wait_double_bounce", {})])
    assert "Nothing comes to the sender" in said(session)
    await replay(session, [("read_bounce", {})])
    assert "You have done it" in said(session)


async def test_the_prediction_is_judged_at_the_end_of_the_way(session: Session) -> None:
    await replay(session, [("send", {"to": RIGHT}), ("wait_delivery", {})])
    assert not session.judged
    await replay(session, DOUBLED)
    assert session.judged
