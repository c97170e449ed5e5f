"""A world that runs: its DNS, its mail servers, its queues, its record."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from .. import dns, web
from ..clock import Clock
from ..net import Accept, Net, Peer, Stream
from ..smtp.delivery import DeliveryAgent
from ..smtp.policy import Inbound, Policy, Submission
from ..smtp.server import Server
from ..smtp.site import Site
from ..store import Change, Store, Transaction
from ..trace import Conn, Trace
from ..world import DNS_ADDRESS, Account, Domain, Fault, WorldSpec
from .certificates import Certificates
from .early import early_mail
from .faults import BEFORE_PORT_25, Faults, FaultyServer, Road
from .gate import Gate

if TYPE_CHECKING:
    import ssl

    from ..dns.resolver import Resolver
    from ..dns.zone import Trouble, Zone
    from ..pop3 import MailboxLocks

PORTS = {
    "mx": 25,
    "submission": 587,
    "submissions": 465,
    "pop3": 110,
    "pop3s": 995,
    "imap": 143,
    "imaps": 993,
}


def places(spec: WorldSpec) -> list[tuple[str, int]]:
    """The (logical address, port) of every listener of a world: domain by domain, then the DNS and the web server, then domains' other hosts."""
    servers = [(domain.address, port) for domain in spec.domains.values() for port in PORTS.values()]
    also = [(address, PORTS["mx"]) for domain in spec.domains.values() for address in domain.also.values()]
    return [*servers, (DNS_ADDRESS, dns.PORT), (web.ADDRESS, web.PORT), *also]


def load_the_rest() -> None:
    """Import what a running world wants sooner or later, so that nobody has to wait for it then."""
    import trustme  # noqa: F401, PLC0415

    from .. import imap, pop3  # noqa: F401, PLC0415
    from ..dns import resolver, zone  # noqa: F401, PLC0415


@dataclass(slots=True)
class _Company:
    site: Site
    agent: DeliveryAgent
    faults: Faults
    locks: MailboxLocks | None = None
    switched_on: bool = True
    listening: dict[str, set[str]] = field(default_factory=dict)  # services, by host
    turning: asyncio.Lock = field(default_factory=asyncio.Lock)


class RunningWorld:
    """One world on a Net.

    Args:
        spec: what is in it.
        net: what it runs on; ends with it.
        folder: where its stores are kept; in memory where None.
        certificates: for TLS, where the net has it.
    """

    def __init__(
        self,
        spec: WorldSpec,
        net: Net,
        *,
        folder: Path | None = None,
        certificates: Certificates | None = None,
    ) -> None:
        self.first = self.spec = spec
        self.net = net
        self.clock = Clock(spec.clock)
        self.trace = Trace(spec.name, self.clock)
        self.gate = Gate(self.trace)
        self._folder = folder
        self._certificates = certificates if net.has_tls else None
        self._ids = itertools.count(1)
        self._queries = itertools.count(1)
        self._companies: dict[str, _Company] = {}

    # Made when they are first wanted, because `serve` greets its first client the sooner the less it imports before.

    @cached_property
    def zone(self) -> Zone:
        """What the DNS of this world knows."""
        from ..dns.zone import Zone  # noqa: PLC0415

        return Zone(self.spec)

    @cached_property
    def resolver(self) -> Resolver:
        """Asks it."""
        from ..dns.resolver import Resolver  # noqa: PLC0415

        return Resolver(self.net, lambda: next(self._queries), Random(self.spec.name))

    # -- life

    async def start(self) -> None:
        """Open the stores, listen, and go on with what is in the queues."""
        for name, domain in self.spec.domains.items():
            await self._found(name, domain)
        # ids are never used twice, also not after a restart: begin above every store's highest
        highest = max(
            company.site.store.look(lambda t: t.counted("queue id")) for company in self._companies.values()
        )
        self._ids = itertools.count(highest + 1)
        await dns.serve(self.net, lambda: self.zone, self.trace, trouble=self._dns_trouble)
        await web.serve(self.net, self.trace, self.spec)
        for name in self._companies:
            await self._follow_faults(name)
        for company in self._companies.values():  # all listen: none is taken for one that is down
            company.agent.start()

    async def _found(self, name: str, domain: Domain) -> None:
        def quota_of(address: str) -> int | None:
            return self._companies[name].site.quota_of(address)

        store = (
            Store.disk(self._folder / f"{name}.sqlite", quota_of) if self._folder else Store.memory(quota_of)
        )
        site = Site(
            name,
            domain,
            store,
            self.clock,
            self.trace,
            self._next_id,
            self.spec.lang,
        )
        secure = self._certificates if self.spec.require_tls else None  # else a reader sees all that is said
        agent = DeliveryAgent(
            site,
            Road(self.net, self._unreached),
            lambda: self.resolver,
            self.gate,
            tls=secure.client if secure else None,
            pipelining=self.spec.pipelining,
        )
        site.wake = agent.wake
        faults = Faults(name, domain.host, self.trace, self.clock.now, domain.faults)
        self._companies[name] = _Company(site, agent, faults)
        store.watch("*", self._recorder(site))
        addresses = {f"{local}@{name}" for local in domain.accounts} | {site.postmaster}

        def open_accounts(t: Transaction) -> None:
            for address in sorted(addresses):
                t.open_account(address)
            for local, account in domain.accounts.items():
                address = f"{local}@{name}"
                if t.folder(address, "INBOX").uidnext == 1:  # not what a restart finds
                    for mail in account.mail:
                        raw = early_mail(mail, address, self.spec.lang, self.clock.now())
                        t.append(address, "INBOX", raw, (), self.clock.now())

        await store.commit(open_accounts)

    def _next_id(self) -> str:
        return f"q{next(self._ids):04}"

    def _recorder(self, site: Site) -> Callable[[Change], None]:
        def record(change: Change) -> None:
            if change.kind == "folders":
                return
            text = f"mailbox {change.account.partition('@')[0]}: {change.folder} {change.count}"
            about = {
                "account": change.account,
                "folder": change.folder,
                "change": change.kind,
                "uids": list(change.uids),
                "count": change.count,
            }
            self.trace.add(
                "mailbox",
                text,
                source=site.host,
                queue_id=change.queue_id,
                step="store" if change.kind == "appended" else None,
                parsed=about,
            )

        return record

    async def stop(self) -> None:
        """Hang up, let go of the queues, close the stores."""
        self.gate.go_on()
        for company in self._companies.values():
            await company.agent.stop()
        await self.net.close()
        for company in self._companies.values():
            await company.site.store.close()

    # -- servers

    async def switch_on(self, name: str) -> None:
        """Let a company's server listen at its seven ports, and put right that it was down."""
        company = self._companies[name]
        company.switched_on = True
        company.faults.lift("down")
        await self._follow_faults(name)
        self._switched(name, "on")

    async def switch_off(self, name: str) -> None:
        """Take a company's server off the network; what it keeps stays."""
        self._companies[name].switched_on = False
        await self._follow_faults(name)
        self._switched(name, "off")

    def _switched(self, name: str, to: str) -> None:
        host = self._companies[name].site.host
        self.trace.add("setting", f"server {to}", source=host, parsed={"domain": name, "server": to})

    async def add_fault(self, name: str, fault: Fault) -> None:
        """Let something be wrong with a domain from now on.

        Raises:
            KeyError: there is no such domain, or it has no such host.
        """
        if fault.host and fault.host not in self._companies[name].site.domain.hosts:
            raise KeyError(fault.host)
        self._companies[name].faults.add(fault)
        await self._follow_faults(name)

    async def lift_faults(
        self, name: str, do: str | None = None, at: str | None = None, host: str | None = None
    ) -> None:
        """Put right what is wrong with a domain, or that kind of it alone, at that command, of that host.

        Raises:
            KeyError: there is no such domain.
        """
        self._companies[name].faults.lift(do, at, host)
        await self._follow_faults(name)

    async def _follow_faults(self, name: str) -> None:
        """Listen where the servers should, and nowhere else."""
        company = self._companies[name]
        async with company.turning:
            for host, address in company.site.domain.hosts.items():
                on = company.switched_on and not company.faults.has("down", host)
                wanted = set(PORTS if host == company.site.host else ("mx",)) if on else set[str]()
                if company.faults.has("refuse", host):
                    wanted.discard("mx")
                before = company.listening.get(host, set())
                if not wanted and before:
                    await self.net.stop_listening(address)
                elif "mx" in before - wanted:
                    await self.net.stop_listening(address, PORTS["mx"])
                await self._listen(name, host, wanted - before)
                company.listening[host] = wanted

    async def _unreached(self, peer: Peer, address: str, port: int) -> None:
        """A server has tried to reach another one in vain; a fault that was to last so many times may be over."""
        for name, company in self._companies.items():
            for host, there in company.site.domain.hosts.items():
                if (there, PORTS["mx"]) == (address, port):
                    for do in BEFORE_PORT_25:
                        if company.faults.strikes(do, host=host, peer=peer):
                            break
                    await self._follow_faults(name)

    def _dns_trouble(self, query: bytes, peer: Peer) -> Trouble:
        if not any(company.faults for company in self._companies.values()):
            return ""
        from ..dns.zone import asked_for  # noqa: PLC0415

        name, kind = asked_for(query)
        troubles = (company.faults.of_the_dns(name, kind, peer) for company in self._companies.values())
        return next((trouble for trouble in troubles if trouble), "")

    async def _listen(self, name: str, host: str, services: set[str]) -> None:
        company, net = self._companies[name], self.net
        site, address = company.site, company.site.domain.hosts[host]
        tls = (
            self._certificates.server(one for domain in self.spec.domains.values() for one in domain.hosts)
            if self._certificates
            else None
        )

        def recorder(protocol: str, port: int, *, secure: bool = False) -> Callable[[Peer], Conn]:
            return lambda peer: self.trace.connection(
                protocol, peer.host, host, port, errand=peer.errand, tls=secure
            )

        def smtp(policy: Policy, port: int, *, implicit: bool = False) -> Callable[[], Server]:
            record = recorder("smtp", port, secure=implicit)
            faults = company.faults
            made = partial(FaultyServer, policy, faults) if port == PORTS["mx"] else partial(Server, policy)
            return lambda: made(
                hostname=host, peer_of=net.peer_of, record=record, tls=tls,
                implicit_tls=implicit, require_tls=self.spec.require_tls,
            )  # fmt: skip

        def secret_of(address: str) -> str | None:
            account = site.account(address)
            return account.password if account is not None else None

        def mailbox(protocol: str, port: int, *, secure: bool = False) -> Accept:
            record = recorder(protocol, port, secure=secure)

            async def accept(stream: Stream, peer: Peer) -> None:
                conn = record(peer)
                try:
                    if protocol == "pop3":
                        from .. import pop3  # noqa: PLC0415

                        company.locks = company.locks or pop3.MailboxLocks()
                        await pop3.serve(
                            stream, conn, store=site.store, authenticate=site.authenticate, hostname=site.host, tls=tls,
                            clock=self.clock, require_tls=self.spec.require_tls, locks=company.locks, lang=site.lang,
                            secret_of=secret_of,
                        )  # fmt: skip
                    else:
                        from .. import imap  # noqa: PLC0415

                        await imap.serve(
                            stream, conn, store=site.store, authenticate=site.authenticate, hostname=site.host, tls=tls,
                            require_tls=self.spec.require_tls, now=self.clock.now,
                        )  # fmt: skip
                finally:
                    conn.close()

            return accept

        submission = Submission(site)
        if "mx" in services:
            await net.listen_protocol(address, PORTS["mx"], smtp(Inbound(site, host), PORTS["mx"]))
        if "submission" in services:
            await net.listen_protocol(address, PORTS["submission"], smtp(submission, PORTS["submission"]))
        if "submissions" in services and tls:
            port = PORTS["submissions"]
            await net.listen_protocol(address, port, smtp(submission, port, implicit=True))
        for protocol in ("pop3", "imap"):
            if protocol in services:
                await net.listen(address, PORTS[protocol], mailbox(protocol, PORTS[protocol]))
            if f"{protocol}s" in services and tls:
                port = PORTS[f"{protocol}s"]
                await net.listen(address, port, mailbox(protocol, port, secure=True), tls=tls)

    async def retry(self, queue_id: str | None = None) -> list[str]:
        """Try a message that waits in a queue at once, or all of them; gives their ids."""
        return [one for company in self._companies.values() for one in await company.agent.retry(queue_id)]

    def tls_client(self) -> ssl.SSLContext | None:
        """How those who connect tell this world's servers from others; None where there is no TLS."""
        return self._certificates.client() if self._certificates else None

    def address_of(self, host: str) -> str | None:
        """The logical address of a mail server or of the web server, by host name; None where there is no such host."""
        if host == web.HOST:
            return web.ADDRESS
        return next(
            (site.domain.hosts[host] for site in self.sites.values() if host in site.domain.hosts), None
        )

    # -- looking and changing

    @property
    def sites(self) -> dict[str, Site]:
        """The companies' servers, by domain."""
        return {name: company.site for name, company in self._companies.items()}

    def faults_of(self, name: str) -> Faults:
        """What is wrong with a domain."""
        return self._companies[name].faults

    def is_on(self, name: str) -> bool:
        """Whether a company's server is switched on."""
        return self._companies[name].switched_on

    def site_of(self, address: str) -> Site | None:
        """The server that has this account, or None."""
        site = self.sites.get(address.rpartition("@")[2].lower())
        return site if site is not None and site.account(address.lower()) is not None else None

    def change_account(self, address: str, **changes: object) -> None:
        """Give an account another password, quota or set of devices.

        Raises:
            KeyError: there is no such account.
        """
        local, _, name = address.lower().rpartition("@")
        site = self._companies[name].site
        account: Account = replace(site.domain.accounts[local], **changes)  # type: ignore[arg-type]
        self._change_domain(name, replace(site.domain, accounts={**site.domain.accounts, local: account}))

    def change_domain(self, name: str, **changes: object) -> None:
        """Change how a domain's server is set; what comes from now on is treated so.

        Raises:
            KeyError: there is no such domain.
        """
        self._change_domain(name, replace(self._companies[name].site.domain, **changes))  # type: ignore[arg-type]
        said = ", ".join(f"{setting} = {value}" for setting, value in changes.items())
        self.trace.add(
            "setting",
            said,
            source=self._companies[name].site.host,
            parsed={"domain": name, **changes},
        )

    def _change_domain(self, name: str, domain: Domain) -> None:
        self._companies[name].site.domain = domain
        self.spec = replace(self.spec, domains={**self.spec.domains, name: domain})

    def has_domain(self, name: str) -> bool:
        """Whether a domain belongs to this world."""
        return name.lower() in self._companies

    def real_ports(self) -> dict[str, dict[str, tuple[str, int]]]:
        """Where programs outside the lab reach each domain's servers: {domain: {service: (host, port)}}."""
        found = {}
        for name, company in self._companies.items():
            at = {
                service: self.net.real(company.site.domain.address, port) for service, port in PORTS.items()
            }
            found[name] = {service: place for service, place in at.items() if place is not None}
        return found

    def real_web(self) -> tuple[str, int] | None:
        """Where programs outside the lab reach the web server."""
        return self.net.real(web.ADDRESS, web.PORT)

    def real_dns(self) -> tuple[str, int] | None:
        """Where programs outside the lab reach the DNS."""
        return self.net.real_datagrams(DNS_ADDRESS, dns.PORT)

    def advance(self, seconds: float) -> None:
        """Move lab time forward."""
        self.clock.advance(seconds)
        self.trace.add("clock", f"{seconds:g} seconds later", parsed={"seconds": seconds})
