"""Coroutines that a widget's callback has started and does not wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Tasks:
    """Holds each task until it is done, for the event loop itself holds tasks only weakly.

    Args:
        failed: is told of what a task raised.
    """

    def __init__(self, failed: Callable[[Exception], None]) -> None:
        self._failed = failed
        self._running: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Start `work` and return at once. Where no event loop runs any more, the process is ending: nothing starts."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            work.close()
            return
        task = loop.create_task(self._guard(work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _guard(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as problem:  # whatever it is, the reader must be told
            self._failed(problem)

    async def settle(self) -> None:
        """Wait until all that was started has ended."""
        while self._running:
            await asyncio.wait(self._running)

    def cancel(self) -> None:
        """End all that is still under way."""
        for task in tuple(self._running):
            task.cancel()
