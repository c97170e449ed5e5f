"""imap-idle: what the server says unasked, and that nobody had asked."""

from typing import Any

import pytest

from mailserver_lab.experiments import Session, replay
from mailserver_lab.experiments.imap_idle import HOST, RECIPIENT
from tests.experiments.conftest import Begin

WAITS: Any = [("wait", {"on": True}), ("wait_happened", {"what": "waits", "who": HOST})]
SENT: Any = [("send", {"to": RECIPIENT}), ("wait_stored", {})]


def again(times: int) -> Any:
    """Wait until the device waits once more."""
    return ("wait_happened", {"what": "waits", "who": HOST, "times": times})


@pytest.fixture
async def session(begin: Begin) -> Session:
    return await begin("imap-idle")


def said(session: Session) -> str:
    """The first hint and the next move."""
    return f"{session.hints()[0].en} {session.next_move().en}"


async def test_between_idle_and_exists_the_device_says_nothing(session: Session) -> None:
    await replay(session, [*WAITS, *SENT, again(2)])
    assert session.state == "passed"
    steps = [leg.step for leg in session.legs()]
    assert steps == ["idle", "submit", "mx", "deliver", "store", "told"]
    idle, told = session.legs()[0], session.legs()[-1]
    assert [(line.side, line.text) for line in idle.lines[-2:]] == [
        ("client", "A004 IDLE"),
        ("server", "+ Idling; DONE ends it"),
    ]
    assert (told.lines[0].side, told.lines[0].text) == ("server", "* 1 EXISTS")
    assert idle.id != told.id
    assert (idle.source, told.source, idle.port) == (HOST, HOST, 143)


async def test_it_is_told_of_every_message_on_the_same_line(session: Session) -> None:
    await replay(session, [*WAITS, *SENT, again(2), *SENT, again(3)])
    told = [leg for leg in session.legs() if leg.step == "told"]
    assert [leg.lines[0].text for leg in told] == ["* 1 EXISTS", "* 2 EXISTS"]
    assert len([leg for leg in session.legs() if leg.step == "idle"]) == 1
    other = session.other()
    assert other
    assert other[1]
    await session.wait_until(lambda _: len(session.other()[1].messages) == 2)  # type: ignore[index, union-attr]


async def test_a_device_that_does_not_wait_knows_nothing_until_it_asks(session: Session) -> None:
    await replay(session, [*WAITS, *SENT, again(2), ("wait", {"on": False})])
    await session.wait_until(lambda _: not session.waiting)
    await replay(session, SENT)
    other = session.other()
    assert other
    assert other[1]
    assert len(other[1].messages) == 1
    await session.fetch_other()
    other = session.other()
    assert other
    assert other[1]
    assert len(other[1].messages) == 2
    assert session.facts.fetching.count("told", HOST) == 1


async def test_starting_over_ends_the_waiting(session: Session) -> None:
    await replay(session, WAITS)
    assert session.waiting
    await session.reset()
    assert not session.waiting
    await replay(session, SENT)
    assert session.facts.fetching.count("told", HOST) == 0
    await replay(session, [*WAITS, *SENT, again(2)])
    assert session.state == "passed"


async def test_hint_and_move_fit_each_step(session: Session) -> None:
    assert "predict what happens to the phone" in said(session)
    await session.predict("asks")
    assert "press “Wait on the line”" in said(session)
    await session.send("sender@tsubame.example")
    assert "Go back to" in said(session)
    await replay(session, SENT)
    assert "knows nothing of it" in said(session)
    await session.fetch_other()
    await replay(session, [("wait_happened", {"what": "handed", "who": HOST})])
    assert "because the phone asked" in said(session)
    assert not session.judged
    await replay(session, WAITS)
    assert "waiting in IDLE. Send" in said(session)
    await replay(session, [*SENT, again(2)])
    assert "Done" in said(session)
    assert session.judged
