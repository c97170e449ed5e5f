"""Where the reader signs in on somebody's device, with a password that they type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from traitlets import Bool, Dict, List, Unicode

from . import assets
from .panel import Panel

if TYPE_CHECKING:
    from ..locale import Lang
    from .strings import Texts

PROTOCOLS = ("pop3", "imap")


class SignIn(Panel):
    """User, password, protocol. What the server said to the latest try stands below the button."""

    _esm = assets.module("signin")
    _css = assets.style("signin")

    name = Unicode(help="the device").tag(sync=True)
    user = Unicode().tag(sync=True)
    password = Unicode(help="what stands in the field at the start").tag(sync=True)
    secret = Unicode(help="the right one: it is no secret here").tag(sync=True)
    protocols = List(default_value=list(PROTOCOLS)).tag(sync=True)
    said = Dict(help="ok, and the server's words").tag(sync=True)
    ready = Bool(False).tag(sync=True)
    busy = Bool(False).tag(sync=True)
    problem = Dict().tag(sync=True)

    def __init__(self, lang: Lang, texts: Texts, password: str) -> None:
        super().__init__(lang, texts, password=password)

    def restore(self) -> None:
        """Put back what stood in the fields at the start."""
        self.show(said={}, problem={})
        self.send({"kind": "restore"})
