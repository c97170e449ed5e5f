"""login: a wrong password, and all that the server does not say."""

from typing import Any

import pytest

from mailserver_lab.experiments import Session, replay
from mailserver_lab.experiments.login import HOST, RECIPIENT, RIGHT, WRONG
from mailserver_lab.locale import Problem
from tests.experiments.conftest import Begin

SENT: Any = [("send", {"to": RECIPIENT}), ("wait_stored", {})]


def tried(password: str, protocol: str, what: str, times: int = 1) -> Any:
    """Sign in, and wait until the record tells of it."""
    return [
        ("sign_in", {"password": password, "protocol": protocol}),
        ("wait_happened", {"what": what, "who": HOST, "times": times}),
    ]


@pytest.fixture
async def session(begin: Begin) -> Session:
    return await begin("login")


def said(session: Session) -> str:
    """The first hint and the next move."""
    return f"{session.hints()[0].en} {session.next_move().en}"


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
async def test_a_refused_try_shows_nothing_of_the_mail(session: Session, protocol: str) -> None:
    await replay(session, [*SENT, *tried(WRONG, protocol, "refused")])
    leg = session.legs()[-1]
    assert (leg.step, leg.refused, leg.source) == ("sign-in", True, HOST)
    spoken = [line for line in leg.lines if line.side == "server"]
    (refusal,) = [line for line in spoken if line.refused]
    assert refusal.why is not None
    assert "does not say which one" in refusal.why.en
    assert not any(word in line.text for line in spoken for word in ("EXISTS", "octets", "meeting", "720"))
    assert session.judged
    other = session.other()
    assert other
    assert other[1]
    assert (len(other[0].messages), other[1].messages) == (1, ())  # there, and not handed out


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
async def test_the_right_one_brings_the_message(session: Session, protocol: str) -> None:
    await replay(session, [*SENT, *tried(WRONG, "imap", "refused"), *tried(RIGHT, protocol, "handed")])
    assert session.state == "passed"
    assert [leg.step for leg in session.legs()][-2:] == ["sign-in", "fetch"]
    other = session.other()
    assert other
    assert other[1]
    (row,) = other[1].messages
    reading = await session.open_other(row.uid)
    assert "shall we meet" in reading.text


async def test_nothing_is_fetched_behind_the_readers_back(session: Session) -> None:
    await replay(session, SENT)
    assert "fetch" not in {leg.step for leg in session.legs()}
    assert session.facts.fetching.count("handed", HOST) == 0


@pytest.mark.parametrize("password", ["", "a\nb", "x\0", "a\r\nDELE 1"])
async def test_what_cannot_be_a_password_is_told_before_anything_is_tried(
    session: Session, password: str
) -> None:
    with pytest.raises(Problem) as told:
        await session.sign_in(password, "pop3")
    assert "no password" in told.value.what.en
    assert session.legs() == []


async def test_hint_and_move_fit_each_step(session: Session) -> None:
    assert "predict what the server will tell" in said(session)
    await session.predict("count")
    assert "Press Send" in said(session)
    await replay(session, tried(WRONG, "imap", "refused"))
    assert "mailbox is still empty" in said(session)
    await session.send("sender@tsubame.example")
    assert "Go back to" in said(session)
    await replay(session, SENT)
    assert "last year’s password" in said(session)
    await replay(session, tried(RIGHT, "imap", "handed"))
    assert "try the wrong password first" in said(session)
    await replay(session, SENT)
    await replay(session, tried(WRONG, "pop3", "refused", 2))
    assert "Refused. Put the right password in" in said(session)
    await replay(session, tried(RIGHT, "pop3", "handed", 2))
    assert "Done" in said(session)


async def test_starting_over_takes_the_mail_off_the_device(session: Session) -> None:
    await replay(session, [*SENT, *tried(RIGHT, "pop3", "handed")])
    await session.reset()
    other = session.other()
    assert other
    assert other[1]
    assert (other[0].messages, other[1].messages, session.legs()) == ((), (), [])
