"""imap-by-hand: what one session sets, the next one finds."""

from typing import Any

import pytest

from mailserver_lab.experiments import Session, replay
from mailserver_lab.experiments.imap_by_hand import IMAP_BY_HAND, PASSWORD, RECIPIENT
from tests.experiments.conftest import Begin

SENT: Any = [("send", {"to": RECIPIENT}), ("wait_stored", {})]
IN = (f"a1 LOGIN {RECIPIENT} {PASSWORD}", "a2 SELECT INBOX")


@pytest.fixture
async def session(begin: Begin) -> Session:
    one = await begin("imap-by-hand")
    await replay(one, SENT)
    return one


async def talk(session: Session, *lines: str) -> None:
    await session.dial()
    for line in lines:
        await session.say(line)


async def settled(session: Session) -> None:
    """Wait until the facts have the answer to what was said last."""
    await session.wait_until(lambda facts: bool(facts.spoken) and all(one.heard for one in facts.spoken))


def said(session: Session) -> str:
    """The first hint and the next move."""
    return f"{session.hints()[0].en} {session.next_move().en}"


@pytest.mark.parametrize(
    ("store", "fetch"),
    [
        ("a3 STORE 1 +FLAGS (\\Flagged)", "a3 FETCH 1 FLAGS"),
        ("a3 store 1 +flags (\\flagged)", "a3 fetch 1 flags"),
        ("a3 STORE 1 +FLAGS \\Answered", "a3 FETCH 1:* (UID FLAGS)"),
        ("a3 UID STORE 1 +FLAGS.SILENT (\\Seen)", "a3 UID FETCH 1 (FLAGS)"),
    ],
)
async def test_however_it_is_said_the_flag_is_found_again(session: Session, store: str, fetch: str) -> None:
    await talk(session, *IN, store, "a4 LOGOUT")
    await settled(session)
    assert session.state == "running"
    await talk(session, *IN, fetch)
    await replay(session, [("wait_arrival", {})])
    assert session.state == "passed"
    mailbox, _ = session.other() or (None, None)
    assert mailbox is not None
    assert len(mailbox.messages) == 1  # it has never left the server


async def test_the_connection_need_not_be_ended_politely(session: Session) -> None:
    await talk(session, *IN, "a3 STORE 1 +FLAGS (\\Flagged)")
    await session.hang_up()
    await talk(session, *IN, "a3 FETCH 1 FLAGS")
    await replay(session, [("wait_arrival", {})])


async def test_the_password_is_in_no_fact(session: Session) -> None:
    await talk(session, *IN)
    await settled(session)
    assert PASSWORD not in repr(session.facts)


async def test_hint_and_move_fit_each_step(begin: Begin) -> None:
    session = await begin("imap-by-hand")
    assert "guess where the flag is kept" in said(session)
    await session.predict("device")
    assert "First send a message" in said(session)
    await replay(session, SENT)
    assert "press Connect" in said(session)
    await session.dial()
    await session.wait_until(lambda facts: any(facts.dialled.values()))
    assert "Sign in by `LOGIN`" in said(session)
    for line, words in [
        ("a1 FETCH 1 FLAGS", "That was refused"),
        (IN[0], "You are signed in"),
        (IN[1], "Look at message 1"),
        ("a3 STORE 1 +FLAGS (\\Flagged)", "as if from another device"),
    ]:
        await session.say(line)
        await settled(session)
        assert words in said(session), line
    await session.say("a4 LOGOUT")
    await session.wait_until(lambda facts: not any(facts.dialled.values()))
    assert "Press Connect again" in said(session)
    assert not session.judged
    await talk(session, *IN)
    await settled(session)
    assert "`FETCH 1 FLAGS` shows" in said(session)
    await session.say("a3 FETCH 1 FLAGS")
    await settled(session)
    assert "Done" in said(session)
    assert session.judged
    assert IMAP_BY_HAND.goal(session.facts)


async def test_the_record_and_the_map_have_every_conversation_whether_mail_was_handed_out_or_not(
    session: Session,
) -> None:
    await talk(session, *IN, "a3 STORE 1 +FLAGS (\\Flagged)", "a4 LOGOUT")
    await talk(session, "a1 FETCH 1 FLAGS", *IN, "a3 FETCH 1 BODY.PEEK[]", "a4 LOGOUT")
    await settled(session)
    assert [leg.step for leg in session.legs()][-2:] == ["by-hand", "fetch"]
    assert not any(leg.refused for leg in session.legs())  # a slip on the way
    assert session.machines().acting == "pc.recipient.hibari.example"
