"""The message that is open on the reader's device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from traitlets import Dict

from . import assets
from .legible import legible, legible_lines
from .mailbox import shown_date
from .panel import Panel

if TYPE_CHECKING:
    from ..experiments import Reading
    from ..locale import Lang


class Letter(Panel):
    """An opened message. A bounce is annotated part by part; all of its text is foreign and shown as text."""

    _esm = assets.module("letter")
    _css = assets.style("letter")

    reading = Dict().tag(sync=True)

    def read(self, reading: Reading) -> None:
        """Show this message. Where it is no bounce, its text is all there is to show."""
        lang: Lang = self.lang
        self.reading = {
            "uid": reading.uid,
            "sender": legible(reading.sender, 200),
            "subject": legible(reading.subject, 200),
            "time": shown_date(reading.date, lang),
            "text": "" if reading.parts else legible_lines(reading.text, 20_000),
            "parts": [
                {"part": part.part, "text": legible_lines(part.text, 20_000), "note": part.note[lang]}
                for part in reading.parts
            ],
            "raw": legible_lines(reading.raw, 100_000),
        }

    def shut(self) -> None:
        """Show none."""
        self.reading = {}
