"""What both kinds of Net do alike: in memory, and with sockets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from mailserver_lab.net import Net, OutsideTheLab, Peer, Stream
from mailserver_lab.trace import Errand

SERVER, CLIENT = "192.0.2.10", Peer("pc.sender.example", "203.0.113.9")


@pytest.fixture
async def net(make_net: Callable[[], Net]) -> AsyncIterator[Net]:
    net = make_net()
    yield net
    await net.close()


async def all_of(stream: Stream) -> bytes:
    """What comes until the other side ends."""
    heard = bytearray()
    async with asyncio.timeout(5):
        while data := await stream.read():
            heard += data
    return bytes(heard)


async def until_gone(stream: Stream) -> None:
    """Wait until the connection has ended, whether properly or not."""
    try:
        await all_of(stream)
    except ConnectionError:
        return


async def echo(stream: Stream, peer: Peer) -> None:
    while data := await stream.read():
        stream.write(data)
        await stream.drain()


async def test_the_accepting_side_sees_who_connects_and_what_for(net: Net) -> None:
    seen: asyncio.Future[Peer] = asyncio.get_running_loop().create_future()

    async def accept(stream: Stream, peer: Peer) -> None:
        seen.set_result(peer)

    await net.listen(SERVER, 25, accept)
    peer = Peer("mx.tsubame.example", "192.0.2.20", Errand("connect", "q0007"))
    stream = await net.connect(peer, SERVER, 25)
    assert await asyncio.wait_for(seen, 5) is peer
    stream.close()


async def test_what_is_said_arrives_both_ways(net: Net) -> None:
    await net.listen(SERVER, 7, echo)
    stream = await net.connect(CLIENT, SERVER, 7)
    stream.write(b"hello")
    assert await asyncio.wait_for(stream.read(), 5) == b"hello"


async def test_a_half_closed_connection_still_carries_the_answer(net: Net) -> None:
    async def accept(stream: Stream, peer: Peer) -> None:
        question = await all_of(stream)
        stream.write(b"you said " + question)

    await net.listen(SERVER, 7, accept)
    stream = await net.connect(CLIENT, SERVER, 7)
    stream.write(b"all of it")
    assert stream.transport is not None
    stream.transport.write_eof()
    assert await all_of(stream) == b"you said all of it"


async def test_a_slow_reader_holds_back_twenty_megabytes(net: Net) -> None:
    size, piece = 20_000_000, b"x" * 100_000
    ahead, gate = 0, asyncio.Event()

    async def accept(stream: Stream, peer: Peer) -> None:
        nonlocal ahead
        for _ in range(size // len(piece)):
            stream.write(piece)
            ahead += len(piece)
            await stream.drain()
            gate.set()

    await net.listen(SERVER, 7, accept)
    stream = await net.connect(CLIENT, SERVER, 7)
    await asyncio.wait_for(gate.wait(), 5)
    for _ in range(1_000):  # turns of the loop in which nobody reads
        await asyncio.sleep(0)
    assert ahead < size / 2
    assert len(await all_of(stream)) == size


async def test_a_writer_learns_that_the_reader_has_gone(net: Net) -> None:
    writing: asyncio.Future[type[Exception]] = asyncio.get_running_loop().create_future()
    full = asyncio.Event()

    async def accept(stream: Stream, peer: Peer) -> None:
        try:
            while True:
                stream.write(b"x" * 1_000_000)
                full.set()
                await stream.drain()
        except ConnectionError as error:
            writing.set_result(type(error))

    await net.listen(SERVER, 7, accept)
    stream = await net.connect(CLIENT, SERVER, 7)
    await asyncio.wait_for(full.wait(), 5)
    stream.close()
    assert issubclass(await asyncio.wait_for(writing, 5), ConnectionError)


async def test_a_writer_that_does_not_read_learns_it_too(net: Net) -> None:
    """Both directions are full when one side hangs up."""
    gone = asyncio.Event()
    full = asyncio.Event()

    async def accept(stream: Stream, peer: Peer) -> None:
        try:
            while True:
                stream.write(b"x" * 3_000_000)
                full.set()
                await stream.drain()
        except ConnectionError:
            gone.set()

    await net.listen(SERVER, 7, accept)
    stream = await net.connect(CLIENT, SERVER, 7)
    stream.write(b"y" * 3_000_000)
    await asyncio.wait_for(full.wait(), 5)
    assert stream.transport is not None
    stream.transport.abort()
    await asyncio.wait_for(gone.wait(), 5)


async def test_who_writes_to_somebody_who_has_just_hung_up_learns_it(net: Net) -> None:
    """Nothing else has its turn while somebody writes and need not wait."""
    accepted: asyncio.Future[Stream] = asyncio.get_running_loop().create_future()

    async def accept(stream: Stream, peer: Peer) -> None:
        accepted.set_result(stream)
        await asyncio.Event().wait()

    await net.listen(SERVER, 7, accept)
    stream = await net.connect(CLIENT, SERVER, 7)
    writer = await asyncio.wait_for(accepted, 5)
    stream.close()

    async def write_on() -> None:
        for _ in range(1_000):
            writer.write(b"x" * 100_000)
            await writer.drain()

    with pytest.raises(ConnectionError):
        await write_on()


async def test_a_connection_that_has_ended_by_itself_is_not_cut_once_more(net: Net) -> None:
    kept: list[Stream] = []

    async def accept(stream: Stream, peer: Peer) -> None:
        kept.append(stream)
        stream.write(b"x" * 5_000_000)  # more than goes out at once
        stream.close()

    await net.listen(SERVER, 7, accept)
    stream = await net.connect(CLIENT, SERVER, 7)
    while await asyncio.wait_for(stream.read(), 5):
        pass
    stream.close()
    await asyncio.sleep(0.05)
    kept[0].abort()
    await net.stop_listening(SERVER)


async def test_a_host_that_is_switched_off_cuts_and_refuses(net: Net) -> None:
    async def wait_for_more(stream: Stream, peer: Peer) -> None:
        await stream.read()

    await net.listen(SERVER, 7, wait_for_more)
    await net.listen("198.51.100.20", 7, echo)
    cut, other = await net.connect(CLIENT, SERVER, 7), await net.connect(CLIENT, "198.51.100.20", 7)
    outgoing = await net.connect(Peer("mx", SERVER), "198.51.100.20", 7)
    outgoing.write(b"there?")
    await asyncio.wait_for(outgoing.read(), 5)
    await net.stop_listening(SERVER)
    await asyncio.wait_for(until_gone(cut), 5)
    await asyncio.wait_for(until_gone(outgoing), 5)
    with pytest.raises(OutsideTheLab):
        await net.connect(CLIENT, SERVER, 7)
    other.write(b"still here")
    assert await asyncio.wait_for(other.read(), 5) == b"still here"


class Silent(asyncio.Protocol):
    """A server that is an asyncio protocol, as aiosmtpd's is."""

    def __init__(self, lost: asyncio.Event) -> None:
        self.transport: asyncio.BaseTransport | None = None
        self._lost = lost

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self._lost.set()


@pytest.mark.parametrize("end", ["stop_listening", "close"])
async def test_connections_of_a_protocol_are_cut_like_all_others(net: Net, end: str) -> None:
    lost = asyncio.Event()
    await net.listen_protocol(SERVER, 25, lambda: Silent(lost))
    stream = await net.connect(CLIENT, SERVER, 25)
    await (net.stop_listening(SERVER) if end == "stop_listening" else net.close())
    await asyncio.wait_for(lost.wait(), 5)
    await asyncio.wait_for(until_gone(stream), 5)


async def test_a_host_that_is_switched_on_again_is_where_it_was(net: Net) -> None:
    await net.listen(SERVER, 7, echo)
    before = net.real(SERVER, 7)
    await net.stop_listening(SERVER)
    assert net.real(SERVER, 7) is None
    await net.listen(SERVER, 7, echo)
    assert net.real(SERVER, 7) == before
    stream = await net.connect(CLIENT, SERVER, 7)
    stream.write(b"back")
    assert await asyncio.wait_for(stream.read(), 5) == b"back"


OUTSIDE = [
    "93.184.216.34",
    "8.8.8.8",
    "198.51.100.99",
    "127.0.0.1",
    "localhost",
    "example.com",
    "0.0.0.0",
    "::1",
    "",
]


@pytest.mark.parametrize("address", OUTSIDE)
async def test_nothing_outside_the_world_is_connected_to(net: Net, address: str) -> None:
    await net.listen(SERVER, 25, echo)
    real = net.real(SERVER, 25)
    for port in (25, 80, *([real[1]] if real else [])):  # not even a port of our own by its real number
        with pytest.raises(OutsideTheLab):
            await net.connect(CLIENT, address, port)
        with pytest.raises(OutsideTheLab):
            await net.ask(CLIENT, address, port, b"x")
    with pytest.raises(OutsideTheLab):
        await net.connect(CLIENT, SERVER, 26)


async def test_a_refusal_is_a_refused_connection(net: Net) -> None:
    with pytest.raises(ConnectionRefusedError, match="nothing outside"):
        await net.connect(CLIENT, "93.184.216.34", 25)


async def test_datagrams_are_answered_and_the_asker_is_known(net: Net) -> None:
    async def answer(payload: bytes, peer: Peer) -> bytes | None:
        return payload.upper() + b" " + peer.host.encode()

    await net.listen_datagrams("203.0.113.53", 53, answer)
    assert await net.ask(CLIENT, "203.0.113.53", 53, b"who") == b"WHO pc.sender.example"


async def test_a_datagram_without_answer_times_out(net: Net) -> None:
    async def answer(payload: bytes, peer: Peer) -> bytes | None:
        return None

    await net.listen_datagrams("203.0.113.53", 53, answer)
    with pytest.raises(TimeoutError):
        await net.ask(CLIENT, "203.0.113.53", 53, b"who", wait=0.05)


async def test_datagrams_stop_with_their_host(net: Net) -> None:
    async def answer(payload: bytes, peer: Peer) -> bytes | None:
        return payload

    await net.listen_datagrams("203.0.113.53", 53, answer)
    await net.stop_listening("203.0.113.53")
    with pytest.raises(OutsideTheLab):
        await net.ask(CLIENT, "203.0.113.53", 53, b"who")


async def test_three_hundred_connections_at_once(net: Net) -> None:
    await net.listen(SERVER, 7, echo)

    async def one(n: int) -> bytes:
        stream = await net.connect(Peer(f"pc{n}", "203.0.113.9"), SERVER, 7)
        stream.write(b"%d" % n)
        return await stream.read()

    async with asyncio.timeout(20):
        assert await asyncio.gather(*map(one, range(300))) == [b"%d" % n for n in range(300)]


async def test_closing_leaves_no_tasks_and_no_connection(make_net: Callable[[], Net]) -> None:
    before = asyncio.all_tasks()
    net = make_net()

    async def full(stream: Stream, peer: Peer) -> None:
        stream.write(b"x" * 5_000_000)  # to somebody who does not read: it never goes out
        await stream.drain()

    async def never(payload: bytes, peer: Peer) -> bytes | None:
        await asyncio.Event().wait()
        return None

    await net.listen(SERVER, 7, echo)
    await net.listen(SERVER, 8, full)
    await net.listen_datagrams(SERVER, 9, never)
    streams = [await net.connect(CLIENT, SERVER, port) for port in (7, 8)]
    asking = asyncio.ensure_future(net.ask(CLIENT, SERVER, 9, b"?", wait=5))
    streams[0].write(b"x")
    await asyncio.wait_for(streams[0].read(), 5)
    await net.close()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert asyncio.all_tasks() == before
    for stream in streams:
        assert stream.transport is not None
        assert stream.transport.is_closing()


@pytest.mark.parametrize("turns", range(8))
async def test_a_connection_that_comes_about_while_all_ends_is_ended_too(
    make_net: Callable[[], Net], turns: int
) -> None:
    net = make_net()
    await net.listen(SERVER, 7, echo)
    connecting = asyncio.ensure_future(net.connect(CLIENT, SERVER, 7))
    for _ in range(turns):
        await asyncio.sleep(0)
    await net.close()
    with contextlib.suppress(ConnectionError):
        stream = await asyncio.wait_for(connecting, 5)
        assert await asyncio.wait_for(stream.read(), 5) == b""


class TestHear:
    """What comes is handed over at once, until who hears it has enough."""

    async def connected(self, net: Net) -> tuple[Stream, Stream]:
        """Both ends of a connection: who connected, and who was connected to."""
        there: asyncio.Future[Stream] = asyncio.get_running_loop().create_future()

        async def accept(stream: Stream, peer: Peer) -> None:
            there.set_result(stream)
            await asyncio.Event().wait()

        await net.listen(SERVER, 7, accept)
        return await net.connect(CLIENT, SERVER, 7), await asyncio.wait_for(there, 20)

    async def test_until_something_is_returned_and_what_follows_can_be_read(self, net: Net) -> None:
        here, there = await self.connected(net)
        heard = bytearray()

        def take(data: bytes) -> str | None:
            heard.extend(data)
            there.write(b"." * len(data))
            return "enough" if b"!" in heard else None

        hearing = asyncio.create_task(there.hear(take))
        for said in (b"one", b"two", b"three!"):
            here.write(said)
            answered = b""
            while len(answered) < len(said):
                answered += await asyncio.wait_for(here.read(), 20)
        assert await asyncio.wait_for(hearing, 20) == "enough"
        assert heard == b"onetwothree!"
        here.write(b"four")
        assert await asyncio.wait_for(there.read(), 20) == b"four"

    async def test_what_had_come_before_is_handed_over_first(self, net: Net) -> None:
        here, there = await self.connected(net)
        here.write(b"early")
        while not there._buffer:
            await asyncio.sleep(0)
        assert await asyncio.wait_for(there.hear(lambda data: data), 20) == b"early"

    @pytest.mark.parametrize("before", [False, True])
    async def test_the_end_is_handed_over_as_nothing(self, net: Net, before: bool) -> None:
        here, there = await self.connected(net)
        if before:
            here.close()
            while not there._eof:
                await asyncio.sleep(0)
            assert await asyncio.wait_for(there.hear(lambda data: [data]), 20) == [b""]
        else:
            hearing = asyncio.create_task(there.hear(lambda data: [data]))
            await asyncio.sleep(0)
            here.close()
            assert await asyncio.wait_for(hearing, 20) == [b""]

    async def test_what_goes_wrong_is_told_to_who_waits_and_the_connection_stays(self, net: Net) -> None:
        here, there = await self.connected(net)

        def broken(data: bytes) -> None:
            raise ValueError(data)

        hearing = asyncio.create_task(there.hear(broken))
        await asyncio.sleep(0)
        here.write(b"x")
        with pytest.raises(ValueError, match="x"):
            await asyncio.wait_for(hearing, 20)
        here.write(b"y")
        assert await asyncio.wait_for(there.read(), 20) == b"y"

    async def test_who_gave_up_loses_nothing(self, net: Net) -> None:
        here, there = await self.connected(net)
        hearing = asyncio.create_task(there.hear(lambda data: data))
        await asyncio.sleep(0)
        hearing.cancel()
        there.data_received(b"at that moment")  # before the task has heard that it is cancelled
        with pytest.raises(asyncio.CancelledError):
            await hearing
        assert await asyncio.wait_for(there.read(), 20) == b"at that moment"
        here.close()

    async def test_a_broken_connection_is_no_end(self, net: Net) -> None:
        _, there = await self.connected(net)
        hearing = asyncio.create_task(there.hear(lambda data: data))
        await asyncio.sleep(0)
        there.connection_lost(OSError("broken"))
        with pytest.raises(ConnectionResetError, match="broken"):
            await hearing
