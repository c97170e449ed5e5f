"""The benches on the real page: a reader tries them, in both languages, by mouse and by keyboard."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from .bench import SMALL, WRONG, Bench

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_reader_sends_reads_and_corrects(bench: Callable[..., Bench], lang: str) -> None:
    trial = bench(lang)
    expect(trial.root).to_have_attribute("lang", lang)
    trial.locator(".mb-option").nth(2).click()
    expect(trial.locator(".mb-steps [aria-current=step]")).to_have_count(1)
    trial.bounced()
    expect(trial.root).to_have_attribute("data-state", "running")
    refused = trial.locator(".mb-line.mb-refused")
    expect(refused).to_contain_text(f"550 5.1.1 <{WRONG}>... User unknown")
    expect(refused).to_have_attribute("aria-expanded", "true")
    expect(trial.locator(".mb-outcome .mb-right")).to_be_visible()

    trial.open_message()
    expect(trial.locator(".mb-sheet h4")).to_be_focused()
    expect(trial.locator(".mb-code.mb-return-path")).to_have_text("Return-Path: <>")
    expect(trial.locator(".mb-code.mb-diagnostic-code")).to_contain_text("550 5.1.1")
    expect(trial.locator(".mb-group")).to_have_count(4)

    trial.finish()
    expect(trial.locator(".mb-goal")).not_to_be_empty()
    expect(trial.locator(".mb-explain")).to_be_visible()
    expect(trial.page.locator(".book-progress .book-done")).to_have_count(1)

    trial.locator(".mb-tools button").nth(1).click()
    expect(trial.root).to_have_attribute("data-state", "fresh")
    expect(trial.locator("[data-field=to]")).to_have_value(WRONG)
    expect(trial.locator(".mb-mails .mb-mail")).to_have_count(0)
    trial.watched.clean()


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_reader_meets_a_domain_that_is_not_there(bench: Callable[..., Bench], lang: str) -> None:
    trial = bench(lang, "host-unknown")
    trial.locator(".mb-option").nth(1).click()
    trial.bounced()
    refused = trial.locator(".mb-line.mb-refused")
    expect(refused).to_have_text(re.compile("NXDOMAIN"))
    expect(refused).to_have_attribute("aria-expanded", "true")
    expect(trial.locator(".mb-legs")).not_to_contain_text("mx.hibari.example")
    expect(trial.locator(".mb-outcome .mb-right")).to_be_visible()

    trial.open_message()
    expect(trial.locator(".mb-code.mb-status")).to_have_text("Status: 5.1.2")
    expect(trial.locator(".mb-code.mb-remote-mta")).to_have_count(0)

    trial.finish()
    expect(trial.locator(".mb-explain")).to_contain_text("NXDOMAIN")
    trial.watched.clean()


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_reader_makes_room_as_the_recipient(bench: Callable[..., Bench], lang: str) -> None:
    trial = bench(lang, "mailbox-full")
    trial.locator(".mb-option").nth(3).click()
    gauge = trial.locator(".mb-others .mb-gauge")
    expect(gauge).to_have_attribute("aria-valuenow", "20400")
    expect(trial.locator(".mb-delete")).to_have_count(3)
    trial.bounced()
    expect(trial.locator(".mb-line.mb-refused")).to_contain_text("552 5.2.2")
    trial.open_message()
    expect(trial.locator(".mb-code.mb-status")).to_have_text("Status: 5.2.2")
    trial.locator(".mb-sheet button").first.click()

    trial.send(SMALL)  # nothing has changed, and so neither does the answer
    expect(trial.locator(".mb-device .mb-bounce")).to_have_count(2)
    trial.replayed()
    expect(trial.root).to_have_attribute("data-state", "running")

    trial.finish()
    expect(gauge).not_to_have_attribute("aria-valuenow", "20400")
    expect(trial.locator(".mb-others .mb-cylinder .mb-mail")).to_have_count(3)
    expect(trial.locator(".mb-explain")).to_contain_text("IMAP")

    trial.locator(".mb-tools button").nth(1).click()
    expect(trial.root).to_have_attribute("data-state", "fresh")
    expect(gauge).to_have_attribute("aria-valuenow", "20400")
    expect(trial.locator(".mb-delete")).to_have_count(3)
    trial.watched.clean()


@pytest.mark.parametrize(("lang", "width"), [("ja", 1280), ("en", 1280)])
def test_a_reader_replies_to_the_program(bench: Callable[..., Bench], lang: str, width: int) -> None:
    trial = bench(lang, "who-is-it", width=width)
    trial.locator(".mb-predict .mb-option").nth(0).click()
    trial.bounced()
    expect(trial.locator(".mb-outcome")).to_have_count(0)
    trial.open_message()
    expect(trial.locator(".mb-code.mb-auto-submitted")).to_be_visible()
    trial.page.keyboard.press("Tab")  # from the title to Reply
    expect(trial.locator(".mb-reply")).to_be_focused()
    trial.page.keyboard.press("Enter")
    expect(trial.locator("[data-field=to]")).to_have_value("MAILER-DAEMON@mx.tsubame.example")
    expect(trial.locator("[data-field=subject]")).to_have_value(re.compile("^Re: "))
    expect(trial.locator("[data-field=body]")).to_have_value(re.compile(r"\n> .*mx\.tsubame\.example"))
    expect(trial.locator("[data-field=body]")).to_be_focused()
    trial.page.keyboard.type("Who are you?")
    trial.page.keyboard.press("Control+Enter")
    expect(trial.root).to_have_attribute("data-state", "passed")
    trial.replayed()
    expect(trial.locator(".mb-others .mb-mailbox")).to_contain_text("postmaster@tsubame.example")
    expect(trial.locator(".mb-others .mb-cylinder .mb-mail")).to_have_count(1)
    expect(trial.locator(".mb-others .mb-device")).to_have_count(0)
    expect(trial.locator(".mb-side .mb-device .mb-mail")).to_have_count(1)  # no answer
    expect(trial.locator(".mb-outcome .mb-right")).to_be_visible()
    expect(trial.locator(".mb-explain")).to_contain_text("postmaster@tsubame.example")
    trial.watched.clean()


@pytest.mark.parametrize(("lang", "width"), [("ja", 1280), ("en", 1280)])
def test_a_reader_follows_a_bounce_to_the_postmaster(
    bench: Callable[..., Bench], lang: str, width: int
) -> None:
    trial = bench(lang, "no-bounce-of-bounce", width=width)
    trial.locator(".mb-predict .mb-option").nth(0).click()
    trial.bounced()
    refused = trial.locator(".mb-line.mb-refused")
    expect(refused).to_contain_text("552 5.2.2 <sender@tsubame.example>")
    expect(trial.locator(".mb-legs")).to_contain_text("MAIL FROM:<>")
    expect(trial.locator(".mb-outcome .mb-right")).to_be_visible()
    expect(trial.locator(".mb-side .mb-bounce")).to_have_count(0)  # nothing reaches the sender
    expect(trial.locator(".mb-others .mb-cylinder .mb-bounce")).to_have_count(1)

    trial.locator(
        ".mb-side .mb-device .mb-button"
    ).first.click()  # fetch what lay there before, to have equal numbers
    trial.locator(".mb-side .mb-device .mb-row").first.click()
    trial.locator(".mb-sheet").wait_for()
    expect(trial.root).to_have_attribute("data-state", "running")
    row = trial.locator(".mb-others .mb-device .mb-row")
    row.click()
    expect(trial.root).to_have_attribute("data-state", "passed")
    expect(trial.locator(".mb-device [aria-expanded=true]")).to_have_count(1)
    expect(trial.locator(".mb-code.mb-final-recipient")).to_contain_text("sender@tsubame.example")
    trial.locator(".mb-sheet button").first.click()
    expect(row).to_be_focused()
    expect(trial.locator(".mb-explain")).to_be_visible()
    trial.watched.clean()


@pytest.mark.parametrize(("lang", "width"), [("ja", 1280), ("en", 1280)])
def test_a_reader_changes_which_server_writes_the_bounce(
    bench: Callable[..., Bench], lang: str, width: int
) -> None:
    trial = bench(lang, "who-wrote-it", width=width)
    trial.locator(".mb-predict .mb-option").nth(0).click()
    switch = trial.locator(".mb-switch input")
    expect(switch.nth(0)).to_be_checked()
    switch.nth(0).focus()
    trial.page.keyboard.press("ArrowDown")
    expect(switch.nth(1)).to_be_checked()
    trial.bounced()
    expect(trial.locator(".mb-line.mb-refused")).to_have_count(0)
    expect(trial.locator(".mb-outcome .mb-right")).to_be_visible()
    trial.open_message()
    expect(trial.locator(".mb-code.mb-from")).to_contain_text("MAILER-DAEMON@mx.hibari.example")
    expect(trial.locator(".mb-code.mb-reporting-mta")).to_have_text("Reporting-MTA: dns; mx.hibari.example")
    expect(trial.locator(".mb-code.mb-remote-mta")).to_have_count(0)
    expect(trial.root).to_have_attribute("data-state", "running")

    switch.nth(0).check()
    trial.send(WRONG)
    trial.open_message("unread")
    expect(trial.locator(".mb-code.mb-reporting-mta")).to_have_text("Reporting-MTA: dns; mx.tsubame.example")
    expect(trial.locator(".mb-code.mb-remote-mta")).to_have_text("Remote-MTA: dns; mx.hibari.example")
    expect(trial.root).to_have_attribute("data-state", "passed")
    expect(trial.locator(".mb-explain")).to_contain_text("Reporting-MTA")

    switch.nth(1).check()
    trial.locator(".mb-tools button").nth(1).click()
    expect(trial.root).to_have_attribute("data-state", "fresh")
    expect(switch.nth(0)).to_be_checked()
    trial.watched.clean()


@pytest.mark.parametrize(("lang", "width"), [("ja", 1280), ("en", 1280)])
def test_a_reader_waits_for_a_message_that_was_told_not_now(
    bench: Callable[..., Bench], lang: str, width: int
) -> None:
    trial = bench(lang, "temporary", width=width)
    expect(trial.locator(".mb-labtime")).to_contain_text({"ja": "4月1日 09:00", "en": "1 April, 09:00"}[lang])
    trial.locator(".mb-predict .mb-option").nth(1).click()
    trial.bounced()
    expect(trial.locator(".mb-labtime")).to_contain_text({"ja": "4月1日 13:00", "en": "1 April, 13:00"}[lang])
    expect(trial.locator(".mb-outcome .mb-right")).to_be_visible()
    trial.locator(".mb-device .mb-unread .mb-row").first.click()
    expect(trial.locator(".mb-code.mb-action")).to_have_text("Action: delayed")
    expect(trial.locator(".mb-code.mb-status")).to_have_text("Status: 4.2.2")
    expect(trial.root).to_have_attribute("data-state", "running")
    trial.finish()
    expect(trial.locator(".mb-explain")).to_contain_text("4.4.7")
    trial.watched.clean()


@pytest.mark.parametrize(("lang", "width"), [("ja", 1280), ("en", 1280)])
def test_a_reader_switches_the_recipients_server_off(
    bench: Callable[..., Bench], lang: str, width: int
) -> None:
    trial = bench(lang, "server-down", width=width)
    trial.bounced()
    waits = trial.locator(".mb-step-wait").first
    waits.locator("button").first.click()
    expect(waits).to_contain_text("451 4.4.1")
    tries = trial.locator(".mb-step-deliver.mb-failed")
    expect(tries).to_have_count(2)  # at once, and when the clock was moved
    tries.last.locator(".mb-leg").click()
    expect(tries.last.locator(".mb-unreached")).to_contain_text("mx.hibari.example port 25")
    expect(trial.locator(".mb-step-deliver:not(.mb-failed)")).to_have_count(0)
    trial.finish()
    expect(trial.locator(".mb-step-deliver:not(.mb-failed)")).to_have_count(1)
    trial.watched.clean()


@pytest.mark.parametrize(("lang", "width"), [("ja", 1280), ("en", 1280)])
def test_a_reader_hears_one_cause_in_other_words(bench: Callable[..., Bench], lang: str, width: int) -> None:
    trial = bench(lang, "same-cause-other-words", width=width)
    trial.locator(".mb-predict .mb-option").nth(3).click()
    trial.bounced()
    row = trial.locator(".mb-device .mb-unread .mb-row")
    row.click()
    expect(trial.locator(".mb-code.mb-subject")).to_contain_text("Returned mail: see transcript")
    expect(trial.locator(".mb-code.mb-status")).to_have_text("Status: 5.1.1")
    expect(trial.locator(".mb-outcome")).to_have_count(0)
    switch = trial.locator(".mb-switch input")
    for n, status in ((3, "5.1.10"), (2, "5.0.0")):
        switch.nth(n).check()
        trial.send(WRONG)
        row.click()
        expect(trial.locator(".mb-code.mb-status")).to_have_text(f"Status: {status}")
    expect(trial.locator(".mb-outcome .mb-right")).to_be_visible()
    expect(trial.root).to_have_attribute("data-state", "passed")
    trial.watched.clean()


def test_two_benches_on_a_page_leave_each_other_alone(bench: Callable[..., Bench]) -> None:
    one = bench("en", "user-unknown")
    other = Bench(one.watched, "host-unknown")
    other.ready()
    one.locator("[data-field=body]").fill("kept")
    one.locator(".mb-option").nth(2).click()
    expect(one.root).to_have_attribute("data-state", "running")
    other.bounced()
    expect(one.locator(".mb-option input").nth(2)).to_be_checked()
    expect(one.locator("[data-field=body]")).to_have_value("kept")
    expect(one.locator(".mb-mails .mb-mail")).to_have_count(0)
    one.bounced()
    one.locator(".mb-tools button").nth(1).click()
    expect(one.root).to_have_attribute("data-state", "fresh")
    expect(other.root).to_have_attribute("data-state", "running")
    expect(other.locator(".mb-device .mb-mail")).to_have_count(1)
    ids = one.page.locator("[id]").evaluate_all("all => all.map(e => e.id)")
    assert len(ids) == len(set(ids))
    one.watched.clean()


def test_the_keyboard_is_enough(bench: Callable[..., Bench]) -> None:
    trial = bench("en")
    page = trial.page
    trial.locator(".mb-tools button").first.focus()
    page.keyboard.press("Enter")
    expect(trial.locator(".mb-hints p")).to_have_count(1)
    page.keyboard.press("Tab")  # start over
    page.keyboard.press("Tab")  # the first option
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(trial.locator(".mb-option input").nth(1)).to_be_checked()
    page.keyboard.press("Tab")  # to
    page.keyboard.press("Control+Enter")
    expect(trial.locator(".mb-device .mb-bounce")).to_be_visible()
    trial.replayed()
    trial.locator(".mb-wire [tabindex='0']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    line = trial.locator(".mb-line:focus")
    expect(line).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Space")
    expect(line).to_have_attribute("aria-expanded", "false")
    trial.locator(".mb-device .mb-bounce .mb-row").focus()
    page.keyboard.press("Enter")
    expect(trial.locator(".mb-sheet h4")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # close
    expect(trial.locator(".mb-device .mb-bounce .mb-row")).to_be_focused()


def test_the_record_can_be_read_step_by_step(bench: Callable[..., Bench]) -> None:
    trial = bench("en")
    trial.bounced()
    trial.locator(".mb-dialogue").get_by_role("button", name="Step", exact=True).click()
    expect(trial.locator(".mb-dialogue .mb-position")).to_contain_text("Line 1 of")
    trial.locator(".mb-dialogue").get_by_role("button", name="Step", exact=True).click()
    expect(trial.locator(".mb-dialogue .mb-position")).to_contain_text("Line 2 of")
    expect(trial.locator(".mb-leg")).to_have_count(1)
    expect(trial.locator(".mb-line")).to_have_count(2)
    expect(trial.locator(".mb-device .mb-bounce")).to_be_visible()  # what was seen once stays seen
    trial.button("Show all").click()
    expect(trial.locator(".mb-line.mb-refused")).to_be_visible()


def test_without_motion_everything_stands_there_at_once_numbered(bench: Callable[..., Bench]) -> None:
    trial = bench("en", reduced_motion="reduce")
    trial.bounced()
    expect(trial.locator(".mb-numbered .mb-line.mb-refused")).to_be_visible()
    expect(trial.button("Play")).to_have_count(0)


def test_a_wrong_address_is_told_and_nothing_is_lost(bench: Callable[..., Bench]) -> None:
    trial = bench("en")
    trial.locator("[data-field=body]").fill("a long letter")
    trial.send("recipient")
    expect(trial.root.get_by_role("alert").filter(has_text="@")).to_be_visible()
    expect(trial.locator("[data-field=to]")).to_be_focused()
    expect(trial.locator("[data-field=to]")).to_have_attribute("aria-invalid", "true")
    expect(trial.locator("[data-field=body]")).to_have_value("a long letter")
    expect(trial.root).to_have_attribute("data-state", "fresh")


def test_fifty_megabytes_are_counted_and_not_sent(bench: Callable[..., Bench]) -> None:
    trial = bench("en")
    trial.locator("[data-field=body]").evaluate("field => { field.value = 'あ'.repeat(17_000_000) }")
    trial.locator(".mb-go").click()
    expect(trial.locator(".mb-compose [role=alert]")).to_contain_text("51 MB")
    assert trial.locator("[data-field=body]").evaluate("field => field.value.length") == 17_000_000
    trial.locator("[data-field=body]").fill("short")
    trial.bounced()  # the kernel is there as before


def test_two_tabs_leave_each_other_alone(bench: Callable[..., Bench]) -> None:
    one, two = bench("en"), bench("ja")
    one.bounced()
    expect(two.root).to_have_attribute("data-state", "fresh")
    expect(two.locator(".mb-mails .mb-mail")).to_have_count(0)


def test_an_experiment_is_made_when_the_reader_comes_near(bench: Callable[..., Bench]) -> None:
    first = bench("en", "user-unknown")
    far = Bench(first.watched, "mailbox-full")
    expect(far.root).to_have_count(0)
    far.ready()
    expect(first.root).to_have_count(1)
    first.watched.clean()
