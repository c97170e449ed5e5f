"""mailbox-full: what a full mailbox does, and the reader as its owner."""

from typing import Any

import pytest

from mailserver_lab.experiments import Session, replay
from mailserver_lab.locale import Problem
from tests.experiments.conftest import Begin

SMALL = "small@hibari.example"
BOUNCED: Any = [("send", {"to": SMALL}), ("wait_bounce", {})]


@pytest.fixture
async def session(begin: Begin) -> Session:
    session = await begin("mailbox-full")
    await session.fetch_other()
    return session


def said(session: Session) -> str:
    """The first hint and the next move."""
    return f"{session.hints()[0].en} {session.next_move().en}"


def used(session: Session) -> int:
    other = session.other()
    assert other is not None
    return other[0].used


def kept(session: Session) -> list[int]:
    """The uids of what the recipient's PC has."""
    other = session.other()
    assert other is not None
    return [row.uid for row in other[1].messages]


async def test_it_begins_with_mail_in_the_recipients_mailbox(session: Session) -> None:
    other = session.other()
    assert other is not None
    mailbox, device = other
    assert (mailbox.address, mailbox.used, mailbox.quota) == (SMALL, 20_400, 20_480)
    assert (
        [row.size for row in mailbox.messages]
        == [row.size for row in device.messages]
        == [9_200, 7_700, 3_500]
    )
    assert device.name.en == "The recipient's PC"
    assert session.state == "fresh"
    assert session.legs() == []


async def test_the_recipients_server_refuses_before_the_text_is_sent(session: Session) -> None:
    await replay(session, BOUNCED)
    (refused,) = [leg for leg in session.legs() if leg.refused]
    assert refused.target == "mx.hibari.example"
    assert not any(line.text == "DATA" for line in refused.lines)
    assert used(session) == 20_400


async def test_what_the_recipient_deletes_leaves_the_server_and_makes_room(session: Session) -> None:
    await session.delete_other(2)
    assert kept(session) == [1, 3]
    await session.wait_until(lambda facts: SMALL in facts.emptied and used(session) == 12_700)
    await replay(session, [("send", {"to": SMALL}), ("wait_delivery", {})])
    await session.wait_until(lambda _: kept(session) == [1, 3, 4])


async def test_what_is_not_there_cannot_be_deleted(session: Session) -> None:
    with pytest.raises(Problem):
        await session.delete_other(9)
    assert kept(session) == [1, 2, 3]


async def test_hint_and_move_fit_each_step(session: Session) -> None:
    assert "what becomes of the message" in said(session)
    await session.predict("waits")
    assert "The address is right" in said(session)
    await replay(session, BOUNCED)
    assert "Open the message from MAILER-DAEMON" in said(session)
    await replay(session, [("read_bounce", {})])
    assert "Now be the recipient" in said(session)
    await replay(session, BOUNCED)
    assert "Refused again" in said(session)
    await session.delete_other(1)
    await session.wait_until(lambda facts: SMALL in facts.emptied)
    assert "There is room now" in said(session)
    await replay(session, [("send", {"to": SMALL, "subject": "x"}), ("wait_delivery", {})])
    assert "another subject" in said(session)
    await replay(session, [("send", {"to": SMALL}), ("wait_delivery", {})])
    assert "You have done it" in said(session)


async def test_hint_and_move_fit_room_that_was_made_too_early(session: Session) -> None:
    await session.delete_other(1)
    await replay(session, [("send", {"to": SMALL}), ("wait_delivery", {})])
    assert "You made room first" in said(session)
    await session.reset()
    await session.fetch_other()
    assert (used(session), kept(session)) == (20_400, [1, 2, 3])


async def test_an_experiment_of_one_person_has_no_other(begin: Begin) -> None:
    session = await begin()
    await session.fetch_other()
    await session.delete_other(1)
    assert session.other() is None
