"""Whether a device waits on an open line to be told of new mail, and the button that decides."""

from __future__ import annotations

from traitlets import Bool, Unicode

from . import assets
from .panel import Panel


class Waiting(Panel):
    """A light and a button. That it waits, the record says, and not the button."""

    _esm = assets.module("waiting")
    _css = assets.style("waiting")

    name = Unicode(help="the device").tag(sync=True)
    on = Bool(False).tag(sync=True)
    ready = Bool(False).tag(sync=True)
    busy = Bool(False).tag(sync=True)
