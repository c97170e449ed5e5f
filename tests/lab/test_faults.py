"""What can be wrong with a server or with the DNS: it really is, as often as it was asked for, and it stands in the record."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from mailserver_lab.dns import resolver
from mailserver_lab.lab import Lab, RunningWorld
from mailserver_lab.net import MemoryNet
from mailserver_lab.world import FAULTS, Fault, WorldError, bundled, parse
from tests.smtp.talk import (
    MESSAGE,
    PC,
    RECIPIENT,
    SENDER,
    dial,
    inbox,
    submit,
    until,
    until_mail,
    until_state,
)

DOMAIN, MINUTE = "hibari.example", 61
ENVELOPE = (f"MAIL FROM:<{SENDER}>", f"RCPT TO:<{RECIPIENT}>", "DATA")


@pytest.fixture
async def world(lab: Lab) -> RunningWorld:
    return await lab.open(bundled("user-unknown"))


def struck(world: RunningWorld) -> list[str]:
    """The faults that happened, as the record has them."""
    return [
        event.text
        for event in world.trace.after()
        if event.kind == "fault" and event.parsed["what"] == "strikes"
    ]


def last_reply(world: RunningWorld) -> str:
    """What the latest attempt met."""
    return str([event for event in world.trace.after() if event.kind == "queue"][-1].parsed["reply"])


async def delivered_once_it_is_over(world: RunningWorld) -> None:
    for _ in range(3):
        world.advance(6 * MINUTE)
    await until_mail(world, RECIPIENT)
    await until(world, lambda _: not world.sites["tsubame.example"].store.look(lambda t: t.queued_ids()))
    assert len(await inbox(world, RECIPIENT)) == 1


# kind, at, what the sender's server meets: the whole status
IN_DIALOGUE = [
    (Fault("unavailable", "ehlo", 1), "421 4.3.2"),
    (Fault("unavailable", "rcpt", 1), "421 4.3.2"),
    (Fault("unavailable", "content", 1), "421 4.3.2"),
    (Fault("disk-full", "", 1), "452 4.3.1"),
    (Fault("disk-full", "content", 1), "452 4.3.1"),
    (Fault("greylist", "", 1), "450 4.7.1"),
    *((Fault("drop", at, 1), "451 4.4.2") for at in FAULTS["drop"]),
]


@pytest.mark.parametrize("pipelining", [False, True], ids=["in turn", "in one go"])
@pytest.mark.parametrize(("fault", "said"), IN_DIALOGUE, ids=str)
async def test_what_goes_wrong_once_in_the_dialogue_is_tried_again(
    lab: Lab, fault: Fault, said: str, pipelining: bool
) -> None:
    world = await lab.open(replace(bundled("user-unknown"), pipelining=pipelining))
    await world.add_fault(DOMAIN, fault)
    queue_id = await submit(world, RECIPIENT)
    await until_state(world, "deferred")
    assert last_reply(world).startswith(said)
    assert struck(world) == [str(fault)]
    assert [e.queue_id for e in world.trace.after() if e.kind == "fault" and e.queue_id] == [queue_id]
    assert world.faults_of(DOMAIN).as_json() == []
    await delivered_once_it_is_over(world)
    assert await inbox(world, SENDER) == []


@pytest.mark.parametrize("do", ["down", "refuse"])
async def test_a_host_that_is_not_there_is_there_again_after_so_many_attempts(
    world: RunningWorld, do: str
) -> None:
    await world.add_fault(DOMAIN, Fault(do, times=2))
    with pytest.raises(ConnectionRefusedError):
        await dial(world)
    await submit(world, RECIPIENT)
    await until_state(world, "deferred")
    assert last_reply(world).startswith("451 4.4.1")
    world.advance(MINUTE)
    await until_state(world, "deferred", 2)
    assert struck(world) == [do, do]
    await dial(world)
    await delivered_once_it_is_over(world)


async def test_one_that_refuses_mail_still_hands_it_out_and_one_that_is_down_does_not(
    world: RunningWorld,
) -> None:
    address = world.sites[DOMAIN].domain.address
    for do, there in (("refuse", True), ("down", False)):
        await world.add_fault(DOMAIN, Fault(do))
        with pytest.raises(ConnectionRefusedError):
            await dial(world)
        if there:
            (await world.net.connect(PC, address, 143)).close()
        else:
            with pytest.raises(ConnectionRefusedError):
                await world.net.connect(PC, address, 143)
        await world.lift_faults(DOMAIN)
        await dial(world)


async def test_a_server_that_is_switched_on_by_hand_is_not_down_any_more(world: RunningWorld) -> None:
    await world.add_fault(DOMAIN, Fault("down"))
    await world.switch_off(DOMAIN)
    await world.switch_on(DOMAIN)
    await dial(world)
    assert not world.faults_of(DOMAIN).has("down")


async def test_greylisting_lets_in_who_comes_again_after_a_while_and_nobody_before(
    world: RunningWorld,
) -> None:
    await world.add_fault(DOMAIN, Fault("greylist"))
    talker = await dial(world)
    for _ in range(2):
        assert (await talker.say(*ENVELOPE[:2], "RSET")).startswith("250")
    await talker.say(ENVELOPE[0])
    assert (await talker.say(ENVELOPE[1])).startswith("450 4.7.1")
    world.advance(299)
    assert (await talker.say(ENVELOPE[1])).startswith("450 4.7.1")
    world.advance(2)
    assert (await talker.say(ENVELOPE[1])).startswith("250 2.1.5")
    assert (await talker.say("RCPT TO:<recipent@hibari.example>")).startswith("450 4.7.1")


async def test_421_is_a_farewell(world: RunningWorld) -> None:
    await world.add_fault(DOMAIN, Fault("unavailable", "mail"))
    talker = await dial(world)
    assert (await talker.say(ENVELOPE[0])).startswith("421 4.3.2")
    assert await talker.reply() == "(end)"
    await world.lift_faults(DOMAIN, "unavailable")
    await world.add_fault(DOMAIN, Fault("unavailable", "content"))
    talker = await dial(world)
    assert (await talker.say(*ENVELOPE, MESSAGE + b".\r\n")).startswith("421 4.3.2")
    assert await talker.reply() == "(end)"
    assert await inbox(world, RECIPIENT) == []


@pytest.mark.parametrize("at", FAULTS["drop"])
async def test_where_a_connection_breaks_nothing_is_said_and_the_record_claims_nothing(
    world: RunningWorld, at: str
) -> None:
    await world.add_fault(DOMAIN, Fault("drop", at))
    talker = await dial(world, ehlo=False)
    before = ["EHLO pc.sender.example", *ENVELOPE, MESSAGE + b".\r\n"]
    count = FAULTS["drop"].index(at) + 1
    said = [await talker.say(line) for line in before[:count]]
    assert said[-1] == "(end)"
    assert "(end)" not in said[:-1]
    await until(world, lambda events: any(event.kind == "close" for event in events))
    answers = [event.text for event in world.trace.after() if event.kind == "line" and event.side == "server"]
    assert not any(text.startswith("4") for text in answers)


async def test_switching_off_and_on_at_once_ends_as_it_was_asked_last(world: RunningWorld) -> None:
    await asyncio.gather(world.switch_off(DOMAIN), world.switch_on(DOMAIN), world.switch_off(DOMAIN))
    with pytest.raises(ConnectionRefusedError):
        await dial(world)
    await asyncio.gather(
        world.switch_on(DOMAIN), world.add_fault(DOMAIN, Fault("down")), world.lift_faults(DOMAIN)
    )
    await dial(world)


async def test_a_slow_server_takes_its_time_and_then_answers(world: RunningWorld) -> None:
    await world.add_fault(DOMAIN, Fault("slow", "mail", seconds=0.2))
    talker = await dial(world)
    before = world.clock.elapsed()
    assert (await talker.say(ENVELOPE[0])).startswith("250")
    assert world.clock.elapsed() - before >= 0.2


async def test_people_still_sign_in_to_a_server_whose_port_25_has_a_fault(world: RunningWorld) -> None:
    for at in FAULTS["drop"]:
        await world.add_fault("tsubame.example", Fault("drop", at))
    await submit(world, RECIPIENT)
    await until_mail(world, RECIPIENT)


@pytest.mark.parametrize(
    ("do", "said"),
    [("servfail", "451 4.4.3"), ("dns-timeout", "451 4.4.3"), ("wrong-mx", "451 4.4.1")],
)
async def test_what_is_wrong_with_the_dns_is_about_that_domain_alone_and_passes(
    world: RunningWorld, do: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolver, "WAIT", 0.05)
    await world.add_fault(DOMAIN, Fault(do, times=resolver.TRIES if do == "dns-timeout" else 1))
    await world.add_fault("tsubame.example", Fault(do))
    await submit(world, RECIPIENT)
    await until_state(world, "deferred")
    assert last_reply(world).startswith(said)
    answers = [event.text for event in world.trace.after() if event.kind == "answer"]
    assert (
        answers
        == {
            "servfail": ["SERVFAIL"],
            "dns-timeout": [],
            "wrong-mx": ["hibari.example MX 10 old-mx.hibari.example; old-mx.hibari.example A 203.0.113.99"],
        }[do]
    )
    await delivered_once_it_is_over(world)


async def both(lab: Lab) -> RunningWorld:
    """A world in which hibari.example has two servers of the same preference."""
    return await lab.open(bundled("break-it"))


MX1, MX2 = f"mx1.{DOMAIN}", f"mx2.{DOMAIN}"


def taken_by(world: RunningWorld) -> list[str]:
    """The hosts that took a message at port 25, in order."""
    return [
        event.target
        for event in world.trace.after()
        if (event.kind, event.port, event.side) == ("content", 25, "client")
    ]


async def test_of_two_servers_of_the_same_preference_either_is_tried_first_and_both_lead_to_one_mailbox(
    lab: Lab,
) -> None:
    world = await both(lab)
    for count in range(1, 21):  # a world's chance comes from its name: in this one both have their turn soon
        await submit(world, RECIPIENT)
        await until_state(world, "delivered", count)
        if set(taken_by(world)) == {MX1, MX2}:
            break
    assert set(taken_by(world)) == {MX1, MX2}
    messages = await inbox(world, RECIPIENT)
    assert len(messages) == len(taken_by(world))


async def test_each_server_signs_its_own_name(lab: Lab) -> None:
    world = await both(lab)
    await world.add_fault(DOMAIN, Fault("down", host=MX1))
    await submit(world, RECIPIENT)
    await until_mail(world, RECIPIENT)
    assert taken_by(world) == [MX2]
    (raw,) = await inbox(world, RECIPIENT)
    assert b"by mx2.hibari.example" in raw
    assert b"mx1" not in raw


@pytest.mark.parametrize("broken", [MX1, MX2])
@pytest.mark.parametrize(
    "fault", [Fault("down"), Fault("refuse"), Fault("drop"), Fault("unavailable")], ids=str
)
async def test_mail_goes_through_while_one_of_two_servers_is_broken(
    lab: Lab, broken: str, fault: Fault
) -> None:
    world = await both(lab)
    await world.add_fault(DOMAIN, replace(fault, host=broken))
    for count in range(1, 5):
        await submit(world, RECIPIENT)
        await until_state(world, "delivered", count)
    assert set(taken_by(world)) == {MX1, MX2} - {broken}
    assert not [event for event in world.trace.after() if event.parsed.get("state") == "deferred"]


async def test_where_both_are_broken_it_waits_until_one_is_mended(lab: Lab) -> None:
    world = await both(lab)
    for host in (MX1, MX2):
        await world.add_fault(DOMAIN, Fault("drop", "rcpt", host=host))
    await submit(world, RECIPIENT)
    await until_state(world, "deferred")
    assert {
        event.parsed["host"] for event in world.trace.after() if event.parsed.get("what") == "strikes"
    } == {MX1, MX2}
    await world.lift_faults(DOMAIN, "drop", "rcpt", MX2)
    assert [one["host"] for one in world.faults_of(DOMAIN).as_json()] == [MX1]
    await delivered_once_it_is_over(world)
    assert taken_by(world) == [MX2]


async def test_a_fault_of_one_host_is_none_of_the_other(lab: Lab) -> None:
    world = await both(lab)
    await world.add_fault(DOMAIN, Fault("down", host=MX2))
    talker = await dial(world)  # the first one
    assert (await talker.say(*ENVELOPE[:2])).startswith("250")
    with pytest.raises(ConnectionRefusedError):
        await world.net.connect(PC, world.sites[DOMAIN].domain.also[MX2], 25)
    await world.lift_faults(DOMAIN, host=MX2)
    (await world.net.connect(PC, world.sites[DOMAIN].domain.also[MX2], 25)).close()
    with pytest.raises(KeyError):
        await world.add_fault(DOMAIN, Fault("down", host="mx.tsubame.example"))


async def test_where_a_fault_strikes_in_a_dialogue_the_record_says_on_which_connection(
    world: RunningWorld,
) -> None:
    await world.add_fault(DOMAIN, Fault("disk-full", "mail", 2))
    await submit(world, RECIPIENT)
    await until_state(world, "deferred")
    (strike,) = [event for event in world.trace.after() if event.parsed.get("what") == "strikes"]
    talk = [event for event in world.trace.after() if event.conn == strike.conn]
    assert next(event.text for event in talk if event.n > strike.n) == "452 4.3.1 Insufficient system storage"
    assert (strike.parsed["met"], strike.target) == ("mx.tsubame.example", "mx.hibari.example")
    (left,) = world.faults_of(DOMAIN).as_json()
    assert (left["times"], left["struck"]) == (1, 1)


async def test_what_is_wrong_until_it_is_lifted_goes_on(world: RunningWorld) -> None:
    await world.add_fault(DOMAIN, Fault("disk-full"))
    await submit(world, RECIPIENT)
    for attempt in range(1, 4):
        await until_state(world, "deferred", attempt)
        world.advance(16 * MINUTE)
    await world.lift_faults(DOMAIN, "disk-full")
    await delivered_once_it_is_over(world)


async def test_a_worlds_file_begins_with_faults() -> None:
    spec = bundled("user-unknown").as_json()
    spec["domains"][DOMAIN]["faults"] = [{"do": "down"}, {"do": "drop", "at": "data", "times": 2}]
    lab = Lab(make_net=MemoryNet)
    world = await lab.open(parse(spec))
    assert [(one["do"], one["times"]) for one in world.faults_of(DOMAIN).as_json()] == [
        ("down", None),
        ("drop", 2),
    ]
    with pytest.raises(ConnectionRefusedError):
        await dial(world)
    assert parse(world.spec.as_json()) == world.spec
    await lab.close()


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"do": "burn"}, "a fault is down, refuse"),
        ({"do": "drop", "at": "quit"}, "drop can be at ehlo or mail"),
        ({"do": "down", "at": "mail"}, "at no command"),
        ({"do": "drop", "times": 0}, "at least once"),
        ({"do": "drop", "times": True}, "at least once"),
        ({"do": "slow", "seconds": 3600}, "at most 60"),
        ({"do": "slow", "seconds": "2"}, "at most 60"),
        ({"do": "drop", "how": "often"}, "unexpected keyword"),
        ({"do": "drop", "host": "mx2.hibari.example"}, "none of its hosts"),
        ({"do": "servfail", "host": "mx.hibari.example"}, "is the DNS's"),
        ({}, "missing"),
    ],
)
def test_a_fault_that_cannot_be_is_told(fault: dict[str, Any], says: str) -> None:
    spec = bundled("user-unknown").as_json()
    spec["domains"][DOMAIN]["faults"] = [fault]
    with pytest.raises(WorldError, match=says):
        parse(spec)
