"""The opened message: mail that means harm, on an empty page and on a page of the book, and files that are saved."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from mailserver_lab.experiments import Reading
from mailserver_lab.widgets import strings
from mailserver_lab.widgets.frame import Frame
from mailserver_lab.widgets.letter import Letter
from tests.mime.mails import BASE64, REMOTE, attack, in_base64, mail, multipart, part

from .barriers import RULES, axe
from .bench import Bench
from .conftest import Server, Watched
from .test_panels import show

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
Open = Callable[..., Watched]


class Opened:
    """A letter on an empty page, with the panel's own Python behind it as if there were a kernel."""

    def __init__(self, watched: Watched, raw: bytes, *, module: bool = True) -> None:
        self.watched, self.page = watched, watched.page
        self.panel = Letter("en", strings.LETTER)
        self.panel.read(Reading(1, "news@evil.example", "An offer", "", "", raw, ()))
        self.panel.send = self._tell  # type: ignore[method-assign]
        show(self.page, Letter, strings.LETTER, reading=self.panel.reading)
        self.page.add_style_tag(content=Frame._css)
        if module:
            self.answer()

    def answer(self) -> None:
        """Let the panel's Python hear what the page has asked so far, and answer."""
        for message in self.page.evaluate("asked.splice(0)"):
            self.panel._heard(None, message, [])

    def _tell(self, content: Any, buffers: Any = ()) -> None:
        texts = [base64.b64encode(buffer).decode() for buffer in buffers]
        self.page.evaluate(
            "([message, texts]) => tell(message, texts.map((text) => new DataView(Uint8Array.from(atob(text), (one) => one.charCodeAt(0)).buffer)))",
            [content, texts],
        )

    @property
    def frame(self) -> FrameLocator:
        return self.page.frame_locator("iframe.mb-html")

    def saved(self, button: Locator) -> tuple[str, bytes]:
        """Press a button that saves a file; gives its name and content."""
        with self.page.expect_download() as download:
            button.click()
            while not self.page.evaluate("asked.length === 0"):
                self.answer()
                self.page.wait_for_timeout(0)
        return download.value.suggested_filename, Path(download.value.path()).read_bytes()


@pytest.fixture
def letter(open_page: Open) -> Callable[..., Opened]:
    return lambda raw, **options: Opened(open_page("about:blank"), raw, **options)


def requests_of(page: Page) -> list[str]:
    """Every request that the browser makes from now on, wherever it goes; none of them leaves."""
    made: list[str] = []

    def caught(route: Any) -> None:
        made.append(route.request.url)
        route.abort()

    page.context.route(lambda url: not url.startswith(("blob:", "data:", "about:")), caught)
    return made


def test_nothing_in_a_mail_runs_or_asks_for_anything(open_page: Open) -> None:
    watched = open_page("about:blank")
    made = requests_of(watched.page)
    opened = Opened(watched, attack())
    expect(opened.frame.locator("body")).to_contain_text("Dear customer,")
    expect(opened.frame.locator("body")).to_contain_text("Sign in")  # what a form said may be read
    frame = opened.page.locator("iframe.mb-html")
    expect(frame).to_have_attribute("sandbox", "")
    forbidden = "script, style:not(head style), link, meta[http-equiv=refresh], base, form, input, button, iframe, object, embed, svg, math, video, audio, source, [href], [srcset], [background], [onerror], [onload], [id]"
    expect(opened.frame.locator("body").locator(forbidden)).to_have_count(0)
    expect(opened.frame.locator("img")).to_have_count(1)  # the one that came with the message
    expect(opened.frame.locator("img")).to_have_attribute("src", base64_of_pixel())
    expect(opened.frame.locator("img")).to_have_js_property("naturalWidth", 1)
    expect(opened.page.locator(".mb-view")).to_contain_text(f"{REMOTE} remote images were not loaded")
    expect(opened.page.locator(".mb-view")).to_contain_text(
        "base, embed, form, iframe, link, math, meta, object, script, style, svg"
    )
    opened.page.wait_for_timeout(500)  # whatever it is that would like to be asked for later
    assert made == []
    assert opened.page.evaluate("window.harmed") is None


def base64_of_pixel() -> str:
    from tests.mime.mails import PIXEL

    return f"data:image/png;base64,{base64.b64encode(PIXEL).decode()}"


def test_the_frame_and_its_policy_hold_alone(letter: Callable[..., Opened]) -> None:
    """The same HTML, not cleaned at all, in the frame and under the policy that cleaned HTML gets."""
    opened = letter(attack())
    made = requests_of(opened.page)
    expect(opened.frame.locator("body")).to_contain_text("Dear customer,")
    opened.page.evaluate(
        """(attack) => {
          const frame = document.querySelector("iframe.mb-html");
          frame.srcdoc = frame.srcdoc.replace(/<body[^]*/, "<body>" + attack);
        }""",
        attack_without_head(),
    )
    expect(opened.frame.locator("video")).to_be_attached()
    opened.page.wait_for_timeout(500)
    assert made == []
    assert opened.page.evaluate("window.harmed") is None


def attack_without_head() -> str:
    """What the frame and its policy have to stop; a refresh, which leads the frame elsewhere, is for the cleaning."""
    from tests.mime.mails import ATTACK

    return "\n".join(line for line in ATTACK.splitlines() if "refresh" not in line)


def test_links_tell_where_they_lead_and_do_not_lead_there(letter: Callable[..., Opened]) -> None:
    opened = letter(attack())
    expect(opened.frame.locator("sup")).to_have_text(["[1: evil.example]", "[2: evil.example]", "[3: tsubame.example]"])  # fmt: skip
    opened.frame.get_by_text("www.bank.example").click()
    expect(opened.frame.locator("body")).to_contain_text("Dear customer,")
    links = opened.page.locator(".mb-links")
    expect(links.locator("a").first).to_be_hidden()
    links.locator("summary").click()
    expect(links.locator("strong")).to_have_text(["evil.example", "evil.example", "tsubame.example"])
    expect(links.locator("a").nth(1)).to_have_attribute("rel", "noopener noreferrer")
    expect(links.locator(".mb-caution")).to_have_count(2)
    expect(links.locator(".mb-caution").nth(1)).to_contain_text("bank.example, but it leads to evil.example")
    assert len(opened.page.context.pages) == 1


def test_html_without_colours_follows_the_theme_of_the_page(letter: Callable[..., Opened]) -> None:
    opened = letter(mail("Content-Type: text/html", body="<p>Good morning"))
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    expect(opened.frame.locator("p")).to_have_text("Good morning")
    for theme, lightest in (("dark", range(60)), ("light", range(200, 256))):
        opened.page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        expect(opened.frame.locator(f"html[style*='{theme}']")).to_be_attached()
        colour = opened.frame.locator("html").evaluate(f"() => {ground}")
        assert int(colour.removeprefix("rgb(").partition(",")[0]) in lightest


def test_the_colours_of_a_mail_stay_together(letter: Callable[..., Opened]) -> None:
    opened = letter(
        mail("Content-Type: text/html", body='<body bgcolor="#000000" text="#ffffff"><p>Good evening')
    )
    paragraph = opened.frame.locator("p")
    assert paragraph.evaluate("one => getComputedStyle(one).color") == "rgb(255, 255, 255)"
    assert paragraph.evaluate("one => getComputedStyle(document.body).backgroundColor") == "rgb(0, 0, 0)"


def test_the_text_is_there_for_those_who_prefer_it(letter: Callable[..., Opened]) -> None:
    opened = letter(attack())
    text = opened.page.get_by_role("button", name="Plain text")
    text.press("Enter")
    expect(text).to_have_attribute("aria-pressed", "true")
    expect(opened.page.locator(".mb-plain")).to_have_text("Dear customer, in plain text.")
    expect(opened.page.locator("iframe")).to_have_count(0)


def test_without_its_cleaner_html_is_not_shown(letter: Callable[..., Opened]) -> None:
    opened = letter(attack(), module=False)
    assert opened.page.evaluate("asked.splice(0)") == [{"kind": "html-mail"}]
    opened._tell({"kind": "html-mail"})
    expect(opened.page.locator(".mb-view")).to_contain_text("could not be loaded")
    expect(opened.page.locator("iframe")).to_have_count(0)


def test_files_are_saved_under_harmless_names_and_never_opened(letter: Callable[..., Opened]) -> None:
    opened = letter(attack())
    files = opened.page.locator(".mb-enclosed li")
    expect(files).to_have_count(4)
    expect(files.nth(1).locator(".mb-caution")).to_contain_text("the last one, .exe")
    expect(files.nth(2)).to_contain_text("gpj⟨U+202E⟩.exe")
    assert opened.saved(files.nth(1).get_by_role("button", name="Save")) == (
        "_.._invoice.pdf.exe",
        b"MZ" * 5_000,
    )
    assert opened.saved(files.nth(2).get_by_role("button", name="Save")) == ("gpj.exe", b"hidden")
    opened.page.locator(".mb-raw summary").click()
    name, content = opened.saved(opened.page.get_by_role("button", name="Save the whole message"))
    assert (name, content) == ("An offer.eml", attack())


def test_a_large_file_comes_in_pieces(letter: Callable[..., Opened]) -> None:
    data = bytes(range(256)) * 40_000  # 10 MB
    kind, body = multipart("mixed", part("application/octet-stream", in_base64(data), BASE64, 'Content-Disposition: attachment; filename="big.bin"'))  # fmt: skip
    opened = letter(mail(kind, body=body))
    assert opened.page.evaluate("asked.length") == 0
    name, content = opened.saved(opened.page.get_by_role("button", name="Save big.bin"))
    assert name == "big.bin"
    assert content == data
    expect(opened.page.locator(".mb-enclosed [role=status]").first).to_contain_text("big.bin was handed")


def test_a_message_in_a_message_unfolds(letter: Callable[..., Opened]) -> None:
    opened = letter(attack())
    button = opened.page.get_by_role("button", name="Show as a message")
    button.click()
    opened.answer()
    inner = opened.page.locator(".mb-inner")
    expect(inner).to_contain_text("The inner text.")
    expect(inner.locator(".mb-subject")).to_have_text("An inner message")
    opened.page.get_by_role("button", name="Fold").click()
    expect(inner).to_be_hidden()


def test_the_header_is_explained_with_its_sources(letter: Callable[..., Opened]) -> None:
    opened = letter(attack())
    opened.page.locator(".mb-header summary").click()
    row = opened.page.locator(".mb-header dl > div").filter(has=opened.page.locator("dt", has_text="From"))
    expect(row).to_contain_text("proves nothing")
    expect(row.locator("a")).to_have_attribute("href", "https://www.rfc-editor.org/rfc/rfc5322#section-3.6.2")


def test_huge_html_leaves_the_page_responsive(letter: Callable[..., Opened]) -> None:
    html = "<div><b>x</b>" * 1_000_000
    opened = letter(mail("Content-Type: text/html", body=html))
    expect(opened.frame.locator("body")).to_contain_text("xxx")
    expect(opened.page.locator(".mb-letter")).to_contain_text("only the beginning is shown")


@pytest.mark.parametrize(("lang", "width", "scheme"), [("ja", 1280, "light"), ("en", 360, "dark")])
def test_it_arrives_on_a_bench_and_is_accessible(book_server: Server, open_page: Open, lang: str, width: int, scheme: str) -> None:  # fmt: skip
    trial = Bench(open_page(book_server.url(f"{lang}/letter.html"), width=width, color_scheme=scheme), "user-unknown")  # fmt: skip
    row = trial.locator(".mb-device .mb-row")
    row.focus()
    trial.page.keyboard.press("Enter")
    body = trial.page.frame_locator("iframe.mb-html").locator("body")
    expect(body).to_contain_text("Dear customer,")
    for details in trial.locator(".mb-letter details").all():
        details.evaluate("one => { one.open = true }")
    trial.locator(".mb-enclosed li").nth(3).get_by_role("button").nth(1).press("Enter")
    expect(trial.locator(".mb-inner")).to_contain_text("The inner text.")
    with trial.page.expect_download() as download:
        trial.locator(".mb-enclosed li").nth(2).get_by_role("button").press("Enter")
    assert Path(download.value.path()).read_bytes() == b"hidden"
    assert trial.page.evaluate("document.documentElement.scrollWidth") <= width
    assert trial.page.evaluate("window.harmed") is None
    trial.page.evaluate(axe())
    found = trial.page.evaluate(
        "rules => axe.run('[data-experiment] .mb-letter', { runOnly: rules, iframes: false })", RULES
    )
    assert found["violations"] == []
    # the book's own policy speaks up while the mail is taken apart: it would not let anything happen either
    assert [error for error in trial.watched.errors if "Content Security Policy" not in error] == []
    assert trial.watched.foreign == []
