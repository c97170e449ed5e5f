"""The lab notebooks do what is printed in them: each run gives, cell by cell, what is committed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from mailserver_lab.control.opening import VARIABLE
from tests.labs.renew import LABS, TIDY, notebooks

ROOT = LABS.parent


def validate(*paths: Path) -> subprocess.CompletedProcess[str]:
    """Run notebooks with nbval, which compares every output of every cell."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--nbval",
        "--nbval-current-env",
        "-p",
        "no:cacheprovider",
        "-p",
        "tests.labs.sockets",
    ]
    command += ["--nbval-sanitize-with", str(LABS / "sanitize.cfg"), "--nbval-cell-timeout", "60"]
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}  # a lab of its own
    return subprocess.run(
        [*command, *map(str, paths)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.timeout(900)
def test_every_run_gives_what_is_printed(long: bool) -> None:
    cells = sum(
        cell.cell_type == "code" for path in notebooks() for cell in nbformat.read(path, as_version=4).cells
    )
    assert cells > 40
    for _ in range(20 if long else 1):
        done = validate(*notebooks())
        assert done.returncode == 0, done.stdout
        assert f"{cells} passed" in done.stdout


def test_one_wrong_digit_in_an_output_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "changed.ipynb"
    text = notebooks()[0].read_text("utf-8")
    assert text.count("452 4.2.2 ") == 1
    path.write_text(text.replace("452 4.2.2 ", "552 5.2.2 "), "utf-8")
    done = validate(path)
    assert done.returncode == 1
    assert "1 failed" in done.stdout


def test_they_are_the_same_in_both_languages_but_for_the_words() -> None:
    japanese, english = (
        {path.name: nbformat.read(path, as_version=4).cells for path in (LABS / lang).glob("*.ipynb")}
        for lang in ("ja", "en")
    )
    assert japanese.keys() == english.keys()
    for name, cells in japanese.items():
        assert [cell.cell_type for cell in cells] == [cell.cell_type for cell in english[name]]


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_they_are_committed_without_what_changes_by_itself(path: Path) -> None:
    tidied = subprocess.run([sys.executable, "-m", *TIDY, "--verify", str(path)], cwd=ROOT, check=False)
    assert tidied.returncode == 0, "run `python -m tests.labs.renew`"
    notebook = json.loads(path.read_text("utf-8"))
    assert set(notebook["metadata"]) == {"kernelspec", "language_info"}
    assert set(notebook["metadata"]["language_info"]) == {"name"}
    for cell in notebook["cells"]:
        assert set(cell["metadata"]) <= {"jupyter"}


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_folded_solution_follows_each_exercise(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    exercises = [number for number, cell in enumerate(cells) if "Exercise(" in cell.source]
    solutions = [number for number, cell in enumerate(cells) if cell.source.startswith("def solution(")]
    assert len(exercises) == 3
    assert solutions == [number + 2 for number in exercises]
    for exercise, solution in zip(exercises, solutions, strict=True):
        assert cells[exercise].outputs[0].data["text/plain"].startswith("○"), "it is the reader's to write"
        assert cells[solution].metadata.jupyter.source_hidden
        assert "✗" not in cells[solution].outputs[0].data["text/plain"]
