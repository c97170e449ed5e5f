"""`python -m mailserver_lab serve` as other programs meet it: a process with a line of JSON."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import smtplib
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any, Self

SENDER, RECIPIENT = "sender@tsubame.example", "recipient@hibari.example"
COMPANY, OTHER = "tsubame.example", "hibari.example"


class Served:
    """A lab in a process of its own, from its line of JSON on."""

    def __init__(self, *arguments: str | Path) -> None:
        command = [sys.executable, "-m", "mailserver_lab", "serve", *map(str, arguments)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()
        if not self.line:
            raise AssertionError(f"serve said nothing: {self.process.communicate(timeout=60)[1]}")
        self.told: dict[str, Any] = json.loads(self.line)

    def at(self, domain: str, service: str) -> tuple[str, int]:
        host, port = self.told["domains"][domain][service]
        return host, port

    def password(self, address: str) -> str:
        return str(self.told["accounts"][address]["password"])

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.told["ca_file"])

    def submit(self, *recipients: str, subject: str = "Hello", body: str = "Hello\n") -> EmailMessage:
        """Hand in a message as the sender; it is acknowledged when this returns."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = SENDER, ", ".join(recipients), subject
        message.set_content(body)
        with smtplib.SMTP(*self.at(COMPANY, "submission"), timeout=20) as smtp:
            smtp.login(SENDER, self.password(SENDER))
            smtp.send_message(message)
        return message

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal; gives the exit code and what was said on standard error."""
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
        error = self.process.communicate(timeout=60)[1]
        return self.process.returncode, error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop(signal.SIGKILL)


def eventually(look: Callable[[], Any], *, wait: float = 60.0) -> Any:
    """What `look` gives once it gives something; it may fail with AssertionError until then."""
    end = time.monotonic() + wait
    while True:
        last = time.monotonic() > end
        with contextlib.suppress(*() if last else (AssertionError,)):
            if found := look():
                return found
        if last:
            raise AssertionError("it did not happen")
        time.sleep(0.02)


def refused(*arguments: str | Path) -> Iterator[str]:
    """What a `serve` that ends at once says on standard error, line by line."""
    command = [sys.executable, "-m", "mailserver_lab", "serve", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1, done
    assert done.stdout == ""
    yield from done.stderr.splitlines()
