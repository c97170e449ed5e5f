"""One reader's go: what it tells, starting over in the middle, several at once, its end."""

import asyncio
from typing import Any

import pytest

from mailserver_lab.experiments import Session, replay
from mailserver_lab.experiments.facts import Facts
from mailserver_lab.lab import Lab
from mailserver_lab.locale import Problem
from tests.experiments.conftest import Begin

RIGHT, WRONG = "recipient@hibari.example", "recipent@hibari.example"
BOUNCED: Any = [("send", {"to": WRONG}), ("wait_bounce", {})]


def bounced(facts: Facts) -> bool:
    return facts.bounced("5.1.1")


def hint(session: Session) -> str:
    return session.hints()[0].en


class TestWhatIsShown:
    async def test_before_anything(self, session: Session) -> None:
        assert session.state == "fresh"
        assert [state for _, state in session.steps()] == ["now", "todo", "todo", "todo"]
        assert "prediction" in hint(session)
        assert session.server_mailbox().address == "sender@tsubame.example"
        assert session.server_mailbox().host == "mx.tsubame.example"
        assert session.server_mailbox().messages == session.device_inbox().messages == ()
        assert session.legs() == []

    async def test_after_a_prediction(self, session: Session) -> None:
        await session.predict("dns")
        assert (session.state, session.prediction) == ("running", "dns")
        await session.predict("nobody")
        await session.predict("no such choice")
        assert session.prediction == "nobody"
        await replay(session, BOUNCED)
        await session.predict("receiving-server")
        assert session.prediction == "nobody"

    async def test_a_step_that_was_left_out_holds_nobody_up(self, session: Session) -> None:
        await replay(session, BOUNCED)
        assert session.prediction is None
        assert [state for _, state in session.steps()] == ["done", "done", "now", "todo"]

    async def test_after_a_bounce(self, session: Session) -> None:
        await replay(session, BOUNCED)
        await session.wait_until(lambda _: bool(session.server_mailbox().messages))
        (stored,), (fetched,) = session.server_mailbox().messages, session.device_inbox().messages
        assert (stored.bounce, fetched.bounce, fetched.seen) == (True, True, False)
        assert fetched.subject == "Undelivered mail: your message to recipent@hibari.example"
        assert [leg.step for leg in session.legs()] == ["submit", "mx", "deliver", "bounce", "store", "fetch"]
        (refused,) = [leg for leg in session.legs() if leg.refused]
        assert [line.text for line in refused.lines if line.refused] == [
            f"550 5.1.1 <{WRONG}>... User unknown"
        ]
        assert len({leg.id for leg in session.legs()}) == 6
        assert "MAILER-DAEMON" in hint(session)
        reading = await session.open_message(fetched.uid)
        assert session.device_inbox().messages[0].seen
        assert {part.part for part in reading.parts}
        assert "User unknown" in reading.text
        assert b"Content-Type: multipart/report" in reading.raw
        assert "Which part" in hint(session)

    async def test_a_message_that_is_not_there_is_a_problem(self, session: Session) -> None:
        with pytest.raises(Problem):
            await session.open_message(5)

    async def test_addresses_count_however_they_are_spelt(self, session: Session) -> None:
        await replay(session, [("send", {"to": "Recipent@Hibari.Example"}), ("wait_bounce", {})])
        assert "MAILER-DAEMON" in hint(session)
        await replay(
            session,
            [("read_bounce", {}), ("send", {"to": "RECIPIENT@Hibari.example"}), ("wait_delivery", {})],
        )
        assert session.state == "passed"

    @pytest.mark.parametrize(
        ("to", "words"),
        [
            (RIGHT, "exists, so the message arrived"),
            ("x@no-such.invalid", "after the @ is different"),
            (WRONG, ""),
        ],
    )
    async def test_the_hint_fits_what_was_sent(self, session: Session, to: str, words: str) -> None:
        await session.send(to)
        assert words in hint(session)

    async def test_the_hint_fits_another_wrong_name(self, session: Session) -> None:
        await replay(
            session,
            [
                *BOUNCED,
                ("read_bounce", {}),
                ("send", {"to": "recipeint@hibari.example"}),
                ("wait_bounce", {}),
            ],
        )
        assert "Nobody has that name" in hint(session)
        assert "Nobody has that name" in session.next_move().en

    async def test_the_hint_fits_another_subject(self, session: Session) -> None:
        await replay(session, [*BOUNCED, ("send", {"to": RIGHT, "subject": "x"}), ("wait_delivery", {})])
        assert "another subject" in hint(session)

    async def test_changes_are_told(self, session: Session) -> None:
        seen: list[tuple[str, int]] = []
        session.on_change = lambda: seen.append((session.state, len(session.legs())))
        await replay(session, [*BOUNCED, ("send", {"to": RIGHT}), ("wait_delivery", {})])
        assert seen[-1][0] == "passed"
        assert len({legs for _, legs in seen}) > 3


class TestSending:
    async def test_what_is_outside_is_not_sent(self, session: Session) -> None:
        with pytest.raises(Problem):
            await session.send("x@gmail.com")
        assert session.state == "fresh"
        assert session.legs() == []

    async def test_what_the_own_server_refuses_is_told_at_once(self, session: Session) -> None:
        told: list[int] = []
        session.on_change = lambda: told.append(len(session.facts.sent))
        with pytest.raises(Problem) as problem:
            await session.send("nobody@tsubame.example")
        assert "550 5.1.1" in problem.value.why.en
        assert 1 in told
        assert session.facts.last is not None
        assert session.facts.last.queue_id is None

    async def test_to_several_of_whom_one_is_wrong(self, session: Session) -> None:
        await replay(session, [("send", {"to": f"{RIGHT}, {WRONG}"}), ("wait_bounce", {})])
        assert session.facts.bounces[0].recipients == (WRONG,)
        assert not session.experiment.goal(session.facts)

    async def test_while_the_device_is_off_the_network_is_a_problem(self, session: Session) -> None:
        world: Any = session.world
        await world.call("online", device=session.experiment.draft.device, online=False)
        for attempt in (session.send(WRONG), session.fetch()):
            with pytest.raises(Problem):
                await attempt
        assert session.state == "fresh"


class TestTheRecord:
    async def test_goes_on_though_a_fetch_fails(self, session: Session) -> None:
        world: Any = session.world
        await session.send(WRONG)
        await world.call("online", device=session.experiment.draft.device, online=False)
        await session.wait_until(lambda facts: any(bounce.stored for bounce in facts.bounces))
        await asyncio.sleep(0.05)
        assert not session.lost
        await world.call("online", device=session.experiment.draft.device, online=True)
        await session.fetch()
        assert bounced(session.facts)

    async def test_goes_on_though_a_fetch_is_held(self, session: Session) -> None:
        world: Any = session.world
        await world.pause(before="fetch")
        await session.send(WRONG)
        await session.wait_until(lambda facts: any(bounce.stored for bounce in facts.bounces))
        await session.send(RIGHT)
        await session.wait_until(lambda facts: facts.last is not None and facts.is_delivered(facts.last))
        assert not bounced(session.facts)
        await world.go_on()
        await session.wait_until(bounced)

    async def test_that_is_lost_is_told(self, session: Session) -> None:
        told = asyncio.Event()
        session.on_change = told.set
        await session.world.handle.call("close_world", world=session.world.name)  # type: ignore[attr-defined]
        await asyncio.wait_for(told.wait(), 5)
        assert session.lost

    async def test_fetched_by_two_at_once_has_each_message_once(self, session: Session) -> None:
        await session.send(WRONG)
        await asyncio.gather(*(session.fetch() for _ in range(5)))
        await session.wait_until(bounced)
        await session.fetch()
        assert len(session.device_inbox().messages) == 1


class TestStartingOver:
    async def test_forgets_everything(self, session: Session) -> None:
        await session.predict("dns")
        await replay(session, BOUNCED)
        await session.reset()
        assert (session.state, session.prediction, session.legs()) == ("fresh", None, [])
        assert session.device_inbox().messages == session.server_mailbox().messages == ()
        await replay(session, session.experiment.solution)
        assert session.state == "passed"

    @pytest.mark.parametrize(
        "step", ["submit", "mx", "connect", "ehlo", "mail", "rcpt", "bounce", "store", "fetch"]
    )
    async def test_in_the_middle_of_a_delivery_begins_clean(self, session: Session, step: str) -> None:
        world: Any = session.world
        await world.pause(before=step)
        sending = asyncio.create_task(session.send(WRONG))
        async with asyncio.timeout(5):
            async for batch in world.events():
                if any(event["kind"] == "pause" for event in batch):
                    break
        await asyncio.wait_for(session.reset(), 5)
        await asyncio.wait([sending], timeout=5)
        assert sending.done()
        sending.exception()  # it may have been sent before, or cut off; it is over either way
        assert session.state == "fresh"
        assert not session.lost
        await replay(session, session.experiment.solution)
        assert session.state == "passed"
        assert len(session.facts.sent) == 2

    async def test_at_any_moment_never_hangs(self, session: Session) -> None:
        """Cancelling what follows the record must not get lost, whatever it is doing just then."""
        for turns in range(60):
            sending = asyncio.create_task(session.send(WRONG))
            for _ in range(turns * 3):
                await asyncio.sleep(0)
            async with asyncio.timeout(5):
                await session.reset()
            await asyncio.wait([sending])
            sending.exception()
            assert session.state == "fresh"

    async def test_twice_is_once(self, session: Session) -> None:
        await session.reset()
        await session.reset()
        assert session.state == "fresh"
        assert not session.lost


class TestSeveral:
    async def test_at_once_do_not_see_each_other(self, begin: Begin) -> None:
        one, other, idle = await asyncio.gather(begin(), begin(lang="ja"), begin())
        await asyncio.gather(replay(one, BOUNCED), replay(other, other.experiment.solution))
        assert (one.state, other.state, idle.state) == ("running", "passed", "fresh")
        assert one.facts.sent[0].queue_id == other.facts.sent[0].queue_id == "q0001"
        assert idle.legs() == []
        assert one.device_inbox().messages[0].subject.startswith("Undelivered")
        assert not other.device_inbox().messages[0].subject.isascii()
        await one.reset()
        assert other.state == "passed"
        assert len(other.device_inbox().messages) == 1


class TestTheEnd:
    async def test_closes_the_world(self, session: Session, memory_lab: Lab) -> None:
        assert len(memory_lab.worlds) == 1
        await session.close()
        assert memory_lab.worlds == {}
        await session.close()

    async def test_in_the_middle_of_a_delivery_leaves_no_task(self, session: Session) -> None:
        await session.send(WRONG)
        await asyncio.wait_for(session.close(), 5)
        await asyncio.sleep(0)
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        assert left == []
