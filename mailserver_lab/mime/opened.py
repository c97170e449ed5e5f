"""What a mail program shows of a message: its text, its HTML, its attachments, and the messages in it.

A part is named by its place in the order of `walk`, so that whoever shows a message can ask for it later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from . import content, headers
from .structure import Part, scan, walk

#: Characters of text and of HTML that are shown, header fields, octets of one of them, attachments that are listed.
MAX_TEXT, MAX_HTML, MAX_FIELDS, MAX_VALUE, MAX_LISTED = 200_000, 300_000, 200, 2_000, 100
#: Octets of all the pictures that belong into the HTML.
MAX_PICTURES = 2 << 20
#: The kinds of pictures that every browser draws and that hold no script.
PICTURES = {b"png", b"gif", b"jpeg", b"webp"}

_CID = re.compile(r"\bcid:([^\s\"'<>)]{1,200})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is no text of the message itself.

    Args:
        part: by which `Opened.octets` gives it.
        name: as the sender wrote it: foreign, possibly empty, not fit for a file system.
        type: the media type, in lower case.
        size: octets of the file, as far as that can be told without taking it out.
        message: whether it is a message, which `Opened.message` shows.
    """

    part: int
    name: str
    type: str
    size: int
    message: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """One message. `cut` tells that its text or HTML goes on; `unlisted` counts attachments beyond those listed."""

    fields: tuple[tuple[str, str], ...]
    text: str
    html: str
    cut: bool
    pictures: Mapping[str, tuple[str, bytes]]
    attachments: tuple[Attachment, ...]
    unlisted: int

    def field(self, name: str) -> str:
        """The value of the first field of that name, empty where there is none."""
        return next((value for field, value in self.fields if field.lower() == name.lower()), "")


class Opened:
    """A message and where its parts are.

    Args:
        raw: the message, which may be anything.
    """

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._parts = list(walk(scan(raw)))
        self._places = {id(part): n for n, part in enumerate(self._parts)}

    def octets(self, part: int) -> bytes | None:
        """Return the file that a part is, None where there is no such part."""
        return content.octets(self._parts[part], self.raw) if 0 <= part < len(self._parts) else None

    def message(self, part: int | None = None) -> Shown | None:
        """Return the whole message, or the message that a part is; None where it is none."""
        if part is None:
            return self._shown(self._parts[0])
        inner = self._parts[part].message if 0 <= part < len(self._parts) else None
        return self._shown(inner) if inner is not None else None

    def _shown(self, root: Part) -> Shown:
        texts: list[Part] = []
        htmls: list[Part] = []
        others: list[Part] = []
        for part in _leaves(root):
            own = part.type[0] == b"text" and (part is root or _is_inline(part))
            kind = {b"plain": texts, b"html": htmls}.get(part.type[1], others) if own else others
            kind.append(part)
        html, html_cut = self._joined(htmls, MAX_HTML)
        text, text_cut = self._joined(texts, MAX_TEXT)
        return Shown(
            fields=tuple(self._fields(root)),
            text=text,
            html=html,
            cut=html_cut or text_cut,
            pictures=self._pictures(others, {unquote(url): url for url in _CID.findall(html)}),
            attachments=tuple(map(self._attachment, others[:MAX_LISTED])),
            unlisted=max(0, len(others) - MAX_LISTED),
        )

    def _joined(self, parts: list[Part], limit: int) -> tuple[str, bool]:
        """The text of these parts together, and whether it goes on."""
        found = ""
        for n, part in enumerate(parts):
            room = limit - len(found)
            if room <= 0 or n >= content.MAX_TEXTS:
                return found, True
            # four octets a character, base64 or quoted-printable around them
            more = content.text(part, self.raw, 12 * room)
            found += ("\n\n" if found else "") + more[:room]
            if len(more) > room or part.end - part.body > 12 * room:
                return found, True
        return found, False

    def _fields(self, root: Part) -> Iterator[tuple[str, str]]:
        head = self.raw[root.start : min(root.body, root.start + headers.MAX_HEADER)]
        for n, (_, whole) in enumerate(headers.raw_fields(head)):
            if n >= MAX_FIELDS:
                return
            name, _, value = whole[: headers.MAX_FIELD].partition(b":")
            yield name.decode("ascii").strip(), headers.decoded(headers.unfolded(value))[:MAX_VALUE]

    def _pictures(self, parts: list[Part], wanted: dict[str, str]) -> dict[str, tuple[str, bytes]]:
        """The pictures that the HTML asks for and that came with it (RFC 2392), by what stands in the HTML."""
        found: dict[str, tuple[str, bytes]] = {}
        room = MAX_PICTURES
        for part in parts:
            name = part.fields.get("content-id", b"").strip(b" <>").decode("utf-8", "replace")
            fits = part.end - part.body <= room and part.type[0] == b"image" and part.type[1] in PICTURES
            if name in wanted and fits:
                room -= part.end - part.body
                found[wanted[name]] = (b"/".join(part.type).decode(), content.octets(part, self.raw))
        return found

    def _attachment(self, part: Part) -> Attachment:
        kind = b"/".join(part.type)[:100].decode("utf-8", "replace")
        name = content.file_name(part)
        return Attachment(
            self._places[id(part)], name, kind, content.size(part, self.raw), part.message is not None
        )


def _leaves(root: Part) -> Iterator[Part]:
    """The parts of one message that are not multiparts; a message in it is one part."""
    waiting = [root]
    while waiting:
        part = waiting.pop()
        if part.children:
            waiting.extend(reversed(part.children))
        elif part.type[0] != b"multipart":
            yield part


def _is_inline(part: Part) -> bool:
    """Whether a text is meant to be read in its place: it is not called an attachment, and it is no file."""
    disposition, _ = headers.parameters(part.fields.get("content-disposition", b""))
    return disposition.lower() != b"attachment" and not content.file_name(part)
