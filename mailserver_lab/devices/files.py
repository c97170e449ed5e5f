"""The files that a device has at hand for attaching.

They never change: compressing one, or making a picture smaller, gives another file, and the first is still there. They
live in memory, within limits, and end with the world.
"""

from __future__ import annotations

import asyncio
import io
import itertools
import mimetypes
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

FILE_LIMIT = 30_000_000  # octets of one file; more than most mail servers take
TOTAL_LIMIT = 60_000_000  # octets of all files of a device
MOST_FILES = 20
NAME_LIMIT = 100  # characters
_PIECE = 1 << 18  # octets that are compressed in one go: some ten milliseconds
_TYPES = mimetypes.MimeTypes()  # the library's own table, and not the machine's


class NoRoom(ValueError):
    """The device takes no more. `limit` is how much it takes, `what` of which kind: "file", "total", "count" or "all"."""

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"the limit for {what} is {limit}")
        self.what, self.limit = what, limit


@dataclass(frozen=True, slots=True)
class File:
    """A file. `made_of` is the id of the one that it was made from."""

    id: str
    name: str
    content: bytes
    made_of: str | None = None

    @property
    def type(self) -> str:
        """Its media type, from its name; octet-stream where a mail may not carry that type in base64 (RFC 2046 section 5)."""
        guessed = _TYPES.guess_type(self.name, strict=False)
        kind = guessed[0] if guessed[0] and not guessed[1] else ""
        if not kind or kind.startswith(("message/", "multipart/")):
            return "application/octet-stream"
        return kind

    @property
    def carried(self) -> int:
        """The octets that it takes in a mail: base64 in lines of 76 characters (RFC 2045 section 6.8)."""
        encoded = -(-len(self.content) // 3) * 4
        return encoded + -(-encoded // 76) * 2


class Files:
    """All files of one device."""

    def __init__(self) -> None:
        self._files: dict[str, File] = {}
        self._numbers = itertools.count(1)

    def __iter__(self) -> Iterator[File]:
        return iter(tuple(self._files.values()))

    def add(self, name: str, content: bytes, made_of: str | None = None) -> File:
        """Take a file.

        Raises:
            NoRoom: it is too large, or there are too many.
        """
        if len(content) > FILE_LIMIT:
            raise NoRoom("file", FILE_LIMIT)
        if sum(len(file.content) for file in self) + len(content) > TOTAL_LIMIT:
            raise NoRoom("total", TOTAL_LIMIT)
        if len(self._files) >= MOST_FILES:
            raise NoRoom("count", MOST_FILES)
        file = File(f"f{next(self._numbers)}", clean_name(name), content, made_of)
        self._files[file.id] = file
        return file

    def get(self, file_id: str) -> File | None:
        """A file by its id."""
        return self._files.get(file_id)

    def remove(self, file_id: str) -> None:
        """Forget a file; nothing happens where there is none."""
        self._files.pop(file_id, None)


def clean_name(name: str) -> str:
    """A file's name as it may stand in a mail: no folders, nothing that cannot be seen, composed characters, not too long.

    macOS gives が as か and a mark, which other systems show as two characters.
    """
    name = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode())
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(char if char.isprintable() else "_" for char in name).strip()
    stem, dot, extension = name.rpartition(".")
    if len(name) > NAME_LIMIT:
        name = (
            stem[: NAME_LIMIT - len(extension) - 1] + dot + extension
            if stem and len(extension) < 20
            else name[:NAME_LIMIT]
        )
    return name if name.strip(". ") else "file"


async def zipped(file: File, now: datetime) -> tuple[str, bytes]:
    """A file compressed: the name and the content of a zip archive with nothing else in it.

    Piece by piece, so that nothing else on this event loop has to wait for it.
    """
    buffer = io.BytesIO()
    entry = zipfile.ZipInfo(file.name, date_time=now.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.file_size = len(file.content)
    with zipfile.ZipFile(buffer, "w") as archive, archive.open(entry, "w") as inside:
        for first in range(0, len(file.content), _PIECE):
            inside.write(file.content[first : first + _PIECE])
            await asyncio.sleep(0)
    return f"{file.name.rpartition('.')[0] or file.name}.zip", buffer.getvalue()
