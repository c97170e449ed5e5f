"""The bench's frame: what is being tried, how far one is, hints, and what the bench has to say."""

from __future__ import annotations

from traitlets import Bool, Dict, Enum, List, Unicode

from . import assets
from .panel import Panel


class Frame(Panel):
    """Title, steps, hints and messages. It also marks the element of the whole bench with the experiment and its state.

    It carries the colours and the forms that all panels share, so that these reach the page once.
    """

    _esm = assets.module("frame")
    _css = assets.style("tokens", "panel", "frame")

    experiment = Unicode().tag(sync=True)
    title = Unicode().tag(sync=True)
    group = Unicode().tag(sync=True)
    state = Enum(("fresh", "running", "passed"), "fresh").tag(sync=True)
    ready = Bool(False).tag(sync=True)
    steps = List(Dict()).tag(sync=True)
    hints = List(Unicode()).tag(sync=True)
    more = Bool(False).tag(sync=True)
    notice = Unicode().tag(sync=True)
    problem = Dict().tag(sync=True)
