"""What only the Net of sockets has: real ports, TLS, and programs from outside the lab."""

from __future__ import annotations

import asyncio
import itertools
import socket
import ssl
from collections.abc import AsyncIterator

import pytest
import trustme

from mailserver_lab.net import LoopbackNet, OutsideTheLab, Peer, Stream, loopback

from ..ports import free_base

SERVER, CLIENT = "192.0.2.10", Peer("pc.sender.example", "203.0.113.9")


@pytest.fixture
async def net() -> AsyncIterator[LoopbackNet]:
    net = LoopbackNet()
    yield net
    await net.close()


@pytest.fixture(scope="module")
def contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.issue_cert("mx.tsubame.example").configure_cert(server)
    authority.configure_trust(client)
    return server, client


async def test_ports_are_none_that_the_system_gives_to_whoever_connects(
    net: LoopbackNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def accept(stream: Stream, peer: Peer) -> None:
        stream.close()

    taken, chances = free_base(10), itertools.count()
    monkeypatch.setattr(loopback, "FIRST", taken)
    monkeypatch.setattr(loopback, "LAST", taken + 10)
    monkeypatch.setattr(loopback, "randbelow", lambda size: next(chances) % size)
    with socket.create_server(("127.0.0.1", taken)):
        await net.listen(SERVER, 25, accept)
        found = net.real(SERVER, 25)
    assert found is not None
    assert taken < found[1] < taken + 10
    await net.stop_listening(SERVER)
    await net.listen(SERVER, 25, accept)
    assert net.real(SERVER, 25) == found


async def test_every_socket_is_on_this_computer_only(net: LoopbackNet) -> None:
    async def accept(stream: Stream, peer: Peer) -> None:
        assert stream.transport is not None
        stream.write(repr(stream.transport.get_extra_info("sockname")).encode())

    await net.listen(SERVER, 25, accept)
    stream = await net.connect(CLIENT, SERVER, 25)
    assert (await asyncio.wait_for(stream.read(), 5)).startswith(b"('127.0.0.1', ")
    real = net.real(SERVER, 25)
    assert real is not None
    assert real[0] == "127.0.0.1"


async def test_a_program_from_outside_is_a_visitor(net: LoopbackNet) -> None:
    hosts: asyncio.Queue[str] = asyncio.Queue()

    async def accept(stream: Stream, peer: Peer) -> None:
        hosts.put_nowait(peer.host)

    await net.listen(SERVER, 25, accept)
    real = net.real(SERVER, 25)
    assert real is not None
    with socket.create_connection(real):
        assert await asyncio.wait_for(hosts.get(), 5) == "this-computer"


async def test_a_connection_that_fails_leaves_no_name_behind(net: LoopbackNet) -> None:
    """Else a program from outside that gets the same port would be taken for a host of the world."""

    async def accept(stream: Stream, peer: Peer) -> None: ...

    await net.listen(SERVER, 25, accept)
    net._servers[SERVER, 25].close()  # it is believed to listen, and does not
    with pytest.raises(ConnectionRefusedError):
        await net.connect(CLIENT, SERVER, 25)
    assert net._callers == {}


async def test_names_of_ended_connections_are_forgotten(net: LoopbackNet) -> None:
    async def accept(stream: Stream, peer: Peer) -> None: ...

    await net.listen(SERVER, 25, accept)
    stream = await net.connect(CLIENT, SERVER, 25)
    gone = asyncio.Event()
    stream.when_lost(gone.set)
    stream.close()
    await asyncio.wait_for(gone.wait(), 5)
    await asyncio.sleep(0)
    assert net._callers == {}


async def test_a_port_that_is_given_anew_at_once_keeps_its_name(
    net: LoopbackNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    peers: list[Peer] = []

    async def hang_up(stream: Stream, peer: Peer) -> None:
        stream.abort()

    async def look_twice(stream: Stream, peer: Peer) -> None:
        assert stream.transport is not None
        await stream.read()
        peers.append(net.peer_of(stream.transport))

    class Again(socket.socket):
        def bind(self, address: tuple[str, int]) -> None:
            super().bind((address[0], wanted))

    await net.listen(SERVER, 25, hang_up)
    await net.listen("192.0.2.11", 25, look_twice)
    first = await net.connect(CLIENT, SERVER, 25)
    assert await first.read() == b""
    assert first.transport is not None
    wanted = first.transport.get_extra_info("sockname")[1]
    first.write(b"anybody there?")  # nobody is: the connection is broken, and its port is free
    monkeypatch.setattr(loopback.socket, "socket", Again)
    first.close()
    second = await net.connect(CLIENT, "192.0.2.11", 25)  # goes on before the end of the first is told
    assert second.transport is not None
    assert second.transport.get_extra_info("sockname")[1] == wanted
    second.write(b"well?")
    while not peers:
        await asyncio.sleep(0)
    assert peers == [CLIENT]
    second.close()


async def test_datagram_ports_are_not_mistaken_for_stream_ports(net: LoopbackNet) -> None:
    """UDP and TCP count their ports separately: the same number may be in use by both."""
    peers: list[Peer] = []

    async def answer(payload: bytes, peer: Peer) -> bytes | None:
        peers.append(peer)
        return b"answer"

    await net.listen_datagrams(SERVER, 53, answer)
    before = dict.fromkeys(range(65536), loopback._Caller(CLIENT))
    net._callers.update(before)
    await net.ask(Peer("mx", SERVER), SERVER, 53, b"question")
    assert peers[0].host == "mx"
    assert net._callers == before
    net._callers.clear()


async def test_tls_on_request_secures_both_sides(
    net: LoopbackNet, contexts: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    server, client = contexts

    async def accept(stream: Stream, peer: Peer) -> None:
        assert await stream.read() == b"STARTTLS"
        stream.write(b"go")
        await stream.start_tls(server)
        stream.write(b"secret " + await stream.read() + (b" under TLS" if stream.tls else b""))
        await stream.drain()

    await net.listen(SERVER, 25, accept)
    stream = await net.connect(CLIENT, SERVER, 25)
    stream.write(b"STARTTLS")
    assert await asyncio.wait_for(stream.read(), 5) == b"go"
    assert not stream.tls
    await stream.start_tls(client, server_hostname="mx.tsubame.example")
    assert stream.tls
    stream.write(b"word")
    assert await asyncio.wait_for(stream.read(), 5) == b"secret word under TLS"


async def test_what_was_sent_ahead_of_tls_in_plain_text_is_thrown_away(
    net: LoopbackNet, contexts: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    server, client = contexts

    async def accept(stream: Stream, peer: Peer) -> None:
        await stream.read()
        stream._buffer += b"INJECTED"  # came in the same piece as the request
        stream.write(b"go")
        await stream.start_tls(server)
        stream.write(await stream.read())

    await net.listen(SERVER, 25, accept)
    stream = await net.connect(CLIENT, SERVER, 25)
    stream.write(b"STARTTLS")
    await asyncio.wait_for(stream.read(), 5)
    await stream.start_tls(client, server_hostname="mx.tsubame.example")
    stream.write(b"proper")
    assert await asyncio.wait_for(stream.read(), 5) == b"proper"


async def test_a_wrong_name_in_the_certificate_is_refused(
    net: LoopbackNet, contexts: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    server, client = contexts

    async def accept(stream: Stream, peer: Peer) -> None:
        await stream.start_tls(server)

    await net.listen(SERVER, 25, accept)
    stream = await net.connect(CLIENT, SERVER, 25)
    with pytest.raises(ssl.SSLCertVerificationError):
        await stream.start_tls(client, server_hostname="mx.hibari.example")


async def test_a_switched_off_host_cuts_tls_connections_too(
    net: LoopbackNet, contexts: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    server, client = contexts

    async def accept(stream: Stream, peer: Peer) -> None:
        stream.write(b"hello")
        await stream.read()

    await net.listen(SERVER, 465, accept, tls=server)
    stream = await net.connect(CLIENT, SERVER, 465)
    await stream.start_tls(client, server_hostname="mx.tsubame.example")
    assert await asyncio.wait_for(stream.read(), 5) == b"hello"
    await net.stop_listening(SERVER)
    assert await asyncio.wait_for(stream.read(), 5) == b""


async def test_fixed_ports_are_used_or_it_fails() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        net = LoopbackNet({(SERVER, 25): taken.getsockname()[1]})

        async def accept(stream: Stream, peer: Peer) -> None: ...

        with pytest.raises(OSError, match="in use"):
            await net.listen(SERVER, 25, accept)
        with pytest.raises(OutsideTheLab):
            await net.connect(CLIENT, SERVER, 25)
        await net.close()


async def test_a_port_of_the_last_time_is_had_again_and_one_that_was_taken_is_replaced_alone() -> None:
    async def accept(stream: Stream, peer: Peer) -> None: ...

    base = free_base(2)
    net = LoopbackNet(liked={(SERVER, 25): base, (SERVER, 110): base + 1})
    with socket.create_server(("127.0.0.1", base)):
        await net.listen(SERVER, 25, accept)
        await net.listen(SERVER, 110, accept)
    found = net.real(SERVER, 25)
    assert found is not None
    assert found[1] != base
    assert net.real(SERVER, 110) == ("127.0.0.1", base + 1)
    await net.close()


async def test_a_host_whose_port_was_taken_while_it_was_off_is_switched_on_at_another(
    net: LoopbackNet,
) -> None:
    async def accept(stream: Stream, peer: Peer) -> None: ...

    await net.listen(SERVER, 25, accept)
    before = net.real(SERVER, 25)
    assert before is not None
    await net.stop_listening(SERVER)
    with socket.create_server(before):
        await net.listen(SERVER, 25, accept)
        assert net.real(SERVER, 25) not in {None, before}


async def test_streams_and_datagrams_share_a_real_port(net: LoopbackNet) -> None:
    async def accept(stream: Stream, peer: Peer) -> None: ...

    async def answer(payload: bytes, peer: Peer) -> bytes | None:
        return payload

    await net.listen(SERVER, 53, accept)
    await net.listen_datagrams(SERVER, 53, answer)
    assert net.real(SERVER, 53) == net.real_datagrams(SERVER, 53)
