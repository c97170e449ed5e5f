"""A bench on the real page, as the tests of it take hold of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.sync_api import Locator, Page, expect

if TYPE_CHECKING:
    from .conftest import Watched

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
"""The experiments of the chapter in which a notice comes back, with the address that each begins with."""
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
            expect(self.locator(".mb-step-wait").first).to_be_visible()
            self.later(4 * 3_600)
        # it is kept back while the record is replayed, which takes three seconds by itself
        expect(self.locator(".mb-device .mb-bounce")).to_be_visible()
        self.replayed()

    def open_message(self, which: str = "bounce") -> None:
        """Open a message in the inbox. The page scrolls to it when it is there, and a click amid that would miss."""
        self.locator(f".mb-device .mb-{which} .mb-row").click()
        expect(self.locator(".mb-sheet h4")).to_be_focused()

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
            self.open_message("unread")
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
                self.open_message("unread")
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
