"""Where the reader writes a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from traitlets import Bool, Dict, Int, Unicode

from . import assets
from .legible import legible, legible_lines
from .panel import Panel

if TYPE_CHECKING:
    from ..devices import Draft

BODY_SHOWN = 25_000  # characters of a reply's text
# The kernel takes at most 10 MiB in one message, the Jupyter protocol's own headers included.
LIMIT = 9 * 1024 * 1024


class Compose(Panel):
    """The form. What stands in its fields lives on the page until Send; nothing is lost when sending fails."""

    _esm = assets.module("compose")
    _css = assets.style("compose")

    sender = Unicode().tag(sync=True)
    host = Unicode().tag(sync=True)
    draft = Dict().tag(sync=True)
    ready = Bool(False).tag(sync=True)
    busy = Bool(False).tag(sync=True)
    problem = Dict().tag(sync=True)
    limit = Int(LIMIT).tag(sync=True)

    def fill(self, draft: Draft) -> None:
        """Put a reply into the fields, in place of what stands there."""
        self.problem = {}
        subject, body = legible(draft.subject), legible_lines(draft.body, BODY_SHOWN)
        self.send({"kind": "fill", "to": legible(draft.to), "subject": subject, "body": body})

    def restore(self) -> None:
        """Put the experiment's draft back into the fields."""
        self.problem = {}
        self.send({"kind": "restore"})
