"""Lab time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from mailserver_lab.clock import Clock

START = datetime(2026, 4, 1, 9, tzinfo=UTC)


class Seconds:
    """Real time that stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_it_runs_from_its_start_as_real_time_does() -> None:
    seconds = Seconds()
    clock = Clock(START, seconds)
    assert clock.now() == START
    seconds.now += 90
    assert clock.now() == START + timedelta(seconds=90)
    assert clock.elapsed() == 90


def test_moving_it_leaves_real_time_alone() -> None:
    clock = Clock(START, Seconds())
    clock.advance(5 * 86_400)
    assert clock.now() == START + timedelta(days=5)
    assert clock.elapsed() == 0


def test_without_a_start_it_is_the_present_with_its_offset() -> None:
    assert Clock().now().utcoffset() is not None


@pytest.mark.parametrize("seconds", [-1, -0.001, float("nan"), float("inf"), 1e12, 1e300])
def test_time_that_cannot_be_is_refused_and_breaks_nothing(seconds: float) -> None:
    clock = Clock(START, Seconds())
    with pytest.raises(ValueError, match="lab time only moves forward"):
        clock.advance(seconds)
    assert clock.now() == START


async def test_sleepers_wake_when_their_time_has_come_and_not_before() -> None:
    clock = Clock(START, Seconds())
    woken: asyncio.Queue[int] = asyncio.Queue()

    async def sleep(hours: int) -> None:
        await clock.sleep_until(START + timedelta(hours=hours))
        woken.put_nowait(hours)

    tasks = [asyncio.create_task(sleep(hours)) for hours in (1, 2, 3)]
    await asyncio.sleep(0)
    clock.advance(3_599)
    for _ in range(10):
        await asyncio.sleep(0)
    assert woken.empty()
    clock.advance(3_601)
    assert {await asyncio.wait_for(woken.get(), 5), await asyncio.wait_for(woken.get(), 5)} == {1, 2}
    assert woken.empty()
    clock.advance(3_600)
    assert await asyncio.wait_for(woken.get(), 5) == 3
    await asyncio.gather(*tasks)


async def test_a_time_that_has_passed_is_not_waited_for() -> None:
    clock = Clock(START, Seconds())
    await asyncio.wait_for(clock.sleep_until(START - timedelta(days=1)), 1)
    await asyncio.wait_for(clock.sleep_until(START), 1)


async def test_an_alarm_rings_once_when_time_is_moved_there_and_not_when_it_was_put_off() -> None:
    clock = Clock(START, Seconds())
    rung: list[str] = []
    clock.call_at(START + timedelta(hours=1), lambda: rung.append("one"))
    off = clock.call_at(START + timedelta(hours=1), lambda: rung.append("off"))
    clock.advance(3_599)
    await asyncio.sleep(0.01)
    assert rung == []
    off.cancel()
    off.cancel()
    clock.advance(86_400)
    await asyncio.wait_for(clock.sleep_until(clock.now()), 1)
    come = asyncio.Event()
    clock.call_at(clock.now(), come.set)
    await asyncio.wait_for(come.wait(), 5)
    assert rung == ["one"]
    clock.advance(86_400)
    await asyncio.sleep(0)
    assert rung == ["one"]
    assert not clock._alarms


async def test_an_alarm_years_away_is_a_timer_that_can_be_set() -> None:
    clock = Clock(START)
    clock.call_at(START + timedelta(days=365 * 900), lambda: None).cancel()
    assert not clock._alarms
