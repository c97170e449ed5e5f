"""The panels' JavaScript and style sheets, as strings.

Each panel is one ES module without imports, so that nothing has to be built or served. What all of them need
(`dom.js`) is put in front of each.
"""

from __future__ import annotations

from importlib.resources import files

_STATIC = files(__package__) / "static"


def _read(name: str) -> str:
    return (_STATIC / name).read_text(encoding="utf-8")


def module(name: str) -> str:
    """The ES module of the panel `name`."""
    return _read("dom.js") + _read(f"{name}.js")


def style(*names: str) -> str:
    """The style sheets `names`, one after the other."""
    return "".join(_read(f"{name}.css") for name in names)
