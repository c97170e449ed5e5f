"""Breaking something on the page: by mouse and by keyboard, in both languages, wide and narrow."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from .barriers import fits
from .bench import Bench

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PHONE = {"width": 360, "has_touch": True, "is_mobile": True, "reduced_motion": "reduce"}
STILL = {"reduced_motion": "reduce"}
CONTROLS = ".mb-breaking :is(button, select, input:not([type=radio]))"


def field(trial: Bench, name: str) -> Locator:
    return trial.locator(f".mb-breaking [data-field={name}]")


def broken(trial: Bench) -> Locator:
    return trial.locator(".mb-broken > li")


@pytest.mark.parametrize(("lang", "options"), [("ja", STILL), ("en", PHONE)])
def test_what_is_broken_stops_the_message_and_what_is_mended_lets_it_arrive(
    bench: Callable[..., Bench], lang: str, options: dict[str, object]
) -> None:
    trial = bench(lang, "break-it", **options)
    trial.locator(".mb-predict .mb-option").nth(3).click()
    expect(broken(trial)).to_have_count(0)
    field(trial, "do").select_option("drop")
    field(trial, "at").select_option("rcpt")
    trial.locator(".mb-break").click()
    expect(broken(trial)).to_have_count(2)
    field(trial, "place").select_option("dns")
    field(trial, "do").select_option("servfail")
    trial.locator(".mb-breaking input[type=radio]").nth(1).check()
    for bad in ("0", "", "1.5", "101", "二"):
        field(trial, "times").fill(bad)
        trial.locator(".mb-break").click()
        expect(field(trial, "times")).to_have_attribute("aria-invalid", "true")
        expect(trial.locator(".mb-breaking [role=alert]")).not_to_be_empty()
        expect(field(trial, "times")).to_be_focused()
        expect(field(trial, "times")).to_have_value(bad)
    expect(broken(trial)).to_have_count(2)
    if options is PHONE:
        fits(trial, CONTROLS)
    field(trial, "times").fill("1")
    trial.locator(".mb-break").click()
    expect(broken(trial)).to_have_count(3)
    expect(trial.locator(".mb-breaking [role=alert]")).to_be_empty()
    expect(trial.locator(".mb-breaking [role=status]")).to_contain_text("SERVFAIL")

    trial.locator(".mb-compose .mb-go").click()
    expect(trial.locator(".mb-step-wait")).to_have_count(1)
    expect(broken(trial)).to_have_count(2)  # it has struck as often as it was to
    expect(trial.locator(".mb-breaking [role=status]")).to_contain_text("SERVFAIL")
    expect(trial.locator(".mb-step-mx .mb-line.mb-fault")).to_have_text("✕" + said(lang) + "servfail")
    expect(trial.locator(".mb-step-mx .mb-because")).to_contain_text("SERVFAIL")
    trial.later(3_600)
    expect(trial.locator(".mb-step-wait")).to_have_count(2)
    expect(trial.locator(".mb-step-deliver")).to_have_count(2)
    expect(trial.locator(".mb-map svg")).to_contain_text("✕ drop")
    if options is PHONE:
        fits(trial, CONTROLS)

    trial.locator("[data-act=mend-all]").click()
    expect(broken(trial)).to_have_count(0)
    trial.later(3_600)
    expect(trial.root).to_have_attribute("data-state", "passed")
    expect(trial.locator(".mb-others .mb-mail")).to_have_count(1)
    trial.watched.clean()


def said(lang: str) -> str:
    return {"ja": "故障：", "en": "A fault: "}[lang]


def test_by_keyboard_alone_something_is_broken_mended_and_taken_back(bench: Callable[..., Bench]) -> None:
    trial = bench("en", "break-it", **STILL)
    page = trial.page
    field(trial, "place").focus()
    page.keyboard.press("ArrowDown")  # the first of the two servers
    page.keyboard.press("Tab")
    page.keyboard.type("Its disk")
    expect(field(trial, "do")).to_have_value("disk-full")
    trial.locator(".mb-break").press("Enter")
    expect(broken(trial)).to_have_count(1)
    expect(trial.locator(".mb-break")).to_be_focused()
    status = trial.locator(".mb-breaking [role=status]")
    expect(status).to_contain_text("Broken: mx1.hibari.example: its disk is full (452)")

    broken(trial).get_by_role("button", name="Mend").press("Enter")
    expect(broken(trial)).to_have_count(0)
    expect(trial.button("Undo")).to_be_focused()
    expect(status).to_contain_text("Mended: mx1.hibari.example")
    page.keyboard.press("Enter")
    expect(broken(trial)).to_have_count(1)
    expect(trial.button("Undo")).to_be_focused()
    trial.button("Mend everything").press("Enter")
    expect(broken(trial)).to_have_count(0)
    expect(trial.button("Undo")).to_be_focused()
    trial.watched.clean()


def test_starting_over_mends_everything_and_keeps_what_was_chosen(bench: Callable[..., Bench]) -> None:
    trial = bench("ja", "break-it", **STILL)
    field(trial, "do").select_option("slow")
    field(trial, "seconds").fill("0.1")
    trial.locator(".mb-break").click()
    expect(broken(trial)).to_have_count(2)
    trial.locator(".mb-tools button").nth(1).click()
    expect(broken(trial)).to_have_count(0)
    expect(field(trial, "do")).to_have_value("slow")
    expect(field(trial, "seconds")).to_have_value("0.1")
    trial.locator(".mb-break").click()
    expect(broken(trial)).to_have_count(2)
    trial.locator(".mb-compose .mb-go").click()
    expect(trial.locator(".mb-others .mb-mail")).to_have_count(1)
    trial.watched.clean()
