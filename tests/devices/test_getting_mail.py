"""How mail comes onto a device: with a password that somebody typed, by both protocols; and on a line that is kept open."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from mailserver_lab.devices import Device, Offline
from mailserver_lab.devices.device import SignInRefused
from mailserver_lab.lab import RunningWorld
from mailserver_lab.net import Peer
from mailserver_lab.pop3.session import CommandFailed, Pop3Session
from mailserver_lab.trace import Event

from .test_device import RAW, SENDER, device, flags, put

PASSWORD = "tsubame-2026"


@pytest.fixture
def pc(world: RunningWorld) -> Device:
    return device(world)


def said(world: RunningWorld, side: str) -> list[str]:
    return [event.text for event in world.trace.after() if event.kind == "line" and event.side == side]


class TestSigningIn:
    @pytest.mark.parametrize("protocol", ["imap", "pop3"])
    async def test_the_right_password_brings_the_mail_and_leaves_it_on_the_server(
        self, world: RunningWorld, pc: Device, protocol: str
    ) -> None:
        await put(world, b"1\r\n", b".2\r\n")
        assert [stored.raw for stored in await pc.sign_in(PASSWORD, protocol)] == [b"1\r\n", b".2\r\n"]
        assert await pc.sign_in(PASSWORD, protocol) == []
        await put(world, b"3\r\n")
        assert [stored.raw for stored in await pc.sign_in(PASSWORD, protocol)] == [b"3\r\n"]
        assert len(await flags(world)) == 3

    @pytest.mark.parametrize(
        ("protocol", "words"),
        [
            ("imap", "NO [AUTHENTICATIONFAILED] Wrong name or password"),
            ("pop3", "-ERR [AUTH] Wrong name or password"),
        ],
    )
    async def test_a_wrong_one_brings_the_servers_words_and_nothing_else(
        self, world: RunningWorld, pc: Device, protocol: str, words: str
    ) -> None:
        await put(world, b"Subject: for the owner alone\r\n\r\nx\r\n")
        before = world.trace.after()[-1].n
        with pytest.raises(SignInRefused) as told:
            await pc.sign_in("wrong", protocol)
        assert str(told.value) == words
        assert pc.folders["INBOX"] == []
        heard = [event for event in world.trace.after(before) if event.side == "server"]
        assert len(heard) == {"imap": 4, "pop3": 4}[protocol]  # greeting, answer, good-bye
        assert not any("owner" in event.text or event.kind == "content" for event in heard)
        assert "wrong" not in " ".join(said(world, "client"))

    async def test_the_answer_to_an_unknown_user_is_the_same(self, world: RunningWorld, pc: Device) -> None:
        answers = set()
        for user in (SENDER, "nobody@tsubame.example"):
            line = await world.net.connect(Peer("pc", "192.0.2.99"), pc.site.domain.address, 110)
            session = await Pop3Session.open(line)
            with pytest.raises(CommandFailed) as told:
                await session.login(user, "wrong")
            answers.add(str(told.value))
            await session.quit()
        assert len(answers) == 1

    async def test_what_came_by_one_protocol_does_not_come_again_by_the_other(
        self, world: RunningWorld, pc: Device
    ) -> None:
        await put(world, b"1\r\n")
        (first,) = await pc.sign_in(PASSWORD, "pop3")
        assert first.uid < 0
        assert await pc.sign_in(PASSWORD, "imap") == []
        await put(world, b"2\r\n")
        assert [stored.raw for stored in await pc.sync()] == [b"2\r\n"]
        assert await pc.sign_in(PASSWORD, "pop3") == []
        assert len(pc.folders["INBOX"]) == 2

    async def test_reading_what_came_by_pop3_is_not_told_to_the_server(
        self, world: RunningWorld, pc: Device
    ) -> None:
        await put(world, b"1\r\n")
        (stored,) = await pc.sign_in(PASSWORD, "pop3")
        await pc.read("INBOX", stored.uid)
        assert stored.seen
        assert "\\Seen" not in (await flags(world))[0]

    @pytest.mark.parametrize("protocol", ["imap", "pop3"])
    async def test_a_device_that_is_offline_cannot_even_try(self, pc: Device, protocol: str) -> None:
        pc.online = False
        with pytest.raises(Offline, match="not on the network") as told:
            await pc.sign_in("wrong", protocol)
        assert not isinstance(told.value, SignInRefused)

    @pytest.mark.parametrize("protocol", ["imap", "pop3"])
    async def test_a_server_that_is_off_is_not_a_refusal(
        self, world: RunningWorld, pc: Device, protocol: str
    ) -> None:
        await world.switch_off("tsubame.example")
        with pytest.raises(Offline) as told:
            await pc.sign_in(PASSWORD, protocol)
        assert not isinstance(told.value, SignInRefused)


class TestWaiting:
    @pytest.fixture
    async def changes(self, world: RunningWorld, pc: Device) -> AsyncIterator[list[str]]:
        """A device that waits; and what it told so far."""
        heard: list[str] = []
        await pc.wait(heard.append)
        yield heard
        await pc.stop_waiting()

    async def until(self, world: RunningWorld, true: Callable[[Event], bool]) -> None:
        """Wait for an event of the record."""
        found = asyncio.Event()
        stop = world.trace.follow(lambda event: found.set() if true(event) else None)
        try:
            if not any(map(true, world.trace.after())):
                async with asyncio.timeout(5):
                    await found.wait()
        finally:
            stop()

    async def test_it_is_told_and_fetches_and_waits_again(
        self, world: RunningWorld, pc: Device, changes: list[str]
    ) -> None:
        await self.until(world, lambda event: event.text.endswith(" IDLE"))
        await put(world, RAW)
        await self.until(world, lambda event: event.text == "DONE")
        await self.until(world, lambda event: event.text.startswith("A007 IDLE"))
        assert [stored.raw for stored in pc.folders["INBOX"]] == [RAW]
        assert changes == ["waits", "fetched"]
        lines = [e.text for e in world.trace.after() if e.kind == "line"]
        idle, told = lines.index("A004 IDLE"), lines.index("* 1 EXISTS")
        assert lines[idle + 1 : told] == ["+ Idling; DONE ends it"]  # the device asked nothing

    async def test_it_fetches_first_what_came_while_nobody_waited(
        self, world: RunningWorld, pc: Device
    ) -> None:
        await put(world, RAW)
        heard: list[str] = []
        await pc.wait(heard.append)
        await self.until(world, lambda event: event.text.endswith(" IDLE"))
        assert heard == ["waits", "fetched"]
        await pc.stop_waiting()
        assert heard == ["waits", "fetched", "stopped"]
        assert said(world, "client")[-2:] == ["DONE", "A006 LOGOUT"]

    async def test_it_can_be_ended_before_it_has_begun(self, world: RunningWorld, pc: Device) -> None:
        heard: list[str] = []
        await pc.wait(heard.append)
        async with asyncio.timeout(1.5):  # sooner than it would be cut off
            await pc.stop_waiting()
            await pc.stop_waiting()
        assert heard == ["waits", "stopped"]
        assert said(world, "client")[-1].endswith("LOGOUT")
        assert pc.waiting is not None
        assert not pc.waiting.held

    async def test_asking_twice_holds_one_line(
        self, world: RunningWorld, pc: Device, changes: list[str]
    ) -> None:
        await pc.wait(changes.append)
        assert (
            sum(text.endswith(' LOGIN "sender@tsubame.example" ***') for text in said(world, "client")) == 1
        )

    async def test_a_server_that_goes_away_ends_it(
        self, world: RunningWorld, pc: Device, changes: list[str]
    ) -> None:
        await self.until(world, lambda event: event.text.endswith(" IDLE"))
        await world.switch_off("tsubame.example")
        async with asyncio.timeout(5):
            while "stopped" not in changes:
                await asyncio.sleep(0.01)
        with pytest.raises(Offline):
            await pc.wait(changes.append)
        await world.switch_on("tsubame.example")
        await pc.wait(changes.append)
        assert changes == ["waits", "stopped", "waits"]

    async def test_it_needs_the_server(self, pc: Device) -> None:
        pc.online = False
        with pytest.raises(Offline):
            await pc.wait(lambda _: None)
