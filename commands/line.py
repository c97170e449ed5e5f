"""The command line of `course.py`."""

import argparse
import sys

from commands import book, checks, environment, server
from commands.talk import Problem, readable_output, words


def parser() -> argparse.ArgumentParser:
    """Return the parser of the three commands."""
    top = argparse.ArgumentParser(
        prog="course.py",
        description=words("この本を起動・テスト・作成します。", "Start, test or build the book."),
    )
    commands = top.add_subparsers(dest="command", required=True)
    start = commands.add_parser(
        "start", help=words("準備をして、本を開く", "set up what is missing and open the book")
    )
    start.add_argument(
        "--no-browser", action="store_true", help=words("ブラウザーを開かない", "open no browser")
    )
    start.add_argument(
        "--port",
        type=port,
        help=words("ポート番号", "port of the server (default: the first free one from 8888 on)"),
    )
    test = commands.add_parser(
        "test", help=words("すべてのテストを実行する", "run all tests; further arguments go to pytest")
    )
    test.add_argument(
        "--long", action="store_true", help=words("長いテストも省かずに", "long tests at full size, too")
    )
    commands.add_parser("build", help=words("本を作り直す", "build the book anew"))
    return top


def port(text: str) -> int:
    """Read a port number."""
    number = int(text)
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError(
            words("ポート番号は 1 から 65535 までです", "a port is a number from 1 to 65535")
        )
    return number


def main(arguments: list[str]) -> int:
    """Do what the command line says; return the exit code."""
    readable_output()
    line = parser()
    options, more = line.parse_known_args(arguments)
    if more and options.command != "test":
        line.error(words(f"わからない引数です：{' '.join(more)}", f"unknown arguments: {' '.join(more)}"))
    try:
        python = environment.set_up()
        book.build(python, anew=options.command == "build")
        if options.command == "start":
            return server.start(python, wanted_port=options.port, browser=not options.no_browser)
        if options.command == "test":
            checks.install_node_packages()
            return checks.run(python, long=options.long, more=more)
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, server.Stopped):
        return 130
    return 0
