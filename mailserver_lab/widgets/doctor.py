"""The bounce doctor on a page: what a message that the reader pastes or chooses says, recipient by recipient.

The field and the file stay with the page, which brings a message here in pieces. It is looked at and let go of: nothing
is kept, stored, sent or fetched. All that a message contains is foreign, and goes to the page as text made legible.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from traitlets import Int, List, Unicode

from ..control.doctor import diagnose_aside
from ..dsn import Diagnosis, Evidence
from ..dsn.advice import ADVICE, KINDS
from ..dsn.diagnosis import LARGEST
from ..dsn.explain import Told, tell
from ..dsn.samples import SAMPLES, sample
from ..locale import Lang
from . import assets, strings
from .attaching import Pieces
from .legible import legible
from .panel import Content, Panel
from .tasks import Tasks

log = logging.getLogger(__name__)

LIMIT = 50_000_000  # octets that the page brings here, in round numbers: the doctor takes a little more
RECIPIENTS_SHOWN = 40
LINE_SHOWN = 400  # characters of a quoted line
BEFORE = 200  # of them before the words that count, where these stand far in


def doctor(lang: Lang = "ja") -> Doctor:
    """The bounce doctor, for display in a cell.

    Args:
        lang: the language that the page is in.
    """
    return Doctor(lang)


class Doctor(Panel):
    """A field, a file or a sample; and what it says."""

    _esm = assets.module("pieces", "doctor")
    _css = assets.style("tokens", "panel", "doctor")

    limit = Int(LIMIT).tag(sync=True)
    samples = List(Unicode(), list(SAMPLES)).tag(sync=True)

    def __init__(self, lang: Lang) -> None:
        super().__init__(lang, strings.DOCTOR)
        self._pieces = Pieces(self, LARGEST)
        self._tasks = Tasks(self._failed)
        self.when("whole", self._whole)
        self.when("sample", self._sample)

    def close(self) -> None:
        """End, with whatever is under way."""
        self._tasks.cancel()
        super().close()

    async def settle(self) -> None:
        """Wait until what was asked for is answered."""
        await self._tasks.settle()

    def _sample(self, content: Content) -> None:
        """Write a bounce for the field."""
        which = next((one for one in SAMPLES if one == content.get("sample")), SAMPLES[0])
        raw = sample(which, self._lang, datetime.now(UTC))
        self.send({"kind": "sample", "ask": content.get("ask"), "text": raw.decode().replace("\r\n", "\n")})

    def _whole(self, content: Content) -> None:
        self._tasks.spawn(self._examine(self._pieces.whole(), content))

    async def _examine(self, raw: bytes, content: Content) -> None:
        found = await diagnose_aside(raw, as_text=bool(content.get("pasted")))
        self.send({"kind": "told", "ask": content.get("ask"), **report(found, self._lang)})

    def _failed(self, trouble: Exception) -> None:
        log.info("the bounce doctor", exc_info=trouble)  # a warning would stand on the page
        told = strings.said(strings.UNEXPECTED, self._lang)
        self.send(
            {"kind": "failed", "problem": {**told, "why": told["why"].format(kind=type(trouble).__name__)}}
        )

    @property
    def _lang(self) -> Lang:
        lang: Lang = self.lang
        return lang


def report(found: Diagnosis, lang: Lang) -> dict[str, Any]:
    """A diagnosis as the page shows it."""
    shown = found.recipients[:RECIPIENTS_SHOWN]
    return {
        "type": found.kind,
        "sentence": KINDS[found.kind][lang],
        "remarks": [remark[lang] for remark in found.remarks],
        "forwarded": found.forwarded,
        "recipients": [_recipient(tell(verdict, lang), lang) for verdict in shown],
        "more": len(found.recipients) - len(shown),
    }


def _recipient(told: Told, lang: Lang) -> dict[str, Any]:
    return {
        "recipient": legible(told.recipient, 320),
        "cause": told.cause,
        "name": told.name,
        "codes": [legible(code, 20) for code in told.codes],
        "meaning": told.meaning,
        "certainty": told.certainty,
        "evidence": list(_quotes(told, lang)),
        "author": legible(told.author),
        "permanence": _sentence(told.permanence),
        "movers": _sentence(told.movers),
        "do": told.do,
        "doubts": [legible(doubt) for doubt in told.doubts],
    }


def _sentence(text: str) -> str:
    """The command line puts it behind a colon, the page under a heading."""
    return text[:1].upper() + text[1:]


def _quotes(told: Told, lang: Lang) -> Iterator[dict[str, Any]]:
    """Each line once, its words apart: what stands before them, they themselves, what follows; and whether it speaks for another cause."""
    seen = set[str]()
    for one in told.evidence:
        if one.line not in seen:
            seen.add(one.line)
            other = ADVICE[one.cause].name[lang] if one.cause not in {told.cause, "unclear"} else ""
            yield {"line": list(_parted(one)), "against": other}


def _parted(one: Evidence) -> Iterator[str]:
    at = one.line.find(one.words) if one.words else -1
    if at < 0:
        yield from (legible(one.line, LINE_SHOWN), "", "")
        return
    begin, end = max(0, at - BEFORE), at + len(one.words)
    yield ("…" if begin else "") + legible(one.line[begin:at])
    yield legible(one.words, LINE_SHOWN)
    yield legible(one.line[end:], LINE_SHOWN)
