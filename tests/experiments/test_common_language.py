"""common-language: what is refused counts where it was another server's language, and nowhere else."""

from mailserver_lab.experiments import Session
from mailserver_lab.experiments.common_language import COMMON_LANGUAGE, SENDER
from tests.experiments.conftest import Begin
from tests.smtp.talk import PLAIN


async def settled(session: Session) -> None:
    """Wait until the facts have the answer to what was said last."""
    await session.wait_until(lambda facts: bool(facts.spoken) and all(one.heard for one in facts.spoken))


def done(session: Session) -> list[str]:
    return [step.id for step, state in session.steps() if state == "done"]


def said(session: Session) -> str:
    return session.next_move().en


async def test_hint_and_move_fit_each_step(begin: Begin) -> None:
    session = await begin("common-language")
    assert "guess" in said(session)
    await session.predict("silent")
    assert "Press Connect" in said(session)
    await session.dial()
    await session.wait_until(lambda facts: bool(facts.dialled))
    assert said(session) == "Speak POP3 to the SMTP server."
    for line, words, so_far in [
        ("EHLO pc", "was understood", ["predict"]),
        (f"USER {SENDER}", "in HTTP", ["predict", "pop3"]),
        ("GET / HTTP/1.1", "connect to the POP3 server", ["predict", "pop3", "http"]),
    ]:
        await session.say(line)
        await settled(session)
        assert words in said(session), line
        assert done(session) == so_far
    assert session.judged
    await session.dial(place=1)
    await session.say("CAPA")
    await settled(session)
    assert "was understood" in said(session)
    await session.say("MAIL FROM:<x@tsubame.example>")
    await settled(session)
    assert "Done" in said(session)
    assert session.state == "passed"


async def test_a_letter_may_speak_of_other_languages(begin: Begin) -> None:
    """What stands in a letter is no command, and nobody refuses it."""
    session = await begin("common-language")
    await session.dial()
    for line in ("EHLO pc", f"AUTH PLAIN {PLAIN}", f"MAIL FROM:<{SENDER}>", f"RCPT TO:<{SENDER}>", "DATA"):
        await session.say(line)
    await session.say("USER x\nGET / HTTP/1.1\n.")
    await session.wait_until(lambda facts: bool(facts.sent))
    assert done(session) == ["predict"]
    assert [leg.step for leg in session.legs() if leg.protocol == "smtp"] == ["submit"]


async def test_a_server_that_has_had_enough_is_no_dead_end(begin: Begin) -> None:
    session = await begin("common-language")
    await session.dial()
    console = session.consoles[""]
    while console.connected:
        await session.say("GET / HTTP/1.1")
    await session.wait_until(lambda facts: not any(facts.dialled.values()))
    assert "hung up" in said(session)
    assert console.lines[-1].side == "note"
    last = next(one for one in reversed(console.lines) if one.side == "server")
    assert last.why is not None
    assert "hang up" in last.why.en
    assert done(session) == ["predict", "http"]
    await session.dial()
    await session.say(f"USER {SENDER}")
    await settled(session)
    assert done(session) == ["predict", "pop3", "http"]


async def test_every_conversation_stays_on_show_in_the_order_of_connecting(begin: Begin) -> None:
    session = await begin("common-language")
    for place in (1, 0, 1):
        await session.dial(place=place)
        await session.say("GET /")
    await settled(session)
    legs = session.legs()
    assert [(leg.step, leg.port) for leg in legs] == [("by-hand", 110), ("by-hand", 587), ("by-hand", 110)]
    assert all(line.why for leg in legs for line in leg.lines)
    assert COMMON_LANGUAGE.talk_alone
    await session.reset()
    assert session.legs() == []
