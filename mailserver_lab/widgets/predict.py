"""The prediction: a guess before the trial, and a kind word on it afterwards."""

from __future__ import annotations

from traitlets import Bool, Dict, List, Unicode

from . import assets
from .panel import Panel


class Predict(Panel):
    """A question with options. Once there is evidence, `outcome` tells which of them was right, and why."""

    _esm = assets.module("predict")
    _css = assets.style("predict")

    question = Unicode().tag(sync=True)
    options = List(Dict()).tag(sync=True)
    chosen = Unicode().tag(sync=True)
    ready = Bool(False).tag(sync=True)
    outcome = List(Dict()).tag(sync=True)
