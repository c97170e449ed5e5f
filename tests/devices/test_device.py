import asyncio

import pytest

from mailserver_lab.devices import Device, Offline
from mailserver_lab.lab import RunningWorld

SENDER, RECIPIENT, WRONG = "sender@tsubame.example", "recipient@hibari.example", "recipent@hibari.example"
RAW = b"Subject: hello\r\n\r\nbody\r\n"


def device(world: RunningWorld, owner: str = SENDER) -> Device:
    site = world.site_of(owner)
    assert site is not None
    return Device("pc", owner, site, world.net, world.gate)


@pytest.fixture
def pc(world: RunningWorld) -> Device:
    return device(world)


async def put(world: RunningWorld, *raws: bytes, flags: tuple[str, ...] = ()) -> None:
    """Put messages into the sender's mailbox on the server."""
    site = world.site_of(SENDER)
    assert site is not None
    for raw in raws:
        await site.store.append(SENDER, "INBOX", raw, flags, world.clock.now())


async def flags(world: RunningWorld) -> list[list[str]]:
    site = world.site_of(SENDER)
    assert site is not None
    return [sorted(message.flags) for message in await site.store.messages(SENDER, "INBOX")]


async def test_what_it_sends_arrives_and_is_kept_in_sent(world: RunningWorld, pc: Device) -> None:
    submitted = await pc.send([RECIPIENT], RAW)
    assert (submitted.queue_id, submitted.refused) == ("q0001", ())
    assert [(stored.raw, stored.seen) for stored in pc.folders["Sent"]] == [(RAW, True)]
    other = device(world, RECIPIENT)
    async with asyncio.timeout(5):
        while not (new := await other.sync()):
            await asyncio.sleep(0.01)
    assert new[0].raw.endswith(RAW)


async def test_of_what_it_has_sent_it_keeps_the_latest(pc: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailserver_lab.devices.device.SENT_LIMIT", 3 * len(RAW))
    for _ in range(5):
        await pc.send([RECIPIENT], RAW)
    assert [stored.uid for stored in pc.folders["Sent"]] == [3, 4, 5]
    monkeypatch.setattr("mailserver_lab.devices.device.SENT_LIMIT", 1)
    await pc.send([RECIPIENT], RAW)
    assert [stored.uid for stored in pc.folders["Sent"]] == [6]


async def test_what_is_refused_is_reported_and_not_kept(pc: Device) -> None:
    submitted = await pc.send([RECIPIENT, "nobody@tsubame.example"], RAW)
    assert submitted.queue_id is None
    ((address, reply),) = submitted.refused
    assert (address, reply.code, reply.status) == ("nobody@tsubame.example", 550, "5.1.1")
    assert pc.folders["Sent"] == []


async def test_a_message_over_the_limit_is_reported(world: RunningWorld, pc: Device) -> None:
    world.change_domain("tsubame.example", size_limit=100)
    submitted = await pc.send([RECIPIENT], RAW + b"x" * 100)
    assert submitted.refused[0][1].code == 552


async def test_a_japanese_address_can_be_written_to(world: RunningWorld, pc: Device) -> None:
    submitted = await pc.send(["日本@hibari.example"], RAW)
    assert submitted.queue_id == "q0001"


async def test_a_sync_fetches_only_what_is_new(world: RunningWorld, pc: Device) -> None:
    await put(world, b"1\r\n", b"2\r\n")
    assert [stored.raw for stored in await pc.sync()] == [b"1\r\n", b"2\r\n"]
    assert await pc.sync() == []
    await put(world, b"3\r\n")
    before = world.trace.after()[-1].n
    assert [stored.raw for stored in await pc.sync()] == [b"3\r\n"]
    fetched = [
        event.text for event in world.trace.after(before) if "BODY" in event.text and event.side == "client"
    ]
    assert len(fetched) == 1
    assert [stored.raw for stored in pc.folders["INBOX"]] == [b"1\r\n", b"2\r\n", b"3\r\n"]


async def test_a_sync_marks_nothing_as_read_and_knows_what_was(world: RunningWorld, pc: Device) -> None:
    await put(world, b"1\r\n")
    await put(world, b"2\r\n", flags=("\\Seen",))
    assert [stored.seen for stored in await pc.sync()] == [False, True]
    assert await flags(world) == [[], ["\\Seen"]]


async def test_syncs_at_once_fetch_each_message_once(world: RunningWorld, pc: Device) -> None:
    await put(world, b"1\r\n", b"2\r\n")
    await asyncio.gather(*(pc.sync() for _ in range(5)))
    assert [stored.raw for stored in pc.folders["INBOX"]] == [b"1\r\n", b"2\r\n"]


async def test_what_is_opened_is_marked_on_the_server_by_imap(world: RunningWorld, pc: Device) -> None:
    await put(world, b"1\r\n", b"2\r\n")
    await pc.sync()
    stored = await pc.read("INBOX", 2)
    assert stored is not None
    assert stored.raw == b"2\r\n"
    assert await flags(world) == [[], ["\\Seen"]]
    assert any("UID STORE 2 +FLAGS" in event.text for event in world.trace.after())
    before = world.trace.after()[-1].n
    await pc.read("INBOX", 2)
    assert world.trace.after(before) == []  # it knows already


async def test_what_is_deleted_is_gone_on_the_server_too_by_imap(world: RunningWorld, pc: Device) -> None:
    await put(world, b"1\r\n", b"2\r\n", b"3\r\n")
    await pc.sync()
    assert await pc.delete(2)
    assert [stored.uid for stored in pc.folders["INBOX"]] == [1, 3]
    assert len(await flags(world)) == 2
    said = [event.text for event in world.trace.after() if event.side == "client"]
    assert [text for text in said if "STORE 2" in text or "EXPUNGE 2" in text] == [
        r"A003 UID STORE 2 +FLAGS.SILENT (\Deleted)",
        "A004 UID EXPUNGE 2",
    ]
    assert not await pc.delete(2)
    assert await pc.sync() == []


async def test_what_cannot_be_deleted_on_the_server_stays(world: RunningWorld, pc: Device) -> None:
    await put(world, b"1\r\n")
    await pc.sync()
    pc.online = False
    with pytest.raises(Offline):
        await pc.delete(1)
    assert len(pc.folders["INBOX"]) == len(await flags(world)) == 1


async def test_what_is_not_there_cannot_be_opened(pc: Device) -> None:
    assert await pc.read("INBOX", 1) is None
    assert await pc.read("Elsewhere", 1) is None


async def test_off_the_network_it_does_nothing_and_keeps_what_it_has(world: RunningWorld, pc: Device) -> None:
    await put(world, b"1\r\n")
    await pc.sync()
    pc.online = False
    before = world.trace.after()[-1].n
    for attempt in (pc.send([RECIPIENT], RAW), pc.sync()):
        with pytest.raises(Offline):
            await attempt
    stored = await pc.read("INBOX", 1)
    assert stored is not None
    assert stored.seen
    assert world.trace.after(before) == []
    assert await flags(world) == [[]]
    assert pc.folders["Sent"] == []


async def test_a_server_that_is_off_counts_as_not_reached(world: RunningWorld, pc: Device) -> None:
    await put(world, b"1\r\n")
    await pc.sync()
    await world.switch_off("tsubame.example")
    for attempt in (pc.send([RECIPIENT], RAW), pc.sync()):
        with pytest.raises(Offline):
            await attempt
    assert await pc.read("INBOX", 1) is not None
    await world.switch_on("tsubame.example")
    assert await pc.sync() == []


async def test_a_server_that_goes_away_in_the_middle_counts_as_not_reached(
    world: RunningWorld, pc: Device
) -> None:
    world.gate.pause(before="submit")
    sending = asyncio.create_task(pc.send([RECIPIENT], RAW))
    await asyncio.sleep(0.01)
    await world.switch_off("tsubame.example")
    world.gate.go_on()
    with pytest.raises(Offline):
        await asyncio.wait_for(sending, 5)


async def test_no_two_messages_have_one_id(pc: Device) -> None:
    assert len({pc.message_id() for _ in range(100)}) == 100
