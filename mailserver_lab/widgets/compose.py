"""Where the reader writes a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from traitlets import Bool, Dict, Int, List, Unicode

from ..devices.files import FILE_LIMIT
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

    _esm = assets.module("pieces", "attach", "compose")
    _css = assets.style("compose", "attach")

    sender = Unicode().tag(sync=True)
    host = Unicode().tag(sync=True)
    draft = Dict().tag(sync=True)
    ready = Bool(False).tag(sync=True)
    busy = Bool(False).tag(sync=True)
    problem = Dict().tag(sync=True)
    limit = Int(LIMIT).tag(sync=True)
    samples = List(Dict(), help="files that the lab offers; without any, nothing can be attached").tag(
        sync=True
    )
    files = List(Dict(), help="what is attached").tag(sync=True)
    file_limit = Int(FILE_LIMIT).tag(sync=True)
    upload = Unicode(help="where the page brings files to, below the control API's address").tag(sync=True)
    attaching = Bool(False).tag(sync=True)

    def fill(self, draft: Draft) -> None:
        """Put a reply into the fields, in place of what stands there."""
        self.problem = {}
        subject, body = legible(draft.subject), legible_lines(draft.body, BODY_SHOWN)
        self.send({"kind": "fill", "to": legible(draft.to), "subject": subject, "body": body})

    def restore(self) -> None:
        """Put the experiment's draft back into the fields."""
        self.problem = {}
        self.send({"kind": "restore"})
