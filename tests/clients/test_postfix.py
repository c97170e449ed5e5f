"""Postfix as the other server: mail from it into a world, and out of a world to it, over real sockets."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from mailserver_lab.dsn import diagnose, read
from mailserver_lab.lab import Lab, RunningWorld
from mailserver_lab.net import LoopbackNet, Peer, Stream
from mailserver_lab.world import Records, bundled
from tests.ports import free_port
from tests.smtp.talk import MESSAGE, RECIPIENT, SENDER, submit, until, until_mail

from .postfix import Postfix, need_root, running

DOMAIN, ADDRESS = "neighbour.example", "203.0.113.25"
FRIEND, STRANGER = f"friend@{DOMAIN}", f"stranger@{DOMAIN}"
WRONG = "recipent@hibari.example"


class NeighbourlyNet(LoopbackNet):
    """A Net with one door: a logical address leads to a real port of this machine."""

    def __init__(self, fixed: dict[tuple[str, int], int], door: int) -> None:
        super().__init__(fixed)
        self.door = door

    async def connect(self, peer: Peer, address: str, port: int) -> Stream:
        if (address, port) != (ADDRESS, 25):
            return await super().connect(peer, address, port)
        stream = Stream()
        await asyncio.get_running_loop().create_connection(lambda: stream, "127.0.0.1", self.door)
        self._streams.add(stream)
        return stream


HOSTS = {"tsubame.example": "192.0.2.10", "hibari.example": "198.51.100.20"}


@pytest.fixture(scope="module")
def ports() -> dict[str, int]:
    """Where the servers of every test's world listen, for Postfix to know."""
    return {domain: free_port() for domain in HOSTS}


@pytest.fixture(scope="module")
def postfix(ports: dict[str, int]) -> Iterator[Postfix]:
    need_root()
    routes = {domain: f"smtp:[127.0.0.1]:{port}" for domain, port in ports.items()}
    with running(DOMAIN, ("friend", "late"), routes, "message_size_limit = 20000\n") as postfix:
        yield postfix


@pytest.fixture
async def world(postfix: Postfix, ports: dict[str, int]) -> AsyncIterator[RunningWorld]:
    fixed = {(HOSTS[domain], 25): port for domain, port in ports.items()}
    lab = Lab(make_net=lambda: NeighbourlyNet(fixed, postfix.port))
    names = {DOMAIN: Records(mx=(f"mx.{DOMAIN}",)), f"mx.{DOMAIN}": Records(a=(ADDRESS,))}
    yield await lab.open(replace(bundled("user-unknown"), dns=names, clock=None))
    await lab.close()


async def hand_in(postfix: Postfix, *to: str, message: bytes = MESSAGE, **options: str) -> None:
    """Give Postfix a message, as one of its own users would."""

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", postfix.port, timeout=20) as smtp:
            smtp.sendmail(
                SENDER, to, message, rcpt_options=[f"{name}={value}" for name, value in options.items()]
            )

    await asyncio.to_thread(send)


async def eventually_there(postfix: Postfix, local: str) -> bytes:
    async with asyncio.timeout(15):
        while not (found := postfix.mailbox(local)):
            await asyncio.sleep(0.05)  # another program's folder, which tells nobody
    return found[0]


class TestFromPostfix:
    async def test_mail_comes_into_the_mailbox_as_it_was(self, world: RunningWorld, postfix: Postfix) -> None:
        body = "見積書\r\n.\r\n..\r\n\r\nFrom 行頭\r\n".encode()
        await hand_in(postfix, RECIPIENT, message=MESSAGE + body)
        (raw,) = await until_mail(world, RECIPIENT)
        assert raw.endswith(body)
        assert b"(Postfix)" in raw
        assert raw.startswith(f"Return-Path: <{SENDER}>\r\nReceived: from mx.{DOMAIN} ".encode())

    async def test_a_refusal_comes_back_as_postfix_writes_it_and_the_doctor_reads_it(
        self, world: RunningWorld, postfix: Postfix
    ) -> None:
        await hand_in(postfix, RECIPIENT, WRONG)
        (raw,) = await until_mail(world, SENDER)
        assert b"Subject: Undelivered Mail Returned to Sender" in raw
        assert b"User unknown (in reply to RCPT TO command)" in raw.replace(b"\r\n    ", b" ")
        assert [verdict.cause for verdict in diagnose(raw).recipients] == ["user-unknown"]
        (recipient,) = read(raw).recipients
        assert (recipient.address, recipient.status) == (WRONG, "5.1.1")
        assert len(await until_mail(world, RECIPIENT)) == 1

    async def test_a_delivery_that_was_asked_about_is_told_by_the_lab(
        self, world: RunningWorld, postfix: Postfix
    ) -> None:
        await hand_in(postfix, RECIPIENT, NOTIFY="SUCCESS")
        (raw,) = await until_mail(world, SENDER)
        assert b"Reporting-MTA: dns; mx.hibari.example" in raw
        assert b"Action: delivered" in raw


class TestToPostfix:
    async def test_mail_arrives_there_as_it_was(self, world: RunningWorld, postfix: Postfix) -> None:
        body = "見積書\r\n.\r\n..\r\n".encode()
        await submit(world, FRIEND, message=MESSAGE + body)
        raw = await eventually_there(postfix, "friend")
        assert raw.endswith(body.replace(b"\r\n", b"\n"))  # a Maildir's lines end so
        assert b"Received: from mx.tsubame.example " in raw

    @pytest.mark.parametrize(
        ("to", "size", "status", "cause"),
        [(STRANGER, 0, "5.1.1", "user-unknown"), (FRIEND, 30_000, "5.3.4", "message-too-large")],
        ids=["user unknown", "too large"],
    )
    async def test_its_refusal_becomes_a_bounce_with_its_words(
        self, world: RunningWorld, postfix: Postfix, to: str, size: int, status: str, cause: str
    ) -> None:
        await submit(world, to, message=MESSAGE + b"line of text\r\n" * (size // 14))
        (raw,) = await until_mail(world, SENDER)
        (recipient,) = read(raw).recipients
        assert (recipient.address, recipient.status, recipient.remote_mta) == (to, status, f"mx.{DOMAIN}")
        assert [verdict.cause for verdict in diagnose(raw).recipients] == [cause]

    async def test_it_tells_of_the_delivery_that_was_asked_about(
        self, world: RunningWorld, postfix: Postfix
    ) -> None:
        await submit(world, FRIEND, parameters={"ENVID": "E1", "RET": "HDRS"}, NOTIFY="SUCCESS")
        (raw,) = await until_mail(world, SENDER)
        assert b"Subject: Successful Mail Delivery Report" in raw
        assert b"Original-Envelope-Id: E1" in raw

    async def test_a_postfix_that_is_off_is_waited_for(self, world: RunningWorld, postfix: Postfix) -> None:
        assert isinstance(world.net, NeighbourlyNet)
        world.net.door = 1  # where nobody is
        await submit(world, f"late@{DOMAIN}")
        await until(world, lambda events: any(e.parsed.get("state") == "deferred" for e in events))
        world.net.door = postfix.port
        await world.retry()
        assert b"Subject: hello" in await eventually_there(postfix, "late")
        await until(world, lambda events: any(e.parsed.get("state") == "delivered" for e in events))
