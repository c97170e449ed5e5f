"""Opening, keeping and closing worlds."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from mailserver_lab.lab import Lab
from mailserver_lab.lab import lab as lab_module
from mailserver_lab.lab.lab import TooManyWorlds
from mailserver_lab.net import MemoryNet, OutsideTheLab
from mailserver_lab.world import bundled, parse

from ..smtp.talk import HIBARI, PC, RECIPIENT, SENDER, TSUBAME, dial, inbox, submit, until_mail


async def test_worlds_do_not_disturb_each_other(lab: Lab) -> None:
    one = await lab.open(bundled("user-unknown").named("one"))
    two = await lab.open(bundled("user-unknown").named("two"))
    await submit(one, RECIPIENT)
    await until_mail(one, RECIPIENT)
    two.advance(3_600)
    await two.switch_off("hibari.example")
    assert await inbox(two, RECIPIENT) == []
    assert [event.kind for event in two.trace.after()] == ["clock", "setting"]
    assert (two.clock.now() - one.clock.now()).total_seconds() > 3_000
    await dial(one)
    with pytest.raises(OutsideTheLab):
        await two.net.connect(PC, HIBARI, 25)


async def test_a_world_opened_again_is_fresh(lab: Lab) -> None:
    first = await lab.open(bundled("user-unknown"))
    await submit(first, RECIPIENT)
    await until_mail(first, RECIPIENT)
    second = await lab.open(bundled("user-unknown"))
    assert await inbox(second, RECIPIENT) == []
    assert lab.worlds == {"user-unknown": second}
    with pytest.raises(OutsideTheLab):
        await first.net.connect(PC, TSUBAME, 25)


async def test_a_server_may_have_an_address_of_ipv6(lab: Lab) -> None:
    value = bundled("user-unknown").as_json()
    value["domains"]["hibari.example"] |= {"address": "2001:db8::20", "refuse": "after-accepting"}
    world = await lab.open(parse(value))
    await submit(world, RECIPIENT, "nobody@hibari.example")
    await until_mail(world, RECIPIENT)
    await until_mail(world, SENDER)
    (bounce,) = await inbox(world, SENDER)
    assert b"(mx.hibari.example [IPv6:2001:db8::20])" in bounce


async def test_closing_leaves_no_tasks(make_net) -> None:
    before = asyncio.all_tasks()
    lab = Lab(make_net=make_net)
    world = await lab.open(bundled("user-unknown"))
    world.gate.pause("rcpt")
    await submit(world, RECIPIENT, "who@no-such.invalid")
    for address, port in ((TSUBAME, 587), (HIBARI, 25)):
        await dial(world, address, port)
    for port in (110, 143):
        await world.net.connect(PC, TSUBAME, port)
    await lab.close()
    assert asyncio.all_tasks() == before


async def test_only_so_many_worlds_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab_module, "MOST_WORLDS", 2)
    lab = Lab(make_net=MemoryNet)
    for name in ("one", "two", "two"):
        await lab.open(bundled("user-unknown").named(name))
    with pytest.raises(TooManyWorlds):
        await lab.open(bundled("user-unknown").named("three"))
    await lab.close_world("one")
    await lab.open(bundled("user-unknown").named("three"))
    await lab.close()


async def test_the_certification_authority_stays_the_same(tmp_path: Path) -> None:
    first = Lab(tmp_path).certificates
    assert Lab(tmp_path).certificates.ca_file.read_bytes() == first.ca_file.read_bytes()
    assert (tmp_path / "ca.key.pem").stat().st_mode & 0o077 == 0


async def test_changes_reach_servers_that_run(lab: Lab) -> None:
    world = await lab.open(bundled("user-unknown"))
    world.change_domain("hibari.example", size_limit=10)
    talker = await dial(world)
    assert (await talker.say(f"MAIL FROM:<{SENDER}> SIZE=11")).startswith("552 5.3.4 ")
    world.change_account(RECIPIENT, quota=5)
    assert (await talker.say(f"MAIL FROM:<{SENDER}> SIZE=6", f"RCPT TO:<{RECIPIENT}>")).startswith(
        "552 5.2.2 "
    )
    with pytest.raises(KeyError):
        world.change_account("nobody@hibari.example", quota=5)
