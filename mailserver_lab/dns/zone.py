"""What the DNS of a world knows, and how it answers: bytes in, bytes out (RFC 1034, RFC 1035)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, cast

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdata
import dns.rdataset
import dns.rdatatype
import dns.rrset

from ..world import WorldSpec

Trouble = Literal["", "servfail", "silence", "wrong-mx"]
NOBODY = "203.0.113.99"  # where a wrong MX leads: no host of any world is there
ADDRESSES = ("A", "AAAA")  # the kinds of records that are one (RFC 1035 section 3.4.1, RFC 3596 section 2)
STRING = 255  # octets of each of the strings that a TXT record is made of (RFC 1035 section 3.3)
TTL = 3600  # seconds; nothing in the lab caches, a reader who looks should see a plausible number
PLAIN_UDP = (
    512  # octets of an answer by UDP to a client that says nothing of its own limit (RFC 1035 section 4.2.1)
)


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, and both sides of the exchange as people write them."""

    wire: bytes
    question: str
    answer: str
    rcode: str
    truncated: bool


class Zone:
    """All names of one world."""

    def __init__(self, spec: WorldSpec) -> None:
        self._records: dict[dns.name.Name, dict[str, dns.rdataset.Rdataset]] = {}
        for name, domain in spec.domains.items():
            for host, address in domain.hosts.items():
                self._add(name, "MX", f"10 {host}.")
                self._add(host, "AAAA" if ":" in address else "A", address)
        for name, records in spec.dns.items():
            for n, host in enumerate(records.mx, 1):  # as listed, the most preferred first
                self._add(name, "MX", "0 ." if host == "." else f"{10 * n} {host}.")
            for kind, values in (
                ("A", records.a),
                ("AAAA", records.aaaa),
                ("TXT", map(_strings, records.txt)),
            ):
                for value in values:
                    self._add(name, kind, value)

    def _add(self, name: str, kind: str, value: str) -> None:
        known = self._records.setdefault(dns.name.from_text(name), {})
        record = dns.rdata.from_text("IN", kind, value)
        known.setdefault(kind, dns.rdataset.Rdataset(record.rdclass, record.rdtype)).add(record, TTL)

    def answer(self, wire: bytes, *, tcp: bool = False, trouble: Trouble = "") -> Answered | None:
        """Answer a query, or None where the octets are not even the head of one, or are an answer themselves.

        Args:
            wire: the query.
            tcp: whether it came by TCP, where answers may be as long as they are.
            trouble: what is wrong just now, with a name server that answers at all.
        """
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return self._format_error(wire)
        if query.flags & dns.flags.QR:
            return None  # an answer is not answered, else two servers could go on for ever
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.AA
        if query.opcode() != dns.opcode.QUERY or len(query.question) != 1:
            reply.set_rcode(dns.rcode.NOTIMP)
            return Answered(reply.to_wire(), "?", "NOTIMP", "NOTIMP", False)
        asked = query.question[0]
        if query.edns > 0:  # we know version 0, and say so (RFC 6891 section 6.1.3)
            reply.use_edns(0)
            reply.set_rcode(dns.rcode.BADVERS)
        elif trouble == "servfail":
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif trouble == "wrong-mx" and asked.rdtype == dns.rdatatype.MX:
            host = dns.name.Name((b"old-mx", *asked.name.labels))
            reply.answer.append(dns.rrset.from_text(asked.name, TTL, "IN", "MX", f"10 {host}"))
            reply.additional.append(dns.rrset.from_text(host, TTL, "IN", "A", NOBODY))
        else:
            self._fill(reply, asked)
        limit = 65_535 if tcp else max(PLAIN_UDP, query.payload if query.edns >= 0 else PLAIN_UDP)
        truncated = False
        try:
            out = reply.to_wire(max_size=limit)
        except dns.exception.TooBig:
            short = dns.message.make_response(query)
            short.flags |= dns.flags.AA | dns.flags.TC
            out, truncated = short.to_wire(), True
        return Answered(
            out,
            _question(asked),
            "truncated, ask again by TCP" if truncated else _summary(reply),
            dns.rcode.to_text(reply.rcode()),
            truncated,
        )

    def _fill(self, reply: dns.message.Message, asked: dns.rrset.RRset) -> None:
        known = self._records.get(asked.name)
        kind = dns.rdatatype.to_text(asked.rdtype)
        if known is None:
            # a name between known ones exists, if empty: it is no NXDOMAIN (RFC 8020)
            if not any(name.is_subdomain(asked.name) for name in self._records):
                reply.set_rcode(dns.rcode.NXDOMAIN)
        elif kind in known:
            reply.answer.append(dns.rrset.from_rdata_list(asked.name, TTL, list(known[kind])))
            if kind == "MX":
                for target in (cast("Any", record).exchange for record in known[kind]):
                    there = self._records.get(target, {})
                    for address in (record for each in ADDRESSES for record in there.get(each, ())):
                        reply.additional.append(dns.rrset.from_rdata(target, TTL, address))
        if not reply.answer:
            soa = "dns.invalid. hostmaster.dns.invalid. 1 3600 600 86400 60"
            reply.authority.append(dns.rrset.from_text(".", 60, "IN", "SOA", soa))

    @staticmethod
    def _format_error(wire: bytes) -> Answered | None:
        if len(wire) < 12 or wire[2] & 0x80:
            return None
        reply = dns.message.Message(id=int.from_bytes(wire[:2], "big"))
        reply.flags |= dns.flags.QR
        reply.set_rcode(dns.rcode.FORMERR)
        return Answered(reply.to_wire(), "?", "FORMERR", "FORMERR", False)


def _strings(text: str) -> str:
    """A text as the strings of a TXT record, as zone files write them (RFC 1035 section 5.1)."""
    octets = text.encode()
    parts = [octets[at : at + STRING] for at in range(0, len(octets), STRING)] or [b""]
    return " ".join('"' + "".join(f"\\{octet:03d}" for octet in part) + '"' for part in parts)


def asked_for(wire: bytes) -> tuple[str, str]:
    """The name and the type that a query asks for; empty where it is none."""
    try:
        (asked,) = dns.message.from_wire(wire).question
    except (dns.exception.DNSException, ValueError):
        return "", ""
    return asked.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(asked.rdtype)


def _question(asked: dns.rrset.RRset) -> str:
    return f"{asked.name.to_text(omit_final_dot=True)} {dns.rdatatype.to_text(asked.rdtype)}"


def _summary(reply: dns.message.Message) -> str:
    if reply.rcode() != dns.rcode.NOERROR:
        return dns.rcode.to_text(reply.rcode())
    records = [
        f"{rrset.name.to_text(omit_final_dot=True)} {dns.rdatatype.to_text(rrset.rdtype)} {value.to_text().rstrip('.') or '.'}"
        for rrset in (*reply.answer, *reply.additional)
        for value in rrset
    ]
    return "; ".join(records) or "no such record"
