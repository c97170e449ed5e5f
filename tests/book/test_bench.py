"""The bench on the real page: a reader tries user-unknown, in both languages, by mouse, by keyboard, on a phone."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .conftest import ROOT, Server, Watched

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
Open = Callable[..., Watched]

AXE = ROOT / "live" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WRONG, RIGHT = "recipent@hibari.example", "recipient@hibari.example"


@pytest.fixture(scope="session")
def chapters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the book itself."""
    output = tmp_path_factory.mktemp("chapters")
    subprocess.run([sys.executable, ROOT / "book" / "build.py", "--output", output], check=True, timeout=240)
    server = Server(Path(output) / "html", tmp_path_factory.mktemp("chapters-server"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def bench(chapters: Server, open_page: Open) -> Callable[..., Watched]:
    """Open the chapter and wait for its bench: `bench("ja", width=…)`."""

    def opened(lang: str = "en", **options: object) -> Watched:
        watched = open_page(chapters.url(f"{lang}/04-mailer-daemon.html"), **options)
        watched.page.locator(
            "[data-experiment=user-unknown][data-state=fresh]:not([data-waiting])"
        ).wait_for()
        return watched

    return opened


def send(page: Page, to: str) -> None:
    page.locator("[data-field=to]").fill(to)
    page.locator(".mb-go").click()


def replayed(page: Page) -> None:
    page.locator(".mail-bench:not([data-playing])").wait_for()


def bounced(page: Page) -> None:
    """Send to nobody, and see what came of it."""
    send(page, WRONG)
    expect(page.locator(".mb-device .mb-bounce")).to_be_visible()
    replayed(page)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_reader_sends_reads_and_corrects(bench: Callable[..., Watched], lang: str) -> None:
    watched = bench(lang)
    page = watched.page
    expect(page.locator(".mail-bench")).to_have_attribute("lang", lang)
    page.locator(".mb-option").nth(2).click()
    expect(page.locator(".mb-steps [aria-current=step]")).to_have_count(1)
    bounced(page)
    expect(page.locator(".mail-bench")).to_have_attribute("data-state", "running")
    refused = page.locator(".mb-line.mb-refused")
    expect(refused).to_contain_text(f"550 5.1.1 <{WRONG}>... User unknown")
    expect(refused).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".mb-outcome .mb-right")).to_be_visible()

    page.locator(".mb-device .mb-row").click()
    expect(page.locator(".mb-sheet h4")).to_be_focused()
    expect(page.locator(".mb-code.mb-return-path")).to_have_text("Return-Path: <>")
    expect(page.locator(".mb-code.mb-diagnostic-code")).to_contain_text("550 5.1.1")
    expect(page.locator(".mb-group")).to_have_count(4)

    send(page, RIGHT)
    expect(page.locator(".mail-bench")).to_have_attribute("data-state", "passed")
    replayed(page)
    expect(page.locator(".mb-goal")).not_to_be_empty()
    expect(page.locator(".mb-explain")).to_be_visible()

    page.locator(".mb-tools button").nth(1).click()
    expect(page.locator(".mail-bench")).to_have_attribute("data-state", "fresh")
    expect(page.locator("[data-field=to]")).to_have_value(WRONG)
    expect(page.locator(".mb-mails .mb-mail")).to_have_count(0)
    watched.clean()


def test_the_keyboard_is_enough(bench: Callable[..., Watched]) -> None:
    page = bench("en").page
    page.locator(".mb-tools button").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".mb-hints p")).to_have_count(1)
    page.keyboard.press("Tab")  # start over
    page.keyboard.press("Tab")  # the first option
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".mb-option input").nth(1)).to_be_checked()
    page.keyboard.press("Tab")  # to
    page.keyboard.press("Control+Enter")
    expect(page.locator(".mb-device .mb-bounce")).to_be_visible()
    replayed(page)
    page.locator(".mb-wire [tabindex='0']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    line = page.locator(".mb-line:focus")
    expect(line).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Space")
    expect(line).to_have_attribute("aria-expanded", "false")
    page.locator(".mb-device .mb-row").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".mb-sheet h4")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # close
    expect(page.locator(".mb-device .mb-row")).to_be_focused()


def test_the_record_can_be_read_step_by_step(bench: Callable[..., Watched]) -> None:
    page = bench("en").page
    bounced(page)
    step = page.get_by_role("button", name="Step", exact=True)
    step.click()
    expect(page.locator(".mb-position")).to_contain_text("Line 1 of")
    step.click()
    expect(page.locator(".mb-position")).to_contain_text("Line 2 of")
    expect(page.locator(".mb-leg")).to_have_count(1)
    expect(page.locator(".mb-line")).to_have_count(2)
    expect(page.locator(".mb-device .mb-bounce")).to_be_visible()  # what was seen once stays seen
    page.get_by_role("button", name="Show all").click()
    expect(page.locator(".mb-line.mb-refused")).to_be_visible()


def test_without_motion_everything_stands_there_at_once_numbered(bench: Callable[..., Watched]) -> None:
    page = bench("en", reduced_motion="reduce").page
    bounced(page)
    expect(page.locator(".mb-numbered .mb-line.mb-refused")).to_be_visible()
    expect(page.get_by_role("button", name="Play")).to_have_count(0)


def test_a_wrong_address_is_told_and_nothing_is_lost(bench: Callable[..., Watched]) -> None:
    page = bench("en").page
    page.locator("[data-field=body]").fill("a long letter")
    send(page, "recipient")
    expect(page.get_by_role("alert").filter(has_text="@")).to_be_visible()
    expect(page.locator("[data-field=to]")).to_be_focused()
    expect(page.locator("[data-field=to]")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[data-field=body]")).to_have_value("a long letter")
    expect(page.locator(".mail-bench")).to_have_attribute("data-state", "fresh")


def test_fifty_megabytes_are_counted_and_not_sent(bench: Callable[..., Watched]) -> None:
    page = bench("en").page
    page.locator("[data-field=body]").evaluate("field => { field.value = 'あ'.repeat(17_000_000) }")
    page.locator(".mb-go").click()
    expect(page.locator(".mb-compose [role=alert]")).to_contain_text("51 MB")
    assert page.locator("[data-field=body]").evaluate("field => field.value.length") == 17_000_000
    page.locator("[data-field=body]").fill("short")
    bounced(page)  # the kernel is there as before


def test_two_tabs_leave_each_other_alone(bench: Callable[..., Watched]) -> None:
    one, two = bench("en").page, bench("ja").page
    bounced(one)
    expect(two.locator(".mail-bench")).to_have_attribute("data-state", "fresh")
    expect(two.locator(".mb-mails .mb-mail")).to_have_count(0)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_on_a_phone_nothing_is_cut_off_or_too_small(bench: Callable[..., Watched], lang: str) -> None:
    page = bench(lang, width=360, has_touch=True, is_mobile=True).page
    bounced(page)
    page.locator(".mb-device .mb-row").click()
    page.locator(".mb-sheet").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    cut = page.locator(".mail-bench *").evaluate_all(
        "all => all.filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.className)"
    )
    assert cut == []
    small = page.locator(".mail-bench :is(button, input:not([type=radio]), textarea, summary)").evaluate_all(
        "all => all.filter(e => e.offsetHeight > 0 && e.offsetHeight < 44).map(e => e.outerHTML.slice(0, 90))"
    )
    assert small == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_no_barrier_that_axe_knows(bench: Callable[..., Watched], theme: str, width: int) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed (npm ci in live/)")
    page = bench("ja", width=width).page
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    page.evaluate(AXE.read_text("utf-8"))  # a script element would be against the page's policy
    run = f"axe.run('.mail-bench', {{ runOnly: {RULES} }}).then(r => r.violations.map(v => [v.id, v.nodes[0].html]))"
    assert page.evaluate(run) == []
    bounced(page)
    page.locator(".mb-device .mb-row").click()
    page.locator(".mb-sheet").wait_for()
    assert page.evaluate(run) == []
    send(page, RIGHT)
    page.locator("[data-state=passed]:not([data-playing])").wait_for()
    assert page.evaluate(run) == []
