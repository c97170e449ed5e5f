"""server-down: a server that is really off, and a message that waits for it."""

from typing import Any

import pytest

from mailserver_lab.experiments import Session, replay
from mailserver_lab.experiments.server_down import HOUR, RECIPIENT
from tests.experiments.conftest import Begin

WAITING: Any = [("turn", {"choice": "off"}), ("send", {"to": RECIPIENT}), ("wait_deferred", {})]
LATER: Any = [("turn", {"choice": "on"}), ("advance", {"seconds": HOUR}), ("wait_delivery", {})]


@pytest.fixture
async def session(begin: Begin) -> Session:
    return await begin("server-down")


def said(session: Session) -> str:
    """The first hint and the next move."""
    return f"{session.hints()[0].en} {session.next_move().en}"


async def test_one_copy_arrives_however_often_it_was_tried(session: Session) -> None:
    await replay(session, WAITING)
    for count in (2, 3):
        await session.advance(HOUR)
        await replay(session, [("wait_deferred", {"count": count})])
    tries = [leg for leg in session.legs() if leg.step == "deliver"]
    assert len(tries) == 3
    for leg in tries:  # nothing was said, and the record tells that it was tried
        assert (leg.source, leg.target, leg.refused) == ("mx.tsubame.example", "mx.hibari.example", True)
        assert [(line.side, line.text) for line in leg.lines] == [("unreached", "mx.hibari.example port 25")]
    await replay(session, LATER)
    assert session.state == "passed"
    assert [account for _, account in session.facts.stored].count(RECIPIENT) == 1
    assert len([leg for leg in session.legs() if leg.step == "wait"]) == 3


async def test_the_switch_is_the_servers_own_and_starting_over_switches_it_on(session: Session) -> None:
    assert session.switched == "on"
    await session.turn("off")
    assert session.switched == "off"
    await session.turn("out")
    assert session.switched == "off"
    await session.reset()
    assert session.switched == "on"
    await session.send(RECIPIENT)
    await replay(session, [("wait_delivery", {})])
    assert "Switch it off, then send" in said(session)


async def test_hint_and_move_fit_each_step(session: Session) -> None:
    assert "predict where the message is" in said(session)
    await session.predict("dns")
    assert "switch the recipient’s server off" in said(session)
    await session.turn("off")
    await session.wait_until(lambda facts: bool(facts.settings))
    assert "The server is off. Press Send" in said(session)
    await replay(session, WAITING)
    assert "Switch the other one on again" in said(session)
    await session.turn("on")
    await session.wait_until(lambda facts: "on" in facts.settings.values())
    assert "Press “1 hour later”" in said(session)
    await replay(session, LATER)
    assert "Done" in said(session)
