"""The lab: a process's worlds, by name. A value like any other; nothing here is global."""

from __future__ import annotations

import asyncio
import itertools
import json
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

from ..net import LoopbackNet, Net
from ..world import WorldSpec, bundled, parse
from .certificates import Certificates
from .files import write_whole
from .running import RunningWorld, places

MOST_WORLDS = 200  # each costs some twenty sockets


class TooManyWorlds(RuntimeError):
    """A process holds so many worlds and no more."""


class FolderInUse(OSError):
    """Another lab has its world `main` in that folder."""


class Lab:
    """Opens, keeps and closes worlds.

    Args:
        folder: where worlds that are kept live, and the CA; a temporary folder, gone at the end, where None.
        make_net: gives a Net for a new world.
    """

    def __init__(self, folder: Path | None = None, *, make_net: Callable[[], Net] = LoopbackNet) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="mailserver-lab-") if folder is None else None
        self.folder = Path(self._temporary.name) if self._temporary else folder or Path()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._make_net = make_net
        self._certificates: Certificates | None = None
        self._worlds: dict[str, RunningWorld] = {}
        self._lock = asyncio.Lock()
        self._claim: sqlite3.Connection | None = None

    @property
    def certificates(self) -> Certificates:
        """The lab's CA, made when it is first wanted."""
        if self._certificates is None:
            self._certificates = Certificates(self.folder)
        return self._certificates

    @property
    def worlds(self) -> dict[str, RunningWorld]:
        """The worlds that run, by name."""
        return dict(self._worlds)

    async def open(self, spec: WorldSpec, *, net: Net | None = None, kept: bool = False) -> RunningWorld:
        """Start a world, fresh unless it is one that is kept on disk. One of the same name is closed before.

        Raises:
            TooManyWorlds: there are too many already.
        """
        async with self._lock:
            await self._close(spec.name)
            if len(self._worlds) >= MOST_WORLDS:
                raise TooManyWorlds(
                    f"{MOST_WORLDS} worlds are open, and no more fit; close one that is not used"
                )
            net = net or self._make_net()
            folder = self.folder / "worlds" / spec.name if kept else None
            if folder:
                folder.mkdir(parents=True, exist_ok=True)
            world = RunningWorld(
                spec, net, folder=folder, certificates=self.certificates if net.has_tls else None
            )
            try:
                await world.start()
            except BaseException:
                await world.stop()
                raise
            self._worlds[spec.name] = world
            return world

    async def open_main(self, *, port_base: int | None = None) -> RunningWorld:
        """Start the world `main`, which other programs use, with its mail from the last time.

        Args:
            port_base: the first of consecutive ports, in the order of `places`. Where None, the ports are those of the last
                time, so that a mail program finds its server again; one that is taken is replaced by a free one.

        Raises:
            OSError: a port that was asked for is taken.
            FolderInUse: two labs in one folder would deliver every message twice.
        """
        self._claim = self._claim or _claim(self.folder)
        file, ports_file = self.folder / "main.json", self.folder / "ports.json"
        spec = parse(json.loads(file.read_text("utf-8"))) if file.exists() else bundled("main")
        where = places(spec)
        if port_base is not None:
            net = LoopbackNet(dict(zip(where, itertools.count(port_base), strict=False)))
        else:
            before = json.loads(ports_file.read_text("utf-8")) if ports_file.exists() else []
            net = LoopbackNet(liked={place: port for place, port in zip(where, before, strict=False) if port})
        world = await self.open(spec, net=net, kept=True)
        write_whole(file, json.dumps(world.spec.as_json(), indent=1, ensure_ascii=False))
        write_whole(
            ports_file, json.dumps([real[1] if (real := world.net.real(*place)) else 0 for place in where])
        )
        return world

    async def close_world(self, name: str) -> None:
        """Stop a world and forget it; nothing happens where there is none."""
        async with self._lock:
            await self._close(name)

    async def _close(self, name: str) -> None:
        world = self._worlds.pop(name, None)
        if world is not None:
            await world.stop()

    async def close(self) -> None:
        """Stop every world."""
        async with self._lock:
            for name in tuple(self._worlds):
                await self._close(name)
        if self._claim:
            self._claim.close()
        if self._temporary:
            self._temporary.cleanup()


def _claim(folder: Path) -> sqlite3.Connection:
    """Keep other labs out of a folder until this connection is closed or the process ends, however it ends.

    SQLite's lock on an empty file: it works on every system, and leaves nothing behind that is stale.
    """
    connection = sqlite3.connect(folder / "lock.sqlite", timeout=0, isolation_level=None)
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        connection.close()
        raise FolderInUse(f"another lab is running in {folder}") from error
    return connection
