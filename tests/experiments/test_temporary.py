"""temporary: told "not now", told that it is late, and how it ends."""

from typing import Any

import pytest

from mailserver_lab.experiments import Session, replay
from mailserver_lab.experiments.temporary import DAY, HOUR, SMALL
from tests.experiments.conftest import Begin

WAITING: Any = [("send", {"to": SMALL}), ("wait_deferred", {})]
LATE: Any = [*WAITING, ("advance", {"seconds": 4 * HOUR}), ("wait_told", {"action": "delayed"})]
ROOM: Any = [("fetch_other", {}), ("delete_other", {"uid": 1})]


@pytest.fixture
async def session(begin: Begin) -> Session:
    return await begin("temporary")


def said(session: Session) -> str:
    """The first hint and the next move."""
    return f"{session.hints()[0].en} {session.next_move().en}"


async def test_it_ends_with_a_bounce_when_nobody_makes_room(session: Session) -> None:
    await replay(session, [*LATE, ("read_bounce", {})])
    for day in range(5):
        assert session.state == "running"
        await session.advance(DAY)
        await session.wait_until(
            lambda facts, day=day: len(facts.deferred) > day + 2 or bool(facts.told("failed"))  # type: ignore[misc]
        )
    await replay(session, [("wait_told", {"action": "failed"})])
    assert "Open the message from MAILER-DAEMON" in said(session)
    await replay(session, [("read_bounce", {})])
    assert session.state == "passed"
    assert "Time was up" in said(session)
    assert [(one.action, one.status) for one in session.facts.bounces] == [
        ("delayed", "4.2.2"),
        ("failed", "4.4.7"),
    ]


async def test_it_arrives_once_and_nothing_was_sent_again(session: Session) -> None:
    await replay(
        session, [*LATE, ("read_bounce", {}), *ROOM, ("advance", {"seconds": HOUR}), ("wait_delivery", {})]
    )
    assert session.state == "passed"
    assert len(session.facts.sent) == 1
    assert [account for _, account in session.facts.stored].count(SMALL) == 1


async def test_the_record_shows_where_it_waits_and_when(session: Session) -> None:
    await replay(session, LATE)
    waits = [leg for leg in session.legs() if leg.step == "wait"]
    assert [leg.lines[0].text[:21] for leg in waits] == ["2026-04-01 09:00  452", "2026-04-01 13:00  452"]
    assert not any(leg.refused for leg in waits)
    assert session.now.startswith("2026-04-01T13:00")
    (notice,) = [leg for leg in session.legs() if leg.step == "delay"]
    assert notice.title.en == "The sender's server tells of the delay"
    await session.reset()
    assert session.now.startswith("2026-04-01T09:00")


async def test_hint_and_move_fit_each_step(session: Session) -> None:
    assert "predict what you have to do" in said(session)
    await session.predict("nothing")
    assert "The address is right" in said(session)
    await replay(session, WAITING)
    assert "Move the lab’s clock" in said(session)
    await session.send("recipent@hibari.example")
    await session.wait_until(lambda facts: any(one.action == "failed" for one in facts.bounces))
    assert "Go back to small@hibari.example" in said(session)
    await replay(session, [("wait_bounce", {}), ("read_bounce", {}), *LATE])
    assert "Open the message from MAILER-DAEMON" in said(session)
    for row in session.device_inbox().messages:
        await session.open_message(row.uid)
    assert "Delete a message on the recipient’s PC" in said(session)
    await replay(session, ROOM)
    await session.wait_until(lambda facts: SMALL in facts.emptied)
    assert "1 hour later" in said(session)
    await replay(session, [("advance", {"seconds": HOUR}), ("wait_delivery", {})])
    assert "Done" in said(session)


async def test_who_makes_room_at_once_is_told_to_start_over(session: Session) -> None:
    await replay(session, [*WAITING, *ROOM, ("advance", {"seconds": HOUR}), ("wait_delivery", {})])
    assert session.state == "running"
    assert "It arrived before you were told" in said(session)


async def test_an_experiment_without_a_clock_cannot_move_it(begin: Begin) -> None:
    session = await begin("user-unknown")
    await session.advance(DAY)
    await session.send("recipient@hibari.example")
    await replay(session, [("wait_delivery", {})])
    assert session.now.startswith("2026-04-01T09:00")
