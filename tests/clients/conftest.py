"""What the tests of real programs share: a lab that runs, a mailbox with two messages, and a look at what was said."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import urllib.request
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.mailbox import clear, hand_in, letter
from tests.clients.ways import SERVICES, Protocol, Security
from tests.conftest import need
from tests.served import RECIPIENT, SENDER, Served

SIGNS_IN = re.compile(r"^(\S+ )?(LOGIN|AUTHENTICATE|PASS|AUTH)\b", re.IGNORECASE)


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark of `ways.tried` known."""
    config.addinivalue_line(
        "markers", "program(name, protocol, en, ja): tries a program; the table tells of it"
    )


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """A lab for the tests of one file."""
    with Served() as served:
        yield served


@pytest.fixture
def waiting(served: Served, request: pytest.FixtureRequest) -> list[bytes]:
    """The two messages that wait in the recipient's inbox, in order; there is nothing else in the mailbox."""
    clear(served, RECIPIENT)
    return hand_in(served, letter(request.node.name), b"Subject: short\r\n\r\n.\r\n")


class Record:
    """What is said in the world of a lab."""

    def __init__(self, served: Served) -> None:
        self._control = served.told["control"]
        self._heard: list[dict[str, Any]] = []

    def now(self) -> int:
        """A moment, for `said`."""
        return len(self._events())

    def said(self, since: int, protocol: Protocol) -> list[dict[str, Any]]:
        """The lines of clients at the port that a protocol has for both kinds of connections."""
        port = SERVICES[protocol][2]
        return [one for one in self._events()[since:] if one["port"] == port and one["side"] == "client"]

    def _events(self) -> list[dict[str, Any]]:
        while True:
            after = self._heard[-1]["n"] if self._heard else 0
            ask = urllib.request.Request(
                f"{self._control['url']}worlds/main/trace?after={after}",
                headers={"Authorization": f"token {self._control['token']}"},
            )
            with urllib.request.urlopen(ask, timeout=20) as answer:
                more = json.load(answer)
            if not more:
                return self._heard
            self._heard += more


@pytest.fixture(scope="module")
def record(served: Served) -> Record:
    """The record of the lab."""
    return Record(served)


@pytest.fixture(autouse=True)
def as_it_says(request: pytest.FixtureRequest) -> Callable[[], None]:
    """Hold a test to what it says: the record must show that its program signed in with TLS, or without."""
    mark = request.node.get_closest_marker("program")
    security = request.node.callspec.params["security"] if mark else Security.TLS
    if security is Security.TLS:  # nothing but TLS is spoken at those ports
        return lambda: None
    record = request.getfixturevalue("record")
    since = record.now()

    def look() -> None:
        lines = record.said(since, mark.args[1])
        signed_in = {line["tls"] for line in lines if SIGNS_IN.match(line["text"])}
        assert signed_in == {security is Security.STARTTLS}, "whether it signed in under TLS"

    return look


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Look once the test has passed; one that was skipped has said nothing to any server."""
    result = yield
    item.funcargs["as_it_says"]()  # type: ignore[attr-defined]
    return result


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Node, and a folder with the mail libraries for it and the scripts that use them."""
    npm, program = (need(tool, install="apt-get install nodejs npm") for tool in ("npm", "node"))
    folder = tmp_path_factory.mktemp("node") / "node"
    shutil.copytree(Path(__file__).parent / "node", folder, ignore=shutil.ignore_patterns("node_modules"))
    subprocess.run([npm, "ci", "--prefer-offline"], cwd=folder, check=True, capture_output=True, timeout=60)
    return program, folder


@pytest.fixture
def submits(served: Served) -> None:
    """Nothing in either mailbox, for a program that will send."""
    for address in (SENDER, RECIPIENT):
        clear(served, address)
