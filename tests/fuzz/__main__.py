"""Look for octets that break a target, guided by the lines of code that they reach: `python -m tests.fuzz TARGET [--runs N]`.

It wants atheris (Apache 2.0; Linux and macOS, Python 3.11 to 3.13), which nothing else does: `uv pip install atheris`. What
breaks a target is kept in the folder as `crash-…` or `timeout-…`, and makes the exit code other than 0.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["mailserver_lab"]):
    from .targets import MOST, TARGETS

SECONDS = 10  # for one input; what takes longer hangs


def main() -> None:
    """Try a target until the runs are done, the seconds are over, or something breaks."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--runs", type=int, default=-1, help="inputs to try")
    parser.add_argument("--seconds", type=int, default=0, help="how long to try")
    parser.add_argument("--folder", type=Path, help="where to keep inputs; a new one each time without it")
    asked = parser.parse_args()
    target = TARGETS[asked.target]
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="fuzz-"))
    corpus = folder / asked.target
    corpus.mkdir(parents=True, exist_ok=True)
    for number, example in enumerate(target.examples):
        (corpus / f"example-{number}").write_bytes(example)
    words = folder / f"{asked.target}.dict"
    words.write_text(
        "".join('"' + "".join(f"\\x{octet:02x}" for octet in word) + '"\n' for word in target.words)
    )
    options = [
        f"-runs={asked.runs}", f"-max_total_time={asked.seconds}", f"-timeout={SECONDS}", f"-max_len={MOST}", f"-dict={words}",
        f"-artifact_prefix={folder}/", "-print_final_stats=1", str(corpus),
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options], target.read)
    atheris.Fuzz()


main()
