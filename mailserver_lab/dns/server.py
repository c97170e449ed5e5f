"""The name server on a Net: UDP and TCP on port 53, every question and answer recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..net import Net, Peer, Stream
from ..trace import Trace
from ..world import DNS_ADDRESS, DNS_HOST

if TYPE_CHECKING:
    from .zone import Trouble, Zone

PORT = 53
IDLE = 30.0  # seconds that a TCP client may be silent (RFC 7766 section 6.2.3)


async def serve(
    net: Net,
    zone: Callable[[], Zone],
    trace: Trace,
    *,
    trouble: Callable[[bytes, Peer], Trouble] = lambda _query, _peer: "",
) -> None:
    """Answer at the world's DNS address from what `zone()` gives, which is asked for with the first question.

    `trouble(query, peer)` says what is wrong just now.
    """

    def exchange(payload: bytes, peer: Peer, *, tcp: bool) -> bytes | None:
        wrong = trouble(payload, peer)
        answered = zone().answer(payload, tcp=tcp, trouble=wrong)
        if answered is None:
            return None
        about: dict[str, Any] = {
            "protocol": "dns", "source": peer.host, "target": DNS_HOST, "port": PORT,
            "queue_id": peer.errand.queue_id, "step": peer.errand.step or None,
        }  # fmt: skip
        over = {"over": "TCP" if tcp else "UDP"}
        trace.add("question", answered.question, side="client", size=len(payload), parsed=over, **about)
        if wrong == "silence":
            return None
        trace.add(
            "answer",
            answered.answer,
            side="server",
            size=len(answered.wire),
            parsed={**over, "rcode": answered.rcode},
            **about,
        )
        return answered.wire

    async def by_datagram(payload: bytes, peer: Peer) -> bytes | None:
        return exchange(payload, peer, tcp=False)

    async def by_stream(stream: Stream, peer: Peer) -> None:
        buffer = b""
        while True:
            try:
                data = await asyncio.wait_for(stream.read(), IDLE)
            except TimeoutError:
                return
            if not data:
                return
            buffer += data
            while len(buffer) >= 2 and len(buffer) >= 2 + (size := int.from_bytes(buffer[:2], "big")):
                reply, buffer = exchange(buffer[2 : 2 + size], peer, tcp=True), buffer[2 + size :]
                if reply is None:
                    return
                stream.write(len(reply).to_bytes(2, "big") + reply)
                await stream.drain()

    await net.listen(DNS_ADDRESS, PORT, by_stream)
    await net.listen_datagrams(DNS_ADDRESS, PORT, by_datagram)
