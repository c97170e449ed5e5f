"""The record: looked at, told as text, followed as it grows."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator
from typing import Any

from ...transcript import transcript
from ..arguments import bad_request
from .worlds import Worlds

BATCH = 500  # events in one piece of a stream


class Record(Worlds):
    """What has been recorded in a world."""

    async def do_trace(self, world: str, after: int = 0, limit: int = 5_000) -> list[dict[str, Any]]:
        """The record's events numbered above `after`."""
        if limit < 0:
            raise bad_request("limit is how many events at the most")
        return [event.as_json() for event in self.world(world).trace.after(after, limit)]

    async def do_transcript(self, world: str, message: str | None, host: str | None = None) -> str:
        """One message's way as text, the same from run to run; with a host, also what else that one said to servers, mail or no mail."""
        return transcript(self.world(world).trace.after(), message, host)

    async def follow(self, world: str, after: int = 0) -> AsyncGenerator[list[dict[str, Any]], None]:
        """The record as it grows, in batches. Pulled, so that a slow reader costs nothing and misses nothing.

        A reader so slow that the record no longer reaches back is told by an event of kind "lost".
        """
        trace = self.world(world).trace
        more = asyncio.Event()
        stop = trace.follow(lambda _: more.set())
        self._followers[world].add(more)
        after = max(0, after)
        try:
            while True:
                more.clear()
                batch = trace.after(after, BATCH)
                if batch:
                    lost = batch[0].n - after - 1
                    after = batch[-1].n
                    yield [
                        *([{"kind": "lost", "n": batch[0].n - 1, "count": lost}] if lost > 0 else []),
                        *(event.as_json() for event in batch),
                    ]
                    continue
                if world not in self.lab.worlds or self.lab.worlds[world].trace is not trace:
                    return
                # `wait_for` may swallow a cancellation before Python 3.12
                with contextlib.suppress(TimeoutError):  # the lab may have closed the world by itself
                    async with asyncio.timeout(5):
                        await more.wait()
        finally:
            stop()
            self._followers[world].discard(more)
            if not self._followers[world]:
                del self._followers[world]
            if world in self._used:
                self._used[world] = time.monotonic()
