"""The console: a line to type on, what was said so far, what fits now, and where the conversation stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from traitlets import Bool, Dict, Int, List, Unicode

from . import assets, diagram
from .legible import legible, legible_lines
from .panel import Panel

if TYPE_CHECKING:
    from ..experiments import Console as Talker
    from ..experiments import Said
    from ..locale import Lang

BATCH = 500  # lines in one message to the page
SHOWN = 5_000  # characters of a line


class Console(Panel):
    """A view of an `experiments.Console`. What was typed goes to the page and the kernel alone.

    The page sends `connect` (with `place`), `say` (with `text`) and `hang-up`.
    """

    _esm = assets.module("console")
    _css = assets.style("dialogue", "console")

    title = Unicode(help="where there are several; else empty").tag(sync=True)
    places = List(Unicode(), help="where it can be connected to").tag(sync=True)
    place = Int(0).tag(sync=True)
    ready = Bool(False).tag(sync=True)
    connected = Bool(False).tag(sync=True)
    busy = Bool(False).tag(sync=True)
    protocol = Unicode(help="in which the conversation is held").tag(sync=True)
    mode = Unicode("closed", help="what is to be typed next; see `talk.Mode`").tag(sync=True)
    state = Unicode(help="where the conversation stands").tag(sync=True)
    offers = List(Dict(), help="lines that fit now").tag(sync=True)
    login = Dict(help="user and password where the word of AUTH PLAIN is wanted").tag(sync=True)
    graph = Unicode(help="the state diagram, in DOT").tag(sync=True)
    moves = List(Unicode(), help="the same in words").tag(sync=True)
    problem = Dict().tag(sync=True)

    def __init__(self, *args: Any, **traits: Any) -> None:
        super().__init__(*args, **traits)
        self._console: Talker | None = None
        self._told = (0, 0)  # dialogue and lines that the page has
        self.when("all", lambda _content: self._tell_all())
        self.when("layout", lambda _content: self.send_file("layout"))

    def view(self, console: Talker) -> None:
        """Show a console as it is now."""
        self._console = console
        lang: Lang = self.lang
        talk = console.talk
        user, password = console.account
        begun = console.dialogue > 0
        self.show(
            places=[f"{place.host} {place.port} ({place.protocol.upper()})" for place in console.hand.places],
            place=console.hand.places.index(console.place),
            protocol=console.place.protocol,
            connected=console.connected,
            mode=talk.mode if console.connected else "closed",
            state=talk.names[talk.state][lang] if begun else "",
            offers=[{"line": line, "why": why[lang]} for line, why in console.offers()] if console.connected else [],
            login={"user": user, "password": password} if console.connected and console.wants_word else {},
            graph=diagram.dot(talk, lang, marked=begun),
            moves=diagram.sentences(talk, lang),
        )  # fmt: skip
        self._tell()

    def _tell_all(self) -> None:
        self._told = (-1, 0)
        self._tell()

    def _tell(self) -> None:
        """Send the page the lines that it does not have."""
        console = self._console
        if console is None:
            return
        dialogue, known = self._told
        replace = dialogue != console.dialogue
        fresh = console.count - (0 if replace else known)
        lines = console.lines[-fresh:] if fresh else []
        self._told = (console.dialogue, console.count)
        for first in range(0, max(len(lines), 1 if replace else 0), BATCH):
            batch = [self._line(said) for said in lines[first : first + BATCH]]
            self.send({"kind": "lines", "replace": replace and first == 0, "lines": batch})

    def _line(self, said: Said) -> dict[str, Any]:
        lang: Lang = self.lang
        return {
            "side": said.side, "text": legible_lines(said.text, SHOWN), "refused": said.refused,
            "why": legible(said.why[lang], SHOWN) if said.why else "", "mistake": said.mistake[lang] if said.mistake else "",
        }  # fmt: skip
