"""Files on devices, for attaching to a message."""

from __future__ import annotations

import base64
from typing import Any

from ...devices import SAMPLES, File, NoRoom, zipped
from ..arguments import bad_request
from .devices import Devices
from .problems import no_room

ALL_FILES = 500_000_000  # octets of what is attached in all worlds together


class Files(Devices):
    """What is on a device to be attached."""

    def _keep(
        self, world: str, device: str, name: str, content: bytes, made_of: str | None
    ) -> dict[str, Any]:
        owner = self.device(world, device)
        everything = (
            file for devices in self._devices.values() for one in devices.values() for file in one.files
        )
        try:
            if sum(len(file.content) for file in everything) + len(content) > ALL_FILES:
                raise NoRoom("all", ALL_FILES)
            return _about(owner.files.add(name, content, made_of))
        except NoRoom as error:
            raise no_room(error) from error

    async def do_attach(
        self, world: str, device: str, name: str, content: bytes, made_of: str | None = None
    ) -> dict[str, Any]:
        """Put a file on a device, for attaching; it stays until it is detached or the world ends.

        `made_of` is the file that it was made from, such as the picture of which this is a smaller one.
        """
        if made_of is not None:
            self._file(world, device, made_of)
        return self._keep(world, device, name, content, made_of)

    async def do_attach_sample(self, world: str, device: str, sample: str) -> dict[str, Any]:
        """Put a file on a device that the lab makes for readers who have none at hand."""
        if sample not in SAMPLES:
            raise bad_request(f"the samples are {', '.join(SAMPLES)}, and {sample!r} is none of them")
        lang = self.world(world).spec.lang
        return self._keep(world, device, SAMPLES[sample].name[lang], SAMPLES[sample].make(lang), None)

    async def do_compress(self, world: str, device: str, file: str) -> dict[str, Any]:
        """Make a zip archive of a device's file; the file itself stays."""
        original = self._file(world, device, file)
        name, content = await zipped(original, self.device(world, device).now())
        return self._keep(world, device, name, content, original.id)

    async def do_files(self, world: str, device: str) -> list[dict[str, Any]]:
        """The files of a device."""
        return [_about(file) for file in self.device(world, device).files]

    async def do_file(self, world: str, device: str, file: str) -> dict[str, Any]:
        """A file of a device; `raw` is base64."""
        found = self._file(world, device, file)
        return {**_about(found), "raw": base64.b64encode(found.content).decode()}

    async def do_detach(self, world: str, device: str, file: str) -> None:
        """Take a file off a device; nothing happens where there is none."""
        self.device(world, device).files.remove(file)


def _about(file: File) -> dict[str, Any]:
    """A file as it is listed. `carried` is how many octets it takes in a mail."""
    return {
        "id": file.id, "name": file.name, "type": file.type, "size": len(file.content), "carried": file.carried,
        "made_of": file.made_of,
    }  # fmt: skip
