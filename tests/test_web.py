"""The lab's own web server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from mailserver_lab import web
from mailserver_lab.clock import Clock
from mailserver_lab.net import MemoryNet, Peer
from mailserver_lab.trace import Trace
from mailserver_lab.world import bundled


class Site:
    def __init__(self) -> None:
        self.net, self.trace = MemoryNet(), Trace("world", Clock())

    async def ask(self, *pieces: bytes) -> bytes:
        stream = await self.net.connect(Peer("pc", "203.0.113.9"), web.ADDRESS, web.PORT)
        for piece in pieces:
            stream.write(piece)
        assert stream.transport is not None
        stream.transport.write_eof()
        heard = b""
        while data := await asyncio.wait_for(stream.read(), 5):
            heard += data
        return heard


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    await web.serve(site.net, site.trace, bundled("main"))
    yield site
    await site.net.close()


async def test_the_page_names_the_mail_servers(site: Site) -> None:
    answer = await site.ask(b"GET / HTTP/1.1\r\nHost: www.lab.test\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"mx.hibari.example" in answer


async def test_head_gets_the_head_alone(site: Site) -> None:
    whole = await site.ask(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    head = await site.ask(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert head == whole.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


@pytest.mark.parametrize(
    "request_",
    [
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
        b"CONNECT mx:25 HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
async def test_nothing_else_is_done(site: Site, request_: bytes) -> None:
    assert (await site.ask(request_)).startswith(b"HTTP/1.1 501 ")


@pytest.mark.parametrize(
    "garbage",
    [
        b"EHLO pc\r\n\r\n",
        b"\x16\x03\x01\x00\xff\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /" + b"x" * 100_000,
    ],
)
async def test_what_is_no_http_is_told_so(site: Site, garbage: bytes) -> None:
    assert (await site.ask(garbage)).startswith(b"HTTP/1.1 4")


async def test_two_requests_on_one_connection(site: Site) -> None:
    assert (await site.ask(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 2)).count(b"HTTP/1.1 200 ") == 2


async def test_the_record_has_whole_lines_however_they_come(site: Site) -> None:
    await site.ask(*[bytes([octet]) for octet in b"GET /a HTTP/1.1\r\nHost: x\r\nX-Y: z\r\n\r\n"])
    said = [event.text for event in site.trace.after() if event.side == "client"]
    assert said == ["GET /a HTTP/1.1", "Host: x", "X-Y: z"]


async def test_what_was_not_understood_stands_in_the_record_too(site: Site) -> None:
    await site.ask(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"EHLO pc\r\n\r\n")
    said = [event.text for event in site.trace.after() if event.kind == "line" and event.side == "client"]
    assert said == ["GET / HTTP/1.1", "Host: x", "EHLO pc"]


async def test_of_endless_nonsense_the_record_keeps_the_beginning(site: Site) -> None:
    await site.ask(b"x" * 100_000)
    assert sum(event.size for event in site.trace.after() if event.side == "client") < 2_000
