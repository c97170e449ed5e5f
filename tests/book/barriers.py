"""What axe finds on a page: barriers for people who cannot see it, or not well."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Locator

from .bench import Bench

ROOT = Path(__file__).resolve().parents[2]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def axe() -> str:
    """The source of axe-core, which finds barriers. It is evaluated: a script element would be against the page's policy."""
    file = ROOT / "live" / "node_modules" / "axe-core" / "axe.min.js"
    if not file.exists():
        sentence = "axe-core is not installed (npm ci in live/), so accessibility is not checked"
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    return file.read_text("utf-8")


def too_small(controls: Locator) -> list[str]:
    """Those of the controls that are too small for a finger: lower than 44 pixels."""
    found: list[str] = controls.evaluate_all(
        "all => all.filter(e => e.offsetHeight > 0 && e.offsetHeight < 44).map(e => e.outerHTML.slice(0, 90))"
    )
    return found


def fits(trial: Bench, controls: str = ":is(button, input:not([type=radio]), summary)") -> None:
    """Nothing is cut off or too small for a finger, and axe finds no barrier."""
    assert trial.page.evaluate("document.documentElement.scrollWidth") <= 360
    assert too_small(trial.locator(controls)) == []
    assert barriers(trial) == []


def barriers(trial: Bench) -> list[object]:
    """What axe finds on all benches of the page, in light and in dark."""
    trial.page.evaluate(axe())
    # another bench of the page may be on its way still, and is pale until it is there
    trial.page.wait_for_function("() => !document.querySelector('.mail-bench[data-waiting]')")
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
