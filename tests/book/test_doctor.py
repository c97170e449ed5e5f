"""The page of the bounce doctor: a reader pastes, chooses and drops bounces, in both languages, wide and narrow."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from mailserver_lab.widgets import Doctor as Panel
from mailserver_lab.widgets import strings
from tests.dsn.bounces import SAMPLES, report

from .barriers import RULES, axe
from .bench import Bench
from .conftest import Server, Watched
from .test_panels import show

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
Open = Callable[..., Watched]

HARM = '<img src=x onerror="window.harmed = true"><script>window.harmed = true</script>'
FORMATS = {
    "Postfix, two recipients": ["User unknown", "Mailbox full"],
    "Exim": ["exceeds maximum fixed size", "retry timeout exceeded"],
    "qmail": ["no mailbox here by that name", "couldn't find any host named", "in the queue too long"],
    "Exchange 2003": ["The recipient's mailbox is full"],
    "Gmail of today, no such domain, status 4.0.0": ["responded with code NXDOMAIN"],
}
"""Bounces of five mail systems, and the words that are marked first for each recipient."""


class Doctor:
    """The doctor on its page."""

    def __init__(self, watched: Watched) -> None:
        self.watched, self.page = watched, watched.page
        self.root = self.page.locator(".mb-doctor")
        self.root.wait_for(timeout=60_000)

    @property
    def field(self) -> Locator:
        return self.root.locator("textarea")

    @property
    def cases(self) -> Locator:
        return self.root.locator(".mb-case")

    @property
    def found(self) -> Locator:
        return self.root.locator(".mb-found")

    def examine(self, text: str) -> None:
        self.field.fill(text)
        self.root.locator(".mb-go").click()

    def barriers(self) -> list[str]:
        self.page.evaluate(axe())
        options = {"runOnly": RULES, "resultTypes": ["violations"]}
        found = self.page.evaluate(
            "options => axe.run(document.querySelector('.mb-doctor'), options)", options
        )
        return [
            f"{barrier['id']}: {node['html'][:200]}"
            for barrier in found["violations"]
            for node in barrier["nodes"]
        ]


@pytest.fixture
def doctor(chapters: Server, open_page: Open) -> Callable[..., Doctor]:
    return lambda lang="en", **options: Doctor(
        open_page(chapters.url(f"{lang}/bounce-doctor.html"), **options)
    )


@pytest.mark.parametrize(("lang", "width"), [("ja", 1280), ("en", 360), ("ja", 360), ("en", 1280)])
def test_five_mail_systems_bounces_are_pasted_and_read(
    doctor: Callable[..., Doctor], lang: str, width: int
) -> None:
    trial = doctor(lang, width=width)
    for name, words in FORMATS.items():
        trial.examine(SAMPLES[name].raw.decode())
        expect(trial.cases).to_have_count(len(words))
        for n, marked in enumerate(words):
            expect(trial.cases.nth(n).locator("mark").first).to_have_text(marked)
        heading = trial.found.locator("h3")
        expect(heading).to_be_focused()
        expect(trial.root.locator(".mb-go")).to_have_attribute("aria-disabled", "false")
    headings = trial.cases.first.locator("h5").all_inner_texts()
    assert len(headings) >= 6
    assert headings[-1] == {"ja": "いま、どうするか", "en": "What to do now"}[lang]
    assert trial.barriers() == []
    assert trial.page.evaluate("document.documentElement.scrollWidth") <= width
    trial.watched.clean()


def test_the_report_is_in_the_dark_as_legible_as_in_the_light(doctor: Callable[..., Doctor]) -> None:
    trial = doctor("en", color_scheme="dark")
    trial.examine(SAMPLES["the code says one thing, the words another"].raw.decode())
    expect(trial.cases).to_have_count(1)
    assert trial.barriers() == []


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_sample_is_put_into_the_field_and_read_and_undo_brings_back_what_was_there(
    doctor: Callable[..., Doctor], lang: str
) -> None:
    trial = doctor(lang)
    trial.field.fill("my own")
    trial.root.locator("[data-sample=two-recipients]").click()
    expect(trial.cases).to_have_count(2)
    assert "MAILER-DAEMON@mx.tsubame.example" in trial.field.input_value()
    trial.root.get_by_role("button", name={"ja": "元に戻す", "en": "Undo"}[lang], exact=True).click()
    expect(trial.field).to_have_value("my own")
    trial.watched.clean()


def test_clear_empties_all_and_undo_brings_all_back_by_keyboard_alone(doctor: Callable[..., Doctor]) -> None:
    trial = doctor()
    text = SAMPLES["qmail"].raw.decode()
    trial.field.fill(text)
    trial.field.press("Control+Enter")
    expect(trial.cases).to_have_count(3)
    trial.root.get_by_role("button", name="Clear").focus()
    trial.page.keyboard.press("Enter")
    expect(trial.field).to_have_value("")
    expect(trial.cases).to_have_count(0)
    expect(trial.root.get_by_role("button", name="Undo")).to_be_focused()
    trial.page.keyboard.press("Enter")
    expect(trial.field).to_have_value(text)
    expect(trial.cases).to_have_count(3)
    expect(trial.field).to_be_focused()


def test_nothing_to_examine_is_said_and_the_field_is_where_to_go_on(doctor: Callable[..., Doctor]) -> None:
    trial = doctor()
    trial.root.locator(".mb-go").click()
    expect(trial.root.get_by_role("alert")).to_contain_text("There is nothing to examine yet")
    expect(trial.field).to_be_focused()


def test_a_file_is_chosen_or_dropped_and_octets_of_old_come_as_they_are(
    doctor: Callable[..., Doctor], tmp_path: Path
) -> None:
    trial = doctor("ja")
    file = tmp_path / "bounce.eml"
    file.write_bytes(SAMPLES["a provider in Shift_JIS that says nothing of it"].raw)
    trial.root.locator("input[type=file]").set_input_files(file)
    expect(trial.cases.locator("mark").first).to_have_text("メールボックスの容量")
    expect(trial.found).to_contain_text("bounce.eml")
    trial.page.evaluate(
        "text => { const data = new DataTransfer(); data.items.add(new File([text], 'dropped.eml'));"
        " document.querySelector('.mb-doctor form').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })) }",
        SAMPLES["Exim"].raw.decode(),
    )
    expect(trial.found).to_contain_text("dropped.eml")
    expect(trial.cases).to_have_count(2)
    trial.watched.clean()


def test_a_large_file_comes_in_pieces_and_a_larger_one_is_refused_unread(
    doctor: Callable[..., Doctor], tmp_path: Path
) -> None:
    trial = doctor()
    bounce = SAMPLES["Postfix, two recipients"].raw
    large = tmp_path / "large.eml"
    large.write_bytes(bounce + b"x" * 75 * 100_000)
    trial.root.locator("input[type=file]").set_input_files(large)
    expect(trial.cases).to_have_count(2, timeout=60_000)
    expect(trial.found).to_contain_text("large.eml")

    trial.field.fill("kept")
    trial.page.evaluate(
        "() => { const file = new File(['x'.repeat(50_000_001)], 'huge.eml'); file.slice = () => { throw new Error('it was read') };"
        " const data = new DataTransfer(); data.items.add(file);"
        " Object.defineProperty(data, 'files', { value: [file] });"
        " document.querySelector('.mb-doctor form').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })) }"
    )
    expect(trial.root.get_by_role("alert")).to_contain_text("huge.eml has 50 MB and was not read")
    expect(trial.root.get_by_role("alert")).to_contain_text("At most 50 MB")
    expect(trial.field).to_have_value("kept")


def test_what_takes_more_than_a_second_shows_how_far_it_is_and_trouble_takes_nothing_along(
    open_page: Open,
) -> None:
    page = open_page("about:blank").page
    show(page, Panel, strings.DOCTOR, samples=[], limit=50_000_000)
    page.evaluate(
        "() => { const field = document.querySelector('textarea'); field.value = ('x'.repeat(79) + '\\n').repeat(31_250); field.dispatchEvent(new Event('input')) }"
    )
    # with "auto" a browser is busy with so much text for six seconds, and half a second without
    expect(page.locator("textarea")).to_have_attribute("dir", "ltr")
    page.locator(".mb-go").click()
    status = page.get_by_role("status")
    expect(status).to_have_text("Reading the pasted message (0 %)")
    page.evaluate("tell({ kind: 'piece', n: 0 })")
    expect(status).to_have_text("Reading the pasted message (40 %)")
    expect(page.get_by_role("progressbar")).to_be_visible()
    for n in (1, 2):
        page.wait_for_function("n => asked.length > n && asked[n].n === n", arg=n)
        page.evaluate("n => tell({ kind: 'piece', n })", n)
    page.wait_for_function("asked.at(-1).kind === 'whole'")
    expect(status).to_contain_text("Examining (")
    expect(page.get_by_role("progressbar")).to_be_hidden()
    page.evaluate("tell({ kind: 'failed', problem: { what: 'What', why: 'Why', do: 'Do' } })")
    expect(page.get_by_role("alert")).to_contain_text("What")
    expect(status).to_be_hidden()
    assert len(page.locator("textarea").input_value()) == 2_500_000


def test_mail_that_means_harm_is_text_and_asks_for_nothing(doctor: Callable[..., Doctor]) -> None:
    trial = doctor()
    asked: list[str] = []
    trial.page.on("request", lambda request: asked.append(request.url))
    fields = (
        f'Final-Recipient: rfc822; "{HARM}"@b.example\nAction: failed\nStatus: 5.1.1\nRemote-MTA: dns; {HARM}\n'
        f"Diagnostic-Code: smtp; 550 5.1.1 {HARM} user unknown https://evil.example/pixel.png"
    )
    trial.examine(report(HARM, fields).decode())
    expect(trial.cases).to_have_count(1)
    expect(trial.cases.locator("code").first).to_contain_text("onerror")
    assert trial.found.locator("img, script, a").count() == 0
    assert trial.page.evaluate("window.harmed") is None
    assert asked == []
    trial.watched.clean()


def test_what_was_pasted_survives_a_lost_kernel(doctor: Callable[..., Doctor], chapters: Server) -> None:
    trial = doctor()
    text = SAMPLES["qmail"].raw.decode()
    trial.field.fill(text)
    trial.root.evaluate("root => root.toggleAttribute('data-old', true)")
    end_kernels(trial.page)
    trial.page.get_by_role("button", name="Start the experiments again").click(timeout=60_000)
    trial.page.locator(".mb-doctor:not([data-old])").wait_for(timeout=60_000)
    expect(trial.page.locator("[data-old]")).to_have_count(0)
    expect(trial.field).to_have_value(text)
    trial.root.locator(".mb-go").click()
    expect(trial.cases).to_have_count(3, timeout=30_000)


@pytest.mark.parametrize(("lang", "width"), [("ja", 1280), ("en", 360)])
def test_the_doctor_of_the_chapter_is_asked_about_a_bounce_that_lies_open(
    open_page: Open, chapters: Server, lang: str, width: int
) -> None:
    watched = open_page(chapters.url(f"{lang}/04-mailer-daemon.html"), width=width)
    bench = Bench(watched, "user-unknown")
    bench.ready()
    bench.bounced()
    bench.open_message()
    assert watched.page.locator(".mb-doctor").count() == 0  # it is made when a reader comes near
    bench.locator(".mb-ask").click()
    trial = Doctor(watched)
    expect(trial.cases).to_have_count(1)
    expect(trial.cases.locator("mark").first).to_have_text("User unknown")
    expect(trial.found.locator("h3")).to_be_focused()
    expect(trial.field).to_have_value("")
    assert trial.barriers() == []
    assert trial.page.evaluate("document.documentElement.scrollWidth") <= width
    trial.root.locator(".mb-back").click()
    expect(bench.locator(".mb-ask")).to_be_focused()

    bench.locator(".mb-ask").click()  # once more, now that it is there
    expect(trial.found.locator("h3")).to_be_focused()
    trial.examine(SAMPLES["qmail"].raw.decode())  # another message was not in the experiment
    expect(trial.cases).to_have_count(3)
    expect(trial.root.locator(".mb-back")).to_have_count(0)
    watched.clean()


def test_a_pasted_reply_is_told_to_be_no_whole_bounce(doctor: Callable[..., Doctor]) -> None:
    trial = doctor("ja")
    trial.examine("550 5.1.1 user unknown")
    expect(trial.found.locator(".mb-kind")).to_contain_text("サーバーの返事だけ")
    expect(trial.cases.locator(".mb-cause")).to_have_text("宛先のユーザーがいない")


def end_kernels(page: Page) -> None:
    """Shut down every kernel of the server, as one that runs out of memory would end."""
    page.evaluate(
        """async () => {
          const base = location.pathname.replace(/book\\/.*/, "");
          const xsrf = decodeURIComponent(document.cookie.match(/_xsrf=([^;]*)/)[1]);
          for (const { id } of await (await fetch(`${base}api/kernels`)).json()) {
            await fetch(`${base}api/kernels/${id}`, { method: "DELETE", headers: { "X-XSRFToken": xsrf } });
          }
        }"""
    )
