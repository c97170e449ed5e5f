"""How a mail server finds the host to which a domain's mail goes (RFC 5321 section 5.1)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from operator import itemgetter
from random import Random
from typing import Any, cast

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from ..net import Net, Peer
from ..world import DNS_ADDRESS
from .errors import DnsTrouble, NoSuchDomain, TakesNoMail
from .server import PORT
from .zone import ADDRESSES

TRIES = 2  # a datagram may be lost
WAIT = 2.0  # seconds for each


class Resolver:
    """Asks the world's DNS: by UDP, and again by TCP where the answer is too long for UDP.

    Args:
        net: the way to the DNS.
        number: gives the id of each query, injected because a lab is repeatable.
        chance: among hosts of equal preference.
    """

    def __init__(self, net: Net, number: Callable[[], int], chance: Random) -> None:
        self._net = net
        self._number = number
        self._chance = chance

    async def mail_hosts(self, peer: Peer, domain: str) -> list[tuple[str, str]]:
        """The (host, address) pairs to try for a domain's mail, the most preferred first.

        Hosts of equal preference come in any order, so that they share the load (RFC 5321 section 5.1).
        A domain without MX but with an address is its own mail host (the implicit MX). Addresses are of either kind, those
        of IPv4 first.

        Raises:
            NoSuchDomain: there is nothing of that name to send to.
            TakesNoMail: the domain refuses all mail.
            DnsTrouble: try later.
        """
        reply = await self._ask(peer, domain, "MX")
        if reply.rcode() == dns.rcode.NXDOMAIN:
            raise NoSuchDomain(domain)
        exchanges = sorted(
            (record.preference, record.exchange.to_text(omit_final_dot=True))
            for record in _records(reply.answer, "MX")
        )
        self._chance.shuffle(exchanges)
        exchanges.sort(key=itemgetter(0))
        if not exchanges:
            hosts = [(domain, address) for address in await self._addresses(peer, domain)]
        elif exchanges[0][1] in {"", ".", "@"}:
            raise TakesNoMail(domain)
        else:
            hosts = [
                (host, address)
                for _, host in exchanges
                for address in _addresses_in(reply.additional, host) or await self._addresses(peer, host)
            ]
        if not hosts:
            raise NoSuchDomain(domain)
        return hosts

    async def _addresses(self, peer: Peer, host: str) -> list[str]:
        found: list[str] = []
        for kind in ADDRESSES:
            reply = await self._ask(peer, host, kind)
            if reply.rcode() == dns.rcode.NXDOMAIN:
                break  # of that name there is nothing at all
            found += [record.address for record in _records(reply.answer, kind)]
        return found

    async def _ask(self, peer: Peer, name: str, kind: str) -> dns.message.Message:
        try:
            query = dns.message.make_query(name, kind, use_edns=False, id=self._number() & 0xFFFF)
        except dns.exception.DNSException:
            raise NoSuchDomain(name) from None  # a name that the DNS cannot even ask for
        try:
            reply = await self._by_udp(peer, query)
            if reply.flags & dns.flags.TC:
                reply = await self._by_tcp(peer, query)
        except (OSError, TimeoutError, EOFError, dns.exception.DNSException) as error:
            raise DnsTrouble(f"{name} {kind}: {error or type(error).__name__}") from error
        if reply.rcode() not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
            raise DnsTrouble(f"{name} {kind}: {dns.rcode.to_text(reply.rcode())}")
        return reply

    async def _by_udp(self, peer: Peer, query: dns.message.Message) -> dns.message.Message:
        for left in reversed(range(TRIES)):
            try:
                wire = await self._net.ask(peer, DNS_ADDRESS, PORT, query.to_wire(), wait=WAIT)
                reply = dns.message.from_wire(wire, ignore_trailing=True, raise_on_truncation=False)
                if query.is_response(reply):
                    return reply
            except TimeoutError:
                if not left:
                    raise
        raise TimeoutError("no answer that belongs to the question")

    async def _by_tcp(self, peer: Peer, query: dns.message.Message) -> dns.message.Message:
        async with asyncio.timeout(WAIT * TRIES):
            stream = await self._net.connect(peer, DNS_ADDRESS, PORT)
            try:
                wire, buffer = query.to_wire(), b""
                stream.write(len(wire).to_bytes(2, "big") + wire)
                while len(buffer) < 2 or len(buffer) < 2 + int.from_bytes(buffer[:2], "big"):
                    data = await stream.read()
                    if not data:
                        raise EOFError("the name server hung up")
                    buffer += data
                return dns.message.from_wire(buffer[2 : 2 + int.from_bytes(buffer[:2], "big")])
            finally:
                stream.close()


def _addresses_in(section: Any, host: str) -> list[str]:
    """The addresses that came along with an answer."""
    own = [rrset for rrset in section if rrset.name == dns.name.from_text(host)]
    return [record.address for kind in ADDRESSES for record in _records(own, kind)]


def _records(section: Any, kind: str) -> list[Any]:
    wanted = dns.rdatatype.from_text(kind)
    return [cast("Any", record) for rrset in section if rrset.rdtype == wanted for record in rrset]
