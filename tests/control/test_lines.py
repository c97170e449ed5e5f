"""Talking by hand: a real connection, through every handle, with all of it in the record and nothing secret."""

import asyncio

import pytest

from mailserver_lab.control import open_lab
from mailserver_lab.control.handle import Handle, World
from mailserver_lab.control.operations.lines import LINES, TYPED
from mailserver_lab.locale import Problem
from tests.control.conftest import Reached
from tests.control.test_handles import PC, until
from tests.smtp.talk import PLAIN
from tests.waiting import until_true

HOST = "mx.tsubame.example"


@pytest.fixture
async def world(handle: Handle) -> World:
    return await open_lab("by-hand", handle=handle, lang="en")


async def said(world: World, line: int) -> list[str]:
    """What the record has of a connection."""
    marks = {"client": "C ", "server": "S "}
    return [
        marks.get(event["side"], "") + (event["text"] or event["kind"])
        for event in await world.trace()
        if event["conn"] == line
    ]


async def test_what_is_typed_reaches_the_server_and_the_record_has_no_secret(world: World) -> None:
    line = await world.dial(PC, HOST, 587)
    assert (await until(world, conn=line, kind="open"))["step"] == "by-hand"
    await world.say(line, "EHLO pc")
    await until(world, conn=line, text="250 AUTH PLAIN LOGIN")
    await world.say(line, f"AUTH PLAIN {PLAIN}")
    await until(world, conn=line, text="235 2.7.0 Authentication successful")
    await world.say(line, "QUIT")
    await until(world, conn=line, kind="close")
    record = await said(world, line)
    assert record[:3] == ["open", "S 220 mx.tsubame.example ESMTP", "C EHLO pc"]
    assert record[-5:] == [
        "C AUTH PLAIN ***", "S 235 2.7.0 Authentication successful", "C QUIT", "S 221 2.0.0 Bye", "close",
    ]  # fmt: skip

    async def talk_on() -> None:
        while True:  # the record tells of the end a moment before it has come to this side
            await world.say(line, "NOOP")
            await asyncio.sleep(0.01)

    with pytest.raises(Problem, match="closed already"):
        await asyncio.wait_for(talk_on(), 5)


async def test_two_lines_are_two_conversations_and_one_may_be_hung_up(world: World) -> None:
    first, second = await world.dial(PC, HOST, 587), await world.dial(PC, "www.lab.test", 80)
    await world.say(first, "NOOP")
    await world.say(second, "GET / HTTP/1.1\nHost: www.lab.test\n")
    await until(world, conn=second, side="server")
    await world.hang_up(first)
    await until(world, conn=first, kind="close")
    await world.hang_up(first)
    assert any(text.startswith("S HTTP/1.1 200") for text in await said(world, second))


async def test_tls_begins_where_the_server_says_so(world: World) -> None:
    line = await world.dial(PC, HOST, 587)
    await world.say(line, "EHLO pc\nSTARTTLS")
    await until(world, conn=line, text="220 Ready to start TLS")
    await world.secure(line, HOST)
    await world.say(line, "EHLO pc")
    assert (await until(world, conn=line, kind="line", tls=True))["text"] == "EHLO pc"


async def test_a_server_that_is_off_and_a_host_that_is_not_there_are_told(world: World) -> None:
    await world.server("tsubame.example", on=False)
    with pytest.raises(Problem, match="cannot be reached at port 587"):
        await world.dial(PC, HOST, 587)
    with pytest.raises(Problem) as told:
        await world.dial(PC, "mx.elsewhere.example", 25)
    assert "no host mx.elsewhere.example" in told.value.why.en


async def test_nobody_opens_lines_without_end(world: World) -> None:
    lines = [await world.dial(PC, HOST, 587) for _ in range(LINES)]
    with pytest.raises(Problem):
        await world.dial(PC, HOST, 587)
    await world.hang_up(lines[0])
    await world.dial(PC, HOST, 587)
    with pytest.raises(Problem):
        await world.say(lines[1], "x" * (TYPED + 1))


async def test_lines_end_with_their_world(world: World, reached: Reached) -> None:
    line = await world.dial(PC, HOST, 587)
    held = reached.service._line(world.name, line)
    await world.reset()
    await until_true(lambda: not held.open)
    with pytest.raises(Problem):
        await world.say(line, "NOOP")
