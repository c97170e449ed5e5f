"""A world as data: domains with their servers and accounts, the DNS, limits, the time at which it begins.

Sizes are in octets and times in seconds. Addresses are those that RFC 5737 and RFC 3849 reserve for documentation; domains
end in the names that RFC 2606 and RFC 6761 reserve. So nothing in a world can be mistaken for anything outside.
"""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from importlib import resources
from typing import Any, Literal

from .locale import Lang, Text, is_lang
from .wordings import DEFAULT, WORDINGS

DEVICES = ("pc", "phone")
CHOICES = {
    "full_mailbox": ("permanent", "temporary"),
    "refuse": ("in-session", "after-accepting"),
    "wording": WORDINGS,
}
"""Settings of a domain that are one word of a few."""
SETTINGS = ("size_limit", *CHOICES)
DNS_HOST = "dns"
DNS_ADDRESS = "203.0.113.53"
MAIL_LEAST, MAIL_MOST = 1_000, 10_000_000  # octets of a message that lies there from the start
RESERVED_TLDS = ("example", "test", "invalid")
_NETWORKS = [
    ipaddress.ip_network(net)
    for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]
TXT_MOST = 4_000  # octets of one TXT record
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)\Z")
_LOCAL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}\Z")


COMMANDS = ("ehlo", "mail", "rcpt", "data", "content")
"""Where in the dialogue a fault may strike; `content` is the message itself."""
FAULTS: dict[str, tuple[str, ...]] = {
    "down": (), "refuse": (), "drop": COMMANDS, "slow": COMMANDS, "greylist": ("rcpt",), "unavailable": COMMANDS,
    "disk-full": ("mail", "rcpt", "data", "content"), "servfail": (), "dns-timeout": (), "wrong-mx": (),
}  # fmt: skip
"""What can be wrong with a domain's server or its entry in the DNS, and at which commands; the first is the usual one."""
OF_THE_DNS = ("servfail", "dns-timeout", "wrong-mx")
SLOWEST = 60.0  # seconds


class WorldError(ValueError):
    """The description of a world does not hold together; says which value, why, and what would do."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A message that lies in an inbox from the start, filled up to `size` octets."""

    sender: str
    subject: Text
    size: int


@dataclass(frozen=True, slots=True)
class Account:
    """A user of a domain. `devices` are the mail clients that this person owns, `mail` is what came before the world began."""

    password: str
    quota: int | None = None
    devices: tuple[str, ...] = ()
    mail: tuple[Mail, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong with a domain: `times` times, until it is lifted where that is None.

    down: the host is off. refuse: nobody answers at port 25. drop: the connection breaks off at a command. slow: an answer
    takes `seconds`. greylist: who is not known yet shall come again. unavailable: 421. disk-full: 452 4.3.1. servfail and
    dns-timeout: the name server's. wrong-mx: the DNS names a host that is not there. `host` is which of the domain's hosts has it;
    empty for its server, and for what is wrong with the DNS.
    """

    do: str
    at: str = ""
    times: int | None = None
    seconds: float = 2.0
    host: str = ""

    def __post_init__(self) -> None:
        if self.do not in FAULTS:
            raise WorldError(f"a fault is {', '.join(FAULTS)}; {self.do!r} is none of them")
        if self.at and self.at not in FAULTS[self.do]:
            where = " or ".join(FAULTS[self.do]) or "no command"
            raise WorldError(f"{self.do} can be at {where}, not at {self.at!r}")
        if self.times is not None and (type(self.times) is not int or self.times < 1):
            raise WorldError(f"times is how often, at least once, not {self.times!r}")
        if type(self.seconds) not in {int, float} or not 0 <= self.seconds <= SLOWEST:
            raise WorldError(f"seconds is at most {SLOWEST:g}, not {self.seconds!r}")
        if self.host and self.do in OF_THE_DNS:
            raise WorldError(f"{self.do} is the DNS's, and no fault of {self.host}")

    @property
    def command(self) -> str:
        """Where it strikes; empty where it is not about the dialogue."""
        return self.at or next(iter(FAULTS[self.do]), "")

    def __str__(self) -> str:
        return f"{self.do} at {self.command}" if self.command else self.do


@dataclass(frozen=True, slots=True)
class Domain:
    """A company: its mail server and its accounts, by local part.

    `also` are other hosts that take its mail at port 25, by name: doors to the same mailboxes, as good as the server's own
    (an MX of the same preference). `refuse` says when the server turns away what it cannot deliver: while the sending server
    still listens, or after it has taken the message, by a bounce of its own. `wording` is the mail system that it speaks and
    writes like.
    """

    host: str
    address: str
    size_limit: int = 10_485_760
    full_mailbox: Literal["permanent", "temporary"] = "permanent"
    refuse: Literal["in-session", "after-accepting"] = "in-session"
    wording: str = DEFAULT
    accounts: Mapping[str, Account] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    also: Mapping[str, str] = field(default_factory=dict)

    @property
    def hosts(self) -> dict[str, str]:
        """Where its mail comes in, all of the same preference: addresses by name, the server's own first."""
        return {self.host: self.address, **self.also}


@dataclass(frozen=True, slots=True)
class Records:
    """What the DNS says of a name beyond what follows from the domains.

    `mx` is in the order of preference; a null MX is `mx = ["."]` (RFC 7505). `a` and `aaaa` are addresses, each `txt` the text
    of one record, an SPF policy for one.
    """

    mx: tuple[str, ...] = ()
    a: tuple[str, ...] = ()
    aaaa: tuple[str, ...] = ()
    txt: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WorldSpec:
    """A whole world.

    `clock` is the lab time at which it begins, None for the present; `lang` the language in which its servers write to
    people; with `require_tls` no password is taken in plain text, and servers talk to each other by TLS. Servers say MAIL,
    RCPT and DATA to each other in one go (RFC 2920) as servers do; where people read along, question by question, answer by
    answer, `pipelining` is false.
    """

    name: str
    domains: Mapping[str, Domain]
    clock: datetime | None = None
    dns: Mapping[str, Records] = field(default_factory=dict)
    require_tls: bool = False
    pipelining: bool = True
    lang: Lang = "ja"

    def named(self, name: str) -> WorldSpec:
        """The same world under another name."""
        return replace(self, name=name)

    def addresses(self) -> dict[str, Account]:
        """All accounts by full address."""
        return {
            f"{local}@{name}": account
            for name, domain in self.domains.items()
            for local, account in domain.accounts.items()
        }

    def as_json(self) -> dict[str, Any]:
        """The world as `parse` reads it."""
        value = asdict(self)
        value["clock"] = self.clock.isoformat() if self.clock else None
        return value


def bundled(name: str) -> WorldSpec:
    """One of the worlds that come with the package.

    Raises:
        WorldError: there is none of that name.
    """
    file = resources.files(__package__) / "worlds" / f"{name}.toml"
    if not re.fullmatch(r"[a-z0-9-]+", name) or not file.is_file():
        raise WorldError(f"no world is called {name!r}; the package has {', '.join(bundled_names())}")
    return parse(tomllib.loads(file.read_text("utf-8")))


def bundled_names() -> list[str]:
    """The names of the worlds that come with the package."""
    return sorted(
        file.name.removesuffix(".toml")
        for file in (resources.files(__package__) / "worlds").iterdir()
        if file.name.endswith(".toml")
    )


def parse(value: Mapping[str, Any]) -> WorldSpec:
    """Read a world from what TOML or JSON gave.

    Raises:
        WorldError: a value is missing, unknown, or not possible.
    """
    try:
        if unknown := set(value) - {"name", "domains", "clock", "dns", "require_tls", "pipelining", "lang"}:
            raise WorldError(f"{', '.join(sorted(unknown))} is not something a world has")
        domains = {name: _domain(name, data) for name, data in value["domains"].items()}
        clock = value.get("clock")
        spec = WorldSpec(
            name=str(value["name"]),
            domains=domains,
            clock=datetime.fromisoformat(clock) if isinstance(clock, str) else clock,
            dns={name: _records(name, data) for name, data in value.get("dns", {}).items()},
            require_tls=bool(value.get("require_tls", False)),
            pipelining=value.get("pipelining", True),
            lang=value.get("lang", "ja"),
        )
        _check(spec)
    except WorldError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise WorldError(f"the description of the world lacks or misplaces {error}") from error
    return spec


def _domain(name: str, data: Mapping[str, Any]) -> Domain:
    accounts = {
        local.lower(): Account(
            str(account["password"]),
            account.get("quota"),
            tuple(account.get("devices", ())),
            tuple(_mail(mail) for mail in account.get("mail", ())),
        )
        for local, account in data.get("accounts", {}).items()
    }
    known = {key: data[key] for key in SETTINGS if key in data}
    if unknown := set(data) - {"host", "address", "also", "accounts", "faults", *SETTINGS}:
        raise WorldError(f"domain {name}: {', '.join(sorted(unknown))} is not something a domain has")
    faults = tuple(Fault(**fault) for fault in data.get("faults", ()))
    return Domain(
        host=data["host"], address=data["address"], also=dict(data.get("also", {})), accounts=accounts, faults=faults, **known
    )  # fmt: skip


def _records(name: str, data: Mapping[str, Any]) -> Records:
    if unknown := set(data) - {kind.name for kind in fields(Records)}:
        raise WorldError(
            f"dns: {name} cannot have {', '.join(sorted(unknown))}; it can have mx, a, aaaa and txt"
        )
    if given := [kind for kind, values in data.items() if isinstance(values, str)]:
        raise WorldError(f"dns: {given[0]} of {name} is a list, even of one")
    return Records(**{kind: tuple(values) for kind, values in data.items()})


def _mail(data: Mapping[str, Any]) -> Mail:
    return Mail(
        str(data["sender"]), Text(str(data["subject"]["ja"]), str(data["subject"]["en"])), data["size"]
    )


def is_domain_name(name: str) -> bool:
    """Tell whether a name could stand in the DNS as a domain of mail (RFC 5321 section 2.3.5)."""
    return len(name) <= 253 and all(_LABEL.match(label) for label in name.split("."))


def _check_address(host: str, address: str, seen: dict[str, str]) -> None:
    """One of those for documentation, and not one that others have."""
    try:
        known = ipaddress.ip_address(address)
        inside = any(known in network for network in _NETWORKS)
    except ValueError:
        inside = False
    if not inside:
        raise WorldError(
            f"{address}: the address of {host} must be one of RFC 5737's or RFC 3849's, such as 192.0.2.10 or 2001:db8::10"
        )
    if str(known) != address:  # so that it is the same wherever it is read
        raise WorldError(f"{address}: write the address of {host} as {known}")
    if address in seen:
        raise WorldError(f"{address}: {host} and {seen[address]} cannot both have it")
    seen[address] = host


def _check(spec: WorldSpec) -> None:
    if not is_lang(spec.lang):
        raise WorldError(f"lang: {spec.lang!r} is neither ja nor en")
    if type(spec.pipelining) is not bool:
        raise WorldError(f"pipelining is true or false, not {spec.pipelining!r}")
    if not spec.domains:
        raise WorldError("a world has at least one domain")
    if spec.clock is not None and spec.clock.tzinfo is None:
        raise WorldError("clock: give the offset from UTC too, such as 2026-04-01T09:00:00+09:00")
    seen: dict[str, str] = {DNS_ADDRESS: DNS_HOST}
    for name, domain in spec.domains.items():
        for what, host in (("the domain", name), *(("its host", host) for host in domain.hosts)):
            if not is_domain_name(host) or host.rpartition(".")[2] not in RESERVED_TLDS:
                raise WorldError(
                    f"{host}: {what} must be a lower-case name that ends in {', '.join('.' + tld for tld in RESERVED_TLDS)}"
                )
        if len(domain.hosts) == len(domain.also):
            raise WorldError(f"{name}: {domain.host} is its server already, and not also another host")
        for host, address in domain.hosts.items():
            _check_address(host, address, seen)
        for fault in domain.faults:
            if fault.host and fault.host not in domain.hosts:
                raise WorldError(f"{name}: {fault.host} is none of its hosts, {', '.join(domain.hosts)}")
        if type(domain.size_limit) is not int or domain.size_limit < 1:
            raise WorldError(f"{name}: size_limit is a number of octets, not {domain.size_limit!r}")
        for setting, choices in CHOICES.items():
            if getattr(domain, setting) not in choices:
                given = getattr(domain, setting)
                raise WorldError(f"{name}: {setting} is {' or '.join(choices)}, not {given!r}")
        for local, account in domain.accounts.items():
            if not _LOCAL.match(local):
                raise WorldError(f"{local}@{name}: not a local part that an account can have")
            if account.quota is not None and (type(account.quota) is not int or account.quota < 0):
                raise WorldError(f"{local}@{name}: a quota is a number of octets, not {account.quota!r}")
            if any(
                type(mail.size) is not int or not MAIL_LEAST <= mail.size <= MAIL_MOST
                for mail in account.mail
            ):
                raise WorldError(f"{local}@{name}: a mail has {MAIL_LEAST} to {MAIL_MOST} octets")
            if account.quota is not None and sum(mail.size for mail in account.mail) > account.quota:
                raise WorldError(f"{local}@{name}: its mail is larger than its quota")
            if unknown := set(account.devices) - set(DEVICES):
                raise WorldError(
                    f"{local}@{name}: a device is {' or '.join(DEVICES)}, not {sorted(unknown, key=str)}"
                )
    for name, records in spec.dns.items():
        for host in (name, *records.mx):
            if host != "." and not is_domain_name(host):
                raise WorldError(f"dns: {host} is no name of a host or domain")
        for address in records.a:
            ipaddress.IPv4Address(address)
        for address in records.aaaa:
            ipaddress.IPv6Address(address)
        for text in records.txt:
            if not isinstance(text, str) or len(text.encode()) > TXT_MOST:
                raise WorldError(f"dns: a txt of {name} is text of at most {TXT_MOST} octets")
