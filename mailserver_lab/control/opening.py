"""From a program to a world of its own: `open_lab` with `await`, `open_lab_sync` without."""

from __future__ import annotations

import atexit
import os
import secrets
import threading
from typing import TYPE_CHECKING

from ..locale import Lang
from .handle import Handle, World
from .sync import Runner, SyncWorld

if TYPE_CHECKING:
    from .host import LabHost

VARIABLE = "MAILSERVER_LAB_CONTROL"
"""Set by the Jupyter server for its kernels: the API's URL, a space, and the token."""

_lock = threading.Lock()
_host: LabHost | None = None


def _own_host() -> LabHost:
    """The lab of a process that has no server to ask: one for all who want one, ended with the process."""
    from .host import LabHost  # noqa: PLC0415 - tornado is wanted only where a lab is reached by it

    global _host  # noqa: PLW0603
    with _lock:
        if _host is None:
            _host = LabHost()
            _host.start()
            atexit.register(_host.stop)
        return _host


def connect() -> Handle:
    """The handle on the lab that is meant for this process."""
    from .host import DirectHandle  # noqa: PLC0415
    from .remote import RemoteHandle  # noqa: PLC0415

    where = os.environ.get(VARIABLE, "")
    url, _, token = where.partition(" ")
    return RemoteHandle(url, token) if url and token else DirectHandle(_own_host())


async def open_lab(world: str = "main", *, lang: Lang | None = None, handle: Handle | None = None) -> World:
    """Open a fresh world for yourself, made after one that comes with the package.

    Args:
        world: the name of the world to make it after, such as "user-unknown".
        lang: the language in which its servers write; the world's own where None.
        handle: the lab, let go of when the world is closed; found by itself where None.

    Raises:
        Problem: there is no such world, or there are too many.
        ConnectionError: the lab does not answer.
    """
    handle = handle or connect()
    name = f"{world}-{secrets.token_hex(4)}"
    try:
        return World(handle, name, await handle.call("open_world", world=name, spec=world, lang=lang))
    except BaseException:
        await handle.close()
        raise


def open_lab_sync(world: str = "main", *, lang: Lang | None = None) -> SyncWorld:
    """The same for programs that do not use `await`, such as notebooks."""
    runner = Runner()
    try:
        return SyncWorld(runner.run(open_lab(world, lang=lang)), runner)
    except BaseException:
        runner.stop()
        raise
