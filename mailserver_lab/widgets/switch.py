"""How a server is set, where the reader may change that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from traitlets import Bool, Dict, List, Unicode

from . import assets
from .panel import Panel

if TYPE_CHECKING:
    from ..experiments import Switch as Data
    from ..locale import Lang
    from .strings import Texts


class Switch(Panel):
    """One setting of a running server, as a choice of a few. What is chosen counts from the next message on."""

    _esm = assets.module("switch")
    _css = assets.style("switch")

    label = Unicode().tag(sync=True)
    options = List(Dict()).tag(sync=True)
    chosen = Unicode().tag(sync=True)
    ready = Bool(False).tag(sync=True)

    def __init__(self, lang: Lang, texts: Texts, switch: Data) -> None:
        options = [{"id": value, "label": label[lang]} for value, label in switch.options]
        if switch.setting == "server":
            texts = {**texts, "note": texts["power"]}
        super().__init__(lang, texts, label=switch.label[lang], options=options)
