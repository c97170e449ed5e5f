"""A world without `await`: every coroutine of `World` as a plain method, made from it so that the two cannot differ."""

from __future__ import annotations

import asyncio
import functools
import inspect
import threading
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

from .handle import World

T = TypeVar("T")


class Runner:
    """An event loop on a thread of its own, for callers that have a loop already or none at all."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mail lab client", daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T], wait: float | None = 120.0) -> T:
        """Wait for a coroutine's result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(wait)

    def stop(self) -> None:
        """End the loop and its thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()


class SyncWorld:
    """A world for notebooks. Its methods are those of `World`; `close` it, or use it in a `with` statement."""

    def __init__(self, world: World, runner: Runner) -> None:
        self._world = world
        self._runner = runner

    @property
    def name(self) -> str:
        """The world's name in the lab."""
        return self._world.name

    @property
    def description(self) -> dict[str, Any]:
        """Its domains, accounts and ports."""
        return self._world.description

    def wait_for(
        self, true: Callable[[dict[str, Any]], bool], *, wait: float = 10.0, after: int = 0
    ) -> dict[str, Any]:
        """The first event of the record, past or to come, of which `true` says so.

        Raises:
            TimeoutError: none came in `wait` seconds.
        """

        async def look() -> dict[str, Any]:
            async with asyncio.timeout(wait):
                async for batch in self._world.events(after):
                    for event in batch:
                        if true(event):
                            return event
            raise ConnectionError("the world was closed")

        return self._runner.run(look())

    def close(self) -> None:
        """Close the world and let go of the lab."""
        try:
            self._runner.run(self._world.close())
        finally:
            self._runner.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:  # for type checkers only: the methods are set below
        raise AttributeError(f"a world has no {name!r}; it has {', '.join(sorted(_COROUTINES))}")


def _plain(name: str, coroutine: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
    @functools.wraps(coroutine)
    def method(self: SyncWorld, *args: Any, **kwargs: Any) -> Any:
        return self._runner.run(getattr(self._world, name)(*args, **kwargs))

    return method


_COROUTINES = {
    name: member
    for name, member in inspect.getmembers(World, inspect.iscoroutinefunction)
    if not name.startswith("_")
}
for _name, _member in _COROUTINES.items():
    if _name not in SyncWorld.__dict__:
        setattr(SyncWorld, _name, _plain(_name, _member))
