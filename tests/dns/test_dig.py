"""What dig, which everybody uses who looks at a DNS, makes of the lab's."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest

from mailserver_lab.net import LoopbackNet
from mailserver_lab.world import DNS_ADDRESS
from tests.conftest import need
from tests.dns.test_resolver import Names


@dataclass(frozen=True, slots=True)
class Dug:
    """What dig told: the status of the answer, its sections as lines of words, and all of it."""

    status: str
    sections: dict[str, list[list[str]]]
    text: str


Dig = Callable[..., Awaitable[Dug]]


@pytest.fixture
async def dig() -> AsyncIterator[Dig]:
    program = need("dig", install="apt-get install bind9-dnsutils")
    names = await Names(LoopbackNet()).start()
    place = names.net.real_datagrams(DNS_ADDRESS, 53)
    assert place == names.net.real(DNS_ADDRESS, 53)  # UDP and TCP at one port, as dig expects
    assert place is not None

    async def ask(*what: str) -> Dug:
        process = await asyncio.create_subprocess_exec(
            program,
            f"@{place[0]}",
            "-p",
            str(place[1]),
            "+norecurse",
            "+time=5",
            "+tries=1",
            *what,
            stdout=asyncio.subprocess.PIPE,
        )
        text = (await process.communicate())[0].decode()
        assert process.returncode == 0, text
        assert "WARNING" not in text
        sections = {
            name: [line.split() for line in body.splitlines() if not line.startswith(";")]
            for name, body in re.findall(
                r";; (ANSWER|AUTHORITY|ADDITIONAL) SECTION:\n(.*?)\n\n", text, re.DOTALL
            )
        }
        found = re.search(r"status: (\w+),", text)
        assert found is not None, text
        return Dug(found[1], sections, text)

    yield ask
    await names.net.close()


async def test_the_mail_host_of_a_domain_comes_with_its_address(dig: Dig) -> None:
    dug = await dig("hibari.example", "MX")
    assert dug.status == "NOERROR"
    assert dug.sections["ANSWER"] == [["hibari.example.", "3600", "IN", "MX", "10", "mx.hibari.example."]]
    assert dug.sections["ADDITIONAL"] == [["mx.hibari.example.", "3600", "IN", "A", "198.51.100.20"]]
    assert re.search(r"flags: qr aa\b", dug.text)


async def test_an_address(dig: Dig) -> None:
    assert [row[-1] for row in (await dig("mx.hibari.example", "A")).sections["ANSWER"]] == ["198.51.100.20"]


async def test_an_address_of_ipv6_and_a_text(dig: Dig) -> None:
    assert (await dig("both.example", "AAAA")).sections["ANSWER"][0][-1] == "2001:db8::79"
    assert {row[4] for row in (await dig("both.example", "TXT")).sections["ANSWER"]} >= {'"v=spf1'}


@pytest.mark.parametrize("kind", ["AAAA", "TXT", "CNAME", "TYPE65280"])
async def test_what_a_name_has_none_of_is_no_error_and_has_the_soa(dig: Dig, kind: str) -> None:
    dug = await dig("hibari.example", kind)
    assert dug.status == "NOERROR"
    assert "ANSWER" not in dug.sections
    assert [row[3] for row in dug.sections["AUTHORITY"]] == ["SOA"]


@pytest.mark.parametrize("kind", ["MX", "A", "AAAA", "TXT"])
async def test_a_name_that_is_not_there_is_nxdomain_and_has_the_soa(dig: Dig, kind: str) -> None:
    dug = await dig("nowhere.example", kind)
    assert dug.status == "NXDOMAIN"
    assert [row[3] for row in dug.sections["AUTHORITY"]] == ["SOA"]


async def test_by_tcp(dig: Dig) -> None:
    dug = await dig("+tcp", "hibari.example", "MX")
    assert dug.sections["ANSWER"][0][-1] == "mx.hibari.example."
    assert "(TCP)" in dug.text


async def test_several_by_one_tcp_connection(dig: Dig) -> None:
    dug = await dig("+tcp", "+keepopen", "hibari.example", "MX", "+tcp", "+keepopen", "nowhere.example", "MX")
    assert dug.text.count("status: NOERROR") == dug.text.count("status: NXDOMAIN") == 1


async def test_a_large_answer_is_truncated_and_asked_for_again_by_tcp(dig: Dig) -> None:
    dug = await dig("+noedns", "big.example", "MX")
    assert ";; Truncated, retrying in TCP mode." in dug.text
    assert len(dug.sections["ANSWER"]) == 40


async def test_the_truncated_answer_itself_is_small(dig: Dig) -> None:
    dug = await dig("+noedns", "+ignore", "big.example", "MX")
    assert re.search(r"flags: qr aa tc\b", dug.text)
    size = re.search(r"MSG SIZE\s+rcvd: (\d+)", dug.text)
    assert size is not None
    assert int(size[1]) <= 512


@pytest.mark.parametrize(("room", "whole"), [(512, False), (700, False), (1_232, True)])
async def test_as_much_comes_by_udp_as_the_client_says_that_it_takes(
    dig: Dig, room: int, whole: bool
) -> None:
    dug = await dig(f"+bufsize={room}", "+ignore", "big.example", "MX")
    assert (" tc" in dug.text.split("flags: ")[1].split(";")[0]) is not whole
    assert ("ANSWER" in dug.sections) is whole
    assert "EDNS: version: 0" in dug.text


async def test_who_asks_without_edns_is_answered_without(dig: Dig) -> None:
    assert "OPT PSEUDOSECTION" not in (await dig("+noedns", "hibari.example", "MX")).text


async def test_another_version_of_edns_is_badvers(dig: Dig) -> None:
    dug = await dig("+edns=1", "+noednsnegotiation", "hibari.example", "MX")
    assert dug.status == "BADVERS"
    assert "EDNS: version: 0" in dug.text
    assert "ANSWER" not in dug.sections


async def test_a_dig_that_is_told_so_asks_again_in_version_0(dig: Dig) -> None:
    dug = await dig("+edns=1", "hibari.example", "MX")
    assert ";; BADVERS, retrying with EDNS version 0." in dug.text
    assert dug.status == "NOERROR"
    assert dug.sections["ANSWER"][0][-1] == "mx.hibari.example."
