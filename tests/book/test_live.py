"""The book's pages in a browser: they come alive, leave each other in peace, end cleanly and find their way back."""

from __future__ import annotations

import functools
import http.server
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .barriers import axe
from .conftest import Server, Watched

pytestmark = pytest.mark.browser
Open = Callable[..., Watched]


def ready(page: Page) -> None:
    page.wait_for_selector("body[data-live=ready]")


def wait_for(page: Page, selector: str, text: str) -> None:
    page.locator(selector).filter(has_text=text).first.wait_for()


def kernel_pid(page: Page) -> int:
    """Ask the kernel itself, by the first cell that can be edited."""
    edit(page, "import os; print('pid', os.getpid())")
    wait_for(page, ".live-stdout", "pid")
    return int(page.locator(".live-stdout").first.inner_text().split()[1])


def edit(page: Page, source: str) -> None:
    # a cell that still runs would not begin anew
    expect(page.locator(".live-output[aria-busy=true]")).to_have_count(0)
    page.locator(".cm-content").first.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(source)
    page.keyboard.press("Shift+Enter")


@pytest.mark.parametrize(("language", "run"), [("ja", "実行"), ("en", "Run")])
def test_cells_come_alive(book_server: Server, open_page: Open, language: str, run: str) -> None:
    watched = open_page(book_server.url(f"{language}/index.html"))
    page = watched.page
    ready(page)
    assert "token" not in page.url
    page.click(".jupyter-button")
    page.click(".jupyter-button")
    wait_for(page, ".clicks", "2 clicks")
    wait_for(page, ".widget-output", "printed at click 2")
    page.click(".square")
    page.click(".square")
    wait_for(page, ".square", "square of 2 is 4")
    page.get_by_role("button", name=run, exact=True).first.click()
    wait_for(page, ".live-stdout", "hello from Python")
    wait_for(page, ".live-text", "42")
    page.get_by_role("button", name=run, exact=True).nth(1).click()
    wait_for(page, ".live-text", "waited")
    edit(page, "1/0")
    wait_for(page, ".live-error", "ZeroDivisionError")
    assert "mailserver_lab" not in page.locator(".live-error").inner_text()
    watched.clean()


def test_two_tabs_do_not_disturb_each_other(book_server: Server, open_page: Open) -> None:
    first = open_page(book_server.url("ja/index.html"))
    second = open_page(book_server.url("en/index.html"))
    for watched in (first, second):
        ready(watched.page)
    first.page.click(".jupyter-button")
    wait_for(first.page, ".clicks", "1 clicks")
    edit(first.page, "secret = 'of the first'")
    edit(second.page, "'secret' in globals()")
    wait_for(second.page, ".live-text", "False")
    assert second.page.inner_text(".clicks") == "0 clicks"
    second.page.close()
    first.page.click(".jupyter-button")
    wait_for(first.page, ".clicks", "2 clicks")
    first.clean()
    second.clean()


def test_a_cell_that_waits_keeps_nobody_waiting_and_can_be_stopped(
    book_server: Server, open_page: Open
) -> None:
    watched = open_page(book_server.url("en/index.html"))
    page = watched.page
    ready(page)
    edit(page, "import asyncio\nawait asyncio.sleep(60)")
    page.click(".jupyter-button")
    wait_for(page, ".clicks", "1 clicks")
    page.get_by_role("button", name="Stop").click()
    wait_for(page, ".live-error", "CancelledError")
    edit(page, "print('round and round')\nwhile True: pass")
    wait_for(page, ".live-stdout", "round and round")  # an interrupt that comes before it is lost
    page.get_by_role("button", name="Stop").click()
    wait_for(page, ".live-error", "KeyboardInterrupt")
    watched.clean()


@pytest.mark.timeout(240)
def test_a_closed_page_leaves_nothing_in_the_kernel(book_server: Server, open_page: Open) -> None:
    left = open_page(book_server.url("en/index.html"))
    other = open_page(book_server.url("en/index.html"))
    ready(left.page)
    ready(other.page)
    edit(left.page, "print('page', current_page().id)")
    wait_for(left.page, ".live-stdout", "page")
    page_id = left.page.locator(".live-stdout").first.inner_text().split()[1]
    edit(other.page, f"{page_id!r} in pages")
    wait_for(other.page, ".live-text", "True")
    ended = ended_pages(other.page)
    left.page.goto(book_server.base + "book/en/plain.html")
    # two seconds after the page's last word; where that was lost, as browsers will, a minute of silence
    for _ in range(100):
        other.page.wait_for_timeout(1000)
        edit(other.page, f"('still there', {page_id!r} in pages)")
        wait_for(other.page, ".live-text", "still there")
        if "False" in other.page.locator(".live-text").first.inner_text():
            break
    edit(other.page, f"{page_id!r} in pages")
    wait_for(other.page, ".live-text", "False")
    assert ended_pages(other.page) > ended, "its own clean-up was called"
    left.page.go_back()
    ready(left.page)
    left.page.click(".jupyter-button")
    wait_for(left.page, ".clicks", "1 clicks")
    left.clean()
    other.clean()


def ended_pages(page: Page) -> int:
    edit(page, "print('ended', builtins.ended)")
    wait_for(page, ".live-stdout", "ended")
    return int(page.locator(".live-stdout").first.inner_text().split()[1])


def test_a_killed_kernel_is_told_and_the_page_comes_back(book_server: Server, open_page: Open) -> None:
    page = open_page(book_server.url("en/index.html")).page
    ready(page)
    pid = kernel_pid(page)
    before = page.locator(".cm-content").first.inner_text()
    os.kill(pid, signal.SIGKILL)
    page.wait_for_selector("body[data-live=lost]")
    bar = page.locator(".live-bar[role=status]")
    assert "has stopped" in bar.inner_text()
    assert page.locator(".cm-content").first.inner_text() == before
    assert page.evaluate("document.activeElement.closest('.live-bar')") is None
    page.get_by_role("button", name="Start the experiments again").click()
    ready(page)
    assert kernel_pid(page) != pid
    page.click(".jupyter-button")
    wait_for(page, ".clicks", "1 clicks")
    assert bar.is_hidden()


def test_a_server_that_comes_back_offers_the_way_back(
    test_book: Path, tmp_path: Path, open_page: Open
) -> None:
    server = Server(test_book, tmp_path)
    server.start()
    try:
        page = open_page(server.url("ja/index.html")).page
        ready(page)
        server.stop()
        page.wait_for_selector("body[data-live=lost]")
        server.start()
        page.get_by_role("button", name="実験をもう一度始める").click()
        page.wait_for_selector("body[data-live=ready], body[data-live=lost]")
        ready(page)
        page.click(".jupyter-button")
        wait_for(page, ".clicks", "1 clicks")
    finally:
        server.stop()


@pytest.fixture
def plain_server(test_book: Path) -> Iterator[str]:
    """A server that knows nothing of Jupyter."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(test_book))
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("kind", ["file", "static"])
def test_a_page_without_a_server_reads_well(
    test_book: Path, plain_server: str, open_page: Open, kind: str
) -> None:
    base = test_book.as_uri() + "/" if kind == "file" else plain_server
    watched = open_page(base + "en/index.html")
    watched.page.wait_for_selector("body[data-live=off]")
    assert watched.page.locator(".live-note").count() == 3
    assert "python3 course.py start" in watched.page.locator(".live-note").first.inner_text()
    watched.clean()


@pytest.mark.parametrize(("locale", "language"), [("ja-JP", "ja"), ("en-GB", "en"), ("fr-FR", "en")])
def test_the_front_door_leads_to_the_readers_language(
    book_server: Server, open_page: Open, locale: str, language: str
) -> None:
    page = open_page(book_server.url(""), locale=locale).page
    page.wait_for_url(f"**/book/{language}/index.html*")


def test_the_language_switch_keeps_page_and_anchor(book_server: Server, open_page: Open) -> None:
    watched = open_page(book_server.url("ja/index.html"))
    watched.page.goto(book_server.base + "book/ja/index.html#code-to-edit")
    watched.page.click(".language-switch")
    watched.page.wait_for_url("**/book/en/index.html#code-to-edit")
    ready(watched.page)


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_hides_from_anybody(book_server: Server, open_page: Open, width: int, scheme: str) -> None:
    """axe finds nothing, and nothing scrolls sideways."""
    page = open_page(book_server.url("ja/index.html"), width=width, color_scheme=scheme, bypass_csp=True).page
    ready(page)
    page.get_by_role("button", name="実行", exact=True).first.click()
    wait_for(page, ".live-text", "42")
    page.evaluate(axe())
    found = page.evaluate(
        "axe.run().then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html.slice(0, 160) + n.failureSummary)]))"
    )
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
