"""Sessions on an experiment in a lab of their own."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from mailserver_lab.control import open_lab
from mailserver_lab.control.handle import LocalHandle
from mailserver_lab.control.service import Service
from mailserver_lab.experiments import Session, experiment
from mailserver_lab.lab import Lab
from mailserver_lab.locale import Lang
from mailserver_lab.net import MemoryNet

Begin = Callable[..., Awaitable[Session]]


@pytest.fixture
async def memory_lab() -> AsyncIterator[Lab]:
    lab = Lab(make_net=MemoryNet)
    yield lab
    await lab.close()


@pytest.fixture
async def begin(memory_lab: Lab) -> AsyncIterator[Begin]:
    """Begin a session; ended with the test."""
    service = Service(memory_lab)
    sessions = []

    async def begin(name: str = "user-unknown", lang: Lang = "en") -> Session:
        trial = experiment(name)
        world = await open_lab(trial.world, handle=LocalHandle(service), lang=lang)
        sessions.append(await Session.start(trial, world, lang))
        return sessions[-1]

    yield begin
    for session in sessions:
        await session.close()


@pytest.fixture
async def session(begin: Begin) -> Session:
    return await begin()
