"""What was said on each connection, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from . import assets
from .legible import legible, legible_lines
from .panel import Panel

if TYPE_CHECKING:
    from ..experiments import Leg, Line
    from ..locale import Lang

BATCH = 500  # lines in one message to the page; the kernel's channel has limits for single messages and for their rate


class Dialogue(Panel):
    """The legs of the record. They go to the page in batches, and only what is new: a record may be long."""

    _esm = assets.module("dialogue")
    _css = assets.style("dialogue")

    def __init__(self, *args: Any, **traits: Any) -> None:
        super().__init__(*args, **traits)
        self._legs: Sequence[Leg] = ()
        self._sent: dict[str, tuple[int, object]] = {}
        self.when("all", lambda _content: self._tell_all())

    def record(self, legs: Sequence[Leg]) -> None:
        """Show these legs: what the page does not have yet is sent, and replayed there."""
        self._legs = legs
        known = {str(leg.id): len(leg.lines) for leg in legs}
        if any(known.get(leg, -1) < lines for leg, (lines, _head) in self._sent.items()):
            self._tell_all()  # the record began anew
        else:
            self._tell(live=True)

    def _tell_all(self) -> None:
        self._sent.clear()
        self.send({"kind": "record", "replace": True, "live": False, "legs": [], "lines": []})
        self._tell(live=False)

    def _tell(self, *, live: bool) -> None:
        heads, lines = [], []
        for leg in self._legs:
            head = self._head(leg)
            count, known = self._sent.get(str(leg.id), (0, None))
            if head != known:
                heads.append(head)
            lines += [(str(leg.id), *self._line(line)) for line in leg.lines[count:]]
            self._sent[str(leg.id)] = (len(leg.lines), head)
        if not heads and not lines:
            return
        for batch in _batches(lines, BATCH):
            self.send({"kind": "record", "replace": False, "live": live, "legs": heads, "lines": batch})
            heads = []

    def _head(self, leg: Leg) -> dict[str, Any]:
        lang: Lang = self.lang
        return {
            "id": str(leg.id), "step": leg.step, "title": leg.title[lang], "protocol": leg.protocol.upper(), "port": leg.port,
            "source": legible(leg.source), "target": legible(leg.target), "ms": round(leg.ms, 1), "byHand": leg.by_hand,
        }  # fmt: skip

    def _line(self, line: Line) -> tuple[str, str, bool, str]:
        return (
            line.side,
            legible_lines(line.text, 5_000),
            line.refused,
            line.why[self.lang] if line.why else "",
        )


def _batches(lines: list[Any], size: int) -> Iterator[list[Any]]:
    """Portions of the lines, at least one, though it be empty."""
    for first in range(0, max(1, len(lines)), size):
        yield lines[first : first + size]
