"""Does a bench stay quick when its record is long? 10,000 events, in the kernel and on the page.

Run by hand, with Debian's Chromium installed: `.venv/bin/python benchmarks/long_record.py`.

* *kernel*: a real world in memory in which one message after another bounces, until its record has 10,000 events; then how
  long the bench takes to show one change, beside the same with a record of one message.
* *page*: the dialogue and 10,000 lines of one connection, as they come in batches; the longest time for which the page did
  not answer, and from a click on Step to the next picture. Beside it: the same lines as one plain HTML list.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from mailserver_lab.control import open_lab  # noqa: E402
from mailserver_lab.control.handle import LocalHandle  # noqa: E402
from mailserver_lab.control.service import Service  # noqa: E402
from mailserver_lab.experiments import Experiment, Session, experiment  # noqa: E402
from mailserver_lab.lab import Lab  # noqa: E402
from mailserver_lab.locale import Lang  # noqa: E402
from mailserver_lab.net import MemoryNet  # noqa: E402
from mailserver_lab.widgets import strings  # noqa: E402
from mailserver_lab.widgets.bench import Bench  # noqa: E402
from mailserver_lab.widgets.dialogue import BATCH, Dialogue  # noqa: E402
from tests.book.conftest import CHROMIUM, FLAGS  # noqa: E402
from tests.book.test_panels import HEAD, lines, show  # noqa: E402

EVENTS = 10_000
ROUNDS = 7
WRONG = "recipent@hibari.example"
WATCH = """() => {
  let last = performance.now();
  window.worst = 0;
  setInterval(() => { const now = performance.now(); window.worst = Math.max(window.worst, now - last); last = now; }, 5);
}"""
CLICK = """async (selector) => {
  const began = performance.now();
  document.querySelector(selector).click();
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - began;
}"""
PLAIN = """async (texts) => {
  const began = performance.now();
  document.body.innerHTML = "<ol>" + texts.map((text) => `<li><button>${text}</button></li>`).join("") + "</ol>";
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - began;
}"""


async def kernel() -> tuple[int, float, float]:
    """How many events there are in the end, and seconds to show a change: in the beginning, in the end."""
    lab = Lab(make_net=MemoryNet)
    service = Service(lab)
    sessions: list[Session] = []

    async def opener(trial: Experiment, lang: Lang) -> Session:
        world = await open_lab(trial.world, handle=LocalHandle(service), lang=lang)
        sessions.append(await Session.start(trial, world, lang))
        return sessions[-1]

    bench = Bench(experiment("user-unknown"), "en", opener)
    bench.open()
    await bench.settle()
    session = sessions[0]

    async def bounce() -> None:
        await session.send(WRONG)
        many = len(session.facts.sent)
        await session.wait_until(lambda facts: len([b for b in facts.bounces if b.stored]) >= many)

    def change() -> float:
        times = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            bench._refresh()
            times.append(time.perf_counter() - began)
        return statistics.median(times)

    await bounce()
    short = change()
    (world,) = lab.worlds.values()
    while len(world.trace.after()) < EVENTS:
        await bounce()
    long = change()
    count = len(world.trace.after())
    await bench.end()
    await lab.close()
    return count, short, long


def page_times(page: Page) -> tuple[float, float, float]:
    """Milliseconds: the longest silence while the lines come, a click on Step, the plain list."""
    show(page, Dialogue, strings.DIALOGUE)
    page.evaluate(WATCH)
    for first in range(0, EVENTS, BATCH):
        message: dict[str, Any] = {"kind": "record", "replace": False, "live": True, "legs": [HEAD] if first == 0 else [], "lines": lines(first, BATCH)}  # fmt: skip
        page.evaluate("message => tell(message)", message)
    page.locator(".mb-line").nth(EVENTS - 1).wait_for(state="attached", timeout=60_000)
    worst = page.evaluate("worst")
    clicks = [page.evaluate(CLICK, ".mb-bar button:nth-child(2)") for _ in range(ROUNDS)]
    plain = page.evaluate(PLAIN, [str(line[2]) for line in lines(0, EVENTS)])
    return worst, statistics.median(clicks), plain


def main() -> None:
    """Measure and print."""
    count, short, long = asyncio.run(kernel())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        rounds = [page_times(browser.new_page()) for _ in range(3)]
        browser.close()
    worst, click, plain = (statistics.median(one) for one in zip(*rounds, strict=True))
    print(
        f"kernel, one change shown: {long * 1000:.1f} ms with {count} events, {short * 1000:.1f} ms with one message"
    )
    print(
        f"page, longest silence while {EVENTS} lines come: {worst:.0f} ms; all of them as a plain list: {plain:.0f} ms"
    )
    print(f"page, from a click on Step to the next picture: {click:.0f} ms")


if __name__ == "__main__":
    main()
