"""What the reader does with attachments, from the compose panel's messages to the session."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from ..devices.files import FILE_LIMIT
from ..experiments.attachments import Attached, Attachments
from .legible import legible
from .panel import Content, Panel

KINDS = ("sample", "uploaded", "whole", "compress", "undo", "remove")


async def act(attachments: Attachments, content: Content, pieces: Pieces) -> None:
    """Do what one message asks for.

    Raises:
        Problem: it cannot be done, and what was attached before still is.
    """
    file = str(content.get("file", ""))
    match content["kind"]:
        case "sample":
            await attachments.add_sample(file)
        case "uploaded":
            await attachments.take(file)
        case "whole":
            name = (
                str(content.get("name", "")).encode("utf-8", "replace").decode()
            )  # it may hold half a character
            await attachments.add(name, pieces.whole())
        case "compress":
            await attachments.compress(file)
        case "undo":
            await attachments.undo(file)
        case "remove":
            await attachments.remove(file)


def listed(file: Attached) -> dict[str, Any]:
    """An attached file as the page lists it. Its name is foreign text."""
    return {
        "id": file.id, "name": legible(file.name, 120), "type": file.type, "size": file.size, "carried": file.carried,
        "made": file.made_of is not None,
    }  # fmt: skip


def upload_path(world: str, device: str) -> str:
    """Where the page brings files to, below the control API's address."""
    return f"worlds/{quote(world, safe='')}/devices/{quote(device, safe='')}/files"


class Pieces:
    """A file that comes in pieces by the kernel's own line: to the doctor, and where a page's server is not the lab's.

    That line takes 10 MiB a message, so each piece is small, and the next is sent when this one is here.

    Args:
        panel: whose page brings it.
        limit: octets that are kept; one more is, so that who gets the file sees that it is too large.
    """

    def __init__(self, panel: Panel, limit: int = FILE_LIMIT) -> None:
        self._panel = panel
        self._limit = limit
        self._content = bytearray()
        panel.when("piece", self._piece)

    def _piece(self, content: Content) -> None:
        if content.get("n") == 0:
            self._content.clear()
        for buffer in content["buffers"]:
            self._content += buffer[: self._limit + 1 - len(self._content)]
        self._panel.send({"kind": "piece", "n": content.get("n")})

    def whole(self) -> bytes:
        """What has come, once."""
        content = bytes(self._content)
        self._content.clear()
        return content
