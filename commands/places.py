"""Where things are."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BUILD = ROOT / "build"
HTML = BUILD / "html"
LAB = ROOT / ".lab"
LIVE = ROOT / "live"


def venv_python(venv: Path = VENV) -> Path:
    """Return the Python of a virtual environment, which Windows keeps elsewhere."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
