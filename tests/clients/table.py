"""The table of programs that work with the lab, made from the tests: `python -m tests.clients.table`.

It runs the tests of this folder and writes README.md and README.ja.md beside them, if every test passed. With
`--check` it runs nothing, and only tells whether the tables say what is tried.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.clients.programs import PROGRAMS
from tests.clients.ways import Protocol, Security

HERE = Path(__file__).parent
JOINED_BY = {"en": "; ", "ja": "。"}
YES, NO = "✓", "–"
START, END = "<!-- written by python -m tests.clients.table -->", "<!-- until here -->"
FILES = {"en": HERE / "README.md", "ja": HERE / "README.ja.md"}
HEADS = {
    "en": ["Program", "Version", "Protocol", "Plain", "STARTTLS", "TLS", "What it does in the tests"],
    "ja": ["プログラム", "バージョン", "プロトコル", "暗号化なし", "STARTTLS", "TLS", "テストですること"],
}


@dataclass
class Row:
    """What the tests try of one program with one protocol."""

    program: str
    protocol: Protocol
    ways: set[Security] = field(default_factory=set)
    does: dict[str, list[str]] = field(default_factory=lambda: {"en": [], "ja": []})

    def cells(self, lang: str) -> list[str]:
        """What a table must say whatever the version is."""
        ways = [YES if way in self.ways else NO for way in Security]
        return [self.program, self.protocol, *ways, JOINED_BY[lang].join(self.does[lang])]


class Tests:
    """A pytest plugin: the rows of the table, and what failed."""

    def __init__(self) -> None:
        self.rows: dict[tuple[Protocol, str], Row] = {}
        self.not_passed: list[str] = []

    def pytest_collection_modifyitems(self, items: Iterable[pytest.Item]) -> None:
        for item in items:
            if mark := item.get_closest_marker("program"):
                assert isinstance(item, pytest.Function)
                name, protocol, *texts = mark.args
                row = self.rows.setdefault((protocol, name), Row(name, protocol))
                row.ways.add(item.callspec.params["security"])
                for does, text in zip(row.does.values(), texts, strict=True):
                    if text not in does:
                        does.append(text)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.passed:
            self.not_passed.append(f"{report.nodeid}: {report.outcome} in {report.when}")

    def sorted(self) -> list[Row]:
        """The rows by protocol, then by name."""
        order = list(Protocol)
        return sorted(self.rows.values(), key=lambda row: (order.index(row.protocol), row.program.casefold()))


def table(rows: Sequence[Row], lang: str) -> str:
    """The table in Markdown."""
    head = HEADS[lang]
    lines = [head, ["---"] * 3 + [":-:"] * len(Security) + ["---"]]
    versions = {row.program: PROGRAMS[row.program].version() for row in rows}
    for row in rows:
        name, *rest = row.cells(lang)
        lines.append([f"[{name}]({PROGRAMS[name].home})", versions[name], *rest])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def named(text: str) -> list[list[str]]:
    """What a file's table says of each program, whatever the version is: the reverse of `Row.cells`."""
    between = text.partition(START)[2].partition(END)[0]
    rows = [line.strip("| ").split(" | ") for line in between.strip().splitlines()[2:]]
    return [[re.sub(r"^\[(.*)\]\(.*\)$", r"\1", row[0]), *row[2:]] for row in rows]


def replaced(text: str, new: str) -> str:
    """A file with another table."""
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    assert start
    assert end
    return f"{before}{START}\n\n{new}\n\n{END}{after}"


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.clients.table", description=__doc__)
    parser.add_argument("--check", action="store_true", help="run nothing: compare")
    check = parser.parse_args(arguments).check
    tests = Tests()
    options = [f"--ignore={HERE / 'test_table.py'}", *(["--collect-only"] if check else [])]
    code = pytest.main([str(HERE), "-q", "-p", "no:cacheprovider", *options], plugins=[tests])
    if code or tests.not_passed or not tests.rows:
        print("Not every test passed, so there is no table.", *tests.not_passed, sep="\n", file=sys.stderr)  # noqa: T201
        return 1
    for lang, file in FILES.items():
        text = file.read_text("utf-8")
        if not check:
            file.write_text(replaced(text, table(tests.sorted(), lang)), "utf-8")
        elif named(text) != [row.cells(lang) for row in tests.sorted()]:
            print(  # noqa: T201
                f"{file.name} does not say what is tried: run `python -m tests.clients.table`.",
                file=sys.stderr,
            )
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
