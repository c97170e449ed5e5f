"""The tables of programs say what the tests try."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clients.programs import PROGRAMS
from tests.clients.table import END, FILES, START, Row, named, replaced, table
from tests.clients.ways import Protocol, Security

ROOT = Path(__file__).parents[2]
ROW = Row(
    "curl", Protocol.IMAP, {Security.PLAIN, Security.TLS}, {"en": ["reads", "saves"], "ja": ["読む", "保存"]}
)


def test_the_tables_say_exactly_what_is_tried() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.clients.table", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout[-2_000:]


@pytest.mark.parametrize(("lang", "does"), [("en", "reads; saves"), ("ja", "読む。保存")])
def test_what_a_table_says_is_read_from_it_again(
    lang: str, does: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PROGRAMS, "curl", PROGRAMS["smtplib"])  # whose version is here on any machine
    text = replaced(f"before\n{START}\nold\n{END}\nafter\n", table([ROW], lang))
    assert text.startswith(f"before\n{START}\n")
    assert text.endswith(f"{END}\nafter\n")
    assert "old" not in text
    assert named(text) == [ROW.cells(lang)] == [["curl", "IMAP", "✓", "–", "✓", does]]


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_each_row_tells_a_version_and_what_was_done(lang: str) -> None:
    between = FILES[lang].read_text("utf-8").partition(START)[2].partition(END)[0]
    rows = [line.strip("| ").split(" | ") for line in between.strip().splitlines()[2:]]
    assert rows
    for row in rows:
        assert re.search(r"\d+(\.\d+)+", row[1])
        assert row[-1]
