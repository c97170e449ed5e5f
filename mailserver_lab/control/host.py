"""The lab on a thread and an event loop of its own, so that nothing slow anywhere else ever stalls it.

The Jupyter server, a kernel without such a server, and tests all start it so; `serve` has the process to itself and runs
the same lab on its main thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from ..lab import Lab, load_the_rest
from .handle import Handle
from .server import ControlServer
from .service import Service

T = TypeVar("T")
log = logging.getLogger(__name__)


class LabHost:
    """Starts and stops a lab on its own thread.

    Args:
        folder: where the world `main` and the CA are kept; a temporary folder where None.
        main: whether to run the world `main` too.
        port_base: its first port, see `serve`; free ports where None.
    """

    def __init__(
        self, folder: Path | None = None, *, main: bool = False, port_base: int | None = None
    ) -> None:
        self._folder, self._main, self._port_base = folder, main, port_base
        self._ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="mail lab", daemon=True)
        self.loop: asyncio.AbstractEventLoop
        self.service: Service
        self.control: ControlServer

    def start(self) -> None:
        """Start, and return when the control API answers; raises what went wrong.

        `main` may still be opening then: a page need not wait for it.
        """
        self._thread.start()
        self._ready.result()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        try:
            lab = Lab(self._folder)
            self.service = Service(lab)
            self.control = ControlServer(self.service)
            self.control.start()
        except BaseException as error:
            self._ready.set_exception(error)
            return
        self._ready.set_result(None)
        helpers = [self.loop.create_task(self.service.cull())]
        if self._main:
            helpers.append(self.loop.create_task(self._open_main(lab)))
        await self.loop.run_in_executor(None, load_the_rest)
        await self._stop.wait()
        for task in helpers:
            task.cancel()
        await asyncio.gather(*helpers, return_exceptions=True)
        await self.control.stop()
        await lab.close()

    async def _open_main(self, lab: Lab) -> None:
        try:
            await lab.open_main(port_base=self._port_base)
        except Exception:
            log.exception("the world main could not be opened; the book's experiments do not need it")

    def stop(self) -> None:
        """End the lab and its thread."""
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(10)

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine on the lab's loop, from any other thread.

        Raises:
            ConnectionError: the lab has ended.
        """
        try:
            return asyncio.run_coroutine_threadsafe(coroutine, self.loop)
        except RuntimeError as error:  # the loop is closed
            coroutine.close()
            raise ConnectionError("the lab has ended") from error


class DirectHandle(Handle):
    """The handle for whoever shares the process with the lab."""

    def __init__(self, host: LabHost) -> None:
        self._host = host

    async def call(self, name: str, /, **arguments: Any) -> Any:
        """See Handle.call."""
        return await self._wait(self._host.service.call(name, arguments))

    async def events(self, world: str, after: int = 0) -> AsyncIterator[list[dict[str, Any]]]:
        """See Handle.events."""
        stream = self._host.service.follow(world, after)
        try:
            while True:
                batch = await self._wait(_next(stream))
                if batch is None:
                    return
                yield batch
        finally:
            with contextlib.suppress(ConnectionError):
                self._host.submit(_close(stream))

    async def _wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        future = asyncio.wrap_future(self._host.submit(coroutine))
        try:
            answer = await future
            # The lab may have answered already, and from Python 3.14 on the caller would go on at once: but what was asked for
            # together begins together.
            await asyncio.sleep(0)
            return answer
        except asyncio.CancelledError:
            caller = asyncio.current_task()
            if caller is not None and caller.cancelling():
                raise
            raise ConnectionError("the lab has ended") from None

    async def close(self) -> None:
        """Nothing is held."""


async def _next(stream: AsyncIterator[list[dict[str, Any]]]) -> list[dict[str, Any]] | None:
    return await anext(stream, None)


async def _close(stream: Any) -> None:
    await stream.aclose()
