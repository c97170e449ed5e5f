"""The panels' JavaScript and style sheets, as strings.

Each panel is one ES module without imports, so that nothing has to be built or served. What all of them need
(`dom.js`) is put in front of each.
"""

from __future__ import annotations

from importlib.resources import files

_STATIC = files(__package__) / "static"


def _read(name: str) -> str:
    return (_STATIC / name).read_text(encoding="utf-8")


def module(*names: str) -> str:
    """The ES module of a panel: the files `names`, of which the last one is the panel and the others are parts of it."""
    return "".join(_read(f"{name}.js") for name in ("dom", *names))


def style(*names: str) -> str:
    """The style sheets `names`, one after the other."""
    return "".join(_read(f"{name}.css") for name in names)
