"""The figures are what the record makes of them."""

import re
import xml.etree.ElementTree as ET

import pytest

from mailserver_lab.experiments import experiment, experiments
from mailserver_lab.locale import LANGUAGES
from mailserver_lab.widgets import route
from tests.conftest import need

from .conftest import ROOT
from .figures import FOLDER, SHAPES, figures

BENCH = re.compile(r"^bench\(\"([a-z-]+)\"", re.MULTILINE)


def test_the_committed_figures_are_what_the_experiments_make() -> None:
    drawn = figures(need("node", install="nodejs"))
    committed = {file.name: file.read_text("utf-8") for file in FOLDER.iterdir()}
    assert sorted(committed) == sorted(drawn)
    stale = [name for name in drawn if committed[name] != drawn[name]]
    assert stale == [], "draw them anew: python -m tests.book.figures"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "trial", [one for one in experiments() if not one.talk_alone], ids=lambda trial: trial.id
)
def test_a_figure_stands_alone_and_says_in_words_what_it_shows(trial, lang: str) -> None:  # type: ignore[no-untyped-def]
    for shape in SHAPES:
        text = (FOLDER / f"{trial.id}.{lang}.{shape}.svg").read_text("utf-8")
        root = ET.fromstring(text)
        assert root.get("role") == "img"
        label = root.get("aria-label", "")
        assert len(label) > 100
        drawn = " ".join(piece.text or "" for piece in root.iter("{http://www.w3.org/2000/svg}text"))
        ends = {sentence.partition(". ")[2].partition("：" if lang == "ja" else ": ")[0]: sentence for sentence in re.split("。|; ", label)[1:]}  # fmt: skip
        assert ("✕" in drawn) == any("✕" in sentence for sentence in ends.values())  # how each way ended
        written = [route.LABELS[step][lang] for step in route.WRITTEN]
        assert ("stroke-dasharray" in text) == any(words in label for words in written)
        assert not re.search(r" id=|href|<script|url\(", text)


def test_every_bench_of_the_book_has_its_figure_in_each_language() -> None:
    pages = [page for lang in LANGUAGES for page in (ROOT / "book" / lang).glob("*.md")]
    benches = [(page, name) for page in pages for name in BENCH.findall(page.read_text("utf-8"))]
    assert benches
    for page, name in benches:
        if experiment(name).talk_alone:
            continue
        assert f"```{{way}} {name}\n" in page.read_text("utf-8")
