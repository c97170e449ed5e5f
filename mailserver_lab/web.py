"""The lab's own web server: one page, and HTTP spoken properly, as another example of a protocol.

h11 reads and writes the messages (RFC 9112); every line of their heads goes into the record.
"""

from __future__ import annotations

import asyncio
import html
from typing import TYPE_CHECKING

from .net import Net, Peer, Stream
from .trace import Conn, Trace
from .world import WorldSpec

if TYPE_CHECKING:
    import h11

HOST, ADDRESS, PORT = "www.lab.test", "203.0.113.80", 80
IDLE = 60.0  # seconds
GARBAGE = 1_000  # octets of what is no HTTP that stand in the record


async def serve(net: Net, trace: Trace, spec: WorldSpec) -> None:
    """Answer at the lab's web port with a page that names the world's servers."""
    page = _page(spec)

    async def accept(stream: Stream, peer: Peer) -> None:
        record = trace.connection("http", peer.host, HOST, PORT, errand=peer.errand)
        try:
            await _converse(stream, record, page)
        finally:
            record.close()

    await net.listen(ADDRESS, PORT, accept)


async def _converse(stream: Stream, record: Conn, page: bytes) -> None:
    import h11  # noqa: PLC0415 - at the first request: the mail servers greet sooner for it

    http = h11.Connection(h11.SERVER)
    request: h11.Request
    came = bytearray()  # what has not been understood yet
    while http.states[h11.SERVER] in {h11.IDLE, h11.SEND_RESPONSE}:
        try:
            event = http.next_event()
            if event is h11.NEED_DATA:
                data = await asyncio.wait_for(stream.read(), IDLE)
                came += data
                http.receive_data(data)
                continue
            came[:] = http.trailing_data[0]
            if isinstance(event, h11.Request):
                request = event
                _record(record, "client", _head(request))
            elif isinstance(event, h11.EndOfMessage):
                if request.method in {b"GET", b"HEAD"}:
                    await _send(
                        stream, record, http, 200, b"" if request.method == b"HEAD" else page, size=len(page)
                    )
                else:
                    await _send(
                        stream, record, http, 501, b"This page can only be fetched.\n", kind="text/plain"
                    )
                    return
                if http.states[h11.SERVER] is h11.DONE and http.states[h11.CLIENT] is h11.DONE:
                    http.start_next_cycle()
            elif isinstance(event, h11.ConnectionClosed) or event is h11.PAUSED:
                return
        except h11.RemoteProtocolError as error:
            _record(record, "client", bytes(came[:GARBAGE]))
            if http.states[h11.SERVER] in {h11.IDLE, h11.SEND_RESPONSE}:
                text = "This is a web server. It speaks HTTP: a method, a path and HTTP/1.1, then header fields and an empty line.\n"
                await _send(stream, record, http, error.error_status_hint, text.encode(), kind="text/plain")
            return
        except TimeoutError:
            return


async def _send(
    stream: Stream, record: Conn, http: h11.Connection, status: int, body: bytes, kind: str = "text/html", size: int | None = None,
) -> None:  # fmt: skip
    import h11  # noqa: PLC0415

    headers = [
        ("Content-Type", f"{kind}; charset=utf-8"),
        ("Content-Length", str(len(body) if size is None else size)),
        ("Server", "mailserver-lab"),
    ]
    reason = {200: b"OK", 400: b"Bad Request", 501: b"Not Implemented"}.get(status, b"Error")
    head = http.send(h11.Response(status_code=status, headers=headers, reason=reason))
    assert head is not None
    _record(record, "server", head, reply=status)
    if body:
        record.content("server", body)
    stream.write(head + (http.send(h11.Data(data=body)) or b"") + (http.send(h11.EndOfMessage()) or b""))
    await stream.drain()


def _head(request: h11.Request) -> bytes:
    lines = [b"%s %s HTTP/%s" % (request.method, request.target, request.http_version)]
    return b"\r\n".join([*lines, *(b"%s: %s" % header for header in request.headers.raw_items())])


def _record(record: Conn, side: str, data: bytes, reply: int | None = None) -> None:
    """Record lines; of a server's, the first bears the status."""
    parsed = {"reply": reply} if reply else None
    for line in data.decode("latin-1").split("\r\n"):
        if line:
            record.said("client" if side == "client" else "server", line, len(line) + 2, parsed=parsed)
            parsed = None


def _page(spec: WorldSpec) -> bytes:
    rows = "".join(
        f"<li>{html.escape(domain.host)} ({html.escape(name)})</li>" for name, domain in spec.domains.items()
    )
    return f"<!doctype html><html lang=en><title>mailserver-lab</title><h1>The mail servers of this world</h1><ul>{rows}</ul></html>\n".encode()
