"""Waiting for what happens, not for a time."""

import asyncio
from collections.abc import Callable


async def until_true(look: Callable[[], object]) -> None:
    """Return when `look` gives something true; half a minute is more than any of it takes.

    Raises:
        TimeoutError: it did not come.
    """
    async with asyncio.timeout(30):
        while not look():
            await asyncio.sleep(0.005)
