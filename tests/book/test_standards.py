"""The page of standards says what the index says."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mailserver_lab.locale import LANGUAGES, Lang
from mailserver_lab.rfcs import index

from .conftest import ROOT


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_standard_is_on_the_page_with_what_is_missing(lang: Lang, tmp_path: Path) -> None:
    conf = f"extensions = ['myst_parser', 'standards']\nlanguage = {lang!r}\nhtml_theme = 'basic'\nsmartquotes = False\n"
    (tmp_path / "conf.py").write_text(conf)
    (tmp_path / "index.md").write_text("# A page\n\n```{standards}\n```\n")
    subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", tmp_path, tmp_path / "out"],
        check=True,
        timeout=100,
        env={"PYTHONPATH": str(ROOT / "book" / "extensions"), "PYTHONUTF8": "1"},
    )
    page = (tmp_path / "out" / "index.html").read_text("utf-8")
    items = re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", page, re.DOTALL)
    told = {
        int(found[1]): (term, about) for term, about in items if (found := re.search(r"RFC (\d+)</a>", term))
    }
    assert set(told) == {rfc.number for rfc in index()}
    for rfc in index():
        term, about = told[rfc.number]
        assert f'href="https://www.rfc-editor.org/rfc/rfc{rfc.number}"' in term
        assert f'<span lang="en">{html.escape(rfc.title)}</span>' in term
        assert {"whole": "✓", "partly": "◐", "not": "✕"}[rfc.status] in about
        if rfc.gap:
            assert rfc.gap[lang] in html.unescape(about)
