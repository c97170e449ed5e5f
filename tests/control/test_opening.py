"""From a kernel to a world: with a Jupyter server's lab, and without."""

import asyncio
import base64
import gc
import hashlib
import inspect
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailserver_lab.control import SyncWorld, World, open_lab, open_lab_sync, opening
from mailserver_lab.control.host import DirectHandle, LabHost
from mailserver_lab.control.remote import RemoteHandle
from mailserver_lab.lab.lab import FolderInUse, Lab
from mailserver_lab.locale import Problem
from tests.served import eventually

PC, RECIPIENT = "pc/sender@tsubame.example", "recipient@hibari.example"


@pytest.fixture(autouse=True)
def _no_lab_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test begins without a lab in this process and ends the one that it started."""
    monkeypatch.delenv(opening.VARIABLE, raising=False)
    monkeypatch.setattr(opening, "_host", None)
    yield
    if opening._host is not None:
        opening._host.stop()


@pytest.fixture
def host() -> Iterator[LabHost]:
    host = LabHost()
    host.start()
    yield host
    host.stop()


class TestWithoutAServer:
    async def test_the_lab_runs_in_this_process_once(self) -> None:
        one, other = await open_lab("user-unknown"), await open_lab("user-unknown")
        assert isinstance(one.handle, DirectHandle)
        assert one.name != other.name
        assert {world["world"] for world in await one.handle.call("worlds")} == {one.name, other.name}
        await one.close()
        assert [world["world"] for world in await other.handle.call("worlds")] == [other.name]

    async def test_many_at_once_start_one_lab(self) -> None:
        worlds = await asyncio.gather(*(open_lab("user-unknown") for _ in range(5)))
        assert len(await worlds[0].handle.call("worlds")) == 5


class TestWithAServer:
    async def test_its_lab_is_used(self, host: LabHost, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(opening.VARIABLE, f"{host.control.door.url} {host.control.door.token}")
        world = await open_lab("user-unknown")
        assert isinstance(world.handle, RemoteHandle)
        assert opening._host is None
        assert list(host.service.lab.worlds) == [world.name]
        await world.close()
        assert not host.service.lab.worlds

    async def test_a_wrong_token_is_a_problem(self, host: LabHost, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(opening.VARIABLE, f"{host.control.door.url} wrong")
        with pytest.raises(Problem) as told:
            await open_lab("user-unknown")
        assert told.value.status == 401
        assert "トークン" in told.value.what.ja

    async def test_that_is_gone_is_a_connection_error(
        self, host: LabHost, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(opening.VARIABLE, f"{host.control.door.url} {host.control.door.token}")
        world = await open_lab("user-unknown")
        host.stop()
        with pytest.raises(ConnectionError):
            await world.queue()
        with pytest.raises(ConnectionError):
            await anext(world.events())
        with pytest.raises(ConnectionError):
            await open_lab("user-unknown")

    async def test_something_else_at_its_address_is_no_crash(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readline()
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\n<h1>")
            writer.close()

        server = await asyncio.start_server(babble, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        monkeypatch.setenv(opening.VARIABLE, f"http://127.0.0.1:{port}/ token")
        with pytest.raises(Problem) as told:
            await open_lab("user-unknown")
        assert "404" in told.value.what.en
        server.close()

    async def test_that_hangs_up_in_the_middle_of_events_is_not_the_end_of_a_world(self) -> None:
        async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            key = re.search(r"(?i)sec-websocket-key: (\S+)", head)
            assert key
            accept = base64.b64encode(
                hashlib.sha1(f"{key[1]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()
            )
            writer.write(
                b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                + accept
            )
            writer.write(b'\r\n\r\n\x81\x09[{"n":1}]')
            writer.close()

        server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        handle = RemoteHandle(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", "token")
        batches = handle.events("w")
        assert await anext(batches) == [{"n": 1}]
        with pytest.raises(ConnectionError):
            await anext(batches)
        await handle.close()
        server.close()


class TestALabOnAThread:
    async def test_that_has_ended_is_a_connection_error(self, host: LabHost) -> None:
        handle = DirectHandle(host)
        world = await open_lab("user-unknown", handle=handle)
        following = asyncio.create_task(anext(world.events(after=10_000)))
        await asyncio.sleep(0.05)
        host.stop()
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(following, 5)
        with pytest.raises(ConnectionError):
            await world.queue()

    def test_that_cannot_start_says_why(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        host = LabHost(tmp_path / "file")
        with pytest.raises(FileExistsError):
            host.start()
        host.stop()

    async def test_runs_on_though_another_has_its_folder(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        first = Lab(tmp_path)
        await first.open_main()
        with pytest.raises(FolderInUse):
            await Lab(tmp_path).open_main()
        host = LabHost(tmp_path, main=True)
        host.start()
        world = await open_lab("user-unknown", handle=DirectHandle(host))
        assert (await world.send(PC, RECIPIENT))["queue_id"] == "q0001"
        host.stop()
        await first.close()
        assert "another lab is running" in caplog.text

    def test_leaves_no_thread(self, host: LabHost) -> None:
        labs = [thread.name for thread in threading.enumerate()].count(
            "mail lab"
        )  # other tests may have one too
        host.stop()
        assert [thread.name for thread in threading.enumerate()].count("mail lab") == labs - 1


class TestWithoutAwait:
    def test_every_coroutine_of_a_world_has_its_plain_method(self) -> None:
        found = {name for name, _ in inspect.getmembers(World, inspect.iscoroutinefunction)}
        coroutines = {name for name in found if not name.startswith("_")}
        assert len(coroutines) > 10
        for name in coroutines - {"close"}:
            plain, awaited = getattr(SyncWorld, name), getattr(World, name)
            assert not inspect.iscoroutinefunction(plain)
            assert inspect.signature(plain) == inspect.signature(awaited)
            assert plain.__doc__ == awaited.__doc__

    def test_the_same_things_happen(self) -> None:
        with open_lab_sync("user-unknown", lang="en") as world:
            assert world.description["lang"] == "en"
            sent = world.send(PC, "recipent@hibari.example", "Hello", "x")
            arrived = world.wait_for(lambda event: event["kind"] == "mailbox" and event["step"] == "store")
            assert arrived["parsed"]["account"] == "sender@tsubame.example"
            assert world.sync(PC)["folders"]["INBOX"][0]["uid"] == 1
            assert "User unknown" in world.transcript(sent["queue_id"])
            assert world.call("describe")["world"] == world.name
        assert "mail lab client" not in {thread.name for thread in threading.enumerate()}

    def test_errors_are_the_same(self) -> None:
        with pytest.raises(Problem):
            open_lab_sync("no-such-world")
        assert "mail lab client" not in {thread.name for thread in threading.enumerate()}
        with open_lab_sync("user-unknown") as world:
            with pytest.raises(Problem):
                world.mailbox("x@y.example")
            with pytest.raises(TimeoutError):
                world.wait_for(lambda event: False, wait=0.05)
            with pytest.raises(AttributeError, match="mailbox, message"):
                _ = world.no_such_method

    async def test_it_works_where_a_loop_runs_already(self) -> None:
        with open_lab_sync("user-unknown") as world:
            assert world.queue() == []

    def test_a_lab_that_is_gone_leaves_no_thread(self) -> None:
        world = open_lab_sync("user-unknown")
        assert opening._host is not None
        opening._host.stop()
        with pytest.raises(ConnectionError):
            world.close()
        assert "mail lab client" not in {thread.name for thread in threading.enumerate()}

    def test_a_world_stays_while_somebody_holds_it(self) -> None:
        world = open_lab_sync("user-unknown")
        name, host = world.name, opening._host
        assert host is not None
        followed = host.service._followers
        eventually(lambda: name in followed)
        world.reset()
        eventually(lambda: name in followed)
        del world
        eventually(lambda: name not in followed)

    def test_a_world_that_is_closed_leaves_nothing_running(self, recwarn: pytest.WarningsRecorder) -> None:
        world = open_lab_sync("user-unknown")
        host = opening._host
        assert host is not None
        name = world.name
        eventually(lambda: name in host.service._followers)
        world.close()
        assert name not in host.service._followers
        gc.collect()
        recwarn.clear()  # what other tests left lying about
        del world
        gc.collect()
        assert [str(warning.message) for warning in recwarn] == []
