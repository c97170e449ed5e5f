"""Which host a message goes to, what is remembered for each recipient, and that nothing that happens in between loses it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mailserver_lab.dsn import read
from mailserver_lab.lab import Lab, RunningWorld
from mailserver_lab.net import MemoryNet, Peer, Stream
from mailserver_lab.smtp import session
from mailserver_lab.world import WorldSpec, bundled, parse

from .talk import (
    MESSAGE,
    RECIPIENT,
    SENDER,
    dial,
    inbox,
    other_server,
    submit,
    until,
    until_mail,
    until_state,
)

FIRST, SECOND, THIRD = "198.51.100.61", "198.51.100.62", "198.51.100.63"


def world_file(**more: object) -> WorldSpec:
    spec = {**bundled("user-unknown").as_json(), "pipelining": True, **more}
    spec["dns"] = {
        "order.example": {"mx": ["z.order.example", "a.order.example"]},
        "z.order.example": {"a": [FIRST, SECOND]},
        "a.order.example": {"a": [THIRD]},
        "implicit.example": {"a": [THIRD]},
        "ours.example": {"mx": ["mx.tsubame.example", "a.order.example"]},
        "backed-up.example": {"mx": ["z.order.example", "mx.tsubame.example", "a.order.example"]},
        "by-address.example": {"a": ["192.0.2.10"]},
    }
    return parse(spec)


@pytest.fixture
async def world() -> AsyncIterator[RunningWorld]:
    lab = Lab(make_net=MemoryNet)
    yield await lab.open(world_file())
    await lab.close()


def waiting(world: RunningWorld) -> list[str]:
    return world.sites["tsubame.example"].store.look(lambda t: t.queued_ids())


async def failure(world: RunningWorld) -> tuple[str, str]:
    """What the bounce in the sender's mailbox says of the only recipient: status and diagnostic."""
    (raw,) = await until_mail(world, SENDER)
    report = read(raw)
    assert report is not None
    (recipient,) = report.recipients
    return recipient.status, recipient.diagnostic


# -- which host


async def test_the_preferred_host_is_asked_first_whatever_it_is_called(world: RunningWorld) -> None:
    first, third = await other_server(world, FIRST), await other_server(world, THIRD)
    await submit(world, "who@order.example")
    await until(world, lambda _: "QUIT" in first)
    assert third == []


@pytest.mark.parametrize(
    ("greetings", "reached"),
    [
        ([None, "220 hi", "220 hi"], 1),
        ([None, None, "220 hi"], 2),
        (["421 4.3.2 too busy", "220 hi", "220 hi"], 1),
        (["450 later", "554 5.3.2 no mail here", "220 hi"], 2),
        (["", "", "220 hi"], 2),
        (["nonsense", "220 hi", "220 hi"], 1),
    ],
    ids=["no connection", "no host", "temporary", "permanent", "hangs up", "no SMTP"],
)
async def test_a_host_that_will_not_talk_is_passed_over(
    world: RunningWorld, greetings: list[str | None], reached: int
) -> None:
    """Every address of a host, then the next host (RFC 5321 section 5.1)."""
    told: list[list[str]] = []
    for address, greeting in zip((FIRST, SECOND, THIRD), greetings, strict=True):
        told.append([] if greeting is None else await other_server(world, address, replies={"": greeting}))
    await submit(world, "who@order.example")
    await until_state(world, "delivered")
    assert [sum(line.startswith("RCPT") for line in one) for one in told] == [
        int(n == reached) for n in range(3)
    ]


async def test_ehlo_refused_for_now_is_no_reason_to_ask_no_other(world: RunningWorld) -> None:
    await other_server(world, FIRST, replies={"EHLO": "451 4.3.0 not now"})
    second = await other_server(world, SECOND)
    await submit(world, "who@order.example")
    await until(world, lambda _: "QUIT" in second)


@pytest.mark.parametrize(
    ("greetings", "state"),
    [(["554 no", "554 no", "450 later"], "deferred"), (["450 later", "554 no", "554 no"], "deferred"), (["554 5.3.2 no"] * 3, "failed")],
)  # fmt: skip
async def test_only_if_no_host_may_ever_take_it_the_message_comes_back(
    world: RunningWorld, greetings: list[str], state: str
) -> None:
    for address, greeting in zip((FIRST, SECOND, THIRD), greetings, strict=True):
        await other_server(world, address, replies={"": greeting})
    await submit(world, "who@order.example")
    await until_state(world, state)
    if state == "failed":
        assert (await failure(world))[0] == "5.3.2"
    else:
        assert len(waiting(world)) == 1


async def test_a_refused_recipient_is_not_tried_elsewhere(world: RunningWorld) -> None:
    await other_server(world, FIRST, replies={"RCPT": "550 5.1.1 no such user"})
    others = [await other_server(world, address) for address in (SECOND, THIRD)]
    await submit(world, "who@order.example")
    assert await failure(world) == ("5.1.1", "550 5.1.1 no such user")
    assert others == [[], []]


async def test_a_domain_without_mx_is_its_own_host(world: RunningWorld) -> None:
    told = await other_server(world, THIRD)
    await submit(world, "who@implicit.example")
    await until(world, lambda _: "QUIT" in told)


@pytest.mark.parametrize("domain", ["ours.example", "by-address.example"])
async def test_mail_that_would_come_back_to_the_server_itself_is_a_loop(
    world: RunningWorld, domain: str
) -> None:
    await submit(world, f"who@{domain}")
    status, said = await failure(world)
    assert (status, said) == ("5.4.6", f"554 5.4.6 Mail for {domain} loops back to mx.tsubame.example")


async def test_hosts_behind_the_server_itself_are_not_asked(world: RunningWorld) -> None:
    first, third = (
        await other_server(world, FIRST, replies={"EHLO": "451 4.3.2 busy"}),
        await other_server(world, THIRD),
    )
    await submit(world, "who@backed-up.example")
    await until_state(world, "deferred")
    assert first[:1] == ["EHLO mx.tsubame.example"]
    assert third == []


# -- each recipient by itself


async def test_every_recipient_has_a_state_of_its_own(world: RunningWorld) -> None:
    answers = {
        "RCPT TO:<busy": "450 4.2.1 later",
        "RCPT TO:<gone": "550 5.1.1 no",
        "RCPT TO:<full": "552 5.2.2 full",
    }
    told = await other_server(world, FIRST, "PIPELINING", replies=answers)
    people = [f"{name}@order.example" for name in ("here", "busy", "gone", "full", "there")]
    await submit(world, *people)
    await until_state(world, "deferred")
    assert [line for line in told if line.startswith("RCPT")] == [
        f"RCPT TO:<{address}>" for address in people
    ]
    await until_mail(world, SENDER)
    (raw,) = await inbox(world, SENDER)
    report = read(raw)
    assert report is not None
    assert [(r.address, r.status) for r in report.recipients] == [
        ("gone@order.example", "5.1.1"),
        ("full@order.example", "5.2.2"),
    ]
    told.clear()
    world.advance(61)
    await until_state(world, "deferred", 2)
    assert [line for line in told if line.startswith("RCPT")] == ["RCPT TO:<busy@order.example>"]


@pytest.mark.parametrize(("step", "code"), [("DATA", "451 4.3.0 no"), (".", "452 4.3.1 no room")])
async def test_a_refusal_for_now_after_rcpt_is_for_all_who_were_accepted(
    world: RunningWorld, step: str, code: str
) -> None:
    await other_server(world, FIRST, "PIPELINING", replies={step: code, "RCPT TO:<gone": "550 5.1.1 no"})
    await submit(world, "one@order.example", "two@order.example", "gone@order.example")
    await until_state(world, "deferred", 2)
    queued = world.sites["tsubame.example"].store.look(lambda t: t.queued(waiting(world)[0]))
    assert queued is not None
    assert [(r.address, r.attempts, r.last) for r in queued.recipients] == [
        ("one@order.example", 1, code),
        ("two@order.example", 1, code),
    ]


# -- trying at once


async def test_a_retry_by_hand_does_not_wait_for_its_time(world: RunningWorld) -> None:
    await world.switch_off("hibari.example")
    queue_id = await submit(world, RECIPIENT)
    await until_state(world, "deferred")
    assert await world.retry("q9999") == []
    assert await world.retry() == [queue_id]
    await until_state(world, "deferred", 2)
    await world.switch_on("hibari.example")
    assert await world.retry(queue_id) == [queue_id]
    await until_mail(world, RECIPIENT)
    await until(world, lambda _: not waiting(world))
    assert await world.retry() == []


async def test_a_retry_of_what_is_being_tried_makes_no_second_copy(world: RunningWorld) -> None:
    world.gate.pause("data")
    queue_id = await submit(world, RECIPIENT)
    await until(world, lambda events: any(event.kind == "pause" for event in events))
    assert await world.retry(queue_id) == [queue_id]
    world.gate.go_on()
    await until(world, lambda _: not waiting(world))
    assert len(await inbox(world, RECIPIENT)) == 1


# -- servers that do not answer


TALK = [b"220 hi\r\n", b"250 me\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n"]


@pytest.mark.parametrize("said", range(len(TALK) + 1))
async def test_a_silent_server_is_given_up_when_lab_time_has_passed(
    world: RunningWorld, monkeypatch: pytest.MonkeyPatch, said: int
) -> None:
    """The waits of RFC 5321 section 4.5.3.2 are minutes, which nobody at a lab wants to sit through."""
    monkeypatch.setattr(session, "GRACE", 0.02)
    silent, gone = asyncio.Event(), asyncio.Event()

    async def accept(stream: Stream, peer: Peer) -> None:
        for reply in TALK[:said]:
            stream.write(reply)
            await stream.read()
        silent.set()
        while await stream.read():
            pass
        gone.set()

    await world.net.listen(THIRD, 25, accept)
    await submit(world, "who@implicit.example")
    await asyncio.wait_for(silent.wait(), 5)
    world.advance(100)
    await asyncio.sleep(0.1)  # it would be too soon, for any command
    assert not gone.is_set()
    world.advance(700)
    await until_state(world, "deferred")
    queued = world.sites["tsubame.example"].store.look(lambda t: t.queued(waiting(world)[0]))
    assert queued is not None
    assert (
        queued.recipients[0].last == "451 4.4.2 implicit.example: the conversation broke off (TimeoutError)"
    )


async def test_an_answer_on_its_way_is_heard_although_days_have_passed(world: RunningWorld) -> None:
    world.trace.follow(lambda event: world.clock.advance(86_400) if event.side == "client" else None)
    await submit(world, RECIPIENT)
    await until_mail(world, RECIPIENT)
    await until(world, lambda _: not waiting(world))
    assert len(await inbox(world, RECIPIENT)) == 1


# -- restarts


@pytest.mark.parametrize("step", ["mx", "connect", "ehlo", "mail", "rcpt", "data"])
async def test_a_restart_before_any_step_loses_nothing_and_doubles_nothing(tmp_path: Path, step: str) -> None:
    spec = replace(world_file(), clock=None)
    lab = Lab(tmp_path, make_net=MemoryNet)
    world = await lab.open(spec, kept=True)
    world.gate.pause(step)
    await submit(world, RECIPIENT, "recipent@hibari.example")
    await until(world, lambda events: any(event.kind == "pause" for event in events))
    for company in world._companies.values():
        await company.agent.stop()  # before the gate lets go of what it holds, as a kill does
    await lab.close()
    lab = Lab(tmp_path, make_net=MemoryNet)
    world = await lab.open(spec, kept=True)
    await until_mail(world, RECIPIENT)
    await until_mail(world, SENDER)
    await until(world, lambda _: not waiting(world))
    assert len(await inbox(world, RECIPIENT)) == len(await inbox(world, SENDER)) == 1
    await lab.close()


async def test_who_has_it_leaves_the_queue_before_the_next_domain_is_tried(world: RunningWorld) -> None:
    """A kill while another host is waited for must not send it to the first one again."""
    world.gate.pause("mx")
    await submit(world, RECIPIENT, "who@no-such.invalid")
    await until(world, lambda events: any(event.kind == "pause" for event in events))
    world.gate.go_on(1)
    await until(world, lambda events: sum(event.kind == "pause" for event in events) == 2)
    (queue_id,) = waiting(world)
    queued = world.sites["tsubame.example"].store.look(lambda t: t.queued(queue_id))
    assert queued is not None
    assert [recipient.address for recipient in queued.recipients] == ["who@no-such.invalid"]
    world.gate.go_on()
    await until_mail(world, SENDER)
    assert len(await until_mail(world, RECIPIENT)) == 1


async def test_after_a_restart_nobody_is_taken_for_down_who_is_only_started_later(tmp_path: Path) -> None:
    spec = replace(world_file(), clock=None)
    lab = Lab(tmp_path, make_net=MemoryNet)
    world = await lab.open(spec, kept=True)
    world.gate.pause("mx")
    await submit(world, RECIPIENT)
    for company in world._companies.values():
        await company.agent.stop()
    await lab.close()

    class Slow(MemoryNet):
        async def listen_protocol(self, *args: Any, **rest: Any) -> None:
            for _ in range(100):  # turns of the loop, in which whoever is awake already can do much
                await asyncio.sleep(0)
            await super().listen_protocol(*args, **rest)

    lab = Lab(tmp_path, make_net=Slow)
    world = await lab.open(spec, kept=True)
    await until_mail(world, RECIPIENT)
    assert not [event for event in world.trace.after() if event.parsed.get("state") == "deferred"]
    await lab.close()


# -- TLS between servers


@pytest.mark.parametrize("required", [True, False])
async def test_servers_of_a_world_that_requires_tls_talk_by_tls(required: bool) -> None:
    lab = Lab()
    world = await lab.open(world_file(require_tls=required))
    talker = await dial(world)  # a password would need TLS here; a notification needs none
    await talker.say(
        f"MAIL FROM:<{SENDER}>", f"RCPT TO:<{RECIPIENT}> NOTIFY=SUCCESS", "DATA", MESSAGE + b".\r\n"
    )
    await until_mail(world, SENDER)
    target = "mx.tsubame.example"
    between = [
        e for e in world.trace.after() if e.port == 25 and e.target == target and e.kind in {"line", "tls"}
    ]
    said = [event.text.split()[0] for event in between if event.side == "client"]
    assert (said[:4] == ["EHLO", "STARTTLS", "EHLO", "MAIL"]) is required
    assert next(e for e in between if e.text.startswith("MAIL")).tls is required
    await lab.close()


async def test_a_next_host_whose_certificate_nobody_believes_gets_no_mail() -> None:
    lab, other = Lab(), Lab()
    world = await lab.open(world_file(require_tls=True))
    context = other.certificates.server(["z.order.example"])
    heard: list[bytes] = []

    async def accept(stream: Stream, peer: Peer) -> None:
        stream.write(b"220 hi\r\n")
        await stream.read()
        stream.write(b"250-me\r\n250 STARTTLS\r\n")
        await stream.read()
        stream.write(b"220 go\r\n")
        await stream.start_tls(context)
        heard.append(await stream.read())

    await world.net.listen(FIRST, 25, accept)
    talker = await dial(world)
    await talker.say(
        "MAIL FROM:<who@order.example>", f"RCPT TO:<{RECIPIENT}> NOTIFY=SUCCESS", "DATA", MESSAGE + b".\r\n"
    )
    await until_state(world, "deferred")
    assert not any(heard)
    await lab.close()
    await other.close()
