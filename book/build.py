"""Build the book in both languages: `python book/build.py [--source DIR] [--output DIR]`.

Jupyter Book 1 builds one language at a time and its configuration knows no include. So for each folder
`SOURCE/<language>` the common `_config.yml` and the language's own are joined, both builds run side by side with
warnings as errors, and the finished pages take the old ones' place in `OUTPUT/html` at once: a build that fails
leaves the book that is being read untouched.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
COMMON = HERE.parent / "_config.yml"
STATIC = HERE / "_static"
LANGUAGES = ("ja", "en")
_PLURAL_RULE = re.compile(r"new Function\(\s*\"n\",[^;]*(?=;)")


def joined(common: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Return `common` with `own` laid over it, key by key, to any depth."""
    result = dict(common)
    for key, value in own.items():
        below = result.get(key)
        result[key] = joined(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return result


def configuration(source: Path, language: str) -> dict[str, Any]:
    """Return the whole Jupyter Book configuration of one language."""
    common, own = (
        yaml.safe_load(path.read_text("utf-8")) for path in (COMMON, source / language / "_config.yml")
    )
    config = joined(common, own)
    config["sphinx"]["config"]["html_static_path"] = [str(STATIC)]
    config["sphinx"]["config"]["html_favicon"] = str(STATIC / "favicon.svg")
    return config


def start(source: Path, work: Path, language: str) -> subprocess.Popen[str]:
    """Start the build of one language; its pages will be in `pages(work, language)`."""
    folder = work / language
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "_config.yml"
    config.write_text(yaml.safe_dump(configuration(source, language), allow_unicode=True), "utf-8")
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build"]
    command += [str(source / language), "--config", str(config), "--toc", str(source / language / "_toc.yml")]
    command += ["--path-output", str(folder), "--warningiserror", "--keep-going", "--quiet"]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "PYTHONUTF8": "1", "NO_COLOR": "1", "PYTHONPATH": str(HERE / "extensions")},
    )


def pages(work: Path, language: str) -> Path:
    """Return where Jupyter Book leaves the pages of one language."""
    return work / language / "_build" / "html"


def without_eval(static: Path) -> None:
    """Let Sphinx's own scripts run under a policy that forbids `eval`.

    They compile the plural rule of a translation from a string. It is asked for in Japanese alone, where it is "0".
    """
    script = static / "doctools.js"
    text, count = _PLURAL_RULE.subn("() => 0", script.read_text("utf-8"))
    if count != 1:
        raise SystemExit("Sphinx's doctools.js has changed: look at without_eval in book/build.py.")
    script.write_text(text, "utf-8")


def replace(folder: Path, fresh: Path) -> None:
    """Put `fresh` where `folder` is; a reader meets the old pages or the new ones, hardly ever neither."""
    old = folder.with_name(folder.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def build(source: Path, output: Path) -> int:
    """Build every language of `source` into `output/html`; return how many failed, having said why."""
    work = output / "work"
    shutil.rmtree(
        work, ignore_errors=True
    )  # Sphinx copies _static only where a page changed, and forgets no page
    running = {language: start(source, work, language) for language in LANGUAGES}
    failed = 0
    for language, process in running.items():
        said, _ = process.communicate()
        if process.returncode:
            failed += 1
            sys.stderr.write(f"The book could not be built ({language}):\n{said}\n")
    if failed:
        return failed
    fresh = output / "html.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for language in LANGUAGES:
        pages(work, language).rename(fresh / language)
        without_eval(fresh / language / "_static")
    shutil.copyfile(HERE / "choose-language.html", fresh / "index.html")
    shutil.copyfile(STATIC / "choose-language.js", fresh / "choose-language.js")
    replace(output / "html", fresh)
    return 0


def main() -> int:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description="Build the book in both languages.")
    parser.add_argument("--source", type=Path, default=HERE, help="folder with one folder per language")
    parser.add_argument("--output", type=Path, default=HERE.parent / "build", help="where html/ is put")
    arguments = parser.parse_args()
    return build(arguments.source.resolve(), arguments.output.resolve())


if __name__ == "__main__":
    sys.exit(main())
