"""Worlds: opened, described, made as new, and closed when nobody uses them."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections import defaultdict
from dataclasses import replace
from typing import Any

from ...lab import Lab, RunningWorld
from ...lab.lab import TooManyWorlds
from ...locale import Lang, Problem, Text, is_lang
from ...world import SETTINGS, WorldError, WorldSpec, bundled, parse
from ..arguments import bad_request

log = logging.getLogger(__name__)

UNUSED = 900.0  # real seconds after which a world that nobody follows or asks is closed
MAIN = "main"


class Worlds:
    """The worlds of one lab. `main` is the one that other programs use; it is never closed for want of use."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._used: dict[str, float] = {}
        self._followers: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._editions = itertools.count(1)

    def world(self, name: str) -> RunningWorld:
        """A world that runs.

        Raises:
            Problem: there is none of that name.
        """
        world = self.lab.worlds.get(name)
        if world is None:
            raise Problem(
                Text(ja=f"世界 {name} は動いていません。", en=f"The world {name!r} is not running."),
                Text(
                    ja="閉じられたか、しばらく使われなかったため片づけられました。",
                    en="It was closed, or nobody used it for a while.",
                ),
                Text(ja="「最初から」で開き直してください。", en="Start over to open it again."),
                status=404,
            )
        return world

    async def cull(self) -> None:
        """Close worlds that nobody uses, for ever."""
        while True:
            await asyncio.sleep(30)
            for name in self.lab.worlds:
                idle = time.monotonic() - self._used.get(name, 0.0)
                if name != MAIN and not self._followers.get(name) and idle > UNUSED:
                    try:
                        await self.do_close_world(name)
                    except Exception:  # one world that will not close keeps no other from it
                        log.exception("the world %s could not be closed", name)

    async def do_worlds(self) -> list[dict[str, Any]]:
        """All worlds that run."""
        return [self._describe(world) for world in self.lab.worlds.values()]

    async def do_open_world(
        self, world: str, spec: str | dict[str, Any] | None = None, lang: str | None = None
    ) -> dict[str, Any]:
        """Open a world fresh. `spec` is the name of one that comes with the package, or a whole description."""
        try:
            wanted = parse(spec) if isinstance(spec, dict) else bundled(spec or world)
        except WorldError as error:
            raise bad_request(str(error)) from error
        if lang is not None:
            wanted = replace(wanted, lang=_lang(lang))
        return self._describe(await self._open(wanted.named(world)))

    async def _open(self, spec: WorldSpec) -> RunningWorld:
        if spec.name == MAIN:
            raise bad_request("the world main is opened by the lab itself")
        try:
            world = await self.lab.open(spec)
        except (TooManyWorlds, OSError) as error:  # OSError: this process may open no more sockets
            raise Problem(
                Text(ja="新しい世界を開けません。", en="No new world can be opened."),
                Text(
                    ja="同時に開いている実験が多すぎます。",
                    en="Too many experiments are open at the same time.",
                ),
                Text(
                    ja="使っていないページを閉じて、もう一度試してください。",
                    en="Close pages that you do not use, and try again.",
                ),
                status=503,
            ) from error
        self._used[spec.name] = time.monotonic()
        self._wake_followers(spec.name)
        return world

    async def do_close_world(self, world: str) -> None:
        """Close a world; nothing happens where there is none."""
        if world == MAIN:
            raise bad_request("the world main ends with the lab")
        await self.lab.close_world(world)
        self._used.pop(world, None)
        self._wake_followers(world)

    def _wake_followers(self, world: str) -> None:
        """Let those who follow a world see that it is gone."""
        for more in self._followers.get(world, ()):
            more.set()

    async def do_reset(self, world: str) -> dict[str, Any]:
        """Make a world as new: no mail, no record, its first accounts and clock."""
        spec = self.world(world).first
        if world == MAIN:
            raise bad_request("the world main keeps real mail and is not reset from here")
        return self._describe(await self._open(spec))

    def _describe(self, world: RunningWorld) -> dict[str, Any]:
        return {
            "world": world.spec.name,
            "edition": next(self._editions),  # of two descriptions, the one with the higher number is the later one
            "lang": world.spec.lang,
            "now": world.clock.now().isoformat(),
            "domains": {
                name: {
                    "host": site.host, "address": site.domain.address, "also": dict(site.domain.also), **{key: getattr(site.domain, key) for key in SETTINGS},
                    "server": "on" if world.is_on(name) else "off", "faults": world.faults_of(name).as_json(),
                    "accounts": {
                        local: {"password": account.password, "quota": account.quota, "devices": list(account.devices)}
                        for local, account in site.domain.accounts.items()
                    },
                    "ports": {service: list(place) for service, place in world.real_ports()[name].items()},
                }
                for name, site in world.sites.items()
            },
            "dns": list(world.real_dns() or ()),
        }  # fmt: skip

    async def do_describe(self, world: str) -> dict[str, Any]:
        """What a world consists of, and where its servers are reached."""
        return self._describe(self.world(world))


def _lang(value: str) -> Lang:
    if is_lang(value):
        return value
    raise bad_request(f"lang is ja or en, not {value!r}")
