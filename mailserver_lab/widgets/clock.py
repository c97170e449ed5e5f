"""The clock of the lab, which a reader may move forward."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from traitlets import Bool, List, Unicode

from . import assets
from .panel import Panel

if TYPE_CHECKING:
    from ..locale import Lang

STEPS = (3_600, 4 * 3_600, 86_400)  # seconds


class Clock(Panel):
    """Lab time, and buttons that move it. Nothing waits in real time for what takes hours between servers."""

    _esm = assets.module("clock")
    _css = assets.style("clock")

    now = Unicode().tag(sync=True)
    steps = List(default_value=list(STEPS)).tag(sync=True)
    ready = Bool(False).tag(sync=True)
    busy = Bool(False).tag(sync=True)

    def view(self, now: str) -> None:
        """Show lab time, given as the record has it."""
        self.now = shown(datetime.fromisoformat(now), self.lang)


def shown(when: datetime, lang: Lang) -> str:
    """A time as people write it."""
    if lang == "ja":
        return f"{when.month}月{when.day}日 {when:%H:%M}"
    return f"{when.day} {when:%B, %H:%M}"
