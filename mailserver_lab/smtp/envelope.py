"""What travels outside the message: reverse-path, recipients, and what was asked for about them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Forward:
    """One recipient: the forward-path, ORCPT and NOTIFY as given (RFC 3461 section 4), empty where not."""

    address: str
    orcpt: str | None = None
    notify: frozenset[str] = frozenset()


@dataclass(slots=True)
class Letter:
    """A message that a client hands over. `login` is the canonical address that signed in, None where nobody did."""

    reverse_path: str
    helo: str
    source_host: str
    source_address: str
    protocol: str
    login: str | None = None
    size: int | None = None
    ret: str | None = None
    envid: str | None = None
    smtputf8: bool = False
    recipients: list[Forward] = field(default_factory=list)
    followed_as: str | None = None
    """The queue id under which the sender's server carries it, where the lab knows."""
