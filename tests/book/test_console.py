"""The console on the real page: typed on in both languages, by keyboard alone, on a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from mailserver_lab.experiments import experiment as experiment_of

from .barriers import barriers
from .bench import Bench
from .conftest import Server, Watched

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PLAIN = "AHNlbmRlckB0c3ViYW1lLmV4YW1wbGUAdHN1YmFtZS0yMDI2"


@pytest.fixture
def bench(chapters: Server, open_page: Callable[..., Watched]) -> Callable[..., Bench]:
    """Open the page and wait for its bench."""

    def opened(lang: str, experiment: str = "smtp-by-hand", **options: object) -> Bench:
        page = f"{lang}/{experiment_of(experiment).chapter}.html"
        watched = open_page(chapters.url(page), **options)
        trial = Bench(watched, experiment)
        trial.ready()
        return trial

    return opened


def typed(trial: Bench) -> Locator:
    return trial.locator("input.mb-typed")


def say(trial: Bench, text: str, answer: str) -> None:
    """Type a line, and wait for what the server says to it."""
    typed(trial).fill(text)
    typed(trial).press("Enter")
    expect(trial.locator(".mb-talk > ol > li").last).to_contain_text(answer)


@pytest.mark.parametrize(("lang", "width"), [("ja", 360), ("en", 1280)])
def test_a_reader_sends_a_message_by_hand(bench: Callable[..., Bench], lang: str, width: int) -> None:
    trial = bench(lang, width=width, color_scheme="dark" if lang == "ja" else "light")
    trial.locator(".mb-option").nth(1).click()
    trial.locator(".mb-connect").click()
    expect(typed(trial)).to_be_focused()
    say(trial, "MAIL FROM:<sender@tsubame.example>", "503 5.5.1")
    expect(trial.locator(".mb-mistake")).to_contain_text("EHLO")
    say(trial, "EHLO pc", "AUTH PLAIN LOGIN")
    expect(trial.locator(".mb-state-now")).to_have_count(1)
    trial.locator(".mb-maker summary").click()
    expect(trial.locator(".mb-word")).to_have_text(PLAIN)
    trial.locator(".mb-maker button").click()
    expect(typed(trial)).to_have_value(f"AUTH PLAIN {PLAIN}")
    typed(trial).press("Enter")
    for _ in ("MAIL", "RCPT", "DATA"):  # what fits comes first
        expect(trial.locator(".mb-offer").first).not_to_contain_text("AUTH")
        before = trial.locator(".mb-talk > ol > li").count()
        trial.locator(".mb-offer").first.click()
        trial.locator(".mb-typing .mb-go").click()
        expect(trial.locator(".mb-talk > ol > li")).to_have_count(before + 2)
    trial.locator(".mb-offer").first.click()
    letter = trial.locator("textarea.mb-typed")
    assert barriers(trial) == []
    letter.press("Control+Enter")
    expect(trial.locator(".mb-talk")).to_contain_text("queued as")
    expect(trial.root).to_have_attribute("data-state", "passed")
    trial.replayed()
    expect(trial.locator(".mb-others .mb-mail")).to_have_count(1)
    expect(trial.locator(".mb-map .mb-edge")).to_have_count(4)
    expect(trial.locator(".mb-side")).to_be_hidden()  # nothing came back
    assert trial.page.evaluate("document.documentElement.scrollWidth") <= width
    trial.locator(".mb-tools button").nth(1).click()
    expect(trial.root).to_have_attribute("data-state", "fresh")
    expect(trial.locator(".mb-talk > ol > li")).to_have_count(0)
    trial.watched.clean()


@pytest.mark.parametrize(("lang", "width"), [("en", 360), ("ja", 1280)])
def test_a_reader_fetches_by_hand_and_sees_when_the_message_goes(
    bench: Callable[..., Bench], lang: str, width: int
) -> None:
    trial = bench(lang, "pop3-by-hand", width=width)
    trial.locator(".mb-compose .mb-go").click()
    stored = trial.locator(".mb-others .mb-mail")
    expect(stored).to_have_count(1)
    trial.replayed()
    trial.locator(".mb-connect").click()
    say(trial, "RETR 1", "USER")
    for line, answer in (
        ("USER recipient@hibari.example", "+OK"),
        ("PASS hibari-2026", "+OK Mailbox open"),
        ("RETR 1", "."),
        ("DELE 1", "+OK"),
    ):
        say(trial, line, answer)
    expect(trial.locator(".mb-talk")).to_contain_text("Subject: ")
    trial.replayed()
    expect(stored).to_have_count(1)  # marked, and still there
    assert barriers(trial) == []
    say(trial, "QUIT", "")
    expect(trial.root).to_have_attribute("data-state", "passed")
    expect(stored).to_have_count(0)
    expect(trial.locator(".mb-map .mb-edge")).to_have_count(5)
    assert trial.page.evaluate("document.documentElement.scrollWidth") <= width
    trial.watched.clean()


def test_by_keyboard_alone_lines_come_back_and_are_completed_and_tab_goes_on(
    bench: Callable[..., Bench],
) -> None:
    trial = bench("en")
    keyboard = trial.page.keyboard
    trial.locator(".mb-connect").focus()
    keyboard.press("Enter")
    expect(typed(trial)).to_be_focused()
    expect(trial.locator(".mb-offer").first).to_be_visible()
    keyboard.type("eh")
    keyboard.press("Tab")
    expect(typed(trial)).to_have_value("EHLO pc.sender.tsubame.example")
    keyboard.press("Tab")  # nothing is left to complete
    expect(trial.locator(".mb-typing .mb-go")).to_be_focused()
    keyboard.press("Enter")
    expect(trial.locator(".mb-talk")).to_contain_text("250 AUTH PLAIN LOGIN")
    keyboard.press("Shift+Tab")
    expect(typed(trial)).to_be_focused()
    for line in ("NOOP", "HELP", "NOOP"):  # whoever types ahead loses nothing
        keyboard.type(line)
        keyboard.press("Enter")
        expect(typed(trial)).to_have_value("")
    expect(trial.locator(".mb-talk")).to_contain_text("214 2.0.0")
    expect(trial.locator(".mb-talk button").filter(has_text="250 2.0.0 OK")).to_have_count(2)
    for _ in range(3):
        keyboard.press("ArrowUp")
    keyboard.press("ArrowUp")
    expect(typed(trial)).to_have_value("EHLO pc.sender.tsubame.example")
    for back in ("NOOP", "HELP", "NOOP", ""):
        keyboard.press("ArrowDown")
        expect(typed(trial)).to_have_value(back)
    keyboard.press("Shift+Tab")  # into the dialogue, where the arrow keys go from line to line
    expect(trial.locator(".mb-talk button").last).to_be_focused()
    keyboard.press("ArrowUp")
    keyboard.press("Enter")
    expect(trial.locator(".mb-talk li").nth(-2).locator(".mb-because")).to_be_visible()
    trial.locator(".mb-connecting button").nth(1).focus()
    keyboard.press("Enter")
    expect(typed(trial)).to_be_hidden()
    trial.watched.clean()


def test_a_message_that_comes_back_shows_the_mailbox_where_it_lies(bench: Callable[..., Bench]) -> None:
    trial = bench("en")
    trial.locator(".mb-connect").click()
    for line, answer in (
        ("EHLO pc", "AUTH PLAIN LOGIN"),
        (f"AUTH PLAIN {PLAIN}", "235"),
        ("MAIL FROM:<sender@tsubame.example>", "250"),
        ("RCPT TO:<recipent@hibari.example>", "250"),
        ("DATA", "354"),
    ):
        say(trial, line, answer)
    expect(trial.locator(".mb-side")).to_be_hidden()
    letter = trial.locator("textarea.mb-typed")
    letter.fill("Subject: Hello\n\nHello.\n.")
    letter.press("Control+Enter")
    expect(trial.locator(".mb-side .mb-mailbox .mb-bounce")).to_be_visible()
    trial.watched.clean()
