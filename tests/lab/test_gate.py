"""Holding a message before a step."""

from __future__ import annotations

import asyncio

from mailserver_lab.clock import Clock
from mailserver_lab.lab import Gate
from mailserver_lab.trace import Trace


class Walk:
    """A message that goes through its steps, and notes each one that it has taken."""

    def __init__(
        self, gate: Gate, message: str = "q0001", steps: tuple[str, ...] = ("mx", "connect", "mail")
    ) -> None:
        self.taken: list[str] = []
        self.task = asyncio.create_task(self._go(gate, message, steps))

    async def _go(self, gate: Gate, message: str, steps: tuple[str, ...]) -> None:
        for step in steps:
            await gate(step, message)
            self.taken.append(step)


async def turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def gate(limit: float = 60) -> tuple[Gate, Trace]:
    trace = Trace("world", Clock())
    return Gate(trace, limit=limit), trace


async def test_without_a_pause_nothing_waits() -> None:
    walk = Walk(gate()[0])
    await asyncio.wait_for(walk.task, 30)


async def test_a_message_waits_before_the_step_and_goes_on() -> None:
    one, trace = gate()
    one.pause("connect", "q0001")
    walk, other = Walk(one), Walk(one, "q0002")
    await turns()
    assert walk.taken == ["mx"]
    assert other.task.done()
    one.go_on()
    await asyncio.wait_for(walk.task, 30)
    assert [(e.kind, e.queue_id, e.step) for e in trace.after()] == [
        ("pause", "q0001", "connect"),
        ("continue", "q0001", "connect"),
    ]


async def test_steps_are_taken_one_by_one() -> None:
    one, _ = gate()
    one.pause()
    walk = Walk(one)
    for taken in ([], ["mx"], ["mx", "connect"]):
        await turns()
        assert walk.taken == taken
        one.go_on(1)
    await asyncio.wait_for(walk.task, 30)


async def test_a_step_is_for_one_of_those_that_wait() -> None:
    one, _ = gate()
    one.pause("mx")
    walks = [Walk(one, f"q000{n}") for n in range(3)]
    await turns()
    one.go_on(1)
    await turns()
    assert sum(walk.task.done() for walk in walks) == 1
    one.go_on()
    await asyncio.wait_for(asyncio.gather(*(walk.task for walk in walks)), 30)


async def test_a_pause_that_nobody_watches_ends_by_itself() -> None:
    one, trace = gate(limit=0.02)
    one.pause("mx")
    walk = Walk(one)
    await asyncio.wait_for(walk.task, 5)
    assert [event.kind for event in trace.after()] == ["pause", "continue"]
    await asyncio.wait_for(Walk(one, "q0002").task, 30)
