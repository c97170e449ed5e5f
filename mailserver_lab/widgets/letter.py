"""The message that is open on the reader's device, as a careful mail program shows it.

Its HTML goes to the page as it came, where DOMPurify cleans it and a frame without rights shows it
(`live/src/html-mail.js`). Attachments stay here until the reader saves one; then the page asks for it piece by piece.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from traitlets import Bool, Dict

from ..mime.fields import explain
from ..mime.opened import Attachment, Opened, Shown
from . import assets
from .legible import file_name, has_two_endings, legible, legible_lines
from .mailbox import shown_date
from .panel import Content, Panel

if TYPE_CHECKING:
    from ..experiments import Reading
    from ..locale import Lang

# Octets of a file in one message to the page; the kernel's channel takes at most 10 MiB in one.
PIECE = 4 << 20
SOURCE_SHOWN = 100_000  # octets of a message's source
FIELDS_SHOWN = 60


class Letter(Panel):
    """An opened message. All of it is foreign: text is shown as text, HTML is cleaned, files are saved and never opened."""

    _esm = assets.module("letter")
    _css = assets.style("letter")

    reading = Dict().tag(sync=True)
    replies = Bool(False, help="whether it can be replied to").tag(sync=True)

    def __init__(self, *args: Any, **traits: Any) -> None:
        super().__init__(*args, **traits)
        self._opened: Opened | None = None
        self._saved: tuple[int | None, bytes] = (None, b"")
        self.when("piece", self._send_piece)
        self.when("unfold", self._send_message)
        self.when("html-mail", lambda _content: self.send_file("html-mail"))

    def read(self, reading: Reading) -> None:
        """Show this message; a bounce is annotated part by part."""
        lang: Lang = self.lang
        self._opened = Opened(reading.raw)
        self._saved = (None, b"")
        shown = self._opened.message()
        assert shown is not None
        self.reading = {
            **self._shown(shown),
            "uid": reading.uid,
            "sender": legible(reading.sender, 200),
            "subject": legible(reading.subject, 200),
            "time": shown_date(reading.date, lang),
            "parts": [
                {"part": part.part, "text": legible_lines(part.text, 20_000), "note": part.note[lang]}
                for part in reading.parts
            ],
            "raw": legible_lines(reading.raw[:SOURCE_SHOWN].decode("utf-8", "replace")),
            "size": len(reading.raw),
            "shownSize": min(len(reading.raw), SOURCE_SHOWN),
            "file": file_name(reading.subject, "message") + ".eml",
        }

    def shut(self) -> None:
        """Show none."""
        self.reading = {}
        self._opened, self._saved = None, (None, b"")

    def _shown(self, shown: Shown) -> dict[str, Any]:
        """One message, be it the opened one or one within it, as the page takes it."""
        return {
            "sender": legible(shown.field("From"), 200),
            "subject": legible(shown.field("Subject"), 200),
            "time": shown_date(shown.field("Date"), self.lang),
            "text": legible_lines(shown.text),
            "html": legible_html(shown.html),
            "cut": shown.cut,
            "pictures": {
                name: f"data:{kind};base64,{base64.b64encode(data).decode()}"
                for name, (kind, data) in shown.pictures.items()
            },
            "fields": [self._field(name, value) for name, value in shown.fields[:FIELDS_SHOWN]],
            "attachments": [self._attachment(one) for one in shown.attachments],
            "unlisted": shown.unlisted,
        }

    def _field(self, name: str, value: str) -> dict[str, str]:
        value = legible(" ".join(value.split()))
        told = explain(name, value)
        shown = {"name": legible(name, 80), "value": value}
        return {**shown, "note": told.note[self.lang], "source": told.source} if told else shown

    def _attachment(self, one: Attachment) -> dict[str, Any]:
        file = file_name(one.name, f"part-{one.part}.{_ending(one)}")
        return {
            "part": one.part, "name": legible(one.name, 200), "type": legible(one.type, 100), "size": one.size,
            "file": file, "twice": has_two_endings(file), "message": one.message,
        }  # fmt: skip

    def _send_piece(self, content: Content) -> None:
        """A piece of a part's file from octet `at` on, or of the whole message where `part` is null."""
        part, at = content.get("part"), content.get("at")
        if self._opened is None or type(at) is not int or at < 0:
            return
        if part is None:
            data: bytes | None = self._opened.raw
        elif self._saved[0] == part:
            data = self._saved[1]
        else:
            data = self._opened.octets(part) if type(part) is int else None
        if data is None:
            return
        self._saved = (part, data)  # the next piece need not be decoded again
        about = {"kind": "piece", "part": part, "at": at, "total": len(data)}
        self.send(about, buffers=[data[at : at + PIECE]])

    def _send_message(self, content: Content) -> None:
        """The message that a part is."""
        part = content.get("part")
        if self._opened is not None and type(part) is int and (shown := self._opened.message(part)):
            self.send({"kind": "message", "part": part, "message": self._shown(shown)})


def legible_html(text: str) -> str:
    """HTML that can be encoded for its way to the page; what it contains is cleaned there."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")


def _ending(one: Attachment) -> str:
    """How the name of a file ends that came without one: as its type says, where that is short."""
    main, _, kind = one.type.partition("/")
    if one.message:
        return "eml"
    if re.fullmatch("[a-z0-9]{2,4}", kind):  # png, pdf, csv, html
        return kind
    return "txt" if main in {"text", "message"} else "bin"
