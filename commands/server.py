"""The Jupyter server with the book and the lab, from its start to its end."""

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
import webbrowser
from pathlib import Path
from types import FrameType

from commands.places import HTML, LAB, ROOT
from commands.talk import Problem, beat, last_line, reader_language, say, words

HOST = "127.0.0.1"
USUAL_PORT = 8888
SESSION = "book.ipynb"  # the path by which the pages ask for it, see live/src/session.js
PATIENCE = 120.0  # seconds for a slow machine to start the server
FAREWELL = 15.0  # seconds for the server to end its kernels


class Stopped(Exception):
    """The reader or the system wants the server to end."""


def is_free(port: int) -> bool:
    """Tell whether a server can listen at `port`."""
    with socket.socket() as probe:
        if os.name != "nt":  # there it would let two programs share a port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
    return True


def choose_port(wanted: int | None) -> int:
    """Return the port that was asked for, or the first free one from the usual one on."""
    if wanted is None:
        return next(port for port in range(USUAL_PORT, 65536) if is_free(port))
    if is_free(wanted):
        return wanted
    raise Problem(
        words(
            f"ポート {wanted} は使えません（ほかのプログラムが使っているようです）。別の番号を --port で指定するか、--port なしで実行してください。",
            f"Port {wanted} cannot be used, probably because another program has it: give another number with --port, or leave --port away.",
        )
    )


def command(python: Path, port: int, root: Path = ROOT) -> list[str]:
    """Return how the server is started: for this reader alone, and asking no other host for anything.

    `root` is the folder that JupyterLab shows.
    """
    options = {
        "ServerApp.ip": HOST,
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": root,
        "ServerApp.open_browser": False,
        "LabApp.news_url": None,
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "LabApp.extension_manager": "readonly",
    }
    as_root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [
        str(python),
        "-m",
        "jupyterlab",
        *as_root,
        *(f"--{name}={value}" for name, value in options.items()),
    ]


def start(python: Path, *, wanted_port: int | None, browser: bool) -> int:
    """Start the server, say where the book is, and stay until the reader stops it."""
    port = choose_port(wanted_port)
    token = os.environ.get("JUPYTER_TOKEN") or secrets.token_hex(24)
    # by the environment, so that other users of the machine cannot read the token in the list of processes
    environment = {
        **os.environ,
        "JUPYTER_TOKEN": token,
        "MAILSERVER_LAB_DIR": str(LAB),
        "MAILSERVER_LAB_BOOK": str(HTML),
    }
    LAB.mkdir(exist_ok=True)
    log = LAB / "server.log"
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _stop)
    with log.open("wb") as output:
        process = subprocess.Popen(
            command(python, port),
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for us; we end the server in order
        )
    try:
        wait_until_it_answers(process, port, log)
        warm_up(port, token)
        tell(port, token, browser=browser)
        process.wait()
    except Stopped:
        say("\n終了します。", "\nStopping.")
        return 0
    finally:
        end(process)
    raise Problem(
        words(
            f"サーバーが予期せず終了しました（{last_line(log)}）。もう一度 start を実行してください。記録は {log} にあります。",
            f"The server ended unexpectedly ({last_line(log)}): run start again; the record is in {log}.",
        )
    )


def wait_until_it_answers(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    """Return when the server answers; a browser that comes earlier would find nothing."""
    deadline = time.monotonic() + PATIENCE

    def settled() -> str | None:
        if process.poll() is not None or time.monotonic() > deadline:
            return "failed"
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/api", timeout=2):
                return "answers"
        except (OSError, urllib.error.URLError):
            return None

    beat(words("サーバーを起動しています", "Starting the server"), settled)
    if settled() != "answers":
        raise Problem(
            words(
                f"サーバーを起動できませんでした（{last_line(log)}）。もう一度お試しください。記録は {log} にあります。",
                f"The server could not be started ({last_line(log)}): try again; the record is in {log}.",
            )
        )


def warm_up(port: int, token: str) -> None:
    """Ask for the book's session as its pages will: by the time that a page does, its kernel runs."""
    session = {"path": SESSION, "name": SESSION, "type": "notebook", "kernel": {"name": "python3"}}
    headers = {"Authorization": f"token {token}", "Content-Type": "application/json"}
    address = f"http://{HOST}:{port}/api/sessions"
    request = urllib.request.Request(address, json.dumps(session).encode(), headers)
    # a page asks for itself, and says what is wrong where this fails
    with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=20):
        pass


def tell(port: int, token: str, *, browser: bool) -> None:
    """Say where the book is, the reader's language last, and open it there."""
    addresses = {
        language: f"http://{HOST}:{port}/book/{language}/index.html?token={token}"
        for language in ("ja", "en")
    }
    mine = reader_language()
    other = "en" if mine == "ja" else "ja"
    say("Ctrl-C で終了します。", "Press Ctrl-C to stop.")
    print({"ja": "日本語：", "en": "English: "}[other] + addresses[other])
    print({"ja": "この本：", "en": "Book: "}[mine] + addresses[mine], flush=True)
    if browser:
        webbrowser.open(addresses[mine])


def end(process: "subprocess.Popen[bytes]") -> None:
    """End the server that we started, gently at first."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(FAREWELL)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _stop(_number: int, _frame: FrameType | None) -> None:
    for name in ("SIGINT", "SIGTERM"):  # a second Ctrl-C must not break the orderly end
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    raise Stopped
