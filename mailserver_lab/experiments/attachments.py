"""What is attached to the message that the reader writes: files of the sender's device, kept by the lab.

Compressing a file, or making a picture smaller, puts another in its place. The first one stays on the device, so that
it can come back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from ..locale import Problem, Text


@dataclass(frozen=True, slots=True)
class Attached:
    """An attached file. `carried` is what it takes in a mail, `made_of` the one that it stands for."""

    id: str
    name: str
    type: str
    size: int
    carried: int
    made_of: Attached | None = None


class World(Protocol):
    """What this needs of a world."""

    async def attach(
        self, device: str, name: str, content: bytes, made_of: str | None = None
    ) -> dict[str, Any]: ...
    async def attach_sample(self, device: str, sample: str) -> dict[str, Any]: ...
    async def compress(self, device: str, file: str) -> dict[str, Any]: ...
    async def files(self, device: str) -> list[dict[str, Any]]: ...
    async def detach(self, device: str, file: str) -> None: ...


class Attachments:
    """The attachments of one draft. Where a file is meant that is not attached, nothing happens.

    Args:
        world: the lab's world, which keeps the files.
        device: the one that sends.
    """

    def __init__(self, world: World, device: str) -> None:
        self._world, self._device = world, device
        self.items: tuple[Attached, ...] = ()

    def _find(self, file: str | None) -> Attached | None:
        return next((one for one in self.items if one.id == file), None)

    def _put(self, told: dict[str, Any]) -> None:
        """Attach a file; one that was made of an attached file takes its place."""
        first = self._find(told["made_of"])
        new = Attached(told["id"], told["name"], told["type"], told["size"], told["carried"], first)
        self._replace(first, new)

    def _replace(self, old: Attached | None, new: Attached) -> None:
        if old in self.items:
            self.items = tuple(new if one is old else one for one in self.items)
        else:
            self.items = (*self.items, new)

    async def add(self, name: str, content: bytes) -> None:
        """Attach a file of the reader's.

        Raises:
            Problem: it is too large, or there are too many.
        """
        self._put(await self._world.attach(self._device, name, content))

    async def add_sample(self, sample: str) -> None:
        """Attach a file that the lab makes. Likewise."""
        self._put(await self._world.attach_sample(self._device, sample))

    async def take(self, file: str) -> None:
        """Attach a file that the device has already: the page has brought it there by itself."""
        for told in await self._world.files(self._device):
            if told["id"] == file and self._find(file) is None:
                self._put(told)

    async def compress(self, file: str) -> None:
        """Put a zip archive in the place of a file.

        Raises:
            Problem: that would not make it smaller, or there is no room for the archive.
        """
        original = self._find(file)
        if original is None:
            return
        told = await self._world.compress(self._device, file)
        if (
            told["carried"] >= original.carried or self._find(file) is None
        ):  # taken away meanwhile, or put there twice
            await self._world.detach(self._device, told["id"])
            if self._find(file) is not None:
                raise _no_smaller(original.name)
            return
        self._put(told)

    async def undo(self, file: str) -> None:
        """Put back what a file was made of."""
        made = self._find(file)
        if made is not None and made.made_of is not None:
            self._replace(made, made.made_of)
            await self._world.detach(self._device, file)

    async def remove(self, file: str) -> None:
        """Take a file away, and all that it was made of."""
        gone = self._find(file)
        self.items = tuple(one for one in self.items if one is not gone)
        while gone is not None:
            await self._world.detach(self._device, gone.id)
            gone = gone.made_of


def _no_smaller(name: str) -> Problem:
    return Problem(
        Text(
            ja=f"{name} は、圧縮しても小さくなりませんでした。",
            en=f"Compressing does not make {name} any smaller.",
        ),
        Text(
            ja="zip や JPEG、動画などは、はじめから圧縮されているからです。",
            en="It is compressed already, as archives, JPEG pictures and films are.",
        ),
        Text(
            ja="添付はもとのままです。画像なら縮小し、ほかのファイルなら別の方法で渡してください。",
            en="The attachment is as it was. Scale a picture down; give any other file in another way.",
        ),
    )
