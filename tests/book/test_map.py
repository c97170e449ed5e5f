"""The map on the real page, and on an empty one where nobody serves what lays it out."""

import base64
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from mailserver_lab.experiments import Leg, Line, Machines
from mailserver_lab.locale import Text
from mailserver_lab.widgets import strings
from mailserver_lab.widgets.map import Map

from .bench import Bench
from .conftest import ROOT, Server, Watched
from .test_panels import show

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

DELIVERY = "[data-edge=edge-deliver-mx-tsubame-example-mx-hibari-example]"
ALL_THERE = ".mb-map .mb-edge:not(.mb-ahead)"


@pytest.fixture
def bench(chapters: Server, open_page: Callable[..., Watched]) -> Callable[..., Bench]:
    """Open the chapter and wait for its first bench."""

    def opened(lang: str, **options: object) -> Bench:
        trial = Bench(open_page(chapters.url(f"{lang}/04-mailer-daemon.html"), **options), "user-unknown")
        trial.ready()
        return trial

    return opened


def arrived(trial: Bench, hops: int = 5) -> None:
    expect(trial.locator(ALL_THERE)).to_have_count(hops)
    expect(trial.locator(".mb-map .mb-spot")).to_have_count(0)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_way_appears_and_an_edge_opens_what_was_said(bench: Callable[..., Bench], lang: str) -> None:
    trial = bench(lang)
    expect(trial.locator(".mb-map .mb-node")).to_have_count(5)
    expect(trial.locator(".mb-map .mb-edge")).to_have_count(0)
    trial.bounced()
    arrived(trial)
    expect(trial.locator(DELIVERY)).to_contain_text("✕ 550 5.1.1")
    expect(trial.locator(".mb-map .mb-on-bounce path[stroke-dasharray]").first).to_be_attached()
    expect(trial.locator(".mb-way li")).to_have_count(5)
    trial.locator("[data-edge^=edge-mx-]").focus()
    trial.page.keyboard.press("Enter")
    leg = trial.locator(".mb-leg:focus")
    expect(leg).to_have_attribute("aria-expanded", "true")
    expect(leg).to_contain_text("DNS")
    trial.locator(DELIVERY).locator("text").first.click()
    expect(trial.locator(".mb-leg[aria-expanded=true]")).to_contain_text("SMTP 25")
    trial.send("recipient@hibari.example")
    expect(trial.locator(".mb-map .mb-node")).to_have_count(6)  # the recipient's mailbox
    arrived(trial, 4)
    trial.locator(".mb-tools button").nth(1).click()
    expect(trial.locator(".mb-map .mb-edge")).to_have_count(0)
    trial.watched.clean()


def test_the_reader_goes_hop_by_hop_at_their_own_pace(bench: Callable[..., Bench]) -> None:
    trial = bench("en")
    trial.bounced()
    arrived(trial)
    part = trial.locator(".mb-map")
    step = part.get_by_role("button", name="Step", exact=True)
    step.click()
    expect(part.locator(".mb-position")).to_have_text("1 of 5")
    expect(part.get_by_role("status")).to_contain_text("1. Sender’s PC")
    step.click()
    expect(part.locator(".mb-position")).to_have_text("2 of 5")
    expect(trial.locator(ALL_THERE)).to_have_count(2)
    part.get_by_role("button", name="Back to the start").click()
    expect(trial.locator(ALL_THERE)).to_have_count(0)
    part.get_by_role("button", name="Speed").click()
    expect(part.get_by_role("button", name="Speed: fast")).to_be_visible()
    part.get_by_role("button", name="Play").click()
    expect(part.locator(".mb-spot")).to_be_visible()
    arrived(trial)


def test_without_motion_there_are_numbers_and_no_movement(bench: Callable[..., Bench]) -> None:
    trial = bench("en", reduced_motion="reduce")
    trial.bounced()
    arrived(trial)
    part = trial.locator(".mb-map")
    expect(part.get_by_role("button", name="Play")).to_have_count(0)
    part.get_by_role("button", name="Step", exact=True).click()
    expect(part.locator(".mb-position")).to_have_text("1 of 5")
    assert part.locator(".mb-spot").count() == 0


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_on_a_narrow_page_it_goes_down_and_can_be_read(bench: Callable[..., Bench], lang: str) -> None:
    trial = bench(lang, width=360)
    trial.bounced()
    arrived(trial)
    box = trial.locator(".mb-map svg").bounding_box()
    assert box
    assert box["height"] > 200
    assert box["width"] / float(trial.locator(".mb-map svg").get_attribute("width") or 0) > 0.85
    assert trial.page.evaluate("document.documentElement.scrollWidth") <= 360


def test_where_nobody_serves_the_layout_the_kernel_sends_it(open_page: Callable[..., Watched]) -> None:
    machines = Machines("pc.a.one.example", "mx.one.example", ("mx.two.example",), "a@one.example")
    line = Line(1, "server", "250 ok", False, None)
    legs = [Leg("x", "submit", Text("題", "t"), "smtp", 587, machines.device, machines.server, (line,), 1.0)]
    panel = Map("en", strings.MAP)
    panel.view(machines, legs)
    page = open_page("about:blank").page
    show(page, Map, strings.MAP, wide=panel.wide, tall=panel.tall, hops=panel.hops)
    page.wait_for_function("asked.some((message) => message.kind === 'layout')")
    (file,) = (ROOT / "book" / "_static" / "live").glob("layout-*.js")
    page.evaluate(
        "text => tell({ kind: 'layout' }, [Uint8Array.from(atob(text), (one) => one.charCodeAt(0))])",
        base64.b64encode(file.read_bytes()).decode(),
    )
    expect(page.locator(".mb-edge")).to_have_count(1)
    assert page.evaluate("asked.length") == 1
