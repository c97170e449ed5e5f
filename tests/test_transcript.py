"""One message's way as text that is the same from run to run."""

from __future__ import annotations

import asyncio
from typing import Any

from mailserver_lab.lab import Lab
from mailserver_lab.net import LoopbackNet, MemoryNet
from mailserver_lab.transcript import transcript
from mailserver_lab.world import bundled

from .smtp.talk import SENDER, submit, until, until_mail


async def told(lab: Lab, before: int) -> str:
    """The transcript of a message that bounces, after so many others."""
    world = await lab.open(bundled("user-unknown"))
    for _ in range(before):
        await submit(world, "recipient@hibari.example")
    queue_id = await submit(world, "recipent@hibari.example")
    await until_mail(world, SENDER)
    await until(world, lambda events: any(event.kind == "bounce" for event in events))
    await until(
        world, lambda _: not any(site.store.look(lambda t: t.queued_ids()) for site in world.sites.values())
    )
    text = transcript(world.trace.after(), queue_id)
    await lab.close()
    return text


async def test_it_tells_the_whole_way_in_order() -> None:
    text = await told(Lab(make_net=MemoryNet), 0)
    headings = [line.split()[0] for line in text.splitlines() if not line.startswith(" ")]
    assert headings[0] == "submit"
    assert set(headings[1:]) == {"queue", "mx", "deliver", "bounce", "store"}
    assert headings.index("mx") < headings.index("deliver") < headings.index("bounce")
    assert (
        "  C RCPT TO:<recipent@hibari.example>\n  S 550 5.1.1 <recipent@hibari.example>... User unknown\n"
        in text
    )
    assert (
        "  Q hibari.example MX\n  A hibari.example MX 10 mx.hibari.example; mx.hibari.example A 198.51.100.20\n"
        in text
    )
    assert "SIZE=…" in text


async def test_it_is_the_same_after_other_messages() -> None:
    assert await told(Lab(make_net=MemoryNet), 0) == await told(Lab(make_net=MemoryNet), 3)


async def test_it_is_the_same_over_sockets_but_for_the_offer_of_tls() -> None:
    over_sockets = await told(Lab(make_net=LoopbackNet), 1)
    assert over_sockets.replace("  S 250-STARTTLS\n", "") == await told(Lab(make_net=MemoryNet), 0)


async def test_what_a_connection_came_to_stands_below_it_whenever_it_was_noted_down() -> None:
    """Two servers work at the same time: what one writes down may come before or after what the other does."""
    lab = Lab(make_net=MemoryNet)
    world = await lab.open(bundled("user-unknown"))
    world.change_domain("hibari.example", refuse="after-accepting")
    commit, store = asyncio.Event(), world.sites["tsubame.example"].store
    queue_id = await submit(world, "recipent@hibari.example")
    usual = store.commit

    async def late(*arguments: Any) -> Any:
        if arguments[0].__qualname__.startswith("DeliveryAgent._conclude"):
            await commit.wait()
        return await usual(*arguments)

    store.commit = late  # type: ignore[method-assign]
    await until_mail(world, SENDER)
    commit.set()
    await until(world, lambda events: sum(event.parsed.get("state") == "delivered" for event in events) == 2)
    headings = [
        line.split()[0]
        for line in transcript(world.trace.after(), queue_id).splitlines()
        if not line.startswith(" ")
    ]
    assert headings == [
        "submit",
        "mx",
        "deliver",
        "queue",
        "queue",
        "bounce",
        "mx",
        "deliver",
        "queue",
        "store",
    ]
    await lab.close()
