"""The way of an experiment's message as a still figure: `way` with the experiment's id, for paper and pages without servers.

    ```{way} user-unknown
    ```

The drawings are those of `book/_static/figures`, one for wide pages and one for narrow ones.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

FIGURES = Path(__file__).resolve().parents[1] / "_static" / "figures"
CAPTION = {
    "ja": "このメールの道のりです。実験の図と同じものです。",
    "en": "The way of this message, as the experiment’s map draws it.",
}


class WayDirective(SphinxDirective):
    """Both drawings of a way, and a line below that says what they are."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the figure.

        Raises:
            DirectiveError: there is no drawing of that experiment.
        """
        figure = nodes.container(classes=["way-figure"])
        for shape in ("wide", "narrow"):
            file = FIGURES / f"{self.arguments[0]}.{self.config.language}.{shape}.svg"
            self.env.note_dependency(str(file))
            if not file.is_file():
                raise self.error(
                    f"There is no {file.name}: `python -m tests.book.figures` draws what is missing."
                )
            figure += nodes.raw("", file.read_text("utf-8"), format="html")
        figure += nodes.paragraph("", CAPTION[self.config.language])
        return [figure]


def setup(app: Sphinx) -> dict[str, Any]:
    """Let Sphinx know."""
    app.add_directive("way", WayDirective)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
