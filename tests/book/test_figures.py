"""The figures: that they are what the record makes of them, and that readers without servers, and on paper, see them."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from mailserver_lab.experiments import experiments
from mailserver_lab.locale import LANGUAGES
from mailserver_lab.widgets import route
from tests.conftest import need

from .conftest import ROOT, Server, Watched
from .figures import FOLDER, SHAPES, figures

BENCH = re.compile(r"^bench\(\"([a-z-]+)\"", re.MULTILINE)


def test_the_committed_figures_are_what_the_experiments_make() -> None:
    drawn = figures(need("node", install="nodejs"))
    committed = {file.name: file.read_text("utf-8") for file in FOLDER.iterdir()}
    assert sorted(committed) == sorted(drawn)
    stale = [name for name in drawn if committed[name] != drawn[name]]
    assert stale == [], "draw them anew: python -m tests.book.figures"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("trial", experiments(), ids=lambda trial: trial.id)
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
        assert f"```{{way}} {name}\n" in page.read_text("utf-8")


@pytest.mark.browser
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("lang", "width", "scheme"), [("ja", 360, "dark"), ("en", 1280, "light"), ("en", 1280, "dark")])  # fmt: skip
def test_without_a_server_the_reader_sees_them(
    chapters: Server, open_page: Callable[..., Watched], lang: str, width: int, scheme: str
) -> None:
    address = (chapters.book / lang / "04-mailer-daemon.html").as_uri()
    page = open_page(address, width=width, color_scheme=scheme).page
    expect(page.locator("body")).to_have_attribute("data-live", "off")
    seen = page.locator(".way-figure svg:visible")
    count = page.locator(".way-figure").count()
    expect(seen).to_have_count(count)
    shape = "narrow" if width == 360 else "wide"
    expect(page.locator(f".way-figure .way-{shape}:visible")).to_have_count(count)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = seen.first.bounding_box()
    assert box
    assert box["width"] / float(seen.first.get_attribute("width") or 0) > 0.85
    light = "(one) => getComputedStyle(one.querySelector('.mb-node text')).fill"
    ink = int(seen.first.evaluate(light).removeprefix("rgb(").partition(",")[0])
    assert (ink > 128) == (scheme == "dark")
    page.emulate_media(media="print")
    expect(page.locator(".way-figure .way-wide:visible")).to_have_count(count)
    ink = int(seen.first.evaluate(light).removeprefix("rgb(").partition(",")[0])
    assert ink < 128  # paper is white
    expect(page.locator("details.sd-dropdown pre").first).to_be_visible()


@pytest.mark.browser
@pytest.mark.timeout(300)
def test_beside_a_live_map_there_is_no_second_one_but_on_paper_there_is(
    chapters: Server, open_page: Callable[..., Watched]
) -> None:
    page = open_page(chapters.url("en/04-mailer-daemon.html")).page
    page.locator("[data-experiment=user-unknown]:not([data-waiting]) .mb-map svg").wait_for()
    expect(page.locator(".way-figure:visible")).to_have_count(0)
    page.emulate_media(media="print")
    expect(page.locator(".way-figure .way-wide:visible").first).to_be_visible()
    expect(page.locator(".mail-bench:visible")).to_have_count(0)
