"""What all panels of the bench have in common: traits for what is shown, messages for what the reader asks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
from traitlets import Dict, Unicode

from ..locale import Lang
from .strings import Texts, said

Content = dict[str, Any]

_BUILT = Path(__file__).resolve().parents[2] / "book" / "_static" / "live"


class Panel(anywidget.AnyWidget):  # type: ignore[misc]
    """One part of the bench. Its JavaScript shows the traits and sends `{"kind": …}` when the reader does something."""

    lang = Unicode("ja").tag(sync=True)
    texts = Dict().tag(sync=True)

    def __init__(self, lang: Lang, texts: Texts, **traits: Any) -> None:
        self._handlers: dict[str, Callable[[Content], None]] = {}
        super().__init__(lang=lang, texts=said(texts, lang), **traits)
        self.on_msg(self._heard)

    def when(self, kind: str, handler: Callable[[Content], None]) -> None:
        """Call `handler` with each message of that kind from the page; "buffers" are its octets, if it has any."""
        self._handlers[kind] = handler

    def show(self, **traits: Any) -> None:
        """Change several traits in one message to the page."""
        with self.hold_sync():
            for name, value in traits.items():
                setattr(self, name, value)

    def send_file(self, name: str) -> None:
        """Send the page a file of the built client that is no part of the panel's module: nobody serves it there.

        The book's pages know where such files are served (`served` in static/dom.js); any other page asks, once.
        """
        file = next(iter(_BUILT.glob(f"{name}-*.js")), None)
        self.send({"kind": name}, buffers=[file.read_bytes()] if file else [])

    def _heard(self, _widget: object, content: object, buffers: object) -> None:
        if isinstance(content, dict) and (handler := self._handlers.get(str(content.get("kind")))):
            handler({**content, "buffers": buffers})
