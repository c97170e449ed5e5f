"""Breaking the servers of a domain, or its entry in the DNS, and mending them: what a reader may do, and undo.

What is broken is the lab's to say: its description is looked at again whenever the record tells of a fault.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..locale import Problem, Text
from ..world import FAULTS, OF_THE_DNS, SLOWEST

DNS, ALL = "dns", "all"
MOST_TIMES = 100


class World(Protocol):
    """What is needed of a world."""

    description: dict[str, Any]

    async def fault(
        self, domain: str, do: str, at: str = "", times: int | None = None, seconds: float = 2.0, host: str = ""
    ) -> None: ...  # fmt: skip
    async def lift(
        self, domain: str, do: str | None = None, at: str | None = None, host: str | None = None
    ) -> None: ...
    async def look(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Broken:
    """A fault that is on. It strikes `times` times still, or until it is mended where that is None; it has struck `struck` times."""

    do: str
    at: str
    host: str
    seconds: float
    times: int | None
    struck: int = 0

    @property
    def key(self) -> tuple[str, str, str]:
        """By what the lab knows it: there is one of a kind at a command of a host."""
        return self.do, self.at, self.host


class BadInput(Problem):
    """What was typed cannot be; `field` is where."""

    def __init__(self, field: str, what: Text, why: Text, do: Text) -> None:
        super().__init__(what, why, do)
        self.field = field


class Breaking:
    """What is broken in one world, and how that came about.

    Args:
        world: which.
        domain: whose servers may be broken.
        changed: called when something else is broken than before.
    """

    def __init__(self, world: World, domain: str, *, changed: Callable[[], None]) -> None:
        self._world, self._domain, self._changed = world, domain, changed
        self._turn = asyncio.Lock()
        self._undo: tuple[Sequence[Broken], Sequence[Broken]] | None = None  # what to mend, what to break

    @property
    def places(self) -> tuple[str, ...]:
        """Where something can be broken: all of the hosts, where there are several; one of them; the DNS."""
        return (*((ALL,) if len(self.hosts) > 1 else ()), *self.hosts, DNS)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The domain's servers, by name."""
        about = self._world.description["domains"][self._domain]
        return (about["host"], *about["also"])

    @property
    def broken(self) -> list[Broken]:
        """What is broken now, in the order in which it was."""
        return [
            Broken(one["do"], one["at"], one["host"], one["seconds"], one["times"], one["struck"])
            for one in self._world.description["domains"][self._domain]["faults"]
        ]

    @property
    def can_undo(self) -> bool:
        """Whether there is something to undo."""
        return self._undo is not None

    async def look(self) -> None:
        """See what is broken now."""
        await self._world.look()
        self._changed()

    async def break_(
        self, place: str, do: str, at: str = "", times: str | None = None, seconds: str = "2"
    ) -> None:
        """Break something: as many times as was typed, None for until it is mended.

        Raises:
            BadInput: what was typed cannot be; nothing is broken then.
        """
        hosts = self._hosts(place)
        if not hosts or do not in kinds(place) or (at and at not in FAULTS[do]):
            raise ValueError(f"{do} at {at!r} of {place} cannot be broken")  # no reader's doing
        count = None if times is None else _count(times)
        wait = _seconds(seconds) if do == "slow" else 2.0
        at = at or next(iter(FAULTS[do]), "")
        async with self._turn:
            new = [Broken(do, at, host, wait, count) for host in hosts]
            keys = {one.key for one in new}
            before = [one for one in self.broken if one.key in keys]
            await self._break(new)
            self._undo = new, before
            self._changed()

    async def mend(self, key: Sequence[str]) -> None:
        """Mend one thing; nothing happens where it is over already."""
        await self._mend([one for one in self.broken if list(one.key) == list(key)])

    async def mend_all(self) -> None:
        """Mend whatever is broken."""
        await self._mend(self.broken)

    async def _mend(self, some: Sequence[Broken]) -> None:
        async with self._turn:
            if some:
                await self._lift(some)
                self._undo = (), some
            self._changed()

    async def undo(self) -> None:
        """Take back what was done last; what is undone can be done again by undoing that."""
        async with self._turn:
            if self._undo is None:
                return
            mend, again = self._undo
            keys = {one.key for one in mend}
            lost = [one for one in self.broken if one.key in keys]
            await self._lift(lost)
            await self._break(again)
            self._undo = again, lost
            self._changed()

    async def _break(self, some: Sequence[Broken]) -> None:
        for one in some:
            await self._world.fault(
                self._domain, one.do, one.at, times=one.times, seconds=one.seconds, host=one.host
            )

    async def _lift(self, some: Sequence[Broken]) -> None:
        for one in some:
            await self._world.lift(self._domain, one.do, one.at, one.host)

    def _hosts(self, place: str) -> tuple[str, ...]:
        if place not in self.places:
            return ()
        if place == DNS:
            return ("",)
        return self.hosts if place == ALL else (place,)


def kinds(place: str) -> tuple[str, ...]:
    """What can be wrong there."""
    return tuple(do for do in FAULTS if (do in OF_THE_DNS) == (place == DNS))


_NOTHING = Text(
    ja="まだ何もこわれていません。ほかの欄はそのままです。",
    en="Nothing was broken, and the other fields are as they were.",
)


def _count(typed: str) -> int:
    try:
        count = int(typed.strip()[:20])
    except ValueError:
        count = 0
    if not 1 <= count <= MOST_TIMES:
        raise BadInput(
            "times",
            Text(ja="回数が正しくありません。", en="That is no number of times."),
            Text(
                ja=f"1 から {MOST_TIMES} までの整数で数えます。{_NOTHING.ja}",
                en=f"It is counted in whole numbers from 1 to {MOST_TIMES}. {_NOTHING.en}",
            ),
            Text(
                ja="回数を入れ直すか、「直すまで続く」を選んでください。",
                en="Type another number, or choose “until I mend it”.",
            ),
        )
    return count


def _seconds(typed: str) -> float:
    try:
        seconds = float(typed.strip()[:20])
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= SLOWEST:
        raise BadInput(
            "seconds",
            Text(ja="秒数が正しくありません。", en="That is no number of seconds."),
            Text(
                ja=f"サーバーを黙らせておけるのは、0 より長く、{SLOWEST:g} 秒までです。{_NOTHING.ja}",
                en=f"A server can be silent for more than 0 and up to {SLOWEST:g} seconds. {_NOTHING.en}",
            ),
            Text(ja="秒数を入れ直してください。", en="Type another number."),
        )
    return seconds
