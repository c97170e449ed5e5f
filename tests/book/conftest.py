"""A Jupyter server with a book of test pages, and browser pages that notice what should not happen.

Of a test that fails, the report says what its pages showed: on another machine nothing else is left to look at.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

from commands.server import PATIENCE
from commands.server import command as course_command

from ..ports import free_port
from .bench import Bench

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TOKEN = "a-token-for-tests"
SHORT = "/tmp" if os.name == "posix" else None  # where names stay short enough for sockets

expect.set_options(timeout=45_000)  # no test is about how fast a machine is


@pytest.fixture(scope="session")
def test_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built test pages."""
    output = tmp_path_factory.mktemp("book")
    command = [
        sys.executable,
        ROOT / "book" / "build.py",
        "--source",
        ROOT / "tests" / "book" / "pages",
        "--output",
        output,
    ]
    subprocess.run(command, check=True, timeout=200)
    return output / "html"


@dataclass
class Server:
    """A Jupyter server that can be stopped and started again at the same port."""

    book: Path
    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    base_url: str = "/"
    runtime: tempfile.TemporaryDirectory[str] = field(
        default_factory=lambda: tempfile.TemporaryDirectory(dir=SHORT)
    )

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.base_url}"

    def start(self) -> None:
        command = [*course_command(Path(sys.executable), self.port, self.folder)]
        command += [f"--ServerApp.base_url={self.base_url}"]
        if (
            os.name == "posix"
        ):  # kernels' TCP ports are chosen before they are taken: another test can be quicker
            command += ["--KernelManager.transport=ipc"]
        environment = {
            **os.environ,
            "MAILSERVER_LAB_BOOK": str(self.book),
            "JUPYTER_TOKEN": TOKEN,
            "JUPYTER_RUNTIME_DIR": self.runtime.name,
            "JUPYTERLAB_WORKSPACES_DIR": str(self.folder / "workspaces"),
            "JUPYTERLAB_SETTINGS_DIR": str(self.folder / "settings"),
        }
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        for _ in range(int(PATIENCE / 0.1)):
            try:
                urllib.request.urlopen(self.base + "api", timeout=2).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError((self.folder / "server.log").read_text())

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def url(self, page: str) -> str:
        return f"{self.base}book/{page}?token={TOKEN}"


@pytest.fixture(scope="session")
def book_server(test_book: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the test pages."""
    server = Server(test_book, tmp_path_factory.mktemp("server"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    if not Path(CHROMIUM).exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{CHROMIUM} is needed in CI")
        pytest.skip(f"{CHROMIUM} is not installed, so the book is not driven in a browser")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@dataclass
class Watched:
    """A browser page, and what it said and asked for."""

    page: Page
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def clean(self) -> None:
        assert self.errors == []
        assert self.foreign == []

    def told(self) -> str:
        """What the page and its benches say, every leg of a record opened."""
        try:
            benches = self.page.evaluate(
                """() => [...document.querySelectorAll(".mail-bench")].map((bench) => {
                    bench.querySelectorAll(".mb-leg[aria-expanded=false]").forEach((head) => head.click());
                    return bench.innerText;
                })"""
            )
        except Error as error:
            benches = [str(error)]
        return "\n\n".join([*self.errors, *self.foreign, *benches])


WATCHED = pytest.StashKey[list[Watched]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to the report of a test that failed what its pages showed."""
    report = yield
    if call.when == "call" and report.failed:
        report.sections += [(one.page.url, one.told()) for one in item.stash.get(WATCHED, [])]
    return report


@pytest.fixture
def open_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Watched]]:
    """Open an address in a browser of its own: `open_page(url, width=…)`."""
    contexts = []
    pages = request.node.stash.setdefault(WATCHED, [])

    def opened(url: str, *, width: int = 1280, **options: Any) -> Watched:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        watched = Watched(context.new_page())
        pages.append(watched)
        page = watched.page
        page.set_default_timeout(45_000)
        page.on("console", lambda m: watched.errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: watched.errors.append(str(error)))
        page.on(
            "request",
            lambda request: watched.foreign.append(request.url) if is_foreign(request.url) else None,
        )
        page.goto(url)
        return watched

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def chapters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the book itself."""
    output = tmp_path_factory.mktemp("chapters")
    subprocess.run([sys.executable, ROOT / "book" / "build.py", "--output", output], check=True, timeout=240)
    server = Server(Path(output) / "html", tmp_path_factory.mktemp("chapters-server"))
    server.start()
    yield server
    server.stop()


def is_foreign(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:", "file:"))


@pytest.fixture
def bench(chapters: Server, open_page: Callable[..., Watched]) -> Callable[..., Bench]:
    """Open the chapter and wait for one of its benches: `bench("ja", "host-unknown", width=…)`."""

    def opened(lang: str = "en", experiment: str = "user-unknown", **options: object) -> Bench:
        watched = open_page(chapters.url(f"{lang}/04-mailer-daemon.html"), **options)
        bench = Bench(watched, experiment)
        bench.ready()
        return bench

    return opened
