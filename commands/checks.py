"""All checks of the project, one after the other, and what came of them."""

import os
import shutil
import subprocess
from pathlib import Path

from commands import stamp
from commands.places import BUILD, LIVE, ROOT
from commands.talk import Problem, say, words, work


def install_node_packages() -> None:
    """Install what the live client is built from, for the tests that build it; without npm they are skipped."""
    npm = shutil.which("npm")
    if npm is None:
        say(
            "npm がないため、ライブクライアントのテストは省かれます。",
            "There is no npm, so the tests of the live client's build are skipped.",
        )
        return
    mark = LIVE / "node_modules" / "installed.stamp"
    wanted = stamp.digest([LIVE / "package.json", LIVE / "package-lock.json"])
    if stamp.holds(mark, wanted):
        return
    log = BUILD / "npm.log"
    log.unlink(missing_ok=True)
    label = words("ライブクライアントの部品を入れています", "Installing the live client's parts")
    if not work(label, [npm, "ci", "--no-audit", "--no-fund"], log, cwd=LIVE):
        raise Problem(
            words(
                f"npm ci が失敗しました。インターネットへの接続を確かめて、もう一度お試しください。記録は {log} にあります。",
                f"`npm ci` failed: check the internet connection and try again; the record is in {log}.",
            )
        )
    stamp.write(mark, wanted)


# Whole files side by side, in their order: the browser's come last, and most of their time is waiting for replays.
SIDE_BY_SIDE = ["-n", "logical", "--maxprocesses", "4", "--dist", "loadfile", "--no-loadscope-reorder"]


def run(python: Path, *, long: bool, more: list[str]) -> int:
    """Run every check even where one fails, and print a summary; return 1 where one failed.

    A long run goes one after the other: it measures, and prints what it measured.
    """
    tests = ["pytest", "tests", *(["--long"] if long else SIDE_BY_SIDE), *more]
    if more and any((ROOT / argument.split("::")[0]).exists() for argument in more):
        tests.remove("tests")  # the reader has named the tests to run
    checks = [
        ("ruff check", ["ruff", "check", "."]),
        ("ruff format", ["ruff", "format", "--check", "."]),
        ("mypy", ["mypy"]),
        ("pytest", tests),
    ]
    results = []
    for name, module in checks:
        print(f"\n== {name}", flush=True)
        environment = {**os.environ, "PYTHONUTF8": "1"}
        code = subprocess.run([python, "-m", *module], cwd=ROOT, env=environment, check=False).returncode
        results.append((name, code == 0))
    print()
    for name, passed in results:
        print(f"{'passed' if passed else 'FAILED'}  {name}")
    return 0 if all(passed for _, passed in results) else 1
