"""A conversation by hand with a lab's SMTP servers, and mail on its way."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from typing import Any

from mailserver_lab.lab import RunningWorld
from mailserver_lab.net import Peer, Stream
from mailserver_lab.replies import Reply
from mailserver_lab.smtp.session import SmtpSession
from mailserver_lab.trace import Errand, Event

PC = Peer("pc.sender.example", "203.0.113.9")
SENDER, RECIPIENT = "sender@tsubame.example", "recipient@hibari.example"
TSUBAME, HIBARI = "192.0.2.10", "198.51.100.20"
PASSWORD = "tsubame-2026"
PLAIN = base64.b64encode(f"\0{SENDER}\0{PASSWORD}".encode()).decode()
MESSAGE = b"Subject: hello\r\nMessage-ID: <1@pc.sender.example>\r\n\r\nHow are you?\r\n"


class Talker:
    """A client as a person at a terminal: octets out, whole replies in."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self._buffer = b""

    async def reply(self) -> str:
        """The next reply, its lines joined; '(end)' where the server hung up."""
        lines: list[str] = []
        while not lines or lines[-1][3:4] == "-":
            while b"\r\n" not in self._buffer:
                data = await asyncio.wait_for(self.stream.read(), 5)
                if not data:
                    return "\n".join([*lines, "(end)"])
                self._buffer += data
            line, _, self._buffer = self._buffer.partition(b"\r\n")
            lines.append(line.decode())
        return "\n".join(lines)

    def send(self, *lines: str | bytes) -> None:
        for line in lines:
            self.stream.write(line if isinstance(line, bytes) else line.encode() + b"\r\n")

    async def say(self, *lines: str | bytes) -> str:
        """Say these lines, each after the reply to the one before; gives the last reply."""
        answer = ""
        for line in lines:
            self.send(line)
            answer = await self.reply()
        return answer

    async def signed_in(self) -> Talker:
        assert (await self.say(f"AUTH PLAIN {PLAIN}")).startswith("235 2.7.0 ")
        return self


async def dial(world: RunningWorld, address: str = HIBARI, port: int = 25, *, ehlo: bool = True) -> Talker:
    talker = Talker(await world.net.connect(Peer(PC.host, PC.address, Errand()), address, port))
    assert (await talker.reply()).startswith("220 ")
    if ehlo:
        assert (await talker.say("EHLO pc.sender.example")).startswith("250-")
    return talker


async def submit(
    world: RunningWorld,
    *to: str,
    message: bytes = MESSAGE,
    parameters: dict[str, Any] | None = None,
    **rcpt: Any,
) -> str:
    """Hand a message in as its sender, and give its queue id. `rcpt` are parameters of each RCPT."""
    session = SmtpSession(await world.net.connect(Peer(PC.host, PC.address, Errand("submit")), TSUBAME, 587))
    await session.greeting()
    await session.ehlo("pc.sender.example")
    assert (await session.login(SENDER, PASSWORD)).ok
    assert (await session.mail(SENDER, **(parameters or {}))).ok
    for reply in await session.rcpt([(address, rcpt) for address in to]):
        assert reply.ok, reply
    assert (await session.data()).ok
    reply: Reply = await session.content(message)
    assert reply.code == 250, reply
    await session.quit()
    return reply.text.rpartition(" ")[2]


async def other_server(
    world: RunningWorld, address: str, *offers: str, replies: dict[str, str] | None = None
) -> list[str]:
    """A server of somebody else's at port 25 that offers this, and what it is told, message by message.

    It says 250 to everything but what `replies` names by how the line begins ("" is the connection, "." the content);
    where the reply is '', it hangs up.
    """
    told: list[str] = []
    known = {"": "220 hi", "DATA": "354 go on", "QUIT": "221 bye"} | (replies or {})

    async def accept(stream: Stream, peer: Peer) -> None:
        buffer, content, line = b"", False, ""
        while True:
            word = next(
                (w for w in sorted(known, reverse=True) if line.startswith(w) and (w or not line)), None
            )
            reply = known[word] if word is not None else "250 OK"
            if line.startswith("EHLO") and "EHLO" not in known:
                reply = "\r\n".join(
                    f"250{'-' if n < len(offers) else ' '}{o}" for n, o in enumerate(["mx", *offers])
                )
            if not reply:
                return
            if not content:
                stream.write(reply.encode() + b"\r\n")
            if line.startswith("QUIT"):
                return
            content = content or reply.startswith("354")
            end = b"\r\n.\r\n" if content else b"\r\n"
            while end not in buffer:
                data = await stream.read()
                if not data:
                    return
                buffer += data
            piece, _, buffer = buffer.partition(end)
            line = "." if content else piece.decode()
            told.append(piece.decode("utf-8", "replace"))
            content = False

    await world.net.listen(address, 25, accept)
    return told


async def inbox(world: RunningWorld, address: str) -> list[bytes]:
    store = world.sites[address.rpartition("@")[2]].store
    return [await store.raw(message.id) for message in await store.messages(address, "INBOX")]


async def until(world: RunningWorld, condition: Callable[[list[Event]], bool]) -> None:
    """Wait for a condition on the record, looked at again with each event."""
    happened = asyncio.Event()
    stop = world.trace.follow(lambda _: happened.set())
    try:
        async with asyncio.timeout(8):
            while not condition(world.trace.after()):
                happened.clear()
                await happened.wait()
    finally:
        stop()


async def until_state(world: RunningWorld, state: str, times: int = 1) -> None:
    """Wait until so many recipients were delivered, deferred or failed."""
    await until(world, lambda events: sum(event.parsed.get("state") == state for event in events) >= times)


async def until_mail(world: RunningWorld, address: str, count: int = 1) -> list[bytes]:
    """Wait until a mailbox holds so many messages, and give them."""

    def there(events: list[Event]) -> bool:
        site = world.sites[address.rpartition("@")[2]]
        return len(site.store.look(lambda t: t.messages(address, "INBOX"))) >= count

    await until(world, there)
    return await inbox(world, address)
