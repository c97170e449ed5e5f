"""Run the lab notebooks and keep what came of them: `python -m tests.labs.renew`.

After a change that is meant. The tests compare each run with what is committed, so look at the difference first.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

LABS = Path(__file__).resolve().parents[2] / "labs"
# No times, no state of widgets, cells numbered in order. nbval wants the counts, which a fresh kernel makes the same.
TIDY = ("nbstripout", "--keep-output", "--keep-count", "--unix-newlines")


def notebooks() -> list[Path]:
    """The notebooks of all languages."""
    return sorted(LABS.glob("*/*.ipynb"))


def renew(path: Path) -> None:
    """Run one notebook, in a kernel of its own."""
    book = nbformat.read(path, as_version=4)
    NotebookClient(book, kernel_name="python3", record_timing=False, store_widget_state=False).execute()
    book.metadata.pop("widgets", None)
    book.metadata.language_info = {"name": "python"}  # the version is whichever ran it last
    nbformat.write(book, path)
    subprocess.run([sys.executable, "-m", *TIDY, str(path)], check=True)


if __name__ == "__main__":
    for path in notebooks():
        renew(path)
