"""One company's mail server, as its parts see it: who it is, whom it knows, where it keeps things."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Protocol

from ..clock import Clock
from ..dsn import Outcome
from ..locale import Lang
from ..net import Peer, Stream
from ..store import Store
from ..trace import Trace
from ..world import Account, Domain


class Way(Protocol):
    """What leads from one server to another."""

    async def connect(self, peer: Peer, address: str, port: int) -> Stream:
        """Connect, as `Net.connect` does."""
        ...


class Gate(Protocol):
    """Where a message can be held: `await gate(step, message)` before each step."""

    async def __call__(self, step: str, message: str) -> None:
        """Wait here for as long as this message is to be held before this step."""
        ...

    def holds(self, message: str, *steps: str) -> bool:
        """Whether somebody wants to hold it before any of these steps."""
        ...


@dataclass(slots=True)
class Site:
    """A domain with its server.

    Args:
        name: the domain.
        domain: its description; replaced as a whole when it changes.
        store: its mailboxes and its queue.
        clock: lab time.
        trace: the world's record.
        number: gives the world's next queue id.
        lang: the language in which the server writes to people.
        wake: tells the delivery agent that a message with this id is in the queue.
    """

    name: str
    domain: Domain
    store: Store
    clock: Clock
    trace: Trace
    number: Callable[[], str]
    lang: Lang
    wake: Callable[[str], None] = lambda _: None

    @property
    def host(self) -> str:
        """The server's own name."""
        return self.domain.host

    @property
    def wording(self) -> str:
        """The mail system that it speaks and writes like."""
        return self.domain.wording

    def account(self, address: str) -> Account | None:
        """The account of a full address in canonical form, or None."""
        local, _, domain = address.rpartition("@")
        return self.domain.accounts.get(local) if domain == self.name else None

    def knows(self, address: str) -> bool:
        """Whether mail for that address ends here. Every domain has a postmaster (RFC 5321 section 4.5.1)."""
        return self.account(address) is not None or address == self.postmaster

    @property
    def refuses_later(self) -> bool:
        """Whether it takes what it cannot deliver, and writes the bounce itself."""
        return self.domain.refuse == "after-accepting"

    @property
    def postmaster(self) -> str:
        """The address of whoever runs this server."""
        return f"postmaster@{self.name}"

    def quota_of(self, address: str) -> int | None:
        """The quota of an account in octets, None for no limit."""
        account = self.account(address)
        return account.quota if account is not None else None

    async def authenticate(self, user: str, password: str) -> bool:
        """Whether this is the password of that account; the login name is the full address."""
        return self.login(user, password) is not None

    def login(self, user: str, password: str) -> str | None:
        """The canonical address that signs in so, or None."""
        address = user.strip().lower()
        account = self.account(address)
        return address if account is not None and account.password == password else None

    def tell(self, notice: str, about: str, reverse_path: str, outcomes: Sequence[Outcome]) -> None:
        """Record that a notification about a message has entered the queue, and send it on its way."""
        told = {
            "dsn": notice,
            "action": outcomes[0].action,
            "recipients": [outcome.address for outcome in outcomes],
            "status": outcomes[0].status,
            "wording": self.wording,
        }
        text = f"DSN {notice} from <> to <{reverse_path}>"
        self.trace.add("bounce", text, source=self.host, queue_id=about, step="bounce", parsed=told)
        self.wake(notice)

    def date(self) -> str:
        """Lab time as headers have it (RFC 5322 section 3.3)."""
        return format_datetime(self.clock.now())
