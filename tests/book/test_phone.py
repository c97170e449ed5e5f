"""Every bench on a phone, and for those who cannot see it."""

from collections.abc import Callable

import pytest

from .barriers import barriers, fits
from .bench import EXPERIMENTS, Bench

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.mark.parametrize("experiment", EXPERIMENTS)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_on_a_phone_nothing_is_cut_off_or_too_small(
    bench: Callable[..., Bench], lang: str, experiment: str
) -> None:
    trial = bench(lang, experiment, width=360, has_touch=True, is_mobile=True, reduced_motion="reduce")
    trial.bounced()
    trial.open_message()
    trial.locator(".mb-sheet").wait_for()
    cut = trial.locator("*").evaluate_all(
        "all => all.filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.className)"
    )
    assert cut == []
    fits(trial, ":is(button, input:not([type=radio]), textarea, summary)")
    trial.finish()


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_no_barrier_that_axe_knows(bench: Callable[..., Bench], experiment: str) -> None:
    trial = bench("ja", experiment, reduced_motion="reduce")
    assert barriers(trial) == []
    trial.bounced()
    trial.open_message()
    trial.locator(".mb-sheet").wait_for()
    assert barriers(trial) == []
    trial.finish()
    assert barriers(trial) == []
