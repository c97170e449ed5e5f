"""Files on a bench: attached, too large, made smaller, by mouse and by keyboard."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .bench import RIGHT, Bench

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


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
    trial.open_message()
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
    trial.open_message()
    trial.act("undo", "smaller")
    trial.act("smaller", "undo")
    expect(trial.locator(".mb-file")).to_contain_text("outing.jpg")
    expect(trial.locator(".mb-thumb img")).to_be_visible()
    expect(trial.locator(".mb-thumb img")).to_have_js_property("naturalWidth", 960)
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
    trial.open_message()
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
