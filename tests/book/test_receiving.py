"""The pages about protocols and IMAP: a reader signs in as the recipient, and lets a phone wait, by mouse and by keyboard."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from .barriers import barriers, fits
from .bench import Bench
from .conftest import Server, Watched

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PAGES = {
    "common-language": "02-protocols", "http-too": "02-protocols", "login": "02-protocols",
    "imap-by-hand": "02-3-imap", "imap-idle": "02-3-imap",
}  # fmt: skip
PHONE = {"width": 360, "has_touch": True, "is_mobile": True, "reduced_motion": "reduce"}


@pytest.fixture
def bench(chapters: Server, open_page: Callable[..., Watched]) -> Callable[..., Bench]:
    """Open the page of an experiment and wait for its bench."""

    def opened(lang: str, experiment: str, **options: object) -> Bench:
        trial = Bench(open_page(chapters.url(f"{lang}/{PAGES[experiment]}.html"), **options), experiment)
        trial.ready()
        return trial

    return opened


@pytest.mark.parametrize(("lang", "options"), [("ja", {}), ("en", PHONE)])
def test_a_reader_is_refused_and_then_let_in(
    bench: Callable[..., Bench], lang: str, options: dict[str, object]
) -> None:
    trial = bench(lang, "login", **options)
    trial.locator(".mb-predict .mb-option").nth(3).click()
    trial.locator(".mb-compose .mb-go").click()
    expect(trial.locator(".mb-cylinder .mb-mail")).to_be_visible()
    trial.replayed()
    trial.locator(".mb-signin .mb-go").click()
    expect(trial.locator(".mb-said")).to_contain_text("-ERR [AUTH] Wrong name or password")
    trial.replayed()
    refused = trial.locator(".mb-line.mb-refused")
    expect(refused).to_have_attribute("aria-expanded", "true")
    expect(trial.locator(".mb-outcome .mb-right")).to_be_visible()
    expect(trial.locator(".mb-device .mb-mail")).to_have_count(0)
    if options:
        fits(trial)

    password = trial.locator("[data-field=password]")
    password.fill("")
    password.press("Enter")
    expect(trial.locator(".mb-signin .mb-problem")).not_to_be_empty()
    expect(password).to_be_focused()
    trial.page.keyboard.type("hibari-2026")
    trial.page.keyboard.press("Tab")
    trial.page.keyboard.press("ArrowRight")  # IMAP
    trial.page.keyboard.press("Enter")
    expect(trial.root).to_have_attribute("data-state", "passed")
    trial.replayed()
    expect(trial.locator(".mb-signin .mb-problem")).to_be_empty()
    expect(trial.locator(".mb-legs")).to_contain_text("IMAP 143")
    trial.locator(".mb-device .mb-row").click()
    trial.locator(".mb-sheet").wait_for()
    if options:
        fits(trial)
    trial.locator(".mb-tools button").nth(1).click()
    expect(trial.root).to_have_attribute("data-state", "fresh")
    expect(password).to_have_value("hibari-2025")
    expect(trial.locator(".mb-said")).to_be_empty()
    trial.watched.clean()


@pytest.mark.parametrize(("lang", "options"), [("en", {}), ("ja", PHONE)])
def test_a_phone_is_told_without_asking_and_without_waiting_is_not(
    bench: Callable[..., Bench], lang: str, options: dict[str, object]
) -> None:
    trial = bench(lang, "imap-idle", **options)
    trial.locator(".mb-predict .mb-option").nth(1).click()
    wait = trial.locator(".mb-waiting button")
    wait.press("Enter")
    expect(trial.locator(".mb-waiting.mb-on")).to_be_visible()
    expect(wait).to_be_focused()
    trial.replayed()
    if options:
        fits(trial)
    trial.locator(".mb-compose .mb-go").click()
    expect(trial.root).to_have_attribute("data-state", "passed")
    trial.replayed()
    expect(trial.locator(".mb-device .mb-mail")).to_have_count(1)
    spent = trial.locator(".mb-dialogue > .mb-note").first
    legs = trial.locator(":is(.mb-step-submit, .mb-step-mx, .mb-step-deliver) .mb-ms").all_inner_texts()
    total = sum(float(leg.split()[0]) for leg in legs)
    assert abs(int("".join(filter(str.isdigit, spent.inner_text()))) - total) <= 2
    told = trial.locator(".mb-step-told .mb-line")
    expect(told.first).to_contain_text("* 1 EXISTS")

    wait.press("Enter")
    expect(trial.locator(".mb-waiting.mb-on")).to_have_count(0)
    trial.locator(".mb-compose .mb-go").click()
    expect(trial.locator(".mb-cylinder .mb-mail")).to_have_count(2)
    trial.replayed()
    expect(trial.locator(".mb-device .mb-mail")).to_have_count(1)
    trial.locator(".mb-device .mb-screenbar button").click()
    expect(trial.locator(".mb-device .mb-mail")).to_have_count(2)
    if options:
        fits(trial)
    trial.watched.clean()


@pytest.mark.parametrize(("lang", "options"), [("ja", PHONE), ("en", {})])
def test_a_reader_flags_by_hand_and_finds_the_flag_again(
    bench: Callable[..., Bench], lang: str, options: dict[str, object]
) -> None:
    trial = bench(lang, "imap-by-hand", **options)
    trial.locator(".mb-compose .mb-go").click()
    expect(trial.locator(".mb-others .mb-mail")).to_have_count(1)
    trial.replayed()
    for tag, lines in (("a", ("STORE 1 +FLAGS (\\Flagged)", "LOGOUT")), ("b", ("FETCH 1 FLAGS",))):
        trial.locator(".mb-connect").click()
        for n, line in enumerate(("LOGIN recipient@hibari.example hibari-2026", "SELECT INBOX", *lines)):
            typed = trial.locator("input.mb-typed")
            typed.fill(f"{tag}{n} {line}")
            typed.press("Enter")
            expect(trial.locator(".mb-talk")).to_contain_text(f"{tag}{n} OK")
    expect(trial.locator(".mb-talk")).to_contain_text("* 1 FETCH (FLAGS (\\Flagged))")
    expect(trial.root).to_have_attribute("data-state", "passed")
    expect(trial.locator(".mb-state-now")).to_have_count(1)
    if options:
        assert trial.page.evaluate("document.documentElement.scrollWidth") <= 360
        assert barriers(trial) == []
    trial.watched.clean()


def spoken(trial: Bench, place: int, *lines: str) -> None:
    """Connect to a place, after hanging up, and type these lines."""
    typed, leave = trial.locator("input.mb-typed"), trial.locator(".mb-connecting button").nth(1)
    chosen = trial.locator("select.mb-place")
    chosen.select_option(index=place)
    if leave.is_visible():
        leave.click()
    expect(typed).to_be_hidden()
    expect(trial.locator(".mb-connect")).to_have_attribute("aria-disabled", "false")
    assert (
        chosen.evaluate("one => one.selectedIndex") == place
    )  # nothing that happened meanwhile took it back
    trial.locator(".mb-connect").click()
    expect(typed).to_be_visible()
    for line in lines:
        typed.fill(line)
        typed.press("Enter")


@pytest.mark.parametrize(("lang", "options"), [("ja", {}), ("en", PHONE)])
def test_a_reader_speaks_the_wrong_language_and_then_to_a_web_server(
    bench: Callable[..., Bench], lang: str, options: dict[str, object]
) -> None:
    trial = bench(lang, "common-language", **options)
    trial.locator(".mb-predict .mb-option").nth(2).click()
    spoken(trial, 0, "USER sender@tsubame.example", "GET / HTTP/1.1")
    expect(trial.locator(".mb-talk .mb-refused")).to_have_count(2)
    expect(trial.locator(".mb-outcome .mb-right")).to_be_visible()
    expect(trial.root).not_to_have_attribute("data-state", "passed")
    spoken(trial, 1, "EHLO pc")
    expect(trial.root).to_have_attribute("data-state", "passed")
    expect(trial.locator(".mb-legs > li")).to_have_count(2)
    expect(trial.locator(".mb-legs")).to_contain_text("-ERR unknown command")
    expect(trial.locator(".mb-map, .mb-compose, .mb-mailbox, .mb-device")).to_have_count(0)
    if options:
        fits(trial)

    web = Bench(trial.watched, "http-too")
    web.root.scroll_into_view_if_needed()
    web.ready()
    spoken(web, 0, "EHLO pc")
    expect(web.locator(".mb-talk")).to_contain_text("250 AUTH PLAIN")
    spoken(web, 1, "GET / HTTP/1.1", "Host: www.lab.test", "")
    expect(web.locator(".mb-talk")).to_contain_text("HTTP/1.1 200 OK")
    expect(web.locator(".mb-talk")).to_contain_text("mx.hibari.example")
    expect(web.root).to_have_attribute("data-state", "passed")
    if options:
        fits(web)
    trial.watched.clean()
