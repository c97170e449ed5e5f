"""How a mail server finds where a domain's mail goes."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from random import Random

import dns.asyncresolver
import dns.message
import dns.query
import dns.resolver
import pytest

from mailserver_lab.clock import Clock
from mailserver_lab.dns import DnsTrouble, NoSuchDomain, TakesNoMail, serve
from mailserver_lab.dns import resolver as resolver_module
from mailserver_lab.dns.resolver import Resolver
from mailserver_lab.dns.zone import Zone
from mailserver_lab.net import LoopbackNet, MemoryNet, Net, Peer
from mailserver_lab.trace import Errand, Trace
from mailserver_lab.world import DNS_ADDRESS, Records, WorldSpec, parse

from .test_zone import WORLD

PEER = Peer("mx.tsubame.example", "192.0.2.10", Errand("mx", "q0007"))


class Names:
    """A DNS that runs, and a resolver that asks it."""

    def __init__(self, net: Net) -> None:
        self.net, self.broken = net, False
        self.trace = Trace("names", Clock())
        self.resolver = Resolver(net, itertools.count(1).__next__, Random(1))

    async def start(self, **names: Records) -> Names:
        spec: WorldSpec = parse(WORLD)
        everything = {**spec.dns, **{name.replace("_", "."): records for name, records in names.items()}}
        zone = Zone(WorldSpec(spec.name, spec.domains, dns=everything))
        await serve(self.net, lambda: zone, self.trace, trouble=lambda *_: "servfail" if self.broken else "")
        return self

    async def hosts(self, domain: str) -> list[tuple[str, str]]:
        return await self.resolver.mail_hosts(PEER, domain)


@pytest.fixture
async def names(make_net: Callable[[], Net]):
    names = Names(make_net())
    yield names
    await names.net.close()


async def test_the_mx_of_a_domain_with_its_address(names: Names) -> None:
    await names.start()
    assert await names.hosts("hibari.example") == [("mx.hibari.example", "198.51.100.20")]


async def test_several_mx_come_in_the_order_of_preference_and_equal_ones_in_any(names: Names) -> None:
    await names.start()
    zone = Zone(parse(WORLD))
    for name, preference in (("b", 20), ("c", 5), ("a", 20)):
        zone._add("many.example", "MX", f"{preference} {name}.many.example.")
        zone._add(f"{name}.many.example", "A", f"192.0.2.{preference}")
    net = MemoryNet()
    await serve(net, lambda: zone, names.trace)
    resolver = Resolver(net, itertools.count(1).__next__, Random(1))
    found = {tuple(host for host, _ in await resolver.mail_hosts(PEER, "many.example")) for _ in range(30)}
    first, a, b = (f"{name}.many.example" for name in "cab")
    assert found == {(first, a, b), (first, b, a)}  # equal ones in either order: they share the load
    await net.close()


async def test_a_domain_with_an_address_only_is_its_own_mail_host(names: Names) -> None:
    await names.start()
    assert await names.hosts("implicit.example") == [("implicit.example", "192.0.2.77")]


async def test_a_mail_host_whose_address_is_not_told_is_asked_for(names: Names) -> None:
    await names.start(split_example=Records(mx=("deep.under.it.example", "lost.example")))
    assert await names.hosts("split.example") == [("deep.under.it.example", "192.0.2.78")]


async def test_addresses_of_both_kinds_are_tried_those_of_ipv4_first(names: Names) -> None:
    await names.start(
        both_example=Records(aaaa=("2001:db8::79",), a=("192.0.2.79",)), six_example=Records(mx=("only.six.example",)),
        only_six_example=Records(aaaa=("2001:db8::6",)), asked_example=Records(mx=("nowhere.example", "both.example")),
    )  # fmt: skip
    both = [("both.example", "192.0.2.79"), ("both.example", "2001:db8::79")]
    assert await names.hosts("both.example") == await names.hosts("asked.example") == both
    assert await names.hosts("six.example") == [("only.six.example", "2001:db8::6")]


@pytest.mark.parametrize(
    "domain",
    [
        "nowhere.example",
        "under.it.example",
        "a..b",
        "x" * 64 + ".example",
        "[192.0.2.10]",
        "日本.example",
        "\ud800.example",
        "",
    ],
)
async def test_what_has_neither_mx_nor_address_is_no_such_domain(names: Names, domain: str) -> None:
    await names.start()
    with pytest.raises(NoSuchDomain):
        await names.hosts(domain)


async def test_an_mx_that_leads_nowhere_is_no_such_domain(names: Names) -> None:
    await names.start(stale_example=Records(mx=("gone.example",)))
    with pytest.raises(NoSuchDomain):
        await names.hosts("stale.example")


async def test_a_null_mx_takes_no_mail(names: Names) -> None:
    await names.start()
    with pytest.raises(TakesNoMail):
        await names.hosts("null.example")


async def test_a_truncated_answer_is_asked_for_again_by_tcp(names: Names) -> None:
    big = {
        f"mx{n}.a-rather-long-name-for-a-host.big.example": Records(a=(f"192.0.2.{100 + n}",))
        for n in range(40)
    }
    await names.start(**{name.replace(".", "_"): records for name, records in big.items()})
    assert len(await names.hosts("big.example")) == 40
    answers = [
        (event.parsed["over"], event.text[:9]) for event in names.trace.after() if event.kind == "answer"
    ]
    assert answers[:2] == [("UDP", "truncated"), ("TCP", "big.examp")]


async def test_servfail_is_trouble_that_may_pass(names: Names) -> None:
    await names.start()
    names.broken = True
    with pytest.raises(DnsTrouble, match="SERVFAIL"):
        await names.hosts("hibari.example")
    names.broken = False
    assert await names.hosts("hibari.example")


async def test_no_name_server_is_trouble_too(names: Names) -> None:
    with pytest.raises(DnsTrouble):
        await names.hosts("hibari.example")


@pytest.mark.parametrize("wire", [b"", b"\0\1\x80", b"\0\1" + b"\xff" * 40, b"not an answer at all"])
async def test_garbage_for_an_answer_is_trouble(wire: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver_module, "WAIT", 0.05)
    net = MemoryNet()

    async def answer(payload: bytes, peer: Peer) -> bytes:
        return wire

    await net.listen_datagrams(DNS_ADDRESS, 53, answer)
    with pytest.raises(DnsTrouble):
        await Resolver(net, itertools.count(1).__next__, Random(1)).mail_hosts(PEER, "hibari.example")
    await net.close()


async def test_an_answer_to_another_question_is_not_believed() -> None:
    net = MemoryNet()

    async def answer(payload: bytes, peer: Peer) -> bytes:
        other = dns.message.make_query(
            "other.example", "MX", id=int.from_bytes(payload[:2], "big"), use_edns=False
        )
        return dns.message.make_response(other).to_wire()

    await net.listen_datagrams(DNS_ADDRESS, 53, answer)
    with pytest.raises(DnsTrouble):
        await Resolver(net, itertools.count(1).__next__, Random(1)).mail_hosts(PEER, "hibari.example")
    await net.close()


async def test_one_lost_datagram_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver_module, "WAIT", 0.05)
    net, lost = MemoryNet(), [True]
    zone = Zone(parse(WORLD))

    async def answer(payload: bytes, peer: Peer) -> bytes | None:
        if lost:
            lost.pop()
            return None
        answered = zone.answer(payload)
        return answered.wire if answered else None

    await net.listen_datagrams(DNS_ADDRESS, 53, answer)
    assert await Resolver(net, itertools.count(1).__next__, Random(1)).mail_hosts(PEER, "hibari.example")
    await net.close()


async def test_questions_are_recorded_with_the_message_they_are_for(names: Names) -> None:
    await names.start()
    await names.hosts("hibari.example")
    question, answer = names.trace.after()
    assert (question.kind, question.text, question.source, question.queue_id, question.step) == (
        "question",
        "hibari.example MX",
        "mx.tsubame.example",
        "q0007",
        "mx",
    )
    assert (answer.kind, answer.parsed["rcode"]) == ("answer", "NOERROR")


async def test_programs_outside_ask_over_real_sockets() -> None:
    names = await Names(LoopbackNet()).start()
    real = names.net.real_datagrams(DNS_ADDRESS, 53)
    assert real is not None
    outside = dns.asyncresolver.Resolver(configure=False)
    outside.nameservers, outside.port = [real[0]], real[1]
    found = await outside.resolve("hibari.example", "MX")
    assert [record.to_text() for record in found] == ["10 mx.hibari.example."]
    with pytest.raises(dns.resolver.NXDOMAIN):
        await outside.resolve("nowhere.example", "MX")
    query = dns.message.make_query("big.example", "MX", use_edns=False)
    reply, by_tcp = await asyncio.to_thread(dns.query.udp_with_fallback, query, real[0], 2, real[1])
    assert by_tcp
    assert len(reply.answer[0]) == 40
    await names.net.close()


async def test_several_questions_share_a_stream_however_it_is_cut(names: Names) -> None:
    await names.start()
    stream = await names.net.connect(PEER, DNS_ADDRESS, 53)
    query = dns.message.make_query("hibari.example", "MX").to_wire()
    for octet in (len(query).to_bytes(2, "big") + query) * 2:
        stream.write(bytes([octet]))
    heard = b""
    async with asyncio.timeout(5):
        while heard.count(query[:2]) < 2 or len(heard) < 2 * (2 + int.from_bytes(heard[:2], "big")):
            heard += await stream.read()
    size = int.from_bytes(heard[:2], "big")
    assert heard[2 : 2 + size] == heard[4 + size :]
    stream.write(b"\0\0")  # a query of nothing
    assert await asyncio.wait_for(stream.read(), 5) == b""
