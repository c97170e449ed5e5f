"""What the commands say, in the reader's language, and how they show that they are at work."""

import locale
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

BEAT = 2.0  # seconds between two signs of life


class Problem(Exception):
    """Something that the reader can mend. Its text is one sentence: what happened, why, what to do."""


def reader_language(environment: Mapping[str, str] = os.environ) -> str:
    """Return "ja" or "en", as the reader's system has it."""
    names = [environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    name = next((name for name in names if name), None) or locale.getlocale()[0] or ""
    return "ja" if name.lower().startswith("ja") else "en"


def words(ja: str, en: str) -> str:
    """Return the one of two texts that the reader understands."""
    return ja if reader_language() == "ja" else en


def say(ja: str, en: str) -> None:
    """Print one line."""
    print(words(ja, en), flush=True)


def work(
    label: str, command: list[str], log: Path, *, cwd: Path, env: Mapping[str, str] | None = None
) -> bool:
    """Run a command while its label shows that it goes on; its output goes to `log`. Tell whether it succeeded."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=cwd, env=env, stdout=output, stderr=output, stdin=subprocess.DEVNULL
        )
        try:
            beat(label, process.poll)
        except BaseException:
            process.kill()
            process.wait()
            raise
    return process.returncode == 0


def beat(label: str, ended: Callable[[], object]) -> None:
    """Print `label` and something that moves until `ended()` is no longer None."""
    started = time.monotonic()
    shown = 0
    print(label, end=" ", flush=True)
    while ended() is None:
        time.sleep(0.1)
        if time.monotonic() - started > BEAT * (shown + 1):
            shown += 1
            print(".", end="", flush=True)
    print(f" {time.monotonic() - started:.0f} s", flush=True)


def last_line(log: Path) -> str:
    """Return the last line of a log that says something."""
    lines = log.read_text("utf-8", "replace").splitlines() if log.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def readable_output() -> None:
    """Let terminals without Japanese show question marks instead of ending the program."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
