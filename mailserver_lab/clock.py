"""Lab time: starts where the world says, runs as real time does, and can be moved forward."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

LONGEST = 86_400.0  # real seconds that a timer runs before the time is looked at again
SPARE = 366 * 86_400.0  # seconds before the end of the calendar, for times that are reckoned from the present


class Clock:
    """The one clock of a world.

    Args:
        start: the lab time at which the world begins; the present, with the local offset, if None.
        monotonic: real seconds, injected so that a test need not wait.
    """

    def __init__(
        self, start: datetime | None = None, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._start = start if start is not None else datetime.now().astimezone()
        self._monotonic = monotonic
        self._began = monotonic()
        self._ahead = 0.0
        self._stamped = (-1, "")
        self._alarms: set[Alarm] = set()

    def elapsed(self) -> float:
        """Real seconds since the world began, which moving the clock does not change."""
        return self._monotonic() - self._began

    def lapsed(self) -> float:
        """Lab seconds since the world began."""
        return self._monotonic() - self._began + self._ahead

    def now(self) -> datetime:
        """Lab time, aware of its offset from UTC."""
        return self._start + timedelta(seconds=self.lapsed())

    def stamp(self) -> str:
        """Lab time in ISO 8601, to the millisecond: written once for all that happens in the same one."""
        milliseconds = int(self.lapsed() * 1_000)
        if milliseconds != self._stamped[0]:
            now = self._start + timedelta(milliseconds=milliseconds)
            self._stamped = (milliseconds, now.isoformat(timespec="milliseconds"))
        return self._stamped[1]

    def advance(self, seconds: float) -> None:
        """Move lab time forward and wake whoever waits for a time that has now come.

        Raises:
            ValueError: time does not run backwards, and the calendar ends with the year 9999.
        """
        if not 0 <= seconds <= (datetime.max.replace(tzinfo=UTC) - self.now()).total_seconds() - SPARE:
            raise ValueError(
                f"lab time only moves forward, and not beyond the year 9999; {seconds} s is too much"
            )
        self._ahead += seconds
        for alarm in tuple(self._alarms):
            alarm.set()

    def call_at(self, when: datetime, call: Callable[[], None]) -> Alarm:
        """Call in the loop when lab time has reached `when`, whether by waiting or by being moved there."""
        alarm = Alarm(self, when, call)
        self._alarms.add(alarm)
        alarm.set()
        return alarm

    async def sleep_until(self, when: datetime) -> None:
        """Wait until lab time has reached `when`."""
        if when <= self.now():
            return
        come = asyncio.Event()
        alarm = self.call_at(when, come.set)
        try:
            await come.wait()
        finally:
            alarm.cancel()


class Alarm:
    """Something that is to happen at a lab time. It costs a timer and no task: most are never heard."""

    __slots__ = ("_call", "_clock", "_loop", "_timer", "_when")

    def __init__(self, clock: Clock, when: datetime, call: Callable[[], None]) -> None:
        self._clock, self._when, self._call = clock, when, call
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    def set(self) -> None:
        """Wait for as long as is left, at most a day: a timer may not be set for any length, and time may be moved."""
        if self._timer is not None:
            self._timer.cancel()
        left = (self._when - self._clock.now()).total_seconds()
        self._timer = self._loop.call_later(min(max(left, 0.0), LONGEST), self._ring)

    def _ring(self) -> None:
        if self._clock.now() < self._when:
            self.set()
            return
        self.cancel()
        self._call()

    def cancel(self) -> None:
        """Do without it. Safe to call twice."""
        if self._timer is not None:
            self._timer.cancel()
        self._clock._alarms.discard(self)
