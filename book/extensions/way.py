"""The way of an experiment's message as a still figure: `way` with the experiment's id, for paper and pages without servers.

    ```{way} user-unknown
    ```

The drawings are those of `book/_static/figures`, one for wide pages and one for narrow ones. `states`, with the name of a
protocol, is the same for the states of a conversation; that drawing is narrow anyway.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

FIGURES = Path(__file__).resolve().parents[1] / "_static" / "figures"
STATES = {
    "ja": "会話の段階と、つぎの段階へ進む命令です。実験の図と同じものです。",
    "en": "The states of the conversation, and the commands that lead on, as the experiment draws them.",
}
CAPTION = {
    "ja": "このメールの道のりです。実験の図と同じものです。",
    "en": "The way of this message, as the experiment’s map draws it.",
}


class WayDirective(SphinxDirective):
    """Both drawings of a way, and a line below that says what they are."""

    required_arguments = 1

    files: ClassVar[tuple[str, ...]] = ("{name}.{lang}.wide.svg", "{name}.{lang}.narrow.svg")
    caption: ClassVar[dict[str, str]] = CAPTION

    def run(self) -> list[nodes.Node]:
        """Return the figure.

        Raises:
            DirectiveError: there is no such drawing.
        """
        figure = nodes.container(classes=["way-figure"])
        for name in self.files:
            file = FIGURES / name.format(name=self.arguments[0], lang=self.config.language)
            self.env.note_dependency(str(file))
            if not file.is_file():
                raise self.error(
                    f"There is no {file.name}: `python -m tests.book.figures` draws what is missing."
                )
            figure += nodes.raw("", file.read_text("utf-8"), format="html")
        figure += nodes.paragraph("", self.caption[self.config.language])
        return [figure]


class StatesDirective(WayDirective):
    """The states of a protocol, with their line."""

    files = ("{name}-states.{lang}.svg",)
    caption = STATES


def setup(app: Sphinx) -> dict[str, Any]:
    """Let Sphinx know."""
    app.add_directive("way", WayDirective)
    app.add_directive("states", StatesDirective)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
