"""break-it: what a reader breaks is broken, what is mended is mended, and what is undone is as it was."""

from typing import Any

import pytest

from mailserver_lab.experiments import BadInput, Session, replay
from mailserver_lab.experiments.break_it import DOMAIN, HOUR, RECIPIENT
from mailserver_lab.experiments.breaking import ALL, DNS, Breaking, kinds
from mailserver_lab.experiments.faults import COMMANDS, FAULTS
from mailserver_lab.world import COMMANDS as ALL_COMMANDS
from mailserver_lab.world import FAULTS as ALL_FAULTS
from tests.experiments.conftest import Begin

MX1, MX2 = f"mx1.{DOMAIN}", f"mx2.{DOMAIN}"
SEND: Any = [("send", {"to": RECIPIENT})]
WAITS: Any = [*SEND, ("wait_deferred", {})]


@pytest.fixture
async def session(begin: Begin) -> Session:
    return await begin("break-it")


def deeds(session: Session) -> Breaking:
    assert session.breaking
    return session.breaking


def broken(session: Session) -> list[tuple[str, str, str]]:
    return [one.key for one in deeds(session).broken]


def said(session: Session) -> str:
    """The first hint and the next move."""
    return f"{session.hints()[0].en} {session.next_move().en}"


def test_every_fault_and_every_command_is_told_in_words() -> None:
    assert list(FAULTS) == list(ALL_FAULTS)
    assert list(COMMANDS) == list(ALL_COMMANDS)
    assert sorted(kinds(DNS) + kinds(MX1)) == sorted(ALL_FAULTS)


async def test_there_are_both_servers_and_the_dns_to_break(session: Session) -> None:
    assert deeds(session).places == (ALL, MX1, MX2, DNS)
    assert session.machines().others == (MX1, MX2)


async def test_what_is_broken_at_all_servers_is_broken_at_each_and_mended_one_by_one(
    session: Session,
) -> None:
    await deeds(session).break_(ALL, "drop", "rcpt")
    await deeds(session).break_(ALL, "drop", "data")
    assert broken(session) == [
        ("drop", "rcpt", MX1), ("drop", "rcpt", MX2), ("drop", "data", MX1), ("drop", "data", MX2)
    ]  # fmt: skip
    await deeds(session).mend(("drop", "rcpt", MX2))
    assert broken(session) == [("drop", "rcpt", MX1), ("drop", "data", MX1), ("drop", "data", MX2)]
    await deeds(session).mend_all()
    assert broken(session) == []


async def test_undo_takes_back_the_last_deed_and_then_does_it_again(session: Session) -> None:
    assert not deeds(session).can_undo
    await deeds(session).undo()
    await deeds(session).break_(MX1, "slow", "mail", "3", "0.5")
    await deeds(session).break_(MX1, "slow", "mail", "7", "9")  # in place of the other
    await deeds(session).undo()
    (one,) = deeds(session).broken
    assert (one.times, one.seconds) == (3, 0.5)
    await deeds(session).undo()
    (one,) = deeds(session).broken
    assert (one.times, one.seconds) == (7, 9)
    await deeds(session).mend_all()
    await deeds(session).undo()
    assert broken(session) == [("slow", "mail", MX1)]
    await deeds(session).break_(DNS, "servfail")
    await deeds(session).undo()
    assert broken(session) == [("slow", "mail", MX1)]


@pytest.mark.parametrize("typed", ["", "0", "-1", "1.5", "101", "many", "9" * 400, "nan"])
async def test_a_number_of_times_that_cannot_be_breaks_nothing_and_is_told(
    session: Session, typed: str
) -> None:
    with pytest.raises(BadInput) as told:
        await deeds(session).break_(MX1, "down", times=typed)
    assert told.value.field == "times"
    assert broken(session) == []
    assert not deeds(session).can_undo


@pytest.mark.parametrize("typed", ["", "0", "-1", "61", "nan", "inf", "a while"])
async def test_so_is_a_number_of_seconds(session: Session, typed: str) -> None:
    with pytest.raises(BadInput) as told:
        await deeds(session).break_(MX1, "slow", "mail", seconds=typed)
    assert told.value.field == "seconds"
    await deeds(session).break_(MX1, "drop", seconds=typed)  # which has nothing to do with seconds
    assert broken(session) == [("drop", "ehlo", MX1)]


async def test_numbers_may_be_typed_as_a_japanese_keyboard_gives_them(session: Session) -> None:
    await deeds(session).break_(MX1, "slow", "mail", " ３ ", "０.５")
    (one,) = deeds(session).broken
    assert (one.times, one.seconds) == (3, 0.5)


@pytest.mark.parametrize(
    ("place", "do", "at"),
    [(DNS, "down", ""), (MX1, "servfail", ""), ("mx.tsubame.example", "down", ""), (MX1, "drop", "quit"), (MX1, "burn", "")],
)  # fmt: skip
async def test_what_no_page_asks_for_is_not_done(session: Session, place: str, do: str, at: str) -> None:
    with pytest.raises(ValueError, match="cannot be broken"):
        await deeds(session).break_(place, do, at)
    assert broken(session) == []


async def test_what_has_struck_as_often_as_it_was_to_is_gone_from_the_list(session: Session) -> None:
    await deeds(session).break_(ALL, "disk-full", "rcpt")
    await deeds(session).break_(DNS, "servfail", times="2")
    await replay(session, WAITS)
    await session.wait_until(lambda _: deeds(session).broken[-1].times == 1)
    await session.advance(HOUR)
    await session.wait_until(lambda facts: len(facts.deferred) == 2)
    await session.wait_until(lambda _: DNS not in [one.host or DNS for one in deeds(session).broken])
    await session.advance(HOUR)
    await session.wait_until(lambda _: sum(one.struck for one in deeds(session).broken) == 1)


@pytest.mark.parametrize(
    ("place", "do", "at", "step", "text"),
    [
        (ALL, "down", "", "deliver", "down"),
        (ALL, "refuse", "", "deliver", "refuse"),
        (ALL, "drop", "rcpt", "deliver", "drop at rcpt"),
        (ALL, "unavailable", "", "deliver", "unavailable at ehlo"),
        (ALL, "greylist", "", "deliver", "greylist at rcpt"),
        (ALL, "disk-full", "content", "deliver", "disk-full at content"),
        (DNS, "servfail", "", "mx", "servfail"),
        (DNS, "wrong-mx", "", "mx", "wrong-mx"),
    ],
)
async def test_the_record_shows_where_each_fault_struck_and_explains_it(
    session: Session, place: str, do: str, at: str, step: str, text: str
) -> None:
    await deeds(session).break_(place, do, at)
    await replay(session, WAITS)
    legs = [leg for leg in session.legs() if leg.step == step]
    lines = [line for leg in legs for line in leg.lines if line.fault]
    assert {line.text for line in lines} == {text}
    assert all(line.refused and line.why and FAULTS[do].does.en in line.why.en for line in lines)
    assert all(leg.source == "mx.tsubame.example" and leg.refused for leg in legs)
    if step == "deliver" and do not in {"disk-full", "greylist"}:
        assert {leg.target for leg in legs} == {MX1, MX2}
    await deeds(session).mend_all()
    await session.advance(HOUR)
    await replay(session, [("wait_delivery", {})])
    assert session.state == "passed"


async def test_who_is_sent_to_a_wrong_server_finds_nobody_there(session: Session) -> None:
    await deeds(session).break_(DNS, "wrong-mx")
    await replay(session, WAITS)
    (leg,) = [leg for leg in session.legs() if leg.step == "deliver"]
    assert leg.target == f"old-mx.{DOMAIN}"
    assert [line.side for line in leg.lines] == ["unreached"]
    assert leg.refused


async def test_a_question_that_nobody_answers_has_no_answer_on_show(session: Session) -> None:
    await deeds(session).break_(DNS, "dns-timeout", times="1")
    await replay(session, [*SEND, ("wait_delivery", {})])
    first, second = [leg for leg in session.legs() if leg.step == "mx"]
    assert [line.side for line in first.lines] == ["client", "fault"]
    assert [line.side for line in second.lines] == ["client", "server"]
    why = second.lines[1].why
    assert why
    assert "by chance" in why.en


async def test_a_slow_answer_is_no_end_of_the_way(session: Session) -> None:
    await deeds(session).break_(ALL, "slow", "mail", seconds="0.1")
    await replay(session, [*SEND, ("wait_delivery", {})])
    (leg,) = [leg for leg in session.legs() if leg.step == "deliver"]
    assert [line.text for line in leg.lines if line.fault] == ["slow at mail"]
    assert not leg.refused
    assert "break both servers" in said(session)


async def test_starting_over_mends_everything_and_two_readers_do_not_disturb_each_other(
    session: Session, begin: Begin
) -> None:
    other = await begin("break-it", "ja")
    await deeds(session).break_(ALL, "down")
    assert broken(other) == []
    await session.reset()
    assert broken(session) == []
    assert not deeds(session).can_undo
    await replay(session, [*SEND, ("wait_delivery", {})])


async def test_what_is_broken_is_the_labs_to_say(session: Session) -> None:
    await deeds(session).break_(MX2, "drop", "data", "4")
    again = Session(session.experiment, session.world, "ja")  # as a kernel that begins anew would find it
    await deeds(again).look()
    assert deeds(again).broken == deeds(session).broken


async def test_hint_and_move_fit_each_step(session: Session) -> None:
    assert "predict what becomes of the message" in said(session)
    await session.predict("lost")
    assert "press Break" in said(session)
    await replay(session, [*SEND, ("wait_delivery", {})])
    assert "Nothing is broken yet" in said(session)
    await deeds(session).break_(MX1, "down", times="1")
    await deeds(session).mend_all()
    await session.wait_until(lambda facts: bool(facts.broken))
    await replay(session, [*SEND, ("wait_delivery", {})])
    assert "without meeting a fault" in said(session)
    await deeds(session).break_(ALL, "unavailable")
    await replay(session, WAITS)
    assert "Mend what is broken" in said(session)
    await session.advance(6 * 24 * HOUR)
    await session.wait_until(lambda facts: bool(facts.told("failed")))
    assert "has given up" in said(session)
    await deeds(session).mend_all()
    await session.send("recipient@no-such.invalid")
    assert "Go back to" in said(session)
