"""too-large: real attachments, refused for their size, made smaller, and delivered."""

import base64
import email
import email.policy
import io
import random
import tracemalloc
import zipfile
from typing import Any

import pytest

from mailserver_lab.experiments import Session, replay
from mailserver_lab.experiments.addresses import MOST_RECIPIENTS, TooLarge
from mailserver_lab.locale import Problem
from tests.experiments.conftest import Begin

TO = "recipient@hibari.example"
BOUNCED: Any = [("send", {"to": TO}), ("wait_bounce", {})]
DELIVERED: Any = [("send", {"to": TO}), ("wait_delivery", {})]
TABLE: Any = [("attach", {"sample": "table"})]


@pytest.fixture
async def session(begin: Begin) -> Session:
    return await begin("too-large")


def said(session: Session) -> str:
    """The first hint and the next move."""
    return f"{session.hints()[0].en} {session.next_move().en}"


def names(session: Session) -> list[str]:
    return [one.name for one in session.attachments.items]


async def test_the_recipients_server_refuses_before_any_of_it_is_sent(session: Session) -> None:
    await replay(session, [*TABLE, *BOUNCED])
    (refused,) = [leg for leg in session.legs() if leg.refused]
    assert refused.target == "mx.hibari.example"
    *_, mail, reply, _, _ = refused.lines
    assert reply.text == "552 5.3.4 Message exceeds maximum fixed size (1048576)"
    assert reply.why is not None
    assert "parentheses" in reply.why.en
    assert mail.why is not None
    assert "1.2 MB" in mail.why.en
    assert not any(line.text == "DATA" for line in refused.lines)
    (bounce,) = session.facts.bounces
    assert (bounce.status, bounce.recipients) == ("5.3.4", (TO,))
    reading = await session.open_message(bounce.uid or 0)
    assert len(reading.raw) < 10_000  # a bounce about a large message does not bring it all back


async def test_what_arrives_is_the_compressed_file(session: Session) -> None:
    await replay(session, [*TABLE, ("compress", {}), *DELIVERED])
    raw = base64.b64decode((await session.world.message(TO, 1))["raw"])  # type: ignore[attr-defined]
    (part,) = email.message_from_bytes(raw, policy=email.policy.default).iter_attachments()
    assert (part.get_filename(), part.get_content_type()) == ("sales.zip", "application/zip")
    with zipfile.ZipFile(io.BytesIO(part.get_content())) as archive:
        assert archive.read("sales.csv").startswith("\ufeffdate,shop".encode())


async def test_of_a_large_message_the_record_shows_how_it_begins(session: Session) -> None:
    await replay(session, [*TABLE, *BOUNCED])
    submitted = session.legs()[0]
    content = next(line for line in submitted.lines if "\n" in line.text)
    assert "filename" in content.text
    assert content.text.endswith("\n…")
    assert len(content.text) < 3_000
    assert content.why is not None
    assert "base64" in content.why.ja
    assert sum(len(line.text) for leg in session.legs() for line in leg.lines) < 20_000


async def test_compressing_can_be_undone_and_files_are_taken_away(session: Session) -> None:
    attachments = session.attachments
    await replay(session, [("attach", {"sample": "photograph"}), *TABLE, ("compress", {})])
    assert names(session) == ["outing.zip", "sales.zip"]
    picture, table = attachments.items
    await attachments.undo(picture.id)
    await attachments.undo(picture.id)
    assert names(session) == ["outing.bmp", "sales.zip"]
    await attachments.remove(table.id)
    await attachments.compress(table.id)
    await attachments.undo(attachments.items[0].id)
    assert names(session) == ["outing.bmp"]
    kept = await session.world.files("pc/sender@tsubame.example")
    assert [file["name"] for file in kept] == ["outing.bmp"]
    await session.reset()
    assert session.attachments.items == ()
    assert await session.world.files("pc/sender@tsubame.example") == []


async def test_a_smaller_picture_takes_the_place_of_the_first(session: Session) -> None:
    await replay(session, [("attach", {"sample": "photograph"}), *BOUNCED])
    (picture,) = session.attachments.items
    small = await session.world.attach("pc/sender@tsubame.example", "outing.jpg", b"jpeg", picture.id)
    await session.attachments.take(small["id"])
    await session.attachments.take(small["id"])
    await session.attachments.take("none")
    (shown,) = session.attachments.items
    assert (shown.name, shown.made_of) == ("outing.jpg", picture)
    await replay(session, DELIVERED)
    assert session.state == "passed"


async def test_what_cannot_be_made_smaller_stays_as_it_is(session: Session) -> None:
    await session.attachments.add("noise.jpg", random.Random(1).randbytes(50_000))
    with pytest.raises(Problem) as told:
        await session.attachments.compress(session.attachments.items[0].id)
    assert "noise.jpg" in told.value.what.ja
    assert names(session) == ["noise.jpg"]
    assert len(await session.world.files("pc/sender@tsubame.example")) == 1


async def test_the_senders_own_server_refuses_at_once_and_nothing_is_lost(session: Session) -> None:
    await session.attachments.add("film.bin", bytes(9_000_000))
    with pytest.raises(TooLarge) as told:
        await session.send(TO)
    assert "12.3 MB" in told.value.why.en
    assert "10.5 MB" in told.value.why.ja
    assert "552 5.3.4 Message exceeds maximum fixed size (10485760)" in told.value.why.ja
    assert "It was your own server that refused" in said(session)
    assert names(session) == ["film.bin"]
    assert session.facts.bounces == []
    await replay(session, [("compress", {}), *DELIVERED])
    assert session.state == "running"  # it never came back


async def test_twenty_megabytes_to_a_thousand_people_are_refused_and_memory_is_not_eaten(
    session: Session,
) -> None:
    many = ", ".join(f"r{n}@hibari.example" for n in range(MOST_RECIPIENTS))
    await session.attachments.add("film.bin", bytes(20_000_000))
    tracemalloc.start()
    with pytest.raises(TooLarge) as told:
        await session.send(many)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "27.4 MB" in told.value.why.en
    assert peak < 150_000_000
    await replay(session, [("remove", {}), *DELIVERED])


async def test_a_thousand_recipients_of_a_large_message_are_told_in_one_bounce(session: Session) -> None:
    many = ", ".join([TO, *(f"r{n}@hibari.example" for n in range(MOST_RECIPIENTS - 1))])
    await session.attachments.add("film.bin", bytes(7_000_000))
    await session.send(many)
    await session.wait_until(lambda facts: bool(facts.bounces), wait=30)
    (bounce,) = session.facts.bounces
    assert (bounce.status, len(bounce.recipients)) == ("5.3.4", MOST_RECIPIENTS)


async def test_hint_and_move_fit_each_step(session: Session) -> None:
    assert "who refuses" in said(session)
    await session.predict("after")
    assert "37 %" in said(session)
    await replay(session, DELIVERED)
    assert "nothing was attached" in said(session)
    await replay(session, [*TABLE, ("compress", {}), *DELIVERED])
    assert "A file of that size is not refused" in said(session)
    await session.attachments.undo(session.attachments.items[0].id)
    await replay(session, BOUNCED)
    assert "Open the message from MAILER-DAEMON" in said(session)
    await replay(session, [("read_bounce", {})])
    assert "Press Compress" in said(session)
    await replay(session, BOUNCED)
    assert "still too large" in said(session)
    await replay(session, [("compress", {}), ("send", {"to": TO, "subject": "x"}), ("wait_delivery", {})])
    assert "another subject" in said(session)
    await replay(session, [("send", {"to": "recipent@hibari.example"}), ("wait_bounce", {})])
    assert "somebody else" in said(session)
    await replay(session, DELIVERED)
    assert "You have done it" in said(session)
