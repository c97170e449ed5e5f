"""A message's way to its recipients, and what its sender hears of it."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mailserver_lab import dns
from mailserver_lab.dsn import Report, read
from mailserver_lab.lab import Lab, RunningWorld
from mailserver_lab.net import MemoryNet, OutsideTheLab, Peer, Stream
from mailserver_lab.trace import Event
from mailserver_lab.world import WorldSpec, bundled, parse

from .talk import HIBARI, MESSAGE, RECIPIENT, SENDER, dial, inbox, submit, until, until_mail, until_state

HOUR, DAY = 3_600, 86_400


def world_file() -> WorldSpec:
    spec = bundled("user-unknown").as_json()
    accounts = spec["domains"]["hibari.example"]["accounts"]
    accounts["small"] = {"password": "x", "quota": 3_000}
    accounts["full"] = {"password": "x", "quota": 10}
    spec["domains"]["tsubame.example"]["accounts"]["colleague"] = {"password": "x"}
    spec["dns"] = {
        "null.example": {"mx": ["."]},
        "outside.example": {"mx": ["mx.outside.example"]},
        "mx.outside.example": {"a": ["93.184.216.34"]},
        "implicit-outside.example": {"a": ["8.8.8.8"]},
        "home.example": {"mx": ["mx.home.example"]},
        "mx.home.example": {"a": ["127.0.0.1"]},
        "hostile.example": {"mx": ["mx.hostile.example"]},
        "mx.hostile.example": {"a": ["198.51.100.66"]},
        "backup.example": {"mx": ["mx.hostile.example", "mx2.backup.example"]},
        "mx2.backup.example": {"a": ["198.51.100.67"]},
    }
    return parse(spec)


@pytest.fixture
async def world() -> AsyncIterator[RunningWorld]:
    lab = Lab(make_net=MemoryNet)
    yield await lab.open(world_file())
    await lab.close()


def report(raw: bytes) -> Report:
    found = read(raw)
    assert found is not None
    return found


async def bounced(world: RunningWorld, count: int = 1) -> list[Report]:
    return [report(raw) for raw in await until_mail(world, SENDER, count)]


def states(world: RunningWorld) -> list[str]:
    return [event.parsed["state"] for event in world.trace.after() if "state" in event.parsed]


def queues(world: RunningWorld) -> list[str]:
    return [
        queue_id for site in world.sites.values() for queue_id in site.store.look(lambda t: t.queued_ids())
    ]


async def until_empty(world: RunningWorld) -> None:
    await until(world, lambda _: not queues(world))


async def test_a_message_is_delivered_once(lab: Lab) -> None:
    world = await lab.open(world_file())
    await submit(world, RECIPIENT)
    (stored,) = await until_mail(world, RECIPIENT)
    assert stored.endswith(MESSAGE)
    assert stored.count(b"\nReceived: ") == 2
    await until_empty(world)
    await until_state(world, "delivered")
    assert states(world) == ["delivered"]
    assert await inbox(world, SENDER) == []


@pytest.mark.parametrize(
    ("to", "status", "said"),
    [
        ("recipent@hibari.example", "5.1.1", "550 5.1.1 <recipent@hibari.example>... User unknown"),
        ("who@no-such.invalid", "5.1.2", "550 5.1.2 <who@no-such.invalid>... Host unknown (Name server: no-such.invalid: host not found)"),
        ("who@null.example", "5.1.10", "556 5.1.10 <who@null.example>... null.example does not accept mail (null MX)"),
        ("full@hibari.example", "5.2.2", "552 5.2.2 <full@hibari.example>... Message size exceeds remaining quota"),
        ('"a>b"@hibari.example', "5.1.1", '550 5.1.1 <"a>b"@hibari.example>... User unknown'),
    ],
)  # fmt: skip
async def test_a_refusal_comes_back_as_a_notification(
    world: RunningWorld, to: str, status: str, said: str
) -> None:
    await submit(world, to)
    (told,) = await bounced(world)
    (recipient,) = told.recipients
    assert (recipient.address, recipient.action, recipient.status, recipient.diagnostic) == (
        to,
        "failed",
        status,
        said,
    )
    assert told.reporting_mta == "mx.tsubame.example"
    assert told.original_message_id == "<1@pc.sender.example>"
    await until_empty(world)


async def test_too_large_for_the_recipients_server_comes_back(world: RunningWorld) -> None:
    await submit(world, RECIPIENT, message=b"Subject: big\r\n\r\n" + (b"x" * 70 + b"\r\n") * 16_000)
    (told,) = await bounced(world)
    assert told.recipients[0].status == "5.3.4"
    (raw,) = await inbox(world, SENDER)
    assert len(raw) < 10_000  # the headers come back, not the megabyte


async def test_a_mailbox_that_is_full_for_the_moment_is_tried_again(world: RunningWorld) -> None:
    world.change_domain("hibari.example", full_mailbox="temporary")
    await submit(world, "full@hibari.example")
    await until_state(world, "deferred")
    world.change_account("full@hibari.example", quota=100_000)
    world.advance(61)
    assert len(await until_mail(world, "full@hibari.example")) == 1
    assert await inbox(world, SENDER) == []


async def test_a_server_that_is_off_is_tried_again_warned_of_and_one_copy_comes(world: RunningWorld) -> None:
    await world.switch_off("hibari.example")
    await submit(world, RECIPIENT)
    for attempt in range(1, 6):
        await until_state(world, "deferred", attempt)
        world.advance(HOUR)
    (told,) = await bounced(world)
    assert [(r.action, r.status) for r in told.recipients] == [("delayed", "4.4.1")]
    assert b"mail server of hibari.example cannot be reached" in (await inbox(world, SENDER))[0]
    await until_state(world, "deferred", states(world).count("deferred"))
    tries = [event for event in world.trace.after() if event.kind == "unreached"]
    assert len(tries) == states(world).count("deferred")
    assert {(one.source, one.target, one.port) for one in tries} == {
        ("mx.tsubame.example", "mx.hibari.example", 25)
    }
    await world.switch_on("hibari.example")
    world.advance(HOUR + 1)
    await until_state(world, "delivered")
    await until_empty(world)
    assert len(await inbox(world, RECIPIENT)) == 1
    assert len(await inbox(world, SENDER)) == 1


async def test_after_five_days_the_message_comes_back(world: RunningWorld) -> None:
    await world.switch_off("hibari.example")
    await submit(world, RECIPIENT)
    await until_state(world, "deferred")
    world.advance(5 * DAY)
    (told,) = await bounced(world)
    assert [(r.action, r.status) for r in told.recipients] == [("failed", "4.4.7")]
    assert "cannot be reached" in told.recipients[0].diagnostic
    await until_empty(world)


async def test_a_name_server_in_trouble_is_asked_again(world: RunningWorld) -> None:
    broken = [True]
    await dns.serve(
        world.net, lambda: world.zone, world.trace, trouble=lambda *_: "servfail" if broken else ""
    )
    await submit(world, RECIPIENT)
    await until_state(world, "deferred")
    broken.clear()
    world.advance(61)
    await until_mail(world, RECIPIENT)


async def test_one_good_and_one_bad_recipient_are_one_delivery_and_one_notification(
    world: RunningWorld,
) -> None:
    await submit(world, RECIPIENT, "recipent@hibari.example", "third@hibari.example")
    (told,) = await bounced(world)
    assert [r.address for r in told.recipients] == ["recipent@hibari.example", "third@hibari.example"]
    assert len(await until_mail(world, RECIPIENT)) == 1
    await until_empty(world)
    assert len(await inbox(world, SENDER)) == 1


async def test_notify_never_is_silent(world: RunningWorld) -> None:
    await submit(world, "recipent@hibari.example", NOTIFY="NEVER")
    await until_state(world, "failed")
    await until_empty(world)
    assert await inbox(world, SENDER) == []


@pytest.mark.parametrize("to", [RECIPIENT, "colleague@tsubame.example"], ids=["elsewhere", "at home"])
async def test_notify_success_tells_of_the_delivery(world: RunningWorld, to: str) -> None:
    await submit(
        world, to, parameters={"ENVID": "Q+2B1"}, NOTIFY="SUCCESS", ORCPT="rfc822;Orig+2Binal@x.example"
    )
    (told,) = await bounced(world)
    assert [(r.address, r.action, r.status[0]) for r in told.recipients] == [(to, "delivered", "2")]
    (raw,) = await inbox(world, SENDER)
    assert b"Original-Envelope-Id: Q+1\r\n" in raw
    assert b"Original-Recipient: rfc822; Orig+inal@x.example\r\n" in raw
    assert len(await inbox(world, to)) == 1
    await until_empty(world)


@pytest.mark.parametrize("ret", ["HDRS", "FULL"])
async def test_ret_says_how_much_comes_back(world: RunningWorld, ret: str) -> None:
    await submit(world, "recipent@hibari.example", parameters={"RET": ret})
    (raw,) = await until_mail(world, SENDER)
    assert (b"How are you?" in raw) is (ret == "FULL")
    assert b"<1@pc.sender.example>" in raw


async def test_if_only_some_mailboxes_turn_out_full_their_server_writes_the_notification(
    world: RunningWorld,
) -> None:
    """Without SIZE= the server finds out when it has the message; one kind of outcome makes one notification."""
    talker = await dial(world)
    await talker.say(
        f"MAIL FROM:<{SENDER}>",
        f"RCPT TO:<{RECIPIENT}> NOTIFY=SUCCESS",
        "RCPT TO:<small@hibari.example>",
        "DATA",
    )
    assert (
        await talker.say(
            b"Subject: x\r\n\r\n"
            + b"y" * 900
            + b"\r\n"
            + b"z" * 900
            + b"\r\n"
            + b"z" * 990
            + b"\r\n"
            + b"z" * 990
            + b"\r\n.\r\n"
        )
    ).startswith("250")
    told = await bounced(world, 2)
    assert sorted((t.reporting_mta, [(r.address, r.action) for r in t.recipients]) for t in told) == [
        ("mx.hibari.example", [(RECIPIENT, "delivered")]),
        ("mx.hibari.example", [("small@hibari.example", "failed")]),
    ]
    await until_empty(world)


async def test_a_bounce_of_a_bounce_goes_to_the_postmaster_and_no_further(world: RunningWorld) -> None:
    talker = await dial(world)
    await talker.say(
        "MAIL FROM:<gone@tsubame.example>",
        f"RCPT TO:<{RECIPIENT}> NOTIFY=SUCCESS",
        "DATA",
        MESSAGE + b".\r\n",
    )
    (raw,) = await until_mail(world, "postmaster@hibari.example")
    assert raw.startswith(b"Return-Path: <>\r\n")
    assert report(raw).recipients[0].address == "gone@tsubame.example"
    await until_empty(world)
    assert await inbox(world, "postmaster@tsubame.example") == []
    assert len(await inbox(world, "postmaster@hibari.example")) == 1


# -- a server that accepts first and refuses afterwards


@pytest.fixture
def later(world: RunningWorld) -> RunningWorld:
    world.change_domain("hibari.example", refuse="after-accepting")
    return world


@pytest.mark.parametrize(
    ("to", "status", "said"),
    [
        ("recipent@hibari.example", "5.1.1", "550 5.1.1 <recipent@hibari.example>... User unknown"),
        ("full@hibari.example", "5.2.2", "552 5.2.2 <full@hibari.example>... Message size exceeds remaining quota"),
    ],
)  # fmt: skip
async def test_what_was_accepted_first_is_bounced_by_the_server_that_accepted_it(
    later: RunningWorld, to: str, status: str, said: str
) -> None:
    await submit(later, to, parameters={"ENVID": "E1"})
    (told,) = await bounced(later)
    (recipient,) = told.recipients
    assert (recipient.address, recipient.action, recipient.status, recipient.diagnostic) == (
        to,
        "failed",
        status,
        said,
    )
    assert (told.reporting_mta, recipient.remote_mta) == ("mx.hibari.example", "")
    (raw,) = await inbox(later, SENDER)
    head = email.message_from_bytes(raw, policy=email.policy.default)
    assert raw.startswith(b"Return-Path: <>\r\nReceived: from mx.hibari.example ")
    assert head["From"].addresses[0].addr_spec == "MAILER-DAEMON@mx.hibari.example"
    assert b"Original-Envelope-Id: E1\r\n" in raw
    await until_empty(later)
    said_there = [event.text for event in later.trace.after() if event.target == "mx.hibari.example"]
    assert not any(text.startswith("5") for text in said_there)


async def test_what_can_be_delivered_is_delivered_once_all_the_same(later: RunningWorld) -> None:
    await submit(later, RECIPIENT, "recipent@hibari.example")
    (told,) = await bounced(later)
    assert [r.address for r in told.recipients] == ["recipent@hibari.example"]
    (raw,) = await until_mail(later, RECIPIENT)
    assert raw.startswith(f"Return-Path: <{SENDER}>\r\nReceived: from mx.tsubame.example ".encode())
    assert raw.count(b"\nReceived: ") == 2
    await until_empty(later)
    assert len(await inbox(later, SENDER)) == 1


async def test_a_full_mailbox_behind_it_is_tried_again_by_the_server_that_accepted(
    later: RunningWorld,
) -> None:
    later.change_domain("hibari.example", full_mailbox="temporary")
    await submit(later, "full@hibari.example")
    await until_state(later, "deferred")
    await until_state(later, "delivered")  # for the sender's server it is done
    assert later.sites["tsubame.example"].store.look(lambda t: t.queued_ids()) == []
    later.change_account("full@hibari.example", quota=100_000)
    later.advance(61)
    assert len(await until_mail(later, "full@hibari.example")) == 1


async def test_mail_for_other_domains_is_refused_at_once_all_the_same(later: RunningWorld) -> None:
    talker = await dial(later)
    assert (await talker.say("MAIL FROM:<a@x.example>", "RCPT TO:<who@elsewhere.example>")).startswith(
        "550 5.7.1 "
    )


async def test_what_was_accepted_is_not_refused_after_a_change_of_mind(later: RunningWorld) -> None:
    talker = await dial(later)
    rcpt = await talker.say(f"MAIL FROM:<{SENDER}>", "RCPT TO:<recipent@hibari.example>")
    assert rcpt.startswith("250 2.1.5 ")
    later.change_domain("hibari.example", refuse="in-session")
    assert (await talker.say("DATA", MESSAGE + b".\r\n")).startswith("250 2.0.0 queued as ")
    (told,) = await bounced(later)
    assert (told.reporting_mta, told.recipients[0].status) == ("mx.hibari.example", "5.1.1")
    store = later.sites["hibari.example"].store
    assert await store.messages("postmaster@hibari.example", "INBOX") == []


async def test_an_own_user_who_is_not_there_is_bounced_to_the_sender_too(world: RunningWorld) -> None:
    world.change_domain("tsubame.example", refuse="after-accepting")
    await submit(world, "nobody@tsubame.example")
    (told,) = await bounced(world)
    assert (told.reporting_mta, told.recipients[0].status) == ("mx.tsubame.example", "5.1.1")


async def test_a_message_accepted_first_is_followed_under_its_first_id_and_so_is_its_bounce(
    later: RunningWorld,
) -> None:
    queue_id = await submit(later, "recipent@hibari.example")
    await until_mail(later, SENDER)
    await until_empty(later)
    (notice,) = [event for event in later.trace.after() if event.kind == "bounce"]
    assert (notice.queue_id, notice.source) == (queue_id, "mx.hibari.example")
    (stored,) = [event for event in later.trace.after() if event.kind == "mailbox"]
    assert stored.queue_id == notice.parsed["dsn"] != queue_id
    assert {event.queue_id for event in later.trace.after() if event.port == 25} == {
        queue_id,
        notice.parsed["dsn"],
    }


async def test_what_was_accepted_first_outlives_a_restart_and_is_bounced_then(tmp_path: Path) -> None:
    lab = Lab(tmp_path, make_net=MemoryNet)
    spec = replace(world_file(), clock=None)
    world = await lab.open(spec, kept=True)
    world.change_domain("hibari.example", refuse="after-accepting")
    world.gate.pause("store")
    await submit(world, "recipent@hibari.example")
    await until_state(world, "delivered")  # as far as the sender's server knows
    await lab.close()
    lab = Lab(tmp_path, make_net=MemoryNet)
    world = await lab.open(spec, kept=True)
    (told,) = await bounced(world)
    assert told.reporting_mta == "mx.hibari.example"
    await until_empty(world)
    await lab.close()


def notices(world: RunningWorld) -> list[Event]:
    return [event for event in world.trace.after() if event.kind == "bounce"]


async def test_a_bounce_that_is_refused_makes_one_notice_to_the_postmaster_and_never_a_third(
    later: RunningWorld,
) -> None:
    later.change_account(SENDER, quota=10)
    await submit(later, "recipent@hibari.example")
    (raw,) = await until_mail(later, "postmaster@hibari.example")
    await until_empty(later)
    later.advance(30 * DAY)
    await asyncio.sleep(0.05)
    first, second = notices(later)
    assert second.queue_id == first.parsed["dsn"]
    assert second.text.endswith(" from <> to <postmaster@hibari.example>")
    assert (second.parsed["recipients"], second.parsed["status"]) == ([SENDER], "5.2.2")
    told = report(raw)
    assert (told.reporting_mta, told.recipients[0].remote_mta) == ("mx.hibari.example", "mx.tsubame.example")
    assert raw.startswith(b"Return-Path: <>\r\n")
    assert queues(later) == []
    for address in (SENDER, "postmaster@tsubame.example"):
        assert await inbox(later, address) == []
    written = [event for event in later.trace.after() if event.text.startswith("MAIL FROM:<>")]
    assert len(written) == 1


@pytest.mark.parametrize("full", ["permanent", "temporary"])
async def test_where_the_postmasters_mailbox_is_full_too_it_ends_there(full: str) -> None:
    spec = world_file().as_json()
    spec["domains"]["hibari.example"]["accounts"]["postmaster"] = {"password": "x", "quota": 10}
    spec["domains"]["hibari.example"] |= {"refuse": "after-accepting", "full_mailbox": full}
    lab = Lab(make_net=MemoryNet)
    world = await lab.open(parse(spec))
    world.change_account(SENDER, quota=10)
    await submit(world, "recipent@hibari.example")
    await until(world, lambda _: len(notices(world)) == 2)
    if full == "temporary":
        await until_state(world, "deferred")
        world.advance(6 * DAY)
    await until_empty(world)
    assert len(notices(world)) == 2
    assert await inbox(world, "postmaster@hibari.example") == []
    await lab.close()


async def test_the_notice_to_the_postmaster_outlives_a_restart(tmp_path: Path) -> None:
    spec = world_file().as_json()
    spec["domains"]["hibari.example"]["refuse"] = "after-accepting"
    spec["domains"]["tsubame.example"]["accounts"]["sender"]["quota"] = 10
    spec["clock"] = None
    lab = Lab(tmp_path, make_net=MemoryNet)
    world = await lab.open(parse(spec), kept=True)
    await submit(world, "recipent@hibari.example")
    await until(world, lambda _: len(notices(world)) == 2)
    await lab.close()
    lab = Lab(tmp_path, make_net=MemoryNet)
    world = await lab.open(parse(spec), kept=True)
    assert len(await until_mail(world, "postmaster@hibari.example")) == 1
    await until_empty(world)
    await lab.close()


@pytest.mark.parametrize("domain", ["tsubame.example", "hibari.example"])
@pytest.mark.parametrize("local", ["MAILER-DAEMON", "postmaster", "Postmaster"])
@pytest.mark.parametrize("host", ["", "mx."])
async def test_what_is_written_to_mailer_daemon_lies_with_the_postmaster_and_nothing_comes_back(
    world: RunningWorld, domain: str, local: str, host: str
) -> None:
    await submit(world, f"{local}@{host}{domain}")
    (raw,) = await until_mail(world, f"postmaster@{domain}")
    assert raw.endswith(MESSAGE)
    await until_empty(world)
    assert notices(world) == []
    assert await inbox(world, SENDER) == []


async def test_every_notification_has_the_null_reverse_path(world: RunningWorld) -> None:
    await submit(world, "recipent@hibari.example")
    (raw,) = await until_mail(world, SENDER)
    assert raw.startswith(b"Return-Path: <>\r\n")
    assert email.message_from_bytes(raw, policy=email.policy.default)["Auto-Submitted"] == "auto-replied"


async def test_a_loop_ends(world: RunningWorld) -> None:
    await submit(world, RECIPIENT, message=b"Received: x\r\n" * 49 + MESSAGE)
    (told,) = await bounced(world)
    assert told.recipients[0].status == "5.4.6"


# -- servers that are not ours


Script = Callable[[Stream], Any]


async def hostile(world: RunningWorld, *replies: bytes | None, address: str = "198.51.100.66") -> list[int]:
    """A server that gives these replies in turn, one to each line, None to hang up; counts its connections."""
    calls: list[int] = []

    async def accept(stream: Stream, peer: Peer) -> None:
        calls.append(1)
        left = list(replies)
        while left:
            answer = left.pop(0)
            if answer is None:
                return
            stream.write(answer)
            if answer.startswith(b"354"):
                heard = b""
                while not heard.endswith(b"\r\n.\r\n") and (data := await stream.read()):
                    heard += data
            elif not await stream.read():
                return

    await world.net.listen(address, 25, accept)
    return calls


OK = b"250 2.0.0 ok\r\n"
STAGES: list[list[bytes | None]] = [
    [None],
    [b"421 4.3.2 go away\r\n", b"221 bye\r\n"],
    [b"450 later\r\n", b"221 bye\r\n"],
    [b"this is no SMTP\r\n", None],
    [b"220 hi\r\n", None],
    [b"220 hi\r\n", b"250 me\r\n", None],
    [b"220 hi\r\n", b"250 me\r\n", b"451 4.3.0 no\r\n", b"221 bye\r\n"],
    [b"220 hi\r\n", b"250 me\r\n", OK, None],
    [b"220 hi\r\n", b"250 me\r\n", OK, b"450 4.2.0 greylisted\r\n", b"221 bye\r\n"],
    [b"220 hi\r\n", b"250 me\r\n", OK, OK, None],
    [b"220 hi\r\n", b"250 me\r\n", OK, OK, b"354 go\r\n", None],
    [b"220 hi\r\n", b"250 me\r\n", OK, OK, b"354 go\r\n", b"354 again\r\n", None],
    [b"220 hi\r\n", b"250 me\r\n", OK, OK, OK, None],
    [b"220 hi\r\n", b"250-me\r\n" * 300, None],
    [b"220 hi\r\n", b"250-" + b"x" * 9_000, None],
]


@pytest.mark.parametrize("stage", STAGES, ids=range(len(STAGES)))
async def test_a_server_that_breaks_off_at_any_stage_is_tried_again(
    world: RunningWorld, stage: list[bytes | None]
) -> None:
    calls = await hostile(world, *stage)
    await submit(world, "who@hostile.example")
    await until_state(world, "deferred")
    world.advance(61)
    await until_state(world, "deferred", 2)
    assert len(calls) == 2
    assert len(queues(world)) == 1


async def test_a_backup_is_tried_where_the_preferred_host_breaks_off(world: RunningWorld) -> None:
    await hostile(world, None)
    await hostile(
        world,
        b"220 hi\r\n",
        b"250 me\r\n",
        OK,
        OK,
        b"354 go\r\n",
        OK,
        b"221 bye\r\n",
        address="198.51.100.67",
    )
    await submit(world, "who@backup.example")
    await until_state(world, "delivered")


async def test_a_hostile_reply_cannot_write_into_the_notification(world: RunningWorld) -> None:
    evil = (
        b"550 5.1.1 no\rBcc: x@y.example\x0bSubject: evil\x1b[31m "
        + "\u2028Action: delivered ".encode()
        + b"z" * 2_000
        + b"\r\n"
    )
    await hostile(world, b"220 hi\r\n", b"250 me\r\n", OK, evil, b"221 bye\r\n")
    await submit(world, "who@hostile.example")
    (told,) = await bounced(world)
    assert [r.action for r in told.recipients] == ["failed"]
    (raw,) = await inbox(world, SENDER)
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert "Bcc" not in message
    assert len(message.get_all("Subject") or []) == 1
    assert b"\x1b" not in raw
    assert max(map(len, raw.split(b"\r\n"))) <= 998


# -- no mail can leave


ODD_DESTINATIONS = [
    "who@outside.example", "who@implicit-outside.example", "who@home.example", "who@[93.184.216.34]", "who@[127.0.0.1]", "who@93.184.216.34",
    "who@127.0.0.1", "who@localhost", "who@example.com", "who@gmail.com", "who@[IPv6:::1]", "who@iana.org", "@gmail.com:who@example.com",
    "who%gmail.com@hibari.example", '"who@gmail.com"@hibari.example', "who@203.0.113.53", "who@198.51.100.99",
]  # fmt: skip


async def test_no_mail_can_leave_by_construction(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every way out of the process is watched while a message goes to all sorts of places."""
    lab = Lab()
    world = await lab.open(world_file())
    reached: list[tuple[object, ...]] = []
    loop = asyncio.get_running_loop()
    connect, create, resolve = loop.sock_connect, loop.create_connection, loop.getaddrinfo

    async def sock_connect(sock: Any, address: Any) -> None:
        reached.append(tuple(address))
        await connect(sock, address)

    async def create_connection(factory: Any, host: object = None, port: object = None, **kwargs: Any) -> Any:
        if host is not None:
            reached.append((host, port))
        return await create(factory, host, port, **kwargs)  # type: ignore[call-overload]

    async def getaddrinfo(host: Any, port: Any, **kwargs: Any) -> Any:
        reached.append((host, port))
        return await resolve(host, port, **kwargs)

    monkeypatch.setattr(loop, "sock_connect", sock_connect)
    monkeypatch.setattr(loop, "create_connection", create_connection)
    monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo)
    await submit(world, *ODD_DESTINATIONS)
    await until(
        world,
        lambda _: len([s for s in states(world) if s in {"failed", "deferred"}]) >= len(ODD_DESTINATIONS),
    )
    assert "delivered" not in states(world)
    assert reached
    assert {where[0] for where in reached} == {"127.0.0.1"}
    ours = {place[1] for ports in world.real_ports().values() for place in ports.values()}
    extra = {place[1] for place in (world.real_dns(), world.real_web()) if place}
    assert {where[1] for where in reached} <= ours | extra | {0}
    for address in ("93.184.216.34", "127.0.0.1"):
        with pytest.raises(OutsideTheLab):
            await world.net.connect(Peer("mx", HIBARI), address, 25)
    await lab.close()


# -- restarts, faults of our own, and being held


async def test_what_is_in_the_queue_on_disk_is_delivered_after_a_restart(tmp_path: Path) -> None:
    lab = Lab(tmp_path, make_net=MemoryNet)
    world = await lab.open(replace(world_file(), clock=None), kept=True)
    await world.switch_off("hibari.example")
    first = await submit(world, RECIPIENT)
    await until_state(world, "deferred")
    await lab.close()
    lab = Lab(tmp_path, make_net=MemoryNet)
    world = await lab.open(replace(world_file(), clock=None), kept=True)
    world.advance(120)
    assert len(await until_mail(world, RECIPIENT)) == 1
    second = await submit(world, RECIPIENT)
    assert int(second[1:]) > int(first[1:])
    assert len(await until_mail(world, RECIPIENT, 2)) == 2
    await lab.close()


async def test_a_client_that_hangs_up_during_the_commit_leaves_no_message_behind_in_the_queue(
    tmp_path: Path,
) -> None:
    """It is not told 250; but a message that is committed is also delivered."""
    lab = Lab(tmp_path, make_net=MemoryNet)
    world = await lab.open(replace(world_file(), clock=None), kept=True)
    from .talk import TSUBAME

    talker = await (await dial(world, TSUBAME, 587)).signed_in()
    await talker.say(f"MAIL FROM:<{SENDER}>", f"RCPT TO:<{RECIPIENT}>", "DATA")
    store = world.sites["tsubame.example"].store
    commit, begun = store.commit, asyncio.Event()

    async def watched(*arguments: Any) -> Any:
        begun.set()
        return await commit(*arguments)

    store.commit = watched  # type: ignore[method-assign]
    talker.send(MESSAGE + b".\r\n")
    await asyncio.wait_for(begun.wait(), 5)
    assert talker.stream.transport is not None
    talker.stream.transport.abort()
    assert len(await until_mail(world, RECIPIENT)) == 1
    await lab.close()


async def test_an_error_of_ours_keeps_the_message_and_tries_again(
    world: RunningWorld, caplog: pytest.LogCaptureFixture
) -> None:
    agent = world._companies["tsubame.example"].agent
    conclude, broken = agent._conclude, [True]

    async def fails(*arguments: Any) -> None:
        if broken:
            broken.pop()
            raise OSError("no space left")
        await conclude(*arguments)

    agent._conclude = fails  # type: ignore[method-assign]
    await submit(world, "recipent@hibari.example")
    await until(world, lambda _: not broken)
    world.advance(2 * HOUR)
    await bounced(world)
    assert "stays in the queue after an error of ours" in caplog.text


async def test_a_message_is_held_before_a_step_and_goes_on(world: RunningWorld) -> None:
    world.gate.pause("rcpt")
    await submit(world, RECIPIENT)
    await until(world, lambda events: any(event.kind == "pause" for event in events))
    said = [event.text for event in world.trace.after() if event.port == 25 and event.side == "client"]
    assert [text.split(":")[0] for text in said] == ["EHLO mx.tsubame.example", "MAIL FROM"]
    assert await inbox(world, RECIPIENT) == []
    world.gate.go_on()
    await until_mail(world, RECIPIENT)


async def test_a_message_is_followed_by_its_queue_id_from_submission_to_mailbox(world: RunningWorld) -> None:
    queue_id = await submit(world, RECIPIENT)
    await until_empty(world)

    def of(kind: str, port: int = 0) -> set[str | None]:
        return {event.queue_id for event in world.trace.after() if event.kind == kind and event.port == port}

    assert of("question", 53) == {queue_id}
    assert of("line", 25) == {queue_id}
    mailbox: list[Event] = [event for event in world.trace.after() if event.kind == "mailbox"]
    assert [(event.queue_id, event.source) for event in mailbox] == [(queue_id, "mx.hibari.example")]


# -- other mail systems' words


@pytest.mark.parametrize(
    ("wording", "status", "said"),
    [
        ("postfix", "5.1.1", "Recipient address rejected: User unknown"),
        ("exim", "5.0.0", "550 Unrouteable address"),
        ("gmail", "5.1.1", "p=NoSuchUser"),
    ],
)
async def test_a_server_refuses_and_writes_like_another_from_the_moment_it_is_set_so(
    world: RunningWorld, wording: str, status: str, said: str
) -> None:
    await submit(world, "recipent@hibari.example")
    await until_mail(world, SENDER)
    world.change_domain("hibari.example", wording=wording)
    await submit(world, "recipent@hibari.example")
    await until_mail(world, SENDER, 2)
    world.change_domain("tsubame.example", wording=wording)
    await submit(world, "recipent@hibari.example")
    raws = await until_mail(world, SENDER, 3)
    told = [report(raw).recipients[0] for raw in raws]
    assert [one.status for one in told] == ["5.1.1", status, status]
    assert [said in one.diagnostic for one in told] == [False, True, True]
    subjects = [email.message_from_bytes(raw)["Subject"] for raw in raws]
    assert subjects[0] == subjects[1] != subjects[2]
    heard = [event.text for event in world.trace.after() if event.port == 25 and event.text.startswith("220")]
    assert len(set(heard)) == 2
