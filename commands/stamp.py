"""A stamp says what something was made of, so that it is made again only when that has changed."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

_PASSED_OVER = {"__pycache__", ".ipynb_checkpoints"}


def digest(paths: Iterable[Path], *more: str) -> str:
    """Return a digest of files, of folders with all that is in them, and of some words."""
    total = hashlib.sha256("\0".join(more).encode())
    for path in paths:
        for file in files(path):
            total.update(f"\0{file.relative_to(path.parent).as_posix()}\0{file.stat().st_size}\0".encode())
            total.update(file.read_bytes())
    return total.hexdigest()


def files(path: Path) -> list[Path]:
    """Return the file itself, or the files of a folder in an order that does not change."""
    if path.is_file():
        return [path]
    found = (file for file in path.rglob("*") if file.is_file() and not _PASSED_OVER & set(file.parts))
    return sorted(found)


def holds(stamp: Path, wanted: str) -> bool:
    """Tell whether what `stamp` stands for was made of `wanted`."""
    return stamp.is_file() and stamp.read_text("utf-8") == wanted


def write(stamp: Path, wanted: str) -> None:
    """Note that it was made, once it was."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted, "utf-8")
