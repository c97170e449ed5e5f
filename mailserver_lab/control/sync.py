"""A world without `await`: every coroutine of `World` as a plain method, made from it so that the two cannot differ."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import threading
import weakref
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self, TypeVar

from ..locale import Problem
from .handle import World

T = TypeVar("T")

_NEVER = 2**62  # no record ever gets as long, so whoever follows from here hears nothing


class Runner:
    """An event loop on a thread of its own, for callers that have a loop already or none at all."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mail lab client", daemon=True)
        self._thread.start()

    def begin(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Let a coroutine run."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def run(self, coroutine: Coroutine[Any, Any, T], wait: float | None = 120.0) -> T:
        """Wait for a coroutine's result."""
        return self.begin(coroutine).result(wait)

    def stop(self) -> None:
        """End what still runs, the loop and its thread."""
        self.run(_end_others())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()


async def _end_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _stay(world: World) -> None:
    """Follow a world to its end without listening: one that is followed is not put away for want of use."""
    with contextlib.suppress(Problem, ConnectionError):  # it is gone, or the lab is
        while True:  # a reset ends the record and begins another
            async for _ in world.events(after=_NEVER):
                pass


class SyncWorld:
    """A world for notebooks. Its methods are those of `World`; `close` it, or use it in a `with` statement.

    It stays for as long as somebody holds this, however long they think before the next cell.
    """

    def __init__(self, world: World, runner: Runner) -> None:
        self._world = world
        self._runner = runner
        staying = runner.begin(_stay(world))
        # a cell that opens a world anew lets go of the old one, which is then put away after a while
        weakref.finalize(self, staying.cancel).atexit = False

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
