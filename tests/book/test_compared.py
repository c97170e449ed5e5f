"""The table of wordings on the page: it grows as the reader tries them, and stays readable where it is narrow."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from .barriers import barriers
from .bench import WRONG, Bench

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PHONE = {"width": 360, "has_touch": True, "is_mobile": True, "reduced_motion": "reduce"}


@pytest.mark.parametrize(("lang", "options"), [("ja", PHONE), ("en", {"reduced_motion": "reduce"})])
def test_each_program_that_is_tried_has_its_row(
    bench: Callable[..., Bench], lang: str, options: dict[str, object]
) -> None:
    trial = bench(lang, "same-cause-other-words", **options)
    rows = trial.locator(".mb-compared tbody").get_by_role("row")
    expect(rows).to_have_count(0)
    for n, words in enumerate(("User unknown", "virtual mailbox table", "Unrouteable address")):
        trial.locator(".mb-switch input").nth(n).check()
        trial.send(WRONG)
        expect(rows).to_have_count(n + 1)
        expect(rows.nth(n)).to_contain_text(words)
        expect(rows.nth(n)).to_contain_text("@mx.tsubame.example")  # the bounce is fetched
    expect(trial.locator(".mb-tally")).to_contain_text("3")
    table = trial.locator(".mb-compared").get_by_role("table")
    expect(table.get_by_role("columnheader")).to_have_count(4)
    expect(rows.nth(0).get_by_role("rowheader")).to_contain_text("sendmail")
    expect(rows.nth(0).get_by_role("cell")).to_have_count(3)
    wide, room = table.evaluate("table => [table.scrollWidth, table.parentElement.clientWidth]")
    assert wide <= room
    assert trial.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert barriers(trial) == []
    trial.watched.clean()
