"""The benches on the real page: a reader tries them, in both languages, by mouse, by keyboard, on a phone."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import Server, Watched, axe

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
Open = Callable[..., Watched]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WRONG, RIGHT = "recipent@hibari.example", "recipient@hibari.example"
SMALL = "small@hibari.example"
EXPERIMENTS = {
    "user-unknown": WRONG,
    "host-unknown": "recipient@hibali.example",
    "mailbox-full": SMALL,
    "too-large": RIGHT,
    "who-wrote-it": WRONG,
    "no-bounce-of-bounce": WRONG,
    "who-is-it": WRONG,
    "temporary": SMALL,
    "server-down": RIGHT,
    "same-cause-other-words": WRONG,
}
"""The experiments of the chapter, with the address that each begins with."""
WAITING = {"temporary", "server-down"}
"""Those whose message waits on the server; what comes back is that it is late."""


@dataclass
class Bench:
    """A bench on a page. It finds nothing of the page's other benches."""

    watched: Watched
    experiment: str

    @property
    def page(self) -> Page:
        return self.watched.page

    @property
    def root(self) -> Locator:
        return self.page.locator(f"[data-experiment={self.experiment}]")

    def locator(self, selector: str) -> Locator:
        return self.root.locator(selector)

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def send(self, to: str) -> None:
        self.locator("[data-field=to]").fill(to)
        self.locator(".mb-go").click()

    def replayed(self) -> None:
        expect(self.root).not_to_have_attribute("data-playing", "")

    def bounced(self) -> None:
        """Send where the experiment begins, and see what came of it."""
        if self.experiment == "too-large" and self.locator(".mb-file").count() == 0:
            self.attach_sample("table")
        if self.experiment == "server-down":
            self.locator(".mb-switch input").nth(1).check()
        self.send(EXPERIMENTS[self.experiment])
        if self.experiment in WAITING:
            expect(self.locator(".mb-step-wait").first).to_be_visible(timeout=15_000)
            self.later(4 * 3_600)
        # it is kept back while the record is replayed, which takes three seconds by itself
        expect(self.locator(".mb-device .mb-bounce")).to_be_visible(timeout=15_000)
        self.replayed()

    def later(self, seconds: int) -> None:
        """Move the clock."""
        self.locator(f"[data-seconds='{seconds}'][aria-disabled=false]").click()

    def attach_sample(self, name: str) -> None:
        self.locator(f"[data-sample={name}]").click()
        expect(self.locator(".mb-file")).to_have_count(1)

    def act(self, name: str, then: str) -> None:
        """Press a button of the attachment, and wait until it shows the other one."""
        self.locator(f"[data-act={name}]").click()
        self.locator(f"[data-act={then}]").wait_for()

    def finish(self) -> None:
        """Do what is left when the first bounce was opened: as a rule, what makes the message arrive when sent again."""
        if self.experiment == "who-is-it":
            self.locator(".mb-reply").click()
            expect(self.locator("[data-field=subject]")).to_have_value(re.compile("^Re: "))
            self.locator(".mb-go").click()
            expect(self.root).to_have_attribute("data-state", "passed")
            self.replayed()
            return
        if self.experiment == "no-bounce-of-bounce":
            expect(self.root).to_have_attribute("data-state", "passed")
            return
        if self.experiment == "who-wrote-it":
            self.locator(".mb-switch input").nth(1).check()
            self.send(WRONG)
            self.locator(".mb-device .mb-unread .mb-row").click()
            expect(self.root).to_have_attribute("data-state", "passed")
            return
        if self.experiment in WAITING:
            if self.experiment == "server-down":
                self.locator(".mb-switch input").nth(0).check()
            else:
                self.locator(".mb-delete").first.click()
                expect(self.locator(".mb-delete")).to_have_count(2)
            self.later(3_600)
            expect(self.root).to_have_attribute("data-state", "passed")
            self.replayed()
            return
        if self.experiment == "same-cause-other-words":
            for n in (1, 2):
                self.locator(".mb-switch input").nth(n).check()
                self.send(WRONG)
                self.locator(".mb-device .mb-unread .mb-row").click()
            expect(self.root).to_have_attribute("data-state", "passed")
            return
        if self.experiment == "too-large":
            self.act("compress", "undo")
        if self.experiment == "mailbox-full":
            self.locator(".mb-delete").first.click()
            expect(self.locator(".mb-delete")).to_have_count(2)
        self.send(SMALL if self.experiment == "mailbox-full" else RIGHT)
        expect(self.root).to_have_attribute("data-state", "passed")
        self.replayed()

    def ready(self) -> None:
        """Go to the bench, and wait for it to be there: it is made when a reader comes near."""
        cell = self.page.locator("div.cell", has_text=f'bench("{self.experiment}"')
        cell.evaluate("cell => cell.scrollIntoView()")
        self.page.locator(
            f"[data-experiment={self.experiment}][data-state=fresh]:not([data-waiting])"
        ).wait_for()


@pytest.fixture
def bench(chapters: Server, open_page: Open) -> Callable[..., Bench]:
    """Open the chapter and wait for one of its benches: `bench("ja", "host-unknown", width=…)`."""

    def opened(lang: str = "en", experiment: str = "user-unknown", **options: object) -> Bench:
        watched = open_page(chapters.url(f"{lang}/04-mailer-daemon.html"), **options)
        bench = Bench(watched, experiment)
        bench.ready()
        return bench

    return opened


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

    trial.locator(".mb-device .mb-bounce .mb-row").click()
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

    trial.locator(".mb-device .mb-bounce .mb-row").click()
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
    trial.locator(".mb-device .mb-bounce .mb-row").click()
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


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_reader_attaches_too_much_and_compresses_it(bench: Callable[..., Bench], lang: str) -> None:
    trial = bench(lang, "too-large")
    trial.locator(".mb-option").nth(2).click()
    trial.bounced()
    name = "売上の一覧" if lang == "ja" else "sales"
    expect(trial.locator(".mb-file")).to_contain_text(f"{name}.csv")
    expect(trial.locator(".mb-file")).to_contain_text("1.3 MB" if lang == "ja" else "1.2 MB")
    refused = trial.locator(".mb-line.mb-refused")
    expect(refused).to_contain_text("552 5.3.4 Message exceeds maximum fixed size (1048576)")
    expect(trial.locator(".mb-legs")).to_contain_text("SIZE=1")
    trial.locator(".mb-device .mb-bounce .mb-row").click()
    expect(trial.locator(".mb-code.mb-status")).to_have_text("Status: 5.3.4")
    trial.locator(".mb-sheet button").first.click()

    trial.send(RIGHT)  # the same once more
    expect(trial.locator(".mb-device .mb-bounce")).to_have_count(2)
    trial.replayed()
    expect(trial.root).to_have_attribute("data-state", "running")

    trial.finish()
    expect(trial.locator(".mb-file")).to_contain_text(f"{name}.zip")
    expect(trial.locator(".mb-explain")).to_contain_text("base64")
    trial.locator(
        ".mb-leg"
    ).first.click()  # the whole message is in the record, and only how it begins is on the page
    assert trial.locator(".mb-dialogue").evaluate("dialogue => dialogue.textContent.length") < 30_000

    trial.locator(".mb-tools button").nth(1).click()
    expect(trial.root).to_have_attribute("data-state", "fresh")
    expect(trial.locator(".mb-file")).to_have_count(0)
    trial.watched.clean()


def test_a_photograph_is_made_smaller_where_zip_does_not_help(bench: Callable[..., Bench]) -> None:
    trial = bench("en", "too-large")
    trial.attach_sample("photograph")
    expect(trial.locator(".mb-thumb img")).to_be_visible()
    trial.act("compress", "undo")
    trial.bounced()
    trial.locator(".mb-device .mb-bounce .mb-row").click()
    trial.act("undo", "smaller")
    trial.act("smaller", "undo")
    expect(trial.locator(".mb-file")).to_contain_text("outing.jpg")
    expect(trial.locator(".mb-thumb img")).to_be_visible()
    width = trial.locator(".mb-thumb img").evaluate("picture => picture.naturalWidth")
    assert width == 960
    trial.send(RIGHT)
    expect(trial.root).to_have_attribute("data-state", "passed")
    trial.watched.clean()


def test_a_file_of_ones_own_is_chosen_or_dropped_and_travels_by_http(
    bench: Callable[..., Bench], tmp_path: Path
) -> None:
    trial = bench("ja", "too-large")
    (tmp_path / "見積書 (最終).txt").write_text("very important\n" * 100_000)
    uploads = []
    trial.page.on(
        "request", lambda request: uploads.append(request.url) if "/files?" in request.url else None
    )
    trial.locator("input[type=file]").set_input_files(tmp_path / "見積書 (最終).txt")
    expect(trial.locator(".mb-file")).to_contain_text("見積書 (最終).txt")
    assert len(uploads) == 1
    transfer = trial.page.evaluate_handle(
        "() => { const one = new DataTransfer(); one.items.add(new File(['x'], 'か\\u3099.txt')); return one }"
    )
    for name in ("dragenter", "dragover"):
        trial.locator(".mb-compose form").dispatch_event(name, {"dataTransfer": transfer})
    expect(trial.locator(".mb-drophere")).to_be_visible()
    trial.locator(".mb-compose form").dispatch_event("drop", {"dataTransfer": transfer})
    expect(trial.locator(".mb-file").nth(1)).to_contain_text("が.txt")
    expect(trial.locator(".mb-drophere")).to_be_hidden()
    trial.locator(".mb-file [data-act=remove]").nth(1).click()
    expect(trial.locator(".mb-file")).to_have_count(1)
    trial.bounced()
    trial.locator(".mb-device .mb-bounce .mb-row").click()
    trial.finish()
    trial.watched.clean()


def test_without_the_labs_own_server_a_file_comes_in_pieces(
    bench: Callable[..., Bench], tmp_path: Path
) -> None:
    trial = bench("en", "too-large")
    (tmp_path / "plain.bin").write_bytes(random.Random(1).randbytes(1_500_000))
    trial.page.route("**/mailserver-lab/api/**", lambda route: route.fulfill(status=404, body="<html>"))
    trial.locator("input[type=file]").set_input_files(tmp_path / "plain.bin")
    expect(trial.locator(".mb-file")).to_contain_text("1.5 MB")
    trial.bounced()


def test_too_large_files_are_told_in_the_form_and_nothing_is_lost(
    bench: Callable[..., Bench], tmp_path: Path
) -> None:
    trial = bench("en", "too-large")
    alert = trial.locator(".mb-compose [role=alert]")
    for name, size in (("film.mp4", 100_000_000), ("twenty.bin", 20_000_000)):
        with (tmp_path / name).open("wb") as file:
            file.truncate(size)
    asked = []
    trial.page.on("request", lambda request: asked.append(request.url) if "/files" in request.url else None)
    trial.locator("[data-field=body]").fill("a long letter")
    trial.locator("input[type=file]").set_input_files(tmp_path / "film.mp4")
    expect(alert).to_contain_text("film.mp4 has 100 MB")
    assert asked == []
    trial.locator("input[type=file]").set_input_files(tmp_path / "twenty.bin")
    expect(trial.locator(".mb-file")).to_contain_text("27.4 MB in the mail")
    expect(alert).to_be_empty()
    trial.send(RIGHT)
    expect(alert).to_contain_text("the server takes 10.5 MB")
    expect(trial.locator("[data-field=body]")).to_have_value("a long letter")
    expect(trial.locator(".mb-device .mb-mail")).to_have_count(0)
    trial.act("compress", "undo")  # it is nothing but zeros
    trial.send(RIGHT)
    expect(trial.locator(".mb-move")).to_contain_text("A file of that size is not refused")


def test_what_is_no_picture_and_what_is_no_file_are_told(bench: Callable[..., Bench], tmp_path: Path) -> None:
    trial = bench("ja", "too-large")
    alert = trial.locator(".mb-compose [role=alert]")
    (tmp_path / "fake.png").write_bytes(b"GIF89a" + b"\0" * 1_000)
    trial.locator("input[type=file]").set_input_files(tmp_path / "fake.png")
    expect(trial.locator(".mb-file")).to_contain_text("fake.png")
    expect(trial.locator(".mb-thumb")).to_have_count(0)
    trial.locator("[data-act=smaller]").click()
    expect(alert).to_contain_text("小さくできませんでした")
    trial.page.route("**/mailserver-lab/api/**", lambda route: route.abort())
    trial.locator("input[type=file]").set_input_files(tmp_path / "fake.png")
    expect(alert).to_contain_text("添付できませんでした")
    expect(trial.locator(".mb-file")).to_have_count(1)


def test_the_keyboard_attaches_compresses_and_removes(bench: Callable[..., Bench]) -> None:
    trial = bench("en", "too-large")
    keyboard = trial.page.keyboard
    expect(trial.button("Choose files")).to_have_attribute("aria-disabled", "false")
    with trial.page.expect_file_chooser() as chooser:
        trial.locator("[data-field=body]").focus()
        keyboard.press("Tab")
        keyboard.press("Enter")
    chooser.value.set_files([])
    keyboard.press("Tab")
    keyboard.press("Space")
    expect(trial.locator(".mb-file")).to_have_count(1)
    keyboard.press("Shift+Tab")  # choose files
    keyboard.press("Shift+Tab")  # remove
    keyboard.press("Shift+Tab")
    expect(trial.locator("[data-act=compress]")).to_be_focused()
    expect(trial.locator("[data-act=compress]")).to_have_accessible_name("Compress: sales.csv")
    keyboard.press("Enter")
    expect(trial.locator(".mb-file")).to_contain_text("sales.zip")
    expect(trial.locator("[data-act=undo]")).to_be_focused()
    free = trial.locator("[data-key=choose][aria-disabled=false]")
    free.wait_for()
    trial.locator("[data-sample=photograph]").press("Enter")
    second = trial.locator(".mb-file").nth(1)
    second.wait_for()
    free.wait_for()
    second.locator("[data-act=smaller]").press("Enter")
    expect(second.locator("[data-act=undo]")).to_be_focused()
    free.wait_for()
    second.locator("[data-act=remove]").press("Enter")
    expect(trial.locator(".mb-file")).to_have_count(1)
    expect(trial.locator("[data-act=undo]")).to_be_focused()
    free.wait_for()
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(trial.locator(".mb-file")).to_have_count(0)
    expect(trial.button("Choose files")).to_be_focused()


@pytest.mark.parametrize(("lang", "width"), [("ja", 1280), ("en", 1280)])
def test_a_reader_replies_to_the_program(bench: Callable[..., Bench], lang: str, width: int) -> None:
    trial = bench(lang, "who-is-it", width=width)
    trial.locator(".mb-predict .mb-option").nth(0).click()
    trial.bounced()
    expect(trial.locator(".mb-outcome")).to_have_count(0)
    trial.locator(".mb-device .mb-bounce .mb-row").click()
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
    trial.locator(".mb-device .mb-bounce .mb-row").click()
    expect(trial.locator(".mb-code.mb-from")).to_contain_text("MAILER-DAEMON@mx.hibari.example")
    expect(trial.locator(".mb-code.mb-reporting-mta")).to_have_text("Reporting-MTA: dns; mx.hibari.example")
    expect(trial.locator(".mb-code.mb-remote-mta")).to_have_count(0)
    expect(trial.root).to_have_attribute("data-state", "running")

    switch.nth(0).check()
    trial.send(WRONG)
    trial.locator(".mb-device .mb-unread .mb-row").click()
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
    expect(trial.locator(".mb-step-deliver")).to_have_count(0)
    trial.finish()
    expect(trial.locator(".mb-step-deliver")).to_have_count(1)
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


@pytest.mark.parametrize("experiment", EXPERIMENTS)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_on_a_phone_nothing_is_cut_off_or_too_small(
    bench: Callable[..., Bench], lang: str, experiment: str
) -> None:
    trial = bench(lang, experiment, width=360, has_touch=True, is_mobile=True, reduced_motion="reduce")
    trial.bounced()
    trial.locator(".mb-device .mb-bounce .mb-row").click()
    trial.locator(".mb-sheet").wait_for()
    assert trial.page.evaluate("document.documentElement.scrollWidth") <= 360
    cut = trial.locator("*").evaluate_all(
        "all => all.filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.className)"
    )
    assert cut == []
    small = trial.locator(":is(button, input:not([type=radio]), textarea, summary)").evaluate_all(
        "all => all.filter(e => e.offsetHeight > 0 && e.offsetHeight < 44).map(e => e.outerHTML.slice(0, 90))"
    )
    assert small == []
    assert barriers(trial) == []
    trial.finish()


def barriers(trial: Bench) -> list[object]:
    """What axe finds on all benches of the page, in light and in dark."""
    trial.page.evaluate(axe())
    run = f"""async () => {{
      const found = [];
      for (const theme of ["dark", "light"]) {{
        document.documentElement.dataset.theme = theme;
        const result = await axe.run(".mail-bench", {{ runOnly: {RULES} }});
        found.push(...result.violations.map((one) => [theme, one.id, one.nodes[0].html]));
      }}
      return found;
    }}"""
    found: list[object] = trial.page.evaluate(run)
    return found


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_no_barrier_that_axe_knows(bench: Callable[..., Bench], experiment: str) -> None:
    trial = bench("ja", experiment, reduced_motion="reduce")
    assert barriers(trial) == []
    trial.bounced()
    trial.locator(".mb-device .mb-bounce .mb-row").click()
    trial.locator(".mb-sheet").wait_for()
    assert barriers(trial) == []
    trial.finish()
    assert barriers(trial) == []


def test_an_experiment_is_made_when_the_reader_comes_near(bench: Callable[..., Bench]) -> None:
    first = bench("en", "user-unknown")
    far = Bench(first.watched, "mailbox-full")
    expect(far.root).to_have_count(0)
    far.ready()
    expect(first.root).to_have_count(1)
    first.watched.clean()
