"""The command line of the bounce doctor: `python -m mailserver_lab explain FILE…`.

Reads messages from files, folders (Maildir or plain), mbox files and standard input, one after another, and prints what
`dsn.diagnose` says of each. Nothing is written, and nothing leaves this computer.
"""

from __future__ import annotations

import argparse
import json
import locale
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from . import dsn
from .dsn.diagnosis import LARGEST
from .dsn.explain import as_json, as_text
from .locale import Lang, Text, is_lang

MANY = 20  # messages from which on a bar shows how far it is
STDIN = "-"


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Tell the command line about `explain`."""
    parser = commands.add_parser(
        "explain",
        help="say what a bounce (MAILER-DAEMON message) means, whose move it is and what to do",
    )
    parser.add_argument(
        "files",
        nargs="*",
        default=[STDIN],
        metavar="FILE",
        help="a message, an mbox file, a Maildir or a folder of messages; - or nothing reads standard input",
    )
    parser.add_argument(
        "--lang", choices=["ja", "en"], help="the language of the answer; else that of the system"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line for each message")


def run(given: argparse.Namespace) -> int:
    """Explain all that was named; gives the exit code."""
    lang: Lang = given.lang if is_lang(given.lang) else _of_system()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    paths = list(_paths(given.files))
    code, first = 0, True
    bar = _Bar(len(paths))
    try:
        for path in paths:
            try:
                for number, raw in enumerate(_messages(path), 1):
                    diagnosis = dsn.diagnose(raw)
                    bar.clear()
                    if given.json:
                        print(json.dumps(as_json(path, number, diagnosis, lang), ensure_ascii=False))  # noqa: T201
                    else:
                        name = path if number == 1 else f"{path} ({number})"
                        print(("" if first else "\n") + as_text(name, diagnosis, lang), end="")  # noqa: T201
                    first = False
                    bar.show()
            except BrokenPipeError:
                raise
            except OSError as error:
                bar.clear()
                print(_UNREADABLE[lang].format(path=path, why=error.strerror or error), file=sys.stderr)  # noqa: T201
                code = 1
            bar.done()
        sys.stdout.flush()
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    finally:
        bar.clear()
    return code


_UNREADABLE = Text(
    ja="{path} を読めません（{why}）。ファイル名と、読み取りの許可を確かめてください。",
    en="{path} cannot be read ({why}). Check the name, and whether you may read it.",
)


def _of_system() -> Lang:
    names = [os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    name = next((name for name in names if name), "") or (locale.getlocale()[0] or "")
    return "ja" if name.lower().startswith(("ja", "japanese")) else "en"


# -- where messages are


def _paths(names: list[str]) -> Iterator[str]:
    """The files that were named, those in a folder in order. Of a Maildir, what is in `cur` and `new`."""
    for name in names:
        folder = Path(name)
        if name == STDIN or not folder.is_dir():
            yield name
            continue
        boxes = [folder / box for box in ("cur", "new") if (folder / box).is_dir()] or [folder]
        for box in boxes:
            yield from (
                str(path)
                for path in sorted(box.iterdir())
                if path.is_file() and not path.name.startswith(".")
            )


def _messages(path: str) -> Iterator[bytes]:
    """The messages of a file. One that is too large is cut, and told so by `diagnose`."""
    if path == STDIN:
        yield from _split(sys.stdin.buffer)
        return
    with open(path, "rb") as file:  # noqa: PTH123 (a path may be a pipe)
        yield from _split(file)


_BETWEEN = re.compile(
    rb"From \S{1,300} .{0,40}\d\d:\d\d.{0,40}\d{4}\s*$"
)  # what an mbox has between messages, with its date


def _split(file: BinaryIO) -> Iterator[bytes]:
    """One message, or those of an mbox file, of which never more than one is held."""
    first = file.readline(LARGEST + 1)
    if not first.startswith(b"From "):
        yield first + file.read(LARGEST + 1 - len(first)) if len(first) <= LARGEST else first
        return
    lines, size, blank = [first], len(first), False
    while line := file.readline(LARGEST + 1):
        if blank and _BETWEEN.match(line):
            yield b"".join(lines)
            lines, size = [], 0
        blank = line in {b"\n", b"\r\n"}
        if size <= LARGEST:
            lines.append(line)
            size += len(line)
    yield b"".join(lines)


class _Bar:
    """How far it is, on the terminal, where there is much to do and somebody looks."""

    def __init__(self, total: int) -> None:
        self._total, self._done = total, 0
        self._wanted = total >= MANY and sys.stderr.isatty()
        self._drawn = False

    def show(self) -> None:
        if self._wanted and (not sys.stdout.isatty() or self._done % 10 == 0):
            filled = 30 * self._done // self._total
            sys.stderr.write(f"\r[{'#' * filled}{'.' * (30 - filled)}] {self._done}/{self._total}")
            sys.stderr.flush()
            self._drawn = True

    def done(self) -> None:
        self._done += 1

    def clear(self) -> None:
        if self._drawn:
            sys.stderr.write("\r" + " " * 60 + "\r")
            sys.stderr.flush()
            self._drawn = False
