"""The way of a message on a map: who hands it to whom, in which order, and where it fails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from traitlets import Dict, List, Unicode

from . import assets, route
from .legible import legible
from .panel import Panel

if TYPE_CHECKING:
    from ..experiments import Leg, Machines


class Map(Panel):
    """The map. Python writes the graph; the page lays it out and moves the message along it.

    What lays it out is large and no part of the panel's module.
    """

    _esm = assets.module("map")
    _css = assets.style("map")

    wide = Unicode().tag(sync=True)
    tall = Unicode().tag(sync=True)
    hops = List(Dict()).tag(sync=True)

    def __init__(self, *args: Any, **traits: Any) -> None:
        super().__init__(*args, **traits)
        self.when("layout", lambda _content: self.send_file("layout"))

    def view(self, machines: Machines, legs: Sequence[Leg]) -> None:
        """Show the way of the message sent last; without any, the machines alone."""
        taken = route.hops(machines, legs)
        self.show(
            wide=route.dot(machines, taken, self.lang, "LR"),
            tall=route.dot(machines, taken, self.lang, "TB"),
            hops=[
                {
                    "leg": hop.leg, "edge": route.edge_id(hop.edge), "number": hop.number, "failed": hop.failed,
                    "bounce": hop.bounce, "sentence": legible(route.sentence(hop, machines, self.lang)),
                }
                for hop in taken
            ],
        )  # fmt: skip
