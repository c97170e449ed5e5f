"""http-too: what is typed to the web server is answered by it, beside what a mail server says."""

import pytest

from mailserver_lab.experiments import Session
from mailserver_lab.web import HOST
from tests.experiments.conftest import Begin


@pytest.fixture
async def greeted(begin: Begin) -> Session:
    session = await begin("http-too")
    await session.dial()
    await session.say("EHLO pc")
    await session.wait_until(lambda facts: any(one.ok for one in facts.spoken))
    return session


async def ask(session: Session, *lines: str) -> str:
    """Say this to the web server; gives the first line of its answer."""
    await session.dial(place=1)
    for line in (*lines, ""):
        await session.say(line)
    await session.wait_until(
        lambda facts: any(one.heard and one.conn == max(facts.dialled) for one in facts.spoken)
    )
    return session.facts.spoken[-len(lines)].heard


@pytest.mark.parametrize("command", ["GET", "HEAD"])
async def test_a_page_that_is_asked_for_is_given(greeted: Session, command: str) -> None:
    assert await ask(greeted, f"{command} / HTTP/1.1", f"Host: {HOST}") == "HTTP/1.1 200 OK"
    assert greeted.state == "passed"
    assert greeted.judged


@pytest.mark.parametrize(
    "request_", [("EHLO pc",), ("GET / HTTP/1.1",), ("POST / HTTP/1.1", f"Host: {HOST}")]
)
async def test_what_is_refused_is_told_and_can_be_said_again(
    greeted: Session, request_: tuple[str, ...]
) -> None:
    assert (await ask(greeted, *request_)).startswith(("HTTP/1.1 400", "HTTP/1.1 501"))
    assert greeted.state == "running"
    assert "refused and hung up" in greeted.next_move().en
    refused = [one.text for one in greeted.consoles[""].lines if one.refused]
    assert [text.split()[0] for text in refused] == ["HTTP/1.1"]
    assert [line.text for line in greeted.legs()[-1].lines if line.refused] == refused
    await ask(greeted, "GET / HTTP/1.1", f"Host: {HOST}")
    assert greeted.state == "passed"


async def test_the_mail_server_may_come_second(begin: Begin) -> None:
    session = await begin("http-too")
    await ask(session, "GET / HTTP/1.1", f"Host: {HOST}")
    assert session.state == "running"
    assert "talk to the mail server too" in session.next_move().en
    await session.dial()
    await session.say("EHLO pc")
    await session.wait_until(session.experiment.goal)


async def test_every_line_of_both_conversations_is_explained(greeted: Session) -> None:
    await ask(greeted, "GET / HTTP/1.1", f"Host: {HOST}", "Accept: text/html")
    page = greeted.legs()[-1].lines[-1]
    assert "mx.hibari.example" in page.text
    assert page.why is not None
    assert "What was asked for" in page.why.en
    assert all(line.why for leg in greeted.legs() for line in leg.lines)
    shown = greeted.consoles[""].lines[-1].why
    assert shown is not None
    assert "A browser would show it" in shown.en
