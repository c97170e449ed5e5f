"""The virtual environment with everything that the book needs, in `.venv`."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from commands import stamp
from commands.places import ROOT, VENV, venv_python
from commands.talk import Problem, last_line, say, words, work

# It asks readers whether they want news and, where they do, other hosts for them.
ANNOUNCEMENTS = "@jupyterlab/apputils-extension:announcements"


def set_up(root: Path = ROOT, venv: Path = VENV) -> Path:
    """Make the environment where it is missing, broken or out of date; return its Python."""
    python = venv_python(venv)
    mark = venv / "installed.stamp"
    wanted = stamp.digest([root / "requirements.txt", root / "pyproject.toml"], sys.version)
    if stamp.holds(mark, wanted) and works(python):
        return python
    log = root / "build" / "setup.log"
    log.unlink(missing_ok=True)
    uv = shutil.which("uv")
    if not (works(python) and same_version(venv)):
        make(venv, uv, log)
    install(root, python, uv, log)
    stamp.write(mark, wanted)
    return python


def works(python: Path) -> bool:
    """Tell whether a Python can be started."""
    try:
        return (
            subprocess.run([python, "-c", ""], capture_output=True, timeout=60, check=False).returncode == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


def same_version(venv: Path) -> bool:
    """Tell whether the environment is of the Python that runs now."""
    asked = subprocess.run(
        [venv_python(venv), "-c", "import sys; print(sys.version)"],
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.strip() == sys.version.strip()


def make(venv: Path, uv: str | None, log: Path) -> None:
    """Make an empty environment, in the place of a broken one."""
    if uv is None and not can_make_environments():
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        raise Problem(
            words(
                f"Python の venv モジュールがないため準備ができません。「sudo apt install {package}」を実行してから、もう一度お試しください。",
                f"The book cannot be set up because this Python lacks its venv module: run `sudo apt install {package}` and try again.",
            )
        )
    if venv.exists():
        try:
            shutil.rmtree(venv)
        except OSError as error:
            raise Problem(
                words(
                    f"壊れた環境 {venv.name} を作り直せません（{error.strerror}）。フォルダー {venv.name} を削除してから、もう一度お試しください。",
                    f"The broken environment {venv.name} cannot be made again ({error.strerror}): delete the folder {venv.name} and try again.",
                )
            ) from error
    command = (
        [uv, "venv", "--quiet", "--python", sys.executable, str(venv)]
        if uv
        else [sys.executable, "-m", "venv", str(venv)]
    )
    if not work(
        words("Python の環境を用意しています", "Making a Python environment"), command, log, cwd=venv.parent
    ):
        raise failed(log)


def can_make_environments() -> bool:
    """Tell whether Python has what Debian packs apart."""
    return all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))


def install(root: Path, python: Path, uv: str | None, log: Path) -> None:
    """Install the requirements, and the project itself so that a change in its sources counts at once."""
    pip = [uv, "pip", "install", "--python", str(python)] if uv else [str(python), "-m", "pip", "install"]
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_PROGRESS_BAR": "off"}
    say(
        "必要なソフトウェアを入れています（初回だけ、数分かかることがあります）。",
        "Installing what the book needs (the first time only; it may take minutes).",
    )
    steps = [
        (words("  ライブラリー", "  libraries"), ["-r", "requirements.txt"]),
        (
            words("  この本のプログラム", "  the book's own programs"),
            ["--no-deps", "--no-build-isolation", "-e", "."],
        ),
    ]
    for label, arguments in steps:
        if not work(label, [*pip, *arguments], log, cwd=root, env=environment):
            raise failed(log)
    label = words("  JupyterLab の設定", "  JupyterLab's settings")
    if not work(
        label, [str(python), "-m", "jupyter", "labextension", "disable", ANNOUNCEMENTS], log, cwd=root
    ):
        raise failed(log)


def failed(log: Path) -> Problem:
    """Return what to say when an installation failed."""
    return Problem(
        words(
            f"必要なソフトウェアを入れられませんでした（{last_line(log)}）。インターネットへの接続を確かめて、もう一度お試しください。記録は {log} にあります。",
            f"What the book needs could not be installed ({last_line(log)}): check the internet connection and try again; the record is in {log}.",
        )
    )
