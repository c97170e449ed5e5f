"""who-is-it: what a program says of itself, and what becomes of a reply to it."""

from typing import Any

import pytest

from mailserver_lab.experiments import Reading, Session, replay
from mailserver_lab.experiments.reply import QUOTED, reply
from mailserver_lab.experiments.who_is_it import POSTMASTER, WRONG
from mailserver_lab.locale import Problem
from tests.experiments.conftest import Begin

DAEMON = "MAILER-DAEMON@mx.tsubame.example"
BOUNCED: Any = [("send", {"to": WRONG}), ("wait_bounce", {})]
READ: Any = [*BOUNCED, ("read_bounce", {})]
ANSWERED: Any = [*READ, ("answer_bounce", {}), ("wait_stored", {})]


@pytest.fixture
async def session(begin: Begin) -> Session:
    return await begin("who-is-it")


def said(session: Session) -> str:
    """The first hint and the next move."""
    return f"{session.hints()[0].en} {session.next_move().en}"


async def test_three_lines_say_that_a_program_wrote_it(session: Session) -> None:
    await replay(session, BOUNCED)
    parts = {part.part: part for part in (await session.open_message(1)).parts}
    assert parts["from"].text == f"From: Mail Delivery System <{DAEMON}>"
    assert parts["return-path"].text == "Return-Path: <>"
    assert parts["auto-submitted"].text == "Auto-Submitted: auto-replied"
    assert all(parts[name].note.en for name in ("from", "return-path", "auto-submitted"))


async def test_a_reply_is_what_a_mail_program_would_write(session: Session) -> None:
    await replay(session, READ)
    draft = await session.reply(1)
    assert (draft.sender, draft.to) == ("sender@tsubame.example", DAEMON)
    assert draft.subject == f"Re: Undelivered mail: your message to {WRONG}"
    wrote, *quoted = draft.body.strip().splitlines()
    assert wrote.startswith("On Wed, 01 Apr 2026 09:00:0")
    assert wrote.endswith(f"{DAEMON} wrote:")
    assert draft.body.startswith("\n\n")
    assert quoted[0] == "> This is the mail server mx.tsubame.example. Your message could not be delivered."
    assert all(line.startswith(">") for line in quoted)


@pytest.mark.parametrize(
    ("subject", "answered"),
    [("Hello", "Re: Hello"), ("Re: Hello", "Re: Hello"), ("RE : Hello", "RE : Hello"), ("", "Re: "), ("Regards", "Re: Regards")],
)  # fmt: skip
def test_a_reply_is_marked_once(subject: str, answered: str) -> None:
    letter = Reading(1, "A <a@x.example>", subject, "", "text", "", ())
    assert reply(letter, "me@x.example", "ja").subject == answered


def test_a_reply_to_anything_at_all_is_a_draft() -> None:
    for sender in ("", "@", "<", "a@b\r\nBcc: c@d", "\0", "x" * 9_000):
        letter = Reading(1, sender, "s", "d", "line\r\n\0\n" * 9_000, "", ())
        draft = reply(letter, "me@x.example", "en")
        assert len(draft.body) < 2 * QUOTED
        assert all(line.startswith(">") for line in draft.body.strip().split("\n")[1:])


async def test_what_is_not_there_cannot_be_replied_to(session: Session) -> None:
    with pytest.raises(Problem):
        await session.reply(9)


async def test_the_reply_lies_with_the_postmaster_and_no_answer_comes(session: Session) -> None:
    await replay(session, ANSWERED)
    assert session.state == "passed"
    await session.wait_until(lambda _: bool(session.other() and session.other()[0].messages))  # type: ignore[index]
    other = session.other()
    assert other is not None
    mailbox, device = other
    assert device is None
    assert mailbox.address == POSTMASTER
    (row,) = mailbox.messages
    assert (row.subject, row.seen, row.bounce) == (session.facts.sent[1].subject, False, False)
    await session.fetch()
    assert len(session.device_inbox().messages) == 1
    assert len(session.facts.bounces) == 1
    world: Any = session.world
    assert await world.queue() == []
    (submitted, stored) = [leg for leg in session.legs() if leg.queue_id == session.facts.sent[1].queue_id]
    assert (submitted.step, stored.step, stored.account) == ("submit", "store", POSTMASTER)


async def test_the_prediction_is_judged_when_the_reply_has_arrived(session: Session) -> None:
    await replay(session, READ)
    assert not session.judged
    await replay(session, [("answer_bounce", {}), ("wait_stored", {})])
    assert session.judged


async def test_hint_and_move_fit_each_step(session: Session) -> None:
    assert "First, predict" in said(session)
    await session.predict("answered")
    assert "on purpose" in said(session)
    await replay(session, [("send", {"to": "recipient@hibari.example"}), ("wait_delivery", {})])
    assert "Write to somebody who is not there" in said(session)
    await session.send(WRONG)
    assert "The refusal has a ✕" in said(session) or "Open the message" in said(session)
    await replay(session, BOUNCED)
    assert "Open the message from MAILER-DAEMON" in said(session)
    await replay(session, [("read_bounce", {})])
    assert "press Reply" in said(session)
    await replay(session, [("send", {"to": "MAILER-DAEMON@mx.hibari.example"}), ("wait_stored", {})])
    assert "the very server that wrote it" in said(session)
    await replay(session, [("answer_bounce", {}), ("wait_stored", {})])
    assert "You have done it" in said(session)


async def test_a_reply_before_reading_is_told_to_read(session: Session) -> None:
    await replay(session, [*BOUNCED, ("send", {"to": DAEMON}), ("wait_stored", {})])
    assert "read who it was" in said(session)
    await replay(session, [("read_bounce", {})])
    assert session.state == "passed" or session.facts.bounces[-1].opened
