"""The next move, and at the end what it all meant."""

from __future__ import annotations

from traitlets import Unicode

from . import assets
from .panel import Panel


class Next(Panel):
    """What to do now; once the goal is reached, the explanation."""

    _esm = assets.module("next")
    _css = assets.style("next")

    move = Unicode().tag(sync=True)
    explain = Unicode().tag(sync=True)
