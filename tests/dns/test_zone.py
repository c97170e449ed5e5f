"""Queries in, answers out."""

from __future__ import annotations

import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailserver_lab.dns.zone import Zone, asked_for
from mailserver_lab.world import bundled, parse

WORLD = {
    "name": "names",
    "domains": {
        "hibari.example": {"host": "mx.hibari.example", "address": "198.51.100.20"},
    },
    "dns": {
        "null.example": {"mx": ["."]},
        "implicit.example": {"a": ["192.0.2.77"]},
        "both.example": {
            "a": ["192.0.2.79"],
            "aaaa": ["2001:db8::79"],
            "txt": ["v=spf1 -all", "春" * 100 + '"\\'],
        },
        "six.example": {"mx": ["both.example"]},
        "deep.under.it.example": {"a": ["192.0.2.78"]},
        "big.example": {"mx": [f"mx{n}.a-rather-long-name-for-a-host.big.example" for n in range(40)]},
    },
}
ZONE = Zone(parse(WORLD))


def ask(name: str, kind: str = "MX", *, tcp: bool = False, **query: object) -> dns.message.Message:
    answered = ZONE.answer(dns.message.make_query(name, kind, **query).to_wire(), tcp=tcp)  # type: ignore[arg-type]
    assert answered is not None
    return dns.message.from_wire(answered.wire)


def texts(section: object) -> list[str]:
    return [record.to_text() for rrset in section for record in rrset]  # type: ignore[attr-defined]


def test_a_domains_mx_comes_with_its_address() -> None:
    reply = ask("hibari.example")
    assert texts(reply.answer) == ["10 mx.hibari.example."]
    assert texts(reply.additional) == ["198.51.100.20"]
    assert reply.flags & dns.flags.AA
    assert reply.flags & dns.flags.QR


def test_an_address_of_ipv6_is_told_too() -> None:
    assert texts(ask("both.example", "AAAA").answer) == ["2001:db8::79"]
    assert texts(ask("six.example", payload=1232).additional) == ["192.0.2.79", "2001:db8::79"]


def test_a_text_comes_whole_in_as_many_strings_as_it_takes() -> None:
    records = [record for rrset in ask("both.example", "TXT", tcp=True).answer for record in rrset]
    assert {b"".join(record.strings) for record in records} == {
        b"v=spf1 -all",
        ("春" * 100 + '"\\').encode(),
    }
    assert max(len(string) for record in records for string in record.strings) == 255


def test_names_know_no_case() -> None:
    assert texts(ask("HiBaRi.EXAMPLE").answer)[0].lower() == "10 mx.hibari.example."


def test_an_unknown_name_is_nxdomain_with_soa() -> None:
    reply = ask("nowhere.example")
    assert reply.rcode() == dns.rcode.NXDOMAIN
    assert len(reply.authority) == 1


@pytest.mark.parametrize(
    ("name", "kind"), [("hibari.example", "A"), ("mx.hibari.example", "MX"), ("under.it.example", "A")]
)
def test_a_known_name_without_such_a_record_is_no_error(name: str, kind: str) -> None:
    reply = ask(name, kind)
    assert (reply.rcode(), reply.answer) == (dns.rcode.NOERROR, [])


def test_a_null_mx_is_a_lone_dot() -> None:
    assert texts(ask("null.example").answer) == ["0 ."]


def test_an_answer_too_long_for_udp_says_so_and_fits_tcp() -> None:
    short = ask("big.example", use_edns=False)
    assert short.flags & dns.flags.TC
    assert short.answer == []
    whole = ask("big.example", use_edns=False, tcp=True)
    assert not whole.flags & dns.flags.TC
    assert len(texts(whole.answer)) == 40
    assert not ask("big.example", use_edns=0, payload=4096).flags & dns.flags.TC


def test_trouble_is_servfail() -> None:
    answered = ZONE.answer(dns.message.make_query("hibari.example", "MX").to_wire(), trouble="servfail")
    assert answered is not None
    assert dns.message.from_wire(answered.wire).rcode() == dns.rcode.SERVFAIL
    assert answered.rcode == "SERVFAIL"


@pytest.mark.parametrize("opcode", [1, 2, 4, 6, 15])
def test_an_operation_that_is_no_query_is_not_implemented(opcode: int) -> None:
    wire = bytearray(dns.message.make_query("hibari.example", "MX").to_wire())
    wire[2] = wire[2] & 0x87 | opcode << 3
    answered = ZONE.answer(bytes(wire))
    assert answered is not None
    assert answered.wire[:2] == wire[:2]
    assert answered.rcode == "NOTIMP"


def test_a_malformed_query_is_told_so() -> None:
    wire = dns.message.make_query("hibari.example", "MX").to_wire()
    answered = ZONE.answer(wire[:-3])
    assert answered is not None
    assert answered.wire[:2] == wire[:2]
    assert dns.message.from_wire(answered.wire).rcode() == dns.rcode.FORMERR


@pytest.mark.parametrize("wire", [b"", b"x", b"x" * 11])
def test_what_is_not_even_a_head_is_passed_over(wire: bytes) -> None:
    assert ZONE.answer(wire) is None


@pytest.mark.parametrize("cut", [0, 3])
def test_an_answer_is_not_answered(cut: int) -> None:
    """Else two servers could go on for ever."""
    reply = dns.message.make_response(dns.message.make_query("hibari.example", "MX")).to_wire()
    assert ZONE.answer(reply[: len(reply) - cut]) is None


def test_people_read_the_exchange_in_a_line_each() -> None:
    answered = Zone(bundled("main")).answer(dns.message.make_query("hibari.example", "MX").to_wire())
    assert answered is not None
    assert answered.question == "hibari.example MX"
    assert answered.answer == "hibari.example MX 10 mx.hibari.example; mx.hibari.example A 198.51.100.20"


QUERY = dns.message.make_query("hibari.example", "MX", use_edns=0).to_wire()


@settings(max_examples=300)
@given(
    st.lists(st.tuples(st.integers(0, len(QUERY) - 1), st.integers(0, 255)), max_size=6),
    st.integers(0, len(QUERY)),
)
def test_no_octets_break_the_server(changes: list[tuple[int, int]], cut: int) -> None:
    wire = bytearray(QUERY)
    for at, value in changes:
        wire[at] = value
    for each in (bytes(wire), bytes(wire[:cut])):
        answered = ZONE.answer(each)
        assert answered is None or answered.wire[:2] == each[:2]


def test_a_wrong_mx_names_a_host_of_the_domain_that_nobody_is_at() -> None:
    query = dns.message.make_query("hibari.example", "MX").to_wire()
    assert asked_for(query) == ("hibari.example", "MX")
    answered = ZONE.answer(query, trouble="wrong-mx")
    assert answered is not None
    assert (
        answered.answer == "hibari.example MX 10 old-mx.hibari.example; old-mx.hibari.example A 203.0.113.99"
    )
    other = ZONE.answer(dns.message.make_query("mx.hibari.example", "A").to_wire(), trouble="wrong-mx")
    assert other is not None
    assert "198.51.100.20" in other.answer


@pytest.mark.parametrize("wire", [b"", b"\0" * 12, b"x" * 40])
def test_octets_that_ask_for_nothing_ask_for_nothing(wire: bytes) -> None:
    assert asked_for(wire) == ("", "")
