"""The quiz and the list of what is done, on the pages as they are read from files: no server, no kernel."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .barriers import axe
from .conftest import ROOT, Server, Watched

Open = Callable[..., Watched]
QUESTION = "#quiz-part-before-the-at"
CONF = "extensions = ['myst_parser', 'tasks']\nmyst_enable_extensions = ['colon_fence']\nlanguage = 'en'\nhtml_theme = 'basic'\n"
QUIZ = """# A page

:::{quiz} a-question
:title: A title
:right: 2
What is *it*?

- This

  Not this: it is a `no`.

- That

  Yes.
:::
"""


KEPT = "localStorage.getItem('mailserver-lab-progress')"


@pytest.fixture
def chapter(chapters: Server, open_page: Open) -> Callable[..., Watched]:
    """Open a page of the book as a file: `chapter("ja", width=…)`."""

    def opened(lang: str, name: str = "04-mailer-daemon", **options: object) -> Watched:
        return open_page((chapters.book / lang / f"{name}.html").as_uri(), **options)

    return opened


def answer(page: Page, number: int, question: str = QUESTION) -> None:
    page.locator(f"{question} input").nth(number - 1).check()
    page.locator(f"{question} button").click()


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("width", [1280, 360])
def test_a_reader_answers_wrongly_then_rightly_and_it_is_remembered(
    chapter: Callable[..., Watched], lang: str, width: int
) -> None:
    watched = chapter(lang, width=width)
    page = watched.page
    told = page.locator(f"{QUESTION} .quiz-told")
    done = page.locator(f".book-progress li:has(a[href$='{QUESTION}'])")
    expect(page.locator(f"{QUESTION} .quiz-answers")).to_be_hidden()
    page.locator(f"{QUESTION} button").click()
    expect(told).not_to_be_empty()  # asks for an answer first

    answer(page, 2)
    expect(told).to_contain_text("✕")
    expect(done).not_to_have_class("book-done")
    answer(page, 1)
    expect(told).to_contain_text("✓")
    expect(told).to_contain_text("5.1.1")
    expect(done).to_have_class("book-done")
    answer(page, 3)  # looking at another answer later takes nothing back
    expect(done).to_have_class("book-done")

    page.reload()
    expect(done).to_have_class("book-done")
    expect(page.locator(f"{QUESTION} input").first).to_be_checked()
    page.goto(page.url.replace("04-mailer-daemon", "index"))
    expect(page.locator(f".book-progress li:has(a[href$='{QUESTION}'])")).to_have_class("book-done")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    watched.clean()


@pytest.mark.browser
def test_by_keyboard_alone(chapter: Callable[..., Watched]) -> None:
    page = chapter("en").page
    page.locator(f"{QUESTION} input").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator(f"{QUESTION} .quiz-told")).to_contain_text("✓")


@pytest.mark.browser
def test_a_record_is_exported_cleared_brought_back_and_imported_elsewhere(
    chapter: Callable[..., Watched], tmp_path: Path
) -> None:
    page = chapter("ja").page
    tools = page.locator(".book-tools button")
    done = page.locator(".book-done")
    answer(page, 1)
    with page.expect_download() as download:
        tools.nth(0).click()
    file = tmp_path / "record.json"
    download.value.save_as(file)

    tools.nth(2).click()
    expect(done).to_have_count(0)
    tools.nth(3).click()
    expect(done).to_have_count(1)

    other = chapter("en").page
    answer(other, 1, "#quiz-whose-move-full")
    expect(other.locator(".book-done")).to_have_count(0)
    other.set_input_files(".book-tools input", file)
    expect(other.locator(".book-told")).to_contain_text("1 new")
    expect(other.locator(".book-done")).to_have_count(1)
    other.set_input_files(".book-tools input", file)
    expect(other.locator(".book-told")).to_contain_text("nothing new")


@pytest.mark.browser
def test_what_the_browser_loses_is_kept_again(chapter: Callable[..., Watched]) -> None:
    watched = chapter("en")
    page = watched.page
    done = page.locator(".book-done")
    answer(page, 1)
    other = page.context.new_page()
    other.goto(page.url)
    # what one page writes, the other sees some time later
    other.wait_for_function(f"{KEPT} !== null")
    other.evaluate("localStorage.clear()")  # no page of the book does so
    page.wait_for_function(f"{KEPT} === null")
    expect(done).to_have_count(1)
    answer(page, 3, "#quiz-whose-move-full")
    expect(done).to_have_count(2)
    other.wait_for_function(f"{KEPT} !== null")  # else it gives back what it knows when it is left
    other.close()
    # Not by a reload: a browser under load may end a document before it has said that it is left.
    page.evaluate("localStorage.clear(); dispatchEvent(new PageTransitionEvent('pagehide'))")
    kept = json.loads(page.evaluate(KEPT))
    assert len(kept["quiz"]) == 2
    page.reload()
    expect(done).to_have_count(2)
    watched.clean()


@pytest.mark.browser
def test_the_page_says_so_where_the_browser_keeps_nothing(chapter: Callable[..., Watched]) -> None:
    page = chapter("en").page
    where = page.locator(".book-where")
    expect(where).to_contain_text("kept in your browser")
    page.evaluate("Storage.prototype.setItem = () => {}")  # says nothing, keeps nothing
    answer(page, 1)
    expect(page.locator(".book-done")).to_have_count(1)
    expect(where).to_contain_text("does not allow")


HOSTILE = [
    "",
    "[]",
    "null",
    '{"format": "something else"}',
    '{"format": "mailserver-lab progress 1"',
    "x" * 300_000,
]
ODD = {
    "format": "mailserver-lab progress 1",
    "experiment": {"<img src=x onerror=alert(1)>": {"at": "2026-01-01"}, "user-unknown": {"at": "never"}},
    "quiz": {"__proto__": {"right": True}, "part-before-the-at": {"at": "2026-01-01", "right": "yes"}},
}


@pytest.mark.browser
def test_a_file_that_is_no_record_changes_nothing(chapter: Callable[..., Watched], tmp_path: Path) -> None:
    watched = chapter("en")
    page = watched.page
    answer(page, 1)
    for number, text in enumerate(HOSTILE):
        file = tmp_path / f"{number}.json"
        file.write_text(text)
        page.set_input_files(".book-tools input", file)
        expect(page.locator(".book-told")).to_contain_text(f"{number}.json does not look like")
    file = tmp_path / "odd.json"
    file.write_text(json.dumps(ODD))
    page.set_input_files(".book-tools input", file)
    expect(page.locator(".book-told")).to_contain_text("nothing new")
    expect(page.locator(".book-done")).to_have_count(1)
    watched.clean()


@pytest.mark.browser
def test_without_javascript_the_answers_are_there(chapter: Callable[..., Watched]) -> None:
    page = chapter("en", java_script_enabled=False).page
    expect(page.locator(f"{QUESTION} .quiz-answers summary")).to_be_visible()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_axe_finds_nothing_on_any_page_of_the_book(
    chapter: Callable[..., Watched], chapters: Server, lang: str, scheme: str
) -> None:
    source = axe()
    own = {"index", *(file.stem for file in (ROOT / "book" / lang).glob("*.md"))}
    assert len(own) > 1
    for name in sorted(own):
        page = chapter(lang, name, width=360, color_scheme=scheme).page
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        page.evaluate(source)
        found = page.evaluate(
            "axe.run().then((r) => r.violations.map((v) => [v.id, v.nodes.map((n) => n.html.slice(0, 200))]))"
        )
        assert found == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


@pytest.mark.browser
def test_an_icon_that_is_drawn_late_has_no_name_beside_the_buttons_own(
    chapter: Callable[..., Watched],
) -> None:
    page = chapter("ja").page
    expect(page.locator(".theme-switch-button svg").first).to_be_attached()
    page.evaluate(
        """() => {
            const drawn = document.createElementNS("http://www.w3.org/2000/svg", "svg");
            drawn.setAttribute("aria-labelledby", "late");
            drawn.innerHTML = '<title id="late">Dark</title>';
            document.querySelector(".theme-switch-button svg").replaceWith(drawn);
        }"""
    )
    expect(page.locator(".theme-switch-button title")).to_have_count(0)
    expect(page.locator(".theme-switch-button :is(i, svg):not([aria-hidden='true'])")).to_have_count(0)
    expect(page.locator(".theme-switch-button [aria-labelledby]")).to_have_count(0)


def built(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    (folder / "conf.py").write_text(CONF)
    (folder / "index.md").write_text(text)
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html", folder, folder / "html"]
    environment = {"PYTHONPATH": str(ROOT / "book" / "extensions"), "PATH": "", "PYTHONUTF8": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_a_page_lists_its_questions_and_experiments(tmp_path: Path) -> None:
    bench = '\n## Try\n\n```\nbench("user-unknown", lang="en")\n```\n\n```{progress}\n```\n'
    result = built(tmp_path, QUIZ + bench)
    assert result.returncode == 0, result.stderr
    page = (tmp_path / "html" / "index.html").read_text("utf-8")
    assert "&quot;quiz-a-question&quot;" in page
    assert "&quot;anchor&quot;: &quot;try&quot;" in page
    assert '<li data-answer="2"><strong>✓ Right</strong><p>Yes.</p>' in page
    assert page.count('type="radio"') == 2


def test_the_whole_books_list_has_its_pages_in_the_order_of_the_contents(tmp_path: Path) -> None:
    for name in ("z-first", "a-second"):
        (tmp_path / f"{name}.md").write_text(
            QUIZ.replace("a-question", name).replace("A page", name), "utf-8"
        )
    contents = "# All\n\n```{toctree}\nz-first\na-second\n```\n\n```{progress} all\n```\n"
    assert built(tmp_path, contents).returncode == 0
    page = (tmp_path / "html" / "index.html").read_text("utf-8")
    listed = page[page.index("data-pages") :]
    assert 0 < listed.index("quiz-z-first") < listed.index("quiz-a-second")


@pytest.mark.parametrize(
    "broken",
    [
        QUIZ.replace(":right: 2", ":right: 3"),
        QUIZ.replace(":right: 2\n", ""),
        QUIZ.replace("  Yes.\n", ""),
        QUIZ.replace("What is *it*?\n", ""),
    ],
)
def test_a_question_without_a_right_answer_or_a_reason_stops_the_build(tmp_path: Path, broken: str) -> None:
    result = built(tmp_path, broken)
    assert result.returncode != 0
    assert "A quiz is a question and a list of answers" in result.stderr
