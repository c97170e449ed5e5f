"""Takes turns: all sessions share one loop, so one that has much to do lets the others work in between."""

from __future__ import annotations

import asyncio

#: Seconds that one session works before the others have their turn.
TURN = 0.01


class Turns:
    """One session's turns. Call `offer` in every loop whose length a mailbox, or a client, decides."""

    def __init__(self) -> None:
        self._until = 0.0

    async def offer(self) -> None:
        """Let the others work, if one's own turn has lasted long enough."""
        loop = asyncio.get_running_loop()
        if loop.time() >= self._until:
            await asyncio.sleep(0)
            self._until = loop.time() + TURN
