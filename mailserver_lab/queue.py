"""The command line of the queue: `python -m mailserver_lab queue`, for the lab that runs in another process.

Lists what waits, says why, and tries it again at once. It asks the lab's control API, whose address stands in the line
of JSON that `serve --ready-file FILE` writes, or in the variable that a Jupyter server sets for its kernels.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from .locale import Problem, Text
from .smtp.guard import visible

ALL = "all"


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Tell the command line about `queue`."""
    parser = commands.add_parser("queue", help="list the mail that waits in a running lab, and try it again")
    parser.add_argument(
        "--ready-file",
        type=Path,
        help="the file that `serve --ready-file` wrote; else the lab of the Jupyter server",
    )
    parser.add_argument("--world", default="main", help="the world, main if not given")
    parser.add_argument(
        "--retry",
        nargs="?",
        const=ALL,
        metavar="ID",
        help="try this message now, or all of them if no id is given",
    )
    parser.add_argument("--json", action="store_true", help="what waits, as JSON")


async def run(given: argparse.Namespace) -> int:
    """Do what was asked for; gives the exit code."""
    # the rest of the command line does without tornado
    from .control.remote import RemoteHandle  # noqa: PLC0415

    try:
        url, token = _where(given.ready_file)
        handle = RemoteHandle(url, token)
        try:
            if given.retry is not None:
                one = None if given.retry == ALL else given.retry
                tried = await handle.call("retry", world=given.world, message=one)
                print(f"Trying {', '.join(tried)}." if tried else "Nothing waits.")  # noqa: T201
                return 0
            waiting = await handle.call("queue", world=given.world)
        finally:
            await handle.close()
    except Problem as problem:
        return _fail(str(problem))
    except ConnectionError as error:
        return _fail(f"{str(error).capitalize()}. It may have ended; start it again with `serve`.")
    print(json.dumps(waiting, ensure_ascii=False, indent=2) if given.json else as_text(waiting))  # noqa: T201
    return 0


def as_text(waiting: list[dict[str, Any]]) -> str:
    """What waits, for people. What others said is shown as one line each, whatever it holds."""
    if not waiting:
        return "Nothing waits."
    lines = []
    for message in waiting:
        sender = f"<{message['from']}>"
        lines.append(
            f"{message['id']}  at {message['domain']}  from {sender}  {message['size']} octets, since {message['arrived']}"
        )
        for to in message["recipients"]:
            times = f"{to['attempts']} attempt{'' if to['attempts'] == 1 else 's'}, next at {to['due']}"
            lines.append(f"    to <{to['address']}>  {times}")
            if to["last"]:
                lines.append(f"        {to['last']}")
    return "\n".join(visible(line) for line in lines)


def _where(ready_file: Path | None) -> tuple[str, str]:
    """The control API's URL and token.

    Raises:
        Problem: nothing says where they are.
    """
    from .control.opening import VARIABLE  # noqa: PLC0415

    try:
        if ready_file is not None:
            control = json.loads(ready_file.read_text("utf-8"))["control"]
            return str(control["url"]), str(control["token"])
        url, _, token = os.environ.get(VARIABLE, "").partition(" ")
        if url and token:
            return url, token
        why = Text(ja="動いているラボの場所が分かりません。", en="Nothing says where a lab runs.")
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = Text(
            ja=f"{ready_file} を読めません（{error}）。",
            en=f"{ready_file} does not tell where the lab is ({error}).",
        )
    raise Problem(
        Text(ja="キューを表示できません。", en="The queue cannot be shown."),
        why,
        Text(
            ja="serve --ready-file FILE で起動し、そのファイルを queue --ready-file FILE で指定してください。",
            en="Start the lab with serve --ready-file FILE, and give that file to queue --ready-file FILE.",
        ),
    )


def _fail(text: str) -> int:
    print(text, file=sys.stderr)  # noqa: T201
    return 1
