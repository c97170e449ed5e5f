"""Readers without servers, and on paper, see the figures."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from .conftest import Server, Watched


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
