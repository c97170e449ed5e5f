"""host-unknown: where the message ends, who writes the bounce, and what fits which mistake."""

from typing import Any

import pytest

from mailserver_lab.experiments import Session, replay
from tests.experiments.conftest import Begin

WRONG, RIGHT, NOBODY = "recipient@hibali.example", "recipient@hibari.example", "recipent@hibari.example"
BOUNCED: Any = [("send", {"to": WRONG}), ("wait_bounce", {})]


@pytest.fixture
async def session(begin: Begin) -> Session:
    return await begin("host-unknown")


def said(session: Session) -> str:
    """The first hint and the next move."""
    return f"{session.hints()[0].en} {session.next_move().en}"


async def test_the_dns_says_no_and_nobody_connects_to_the_recipients_server(session: Session) -> None:
    await replay(session, BOUNCED)
    assert [leg.step for leg in session.legs()] == ["submit", "mx", "bounce", "store", "fetch"]
    (refused,) = [leg for leg in session.legs() if leg.refused]
    assert (refused.step, [line.text for line in refused.lines]) == ("mx", ["hibali.example MX", "NXDOMAIN"])
    servers = {leg.target for leg in session.legs()}
    assert "mx.hibari.example" not in servers


async def test_the_senders_server_writes_the_bounce_in_its_own_words(session: Session) -> None:
    await replay(session, BOUNCED)
    (bounce,) = session.device_inbox().messages
    assert bounce.sender == "Mail Delivery System <MAILER-DAEMON@mx.tsubame.example>"
    parts = {part.part: part for part in (await session.open_message(bounce.uid)).parts}
    assert parts["status"].text == "Status: 5.1.2"
    assert "no such domain" in parts["status"].note.en
    assert parts["reporting-mta"].text == "Reporting-MTA: dns; mx.tsubame.example"
    assert "remote-mta" not in parts
    assert parts["diagnostic-code"].text.endswith(
        "Host unknown (Name server: hibali.example: host not found)"
    )
    assert "very server that wrote" in parts["diagnostic-code"].note.en


@pytest.mark.parametrize(
    ("to", "words"),
    [
        (RIGHT, "That domain exists"),
        (NOBODY, "is a domain that exists"),
        (f"{NOBODY}, {RIGHT}", "is a domain that exists"),
        (WRONG, "The answer has a ✕"),
        ("recipient@no-such.invalid", "The answer has a ✕"),
    ],
)
async def test_hint_and_move_fit_what_was_sent(session: Session, to: str, words: str) -> None:
    await session.send(to)
    assert words in said(session)


async def test_hint_and_move_fit_each_step(session: Session) -> None:
    assert "how far the message gets" in said(session)
    await session.predict("receiving-server")
    assert "on purpose" in said(session)
    await replay(session, BOUNCED)
    assert "Open the message from MAILER-DAEMON" in said(session)
    await replay(session, [("read_bounce", {})])
    assert "Which part of the address" in said(session)
    await replay(session, [("send", {"to": "recipient@hibary.example"}), ("wait_bounce", {})])
    assert "no such domain either" in said(session)
    await replay(session, [("send", {"to": RIGHT, "subject": "x"}), ("wait_delivery", {})])
    assert "another subject" in said(session)
    await replay(session, [("send", {"to": RIGHT}), ("wait_delivery", {})])
    assert "You have done it" in said(session)


async def test_a_wrong_name_that_came_back_is_no_wrong_domain(session: Session) -> None:
    """Also if a wrong domain came back under another subject: each mistake has to be corrected itself."""
    await replay(session, [("send", {"to": NOBODY}), ("wait_bounce", {})])
    await replay(session, [("send", {"to": WRONG, "subject": "x"}), ("wait_bounce", {})])
    await replay(session, [("send", {"to": RIGHT}), ("wait_delivery", {})])
    assert session.state == "running"
    await replay(session, [("send", {"to": RIGHT, "subject": "x"}), ("wait_delivery", {})])
    assert session.state == "passed"


async def test_a_domain_that_differs_in_case_only_is_the_right_one(session: Session) -> None:
    await replay(session, [*BOUNCED, ("send", {"to": "recipient@HIBARI.example"}), ("wait_delivery", {})])
    assert session.state == "passed"
