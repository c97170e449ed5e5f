"""What a reader can do in a chapter, told by the chapter itself: its experiments and its quiz; and how far one is.

Two directives. `quiz` is one question: its text, and a list of answers, each with a second paragraph that says why:

    :::{quiz} part-of-user-unknown
    :title: The wrong part
    :right: 2
    Which part of the address is wrong?

    - The one after the @.

      No: …
    :::

`progress` lists what there is to do on this page, or, as `progress` with the argument `all`, in the whole book. Both
are complete as plain HTML; `tasks.js` lets the reader answer, and remembers in the browser what was done.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from mailserver_lab.experiments import experiment

BENCH = re.compile(r'^bench\("([a-z0-9-]+)"', re.MULTILINE)
WORDS = {
    "ja": {"check": "答え合わせ", "answers": "答えと理由", "right": "正解", "no": "あなたの記録を残すには JavaScript が必要です。"},
    "en": {"check": "Check", "answers": "Answers, and why", "right": "Right", "no": "Keeping your progress needs JavaScript."},
}  # fmt: skip


class Progress(nodes.General, nodes.Element):
    """The place of a progress list, until all pages are read."""


def markup(text: str) -> nodes.raw:
    """Return HTML as a node."""
    return nodes.raw("", text, format="html")


class QuizDirective(SphinxDirective):
    """One question with answers to choose from."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {
        "title": directives.unchanged_required,
        "right": directives.positive_int,
    }

    def run(self) -> list[nodes.Node]:
        """Return the question as a form, and note it as something to do on this page."""
        name, right = directives.class_option(self.arguments[0])[0], self.options.get("right", 0)
        content = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, content)
        question = [node for node in content.children if not isinstance(node, nodes.bullet_list)]
        answers = [item.children for node in content.findall(nodes.bullet_list) for item in node.children]
        if not (question and 1 <= right <= len(answers) and all(len(answer) > 1 for answer in answers)):
            raise self.error(
                "A quiz is a question and a list of answers, each with a second paragraph that says why; `right` is the number of one of them."
            )
        note(self.env, "quiz", name, self.options.get("title", name), f"quiz-{name}")
        return list(self.form(f"quiz-{name}", right, question, answers))

    def form(
        self, name: str, right: int, question: list[nodes.Node], answers: list[Any]
    ) -> Iterator[nodes.Node]:
        """Yield the form, piece by piece."""
        words = WORDS[self.config.language]
        yield markup(f'<form class="quiz" id="{name}" data-right="{right}" novalidate><fieldset><legend>')
        yield from (inline(node) for node in question)
        yield markup("</legend>")
        for number, (answer, *_why) in enumerate(answers, 1):
            one = f"{name}-{number}"
            yield markup(
                f'<div class="quiz-option"><input type="radio" name="{name}" id="{one}" value="{number}"><label for="{one}">'
            )
            yield inline(answer)
            yield markup("</label></div>")
        yield markup(
            f'</fieldset><button type="submit" class="live-button">{words["check"]}</button><div class="quiz-told" role="status"></div>'
        )
        yield markup(f'<details class="quiz-answers"><summary>{words["answers"]}</summary><ol>')
        for number, (_answer, *why) in enumerate(answers, 1):
            yield markup(f'<li data-answer="{number}">')
            if number == right:
                yield markup(f"<strong>✓ {words['right']}</strong>")
            yield from why
            yield markup("</li>")
        yield markup("</ol></details></form>")


def inline(node: nodes.Node) -> nodes.Node:
    """Return a paragraph's content where HTML takes no paragraph."""
    return nodes.inline("", "", *node.children) if isinstance(node, nodes.paragraph) else node


class ProgressDirective(SphinxDirective):
    """The place where progress is shown."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the place; it is filled when all pages are read."""
        return [Progress(all="all" in self.arguments)]


def note(env: Any, kind: str, name: str, title: str, anchor: str) -> None:
    """Remember that there is something to do on the page that is being read."""
    tasks = vars(env).setdefault("book_tasks", {}).setdefault(env.docname, [])
    tasks.append({"kind": kind, "id": name, "title": title, "anchor": anchor})


def note_experiments(app: Sphinx, doctree: nodes.document) -> None:
    """Remember the experiments of a page, each by the section that it stands in."""
    for cell in doctree.findall(nodes.literal_block):
        for name in BENCH.findall(cell.astext()):
            section = cell.parent
            while not isinstance(section, nodes.section):
                section = section.parent
            title = experiment(name).title[app.config.language]
            note(app.env, "experiment", name, title, section["ids"][0])


def forget(_app: Sphinx, env: Any, docname: str) -> None:
    """Forget what a page had, before it is read again."""
    vars(env).setdefault("book_tasks", {}).pop(docname, None)


def in_order(env: Any, name: str) -> Iterator[str]:
    """A page and those below it, as the contents list them."""
    yield name
    for below in env.toctree_includes.get(name, ()):
        yield from in_order(env, below)


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Write the lists of things to do into their places."""
    every = vars(app.env).get("book_tasks", {})
    for place in list(doctree.findall(Progress)):
        pages = [
            {
                "title": app.env.titles[name].astext(),
                "url": app.builder.get_relative_uri(docname, name),
                "tasks": sorted(every[name], key=lambda task: task["kind"]),
            }
            for name in dict.fromkeys([*in_order(app.env, app.config.root_doc), docname])
            if name in every and (place["all"] or name == docname)
        ]
        data = html.escape(json.dumps(pages, ensure_ascii=False), quote=True)
        words = WORDS[app.config.language]
        place.replace_self(
            markup(f'<div class="book-progress" data-pages="{data}"><noscript>{words["no"]}</noscript></div>')
        )


def setup(app: Sphinx) -> dict[str, Any]:
    """Let Sphinx know."""
    app.add_node(Progress)
    app.add_directive("quiz", QuizDirective)
    app.add_directive("progress", ProgressDirective)
    app.connect("env-purge-doc", forget)
    app.connect("doctree-read", note_experiments)
    app.connect("doctree-resolved", fill)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": True}
