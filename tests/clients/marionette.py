"""A program of Mozilla's, driven from outside: its remote protocol Marionette, as far as a test needs it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.served import eventually


class Driven:
    """A running program without a window, with a profile of its own.

    Args:
        program: its path.
        profile: a folder with at most a `user.js`.
    """

    def __init__(self, program: str, profile: Path) -> None:
        chosen = profile / "MarionetteActivePort"
        self._log = (profile / "log.txt").open("wb")
        self._process = subprocess.Popen(
            [
                program,
                "--headless",
                "--marionette",
                "-remote-allow-system-access",
                "--no-remote",
                "--profile",
                profile,
            ],
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,  # so that its helpers end with it
            env={"PATH": os.environ["PATH"], "HOME": str(profile), "LC_ALL": "C.UTF-8"},
        )
        try:
            port = int(eventually(lambda: chosen.exists() and chosen.read_text(), wait=60))
            self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
            self._file = self._socket.makefile("rb")
            self._receive()
            self._number = 0
            self._command("WebDriver:NewSession", {})
            self._command("Marionette:SetContext", {"value": "chrome"})
        except BaseException:
            self._end()
            raise

    def run(self, script: str, *arguments: Any) -> Any:
        """What the body of an async function returns, run inside the program; it may take half a minute."""
        asynchronous = (
            "const [...given] = arguments; const done = given.pop();"
            f"(async (...args) => {{ {script} }})(...given)"
            ".then(value => done({value}), error => done({error: `${error}\\n${error.stack}`}));"
        )
        told = self._command("WebDriver:ExecuteAsyncScript", {"script": asynchronous, "args": arguments})[
            "value"
        ]
        # a window that asks something ends the script, and then nothing is told
        assert told is not None, self._asked()
        assert "error" not in told, told["error"]
        return told.get("value")

    def _asked(self) -> str:
        """What the window says, which seldom is why, and what the program has noted of late."""
        text = self._command("WebDriver:GetAlertText", {})["value"]
        self._command("WebDriver:DismissAlert", {})
        noted = self.run("return Services.console.getMessageArray().slice(-20).map(String);")
        return "\n".join([text, *noted])

    def _command(self, name: str, parameters: dict[str, Any]) -> Any:
        self._number += 1
        message = json.dumps([0, self._number, name, parameters]).encode()
        self._socket.sendall(b"%d:%s" % (len(message), message))
        _, number, error, value = self._receive()
        assert number == self._number
        assert error is None, error
        return value

    def _receive(self) -> Any:
        size = b""
        while not size.endswith(b":"):
            piece = self._file.read(1)
            assert piece, "it hung up"
            size += piece
        return json.loads(self._file.read(int(size[:-1])))

    def _end(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)  # nobody needs its profile again
        self._process.wait()
        self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()
        self._end()
