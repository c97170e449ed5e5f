"""The three handles on a lab, each with a lab of its own."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from mailserver_lab.control.handle import Handle, LocalHandle
from mailserver_lab.control.host import DirectHandle, LabHost
from mailserver_lab.control.remote import RemoteHandle
from mailserver_lab.control.server import ControlServer
from mailserver_lab.control.service import Service
from mailserver_lab.lab import Lab


@dataclass
class Reached:
    """A lab and a way to it."""

    handle: Handle
    service: Service


@pytest.fixture(params=["local", "direct", "remote"])
async def reached(request: pytest.FixtureRequest) -> AsyncIterator[Reached]:
    if request.param == "direct":
        host = LabHost()
        host.start()
        yield Reached(DirectHandle(host), host.service)
        host.stop()
        return
    lab = Lab()
    service = Service(lab)
    if request.param == "local":
        yield Reached(LocalHandle(service), service)
    else:
        server = ControlServer(service)
        server.start()
        handle = RemoteHandle(server.door.url, server.door.token)
        yield Reached(handle, service)
        await handle.close()
        await server.stop()
    await lab.close()


@pytest.fixture
def handle(reached: Reached) -> Handle:
    return reached.handle


@pytest.fixture
async def served() -> AsyncIterator[ControlServer]:
    """A control server over a lab with one world, `open`."""
    lab = Lab()
    service = Service(lab)
    server = ControlServer(service)
    server.start()
    await service.call("open_world", {"world": "open", "spec": "user-unknown"})
    yield server
    await server.stop()
    await lab.close()
