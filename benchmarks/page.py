"""How long a reader waits: page opened → first widget, and Send → bounce visible, beside JupyterLab and a script.

Run by hand, after `python3 course.py build`, with Debian's Chromium installed: `.venv/bin/python benchmarks/page.py`.

* *page opened → bench*: the chapter's page, from asking for it to its bench being there. Cold: the server has just started
  and has no kernel. Warm: the kernel runs, the browser's cache is warm.
* beside it: the same bench in a notebook in JupyterLab, from asking for it to the bench, its one cell run as soon as the
  kernel is idle. That is what an instructor would otherwise hand out.
* *Send → bounce*: from the click to the bounce standing in the inbox of the device, with reduced motion.
* beside it: the same message handed in with smtplib to `serve` and its bounce awaited with imaplib, by no page at all.
"""

from __future__ import annotations

import imaplib
import json
import smtplib
import statistics
import sys
import tempfile
import time
from email.message import EmailMessage
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, sync_playwright
from playwright.sync_api import TimeoutError as NotThere

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.book.conftest import CHROMIUM, FLAGS, TOKEN, Server  # noqa: E402
from tests.served import COMPANY, SENDER, Served  # noqa: E402

ROUNDS = 7
CHAPTER = "en/04-mailer-daemon.html"
BENCH = '[data-experiment="user-unknown"]'


def notebook(folder: Path) -> None:
    """Write a notebook whose one cell shows the bench."""
    cell = {
        "cell_type": "code", "id": "bench", "execution_count": None, "metadata": {}, "outputs": [],
        "source": 'from mailserver_lab.widgets import bench\nbench("user-unknown", lang="en")',
    }  # fmt: skip
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    (folder / "bench.ipynb").write_text(
        json.dumps({"cells": [cell], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5})
    )


def open_page(context: BrowserContext, server: Server) -> float:
    """Seconds from asking for the chapter to its bench."""
    page = context.new_page()
    began = time.perf_counter()
    page.goto(server.url(CHAPTER), wait_until="commit")
    page.locator(BENCH).wait_for(timeout=60_000)
    took = time.perf_counter() - began
    page.close()
    return took


def open_notebook(context: BrowserContext, server: Server) -> float:
    """Seconds from asking for the notebook to its bench."""
    page = context.new_page()
    began = time.perf_counter()
    page.goto(f"{server.base}doc/tree/bench.ipynb?token={TOKEN}&reset", wait_until="commit")
    page.locator(".jp-Notebook .cm-content").first.wait_for(timeout=60_000)
    page.locator(".jp-Notebook .cm-content").first.click()
    for _ in range(100):
        page.keyboard.press("Control+Enter")
        try:
            page.locator(BENCH).wait_for(timeout=300)
            break
        except NotThere:  # the kernel is not there yet: press again, as a reader would
            continue
    took = time.perf_counter() - began
    page.close()
    return took


def fresh(browser: Browser) -> BrowserContext:
    """A browser that has seen nothing yet."""
    return browser.new_context(reduced_motion="reduce", viewport={"width": 1280, "height": 900})


def bounce_on_page(context: BrowserContext, server: Server) -> list[float]:
    """Seconds from Send to the bounce in the device's inbox, as the page itself measures them."""
    times = []
    page = context.new_page()
    page.goto(server.url(CHAPTER))
    page.locator(BENCH).wait_for(timeout=60_000)
    page.wait_for_timeout(500)
    for n in range(ROUNDS):
        page.evaluate(
            """([n, bench]) => {
                const root = document.querySelector(bench);
                const rows = () => root.querySelectorAll('.mb-device li').length;
                const before = rows();
                window.took = new Promise(resolve => {
                    let began;
                    root.addEventListener('click', () => { began = performance.now(); }, { capture: true, once: true });
                    const look = () => rows() > before && began ? resolve(performance.now() - began) : requestAnimationFrame(look);
                    look();
                });
            }""",
            [n, BENCH],
        )
        page.get_by_role("button", name="Send", exact=True).click()
        times.append(page.evaluate("window.took") / 1_000)
        page.wait_for_timeout(300)
    page.close()
    return times


def bounce_by_script() -> list[float]:
    """Seconds from submitting to the bounce being fetched, with Python's own clients."""
    times = []
    with Served() as lab:
        box = imaplib.IMAP4(*lab.at(COMPANY, "imap"))
        box.login(SENDER, lab.password(SENDER))
        for n in range(ROUNDS):
            message = EmailMessage()
            message["From"], message["To"], message["Subject"] = (
                SENDER,
                "recipent@hibari.example",
                f"Round {n}",
            )
            message.set_content("Hello\n")
            began = time.perf_counter()
            with smtplib.SMTP(*lab.at(COMPANY, "submission")) as smtp:
                smtp.login(SENDER, lab.password(SENDER))
                smtp.send_message(message)
            while int(box.select("INBOX")[1][0] or 0) <= n:
                time.sleep(0.001)
            box.fetch(str(n + 1), "(RFC822)")
            times.append(time.perf_counter() - began)
        box.logout()
    return times


def row(what: str, times: list[float], unit: float = 1.0) -> None:
    """Print one line of the table."""
    low, middle, high = (value * unit for value in (min(times), statistics.median(times), max(times)))
    print(f"| {what} | {middle:.2f} | {low:.2f} | {high:.2f} |")


def main() -> None:
    """Measure everything in one run."""
    book = ROOT / "build" / "html"
    if not (book / CHAPTER).exists():
        sys.exit("The book is not built: run `python3 course.py build` first.")
    cold: dict[str, list[float]] = {"page": [], "notebook": []}
    warm: dict[str, list[float]] = {"page": [], "notebook": []}
    visible: list[float] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for kind, measure in (("page", open_page), ("notebook", open_notebook)):
            for n in range(3):
                with tempfile.TemporaryDirectory() as folder:
                    notebook(Path(folder))
                    server = Server(book, Path(folder))
                    server.start()
                    context = fresh(browser)
                    cold[kind].append(measure(context, server))
                    warm[kind] += [measure(context, server) for _ in range(3)]
                    if kind == "page" and n == 0:
                        visible = bounce_on_page(context, server)
                    context.close()
                    server.stop()
        browser.close()
    print("| what | median | least | most |\n| --- | --- | --- | --- |")
    for kind, name in (("page", "chapter's page"), ("notebook", "notebook in JupyterLab")):
        row(f"opened → bench, cold, {name} (s)", cold[kind])
        row(f"opened → bench, warm, {name} (s)", warm[kind])
    row("Send → bounce visible on the page (ms)", visible, 1_000)
    row("send → bounce fetched by smtplib and imaplib (ms)", bounce_by_script(), 1_000)


if __name__ == "__main__":
    main()
