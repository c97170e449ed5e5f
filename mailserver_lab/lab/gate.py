"""Where a message can be held: before a step of its way, until it is told to go on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from ..trace import Trace

LIMIT = 300.0  # real seconds after which a message goes on by itself; nobody is watching any more


@dataclass(eq=False, slots=True)
class _Hold:
    before: str | None
    message: str | None
    steps: int = 0
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    def holds(self, step: str, message: str) -> bool:
        return (self.before is None or self.before == step) and (
            self.message is None or self.message == message
        )


class Gate:
    """Awaited before each step: submit, mx, connect, ehlo, mail, rcpt, data, store, bounce, fetch.

    A pause belongs to one message, or to all that come where none is named. Where servers say MAIL, RCPT and DATA in one go,
    they look before the first whether somebody has asked for a pause in between; one that is asked for while the group is
    under way comes too late for it.
    """

    def __init__(self, trace: Trace, *, limit: float = LIMIT) -> None:
        self._trace = trace
        self._limit = limit
        self._holds: list[_Hold] = []

    def pause(self, before: str | None = None, message: str | None = None) -> None:
        """Hold a message (None: any) before a step (None: every step)."""
        self._holds.append(_Hold(before, message))

    def holds(self, message: str, *steps: str) -> bool:
        """Whether this message is to be held before any of these steps, or let through to them one by one."""
        return any(hold.holds(step, message) for hold in self._holds for step in steps)

    def go_on(self, steps: int | None = None) -> None:
        """Let what is held take `steps` steps; None ends every pause."""
        for hold in tuple(self._holds):
            if steps is None:
                self._holds.remove(hold)
            else:
                hold.steps += steps
            hold.moved.set()

    async def __call__(self, step: str, message: str) -> None:
        """Wait here if this message is to be held before this step."""
        for hold in tuple(self._holds):
            if not hold.holds(step, message):
                continue
            if hold.steps > 0:
                hold.steps -= 1
                continue
            self._trace.add("pause", f"held before {step}", queue_id=message, step=step)
            try:
                async with asyncio.timeout(self._limit):
                    while hold in self._holds and hold.steps == 0:
                        hold.moved.clear()
                        await hold.moved.wait()
                hold.steps = max(0, hold.steps - 1)
            except TimeoutError:
                if hold in self._holds:
                    self._holds.remove(hold)
            self._trace.add("continue", f"goes on with {step}", queue_id=message, step=step)
