"""Readers at the same time, and things that end while a message is on its way."""

import os
import signal
from collections.abc import Callable

import psutil
import pytest
from playwright.sync_api import Route, expect

from .bench import RIGHT, SMALL, Bench
from .conftest import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_two_readers_in_two_languages_send_and_reset_at_once(bench: Callable[..., Bench]) -> None:
    one, two, three = bench("ja", "user-unknown"), bench("en", "user-unknown"), bench("en", "mailbox-full")
    trials = (one, two, three)
    for trial in trials:
        trial.send(SMALL if trial is three else "recipent@hibari.example")
    one.locator(".mb-tools button").nth(1).click()  # starts over before anything has come back
    expect(one.root).to_have_attribute("data-state", "fresh")
    for trial in (two, three):
        expect(trial.locator(".mb-device .mb-bounce")).to_be_visible(timeout=20_000)
    expect(two.locator(".mb-device .mb-bounce")).to_contain_text("Undelivered")
    expect(one.locator(".mb-device .mb-mail")).to_have_count(0)
    one.send(RIGHT)
    expect(one.locator(".mb-map .mb-edge:not(.mb-ahead)")).not_to_have_count(0)
    expect(one.locator(".mb-device .mb-bounce")).to_have_count(
        0
    )  # nor does the old bounce come to the new world
    for trial in trials:
        trial.watched.clean()


def test_a_bench_started_over_in_the_middle_of_a_delivery_begins_anew(bench: Callable[..., Bench]) -> None:
    trial = bench("en")
    for _ in range(3):
        trial.send("recipent@hibari.example")
        expect(trial.root).to_have_attribute("data-state", "running")
        trial.locator(".mb-tools button").nth(1).click()
        expect(trial.root).to_have_attribute("data-state", "fresh")
    trial.bounced()
    expect(trial.locator(".mb-device .mb-mail")).to_have_count(1)
    trial.watched.clean()


def test_a_kernel_that_is_killed_while_a_message_travels_is_told_and_the_page_comes_back(
    bench: Callable[..., Bench], chapters: Server
) -> None:
    trial = bench("en")
    assert chapters.process
    family = psutil.Process(chapters.process.pid).children(recursive=True)
    kernels = [one for one in family if "ipykernel_launcher" in " ".join(one.cmdline())]
    trial.send("recipent@hibari.example")
    for kernel in kernels:
        os.kill(kernel.pid, signal.SIGKILL)
    page = trial.page
    page.locator("body[data-live=lost]").wait_for()
    expect(page.locator(".live-bar")).to_contain_text("has stopped")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/sessions*", hold)
    page.get_by_role("button", name="Start the experiments again").click()
    # what the old kernel made is gone before the new one answers: nobody would hear its Send
    expect(page.locator("[data-experiment]")).to_have_count(0)
    page.wait_for_function("() => document.body.dataset.live === 'starting'")
    while not held:
        page.wait_for_timeout(50)  # events come in while Playwright waits
    for request in held:
        request.continue_()
    page.unroute("**/api/sessions*")
    trial.ready()
    trial.bounced()
