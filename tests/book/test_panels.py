"""Single panels on an empty page, with what no chapter would show: records of thousands of lines, mail that means harm."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from mailserver_lab.dsn import Annotated
from mailserver_lab.experiments import Reading
from mailserver_lab.locale import Text
from mailserver_lab.widgets import strings
from mailserver_lab.widgets.device import Device
from mailserver_lab.widgets.dialogue import BATCH, Dialogue
from mailserver_lab.widgets.letter import Letter
from mailserver_lab.widgets.mailbox import Mailbox
from mailserver_lab.widgets.panel import Panel
from tests.mime.mails import mail

from .conftest import Watched

pytestmark = pytest.mark.browser

HARM = '<img src=x onerror="window.harmed = true"><script>window.harmed = true</script>'
MAIL = {"uid": 1, "sender": HARM, "subject": HARM, "time": HARM, "size": 1, "seen": False, "bounce": True}

# The part of a widget's model that panels use, without a kernel behind it.
MODEL = """async ({ code, css, traits }) => {
  document.body.innerHTML = "<div class=mail-bench><div id=panel></div></div>";
  document.head.append(Object.assign(document.createElement("style"), { textContent: css }));
  const heard = {};
  const on = (name, act) => (heard[name] ??= new Set()).add(act);
  window.asked = [];
  window.tell = (message, buffers) => heard["msg:custom"]?.forEach((act) => act(message, buffers));
  const model = { get: (name) => traits[name], on, off: (name, act) => heard[name]?.delete(act), send: (message) => window.asked.push(message) };
  const { default: panel } = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  panel.render({ model, el: document.getElementById("panel") });
}"""


def show(page: Page, panel: type[Panel], texts: strings.Texts, **traits: Any) -> None:
    values = {"lang": "en", "texts": strings.said(texts, "en"), **traits}
    page.evaluate(MODEL, {"code": panel._esm, "css": panel._css, "traits": values})


@pytest.fixture
def page(open_page: Callable[..., Watched]) -> Page:
    return open_page("about:blank").page


def lines(first: int, count: int) -> list[list[Any]]:
    return [["one", "server", f"250 line {n}", False, "why"] for n in range(first, first + count)]


HEAD = {"id": "one", "step": "deliver", "title": "Delivery", "protocol": "SMTP", "port": 25, "source": "a", "target": "b", "ms": 1}  # fmt: skip


@pytest.mark.parametrize("live", [False, True])
def test_five_thousand_lines_leave_the_page_responsive(page: Page, live: bool) -> None:
    show(page, Dialogue, strings.DIALOGUE)
    assert page.evaluate("asked") == [{"kind": "all"}]
    page.evaluate(
        "() => { let last = performance.now(); window.worst = 0; setInterval(() => { const now = performance.now();"
        " window.worst = Math.max(window.worst, now - last); last = now }, 10) }"
    )
    for first in range(0, 5_000, BATCH):
        message = {"kind": "record", "replace": False, "live": live, "legs": [HEAD] if first == 0 else [], "lines": lines(first, BATCH)}  # fmt: skip
        page.evaluate("message => tell(message)", message)
    expect(page.locator(".mb-line")).to_have_count(5_000)
    assert page.evaluate("worst") < 1_000


def test_mail_that_means_harm_is_text_and_nothing_else(page: Page) -> None:
    letter = Letter("en", strings.LETTER)
    parts = (Annotated("text", HARM, Text("注", "a note")),)
    letter.read(Reading(1, HARM, HARM, HARM, HARM, mail(f"X-Harm: {HARM}", body=HARM), parts))
    for panel, texts, traits in (
        (
            Mailbox,
            strings.MAILBOX,
            {"host": HARM, "address": HARM, "messages": [MAIL], "used": 1, "quota": 10},
        ),
        (
            Device,
            strings.DEVICE,
            {"name": HARM, "messages": [MAIL], "opened": 0, "ready": True, "busy": False},
        ),
        (Letter, strings.LETTER, {"reading": letter.reading}),
    ):
        show(page, panel, texts, **traits)
        expect(page.locator("#panel")).to_contain_text("onerror")
        assert page.locator("#panel :is(img, script)").count() == 0
    show(page, Dialogue, strings.DIALOGUE)
    message = {"kind": "record", "replace": False, "live": False, "legs": [HEAD], "lines": [["one", "server", HARM, True, ""]]}  # fmt: skip
    page.evaluate("message => tell(message)", message)
    expect(page.locator(".mb-line")).to_contain_text("onerror")
    assert page.locator("#panel :is(img, script)").count() == 0
    assert page.evaluate("window.harmed") is None
