"""What all tests share: worlds on either Net, the size of long tests, and tools that a machine may lack."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, settings

from mailserver_lab.lab import Lab, RunningWorld
from mailserver_lab.net import LoopbackNet, MemoryNet, Net
from mailserver_lab.world import WorldSpec, bundled

Opener = Callable[..., Awaitable[RunningWorld]]

# No test is about how fast a machine is, or what else it does.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run fuzzing, kills and soak at full size")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only a long run tries, and drive the browser last.

    Playwright's loop stays in this thread to the end, where no other can then run. Whole files go to the end, as whole
    files are what runs side by side.
    """
    if not config.getoption("--long"):
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("long")])
        items[:] = [item for item in items if not item.get_closest_marker("long")]
    driving = {item.path for item in items if "browser" in getattr(item, "fixturenames", ())}
    items.sort(key=lambda item: item.path in driving)


@pytest.fixture
def long(request: pytest.FixtureRequest) -> bool:
    """Whether long tests run at full size."""
    return bool(request.config.getoption("--long"))


def need(tool: str, *, install: str) -> str:
    """The path of a program; without it the test is skipped on a reader's machine, and fails in CI."""
    found = shutil.which(tool)
    return lacking(tool, install=install) if found is None else found


def lacking(what: str, *, install: str) -> NoReturn:
    """Skip the test for want of something, in a sentence; in CI, fail."""
    sentence = f"{what} is not installed ({install}), so what it would try is not tried"
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.fixture(params=["memory", "sockets"])
def make_net(request: pytest.FixtureRequest) -> Callable[[], Net]:
    """Both kinds of Net, one after the other."""
    return MemoryNet if request.param == "memory" else LoopbackNet


@pytest.fixture
async def lab(make_net: Callable[[], Net]) -> AsyncIterator[Lab]:
    """A lab in a temporary folder, closed at the end."""
    lab = Lab(make_net=make_net)
    yield lab
    await lab.close()


@pytest.fixture
async def socket_lab() -> AsyncIterator[Lab]:
    """A lab on sockets, for clients that know nothing else."""
    lab = Lab()
    yield lab
    await lab.close()


@pytest.fixture
async def world(lab: Lab) -> RunningWorld:
    """The world user-unknown, running."""
    return await lab.open(bundled("user-unknown"))


def spec(name: str = "user-unknown") -> WorldSpec:
    """A world that comes with the package."""
    return bundled(name)
