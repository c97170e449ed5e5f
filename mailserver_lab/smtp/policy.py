"""What a mail server accepts, and what it does with it: for the world's mail (port 25), and for its own users' (587, 465)."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod

from .. import replies
from ..dsn import Action, Outcome, write
from ..replies import Reply
from ..store import OverQuota, Transaction
from ..trace import Conn
from ..wordings import GREETINGS
from .content import completed, looping
from .envelope import Forward, Letter
from .guard import Crowd
from .paths import canonical
from .site import Site

ROLES = {"postmaster", "mailer-daemon"}


class Policy(ABC):
    """Decides on each step of a transaction. `host` is the site's host that listens, its own where none is given."""

    wants_login: bool

    def __init__(self, site: Site, host: str = "") -> None:
        self.site, self.host = site, host or site.host
        self.crowd = Crowd()

    @property
    def size_limit(self) -> int:
        """The largest message that is taken, in octets."""
        return self.site.domain.size_limit

    @property
    def too_large(self) -> Reply:
        """What is said of a larger one."""
        return replies.too_large(self.size_limit, self.site.wording)

    @property
    def greeting(self) -> str:
        """What the server calls itself, behind its name."""
        return GREETINGS[self.site.wording]

    def login(self, user: str, password: str) -> str | None:
        """The canonical address that signs in with these, or None."""
        return self.site.login(user, password)

    @abstractmethod
    def sender(self, letter: Letter) -> Reply:
        """The reply to MAIL FROM."""

    @abstractmethod
    def recipient(self, letter: Letter, forward: Forward) -> Reply:
        """The reply to RCPT TO."""

    @abstractmethod
    async def take(self, letter: Letter, message: bytes, conn: Conn) -> Reply:
        """The reply to the content. A success means: committed and synced."""

    async def enqueue(
        self, letter: Letter, message: bytes, conn: Conn, *, followed: str | None = None
    ) -> Reply:
        """Put the message into the queue; the delivery agent does the rest. Committed and synced when this returns."""
        site, queue_id = self.site, self.site.number()
        conn.about(followed or queue_id)
        if self.wants_login:
            message = completed(message, date=site.date(), message_id=f"{queue_id}@{site.host}")
        queued = self.received(letter, queue_id) + message
        recipients = [(_at_home(f.address, site), f.orcpt, f.notify) for f in letter.recipients]
        now = site.clock.now()

        def then() -> None:
            conn.note(f"queued as {queue_id}", recipients=[address for address, _, _ in recipients])
            site.wake(queue_id)

        await site.store.commit(
            lambda t: t.enqueue(
                queue_id, letter.reverse_path, recipients, queued, now, ret=letter.ret, envid=letter.envid, followed=followed
            ),
            then,
        )  # fmt: skip
        return replies.queued_as(queue_id)

    def received(self, letter: Letter, queue_id: str) -> bytes:
        """The trace header that this server adds (RFC 5321 section 4.4)."""
        only = f"\r\n\tfor <{letter.recipients[0].address}>" if len(letter.recipients) == 1 else ""
        helo = re.sub(r"[^\x21-\x7e\u00a0-\ud7ff\ue000-\U0010ffff]|[()\\;]", "?", letter.helo)[:255]
        return (
            f"Received: from {helo} ({letter.source_host} [{_literal(letter.source_address)}])\r\n"
            f"\tby {self.host} (mailserver-lab) with {letter.protocol} id {queue_id}{only};\r\n"
            f"\t{self.site.date()}\r\n"
        ).encode()


class Inbound(Policy):
    """Mail from other servers, for this domain's users only."""

    wants_login = False

    def sender(self, letter: Letter) -> Reply:
        """Anybody may write; the size was checked against the server's limit before."""
        return replies.SENDER_OK

    def recipient(self, letter: Letter, forward: Forward) -> Reply:
        """Refuse other domains, and unknown users and full mailboxes too unless the server is set to do that later."""
        address = _at_home(forward.address, self.site)
        if address.rpartition("@")[2] != self.site.name:
            return replies.no_relay(forward.address, self.site.wording)
        if self.site.refuses_later:
            return replies.RECIPIENT_OK
        if not self.site.knows(address):
            return replies.user_unknown(forward.address, self.site.wording)
        if self._is_full(address, letter.size or 0):
            return replies.mailbox_full(
                forward.address, self.site.wording, temporary=self.site.domain.full_mailbox == "temporary"
            )
        return replies.RECIPIENT_OK

    def _is_full(self, address: str, size: int) -> bool:
        """Whether a message of that size has no room there."""
        if self.site.quota_of(address) is None:
            return False
        used, quota = self.site.store.look(lambda t: t.usage(address))
        return quota is not None and used + size > quota

    async def take(self, letter: Letter, message: bytes, conn: Conn) -> Reply:
        """Put the message into the mailboxes, or into the queue where it is to be refused later.

        It also goes there if the setting has changed since RCPT TO: what was accepted is not refused any more.
        A client that told no size may find mailboxes full only now. If all are, it is refused; if some are, it is
        accepted, and this server tells the sender about the others.
        """
        if looping(message):
            return replies.LOOP
        site = self.site
        if site.refuses_later or not all(site.knows(_at_home(f.address, site)) for f in letter.recipients):
            return await self.enqueue(letter, message, conn, followed=letter.followed_as)
        queue_id = site.number()
        followed = letter.followed_as or queue_id
        conn.about(followed)
        stored = (
            f"Return-Path: <{letter.reverse_path}>\r\n".encode() + self.received(letter, queue_id) + message
        )
        now = site.clock.now()
        told: dict[str, list[Outcome]] = {}  # a notification tells of one kind of outcome

        def work(t: Transaction) -> bool:
            outcomes: list[Outcome] = []
            action: Action
            for forward in letter.recipients:
                address = _at_home(forward.address, site)
                try:
                    t.open_account(address)
                    t.append(address, "INBOX", stored, (), now, followed)
                    action, reply = "delivered", replies.RECIPIENT_OK
                except OverQuota:
                    action, reply = "failed", replies.mailbox_full(forward.address, site.wording)
                outcomes.append(Outcome(action, forward.address, reply, forward.orcpt, forward.notify))
            if all(outcome.action == "failed" for outcome in outcomes):
                return False
            for kind in ("failed", "delivered") if letter.reverse_path else ():
                if some := [outcome for outcome in outcomes if outcome.action == kind and outcome.to_be_told]:
                    notice = site.number()
                    told[notice] = some
                    report = write(
                        some, original=stored, host=site.host, queue_id=notice, to=letter.reverse_path, now=now, arrived=now,
                        lang=site.lang, wording=site.wording, ret=letter.ret, envid=letter.envid,
                    )  # fmt: skip
                    t.enqueue(notice, "", [(letter.reverse_path, None, frozenset())], report, now)
            return True

        def then() -> None:
            for notice, outcomes in told.items():
                site.tell(notice, followed, letter.reverse_path, outcomes)

        if not await site.store.commit(work, then):
            return replies.mailbox_full(
                letter.recipients[0].address, site.wording, temporary=site.domain.full_mailbox == "temporary"
            )
        return replies.queued_as(queue_id)


class Submission(Policy):
    """Mail from this domain's own users, for anywhere (RFC 6409)."""

    wants_login = True

    def sender(self, letter: Letter) -> Reply:
        """The reverse-path must be the address that signed in."""
        if canonical(letter.reverse_path) != letter.login:
            return replies.not_your_address(letter.reverse_path)
        return replies.SENDER_OK

    def recipient(self, letter: Letter, forward: Forward) -> Reply:
        """Anything that is an address; whether it exists is for others to say, unless it is one of ours."""
        address = _at_home(forward.address, self.site)
        ours = address.rpartition("@")[2] == self.site.name
        if ours and not self.site.knows(address) and not self.site.refuses_later:
            return replies.user_unknown(forward.address, self.site.wording)
        return replies.RECIPIENT_OK

    async def take(self, letter: Letter, message: bytes, conn: Conn) -> Reply:
        """Put the message into the queue, whomever it is for."""
        return replies.LOOP if looping(message) else await self.enqueue(letter, message, conn)


def _literal(address: str) -> str:
    """An address as it stands between brackets (RFC 5321 section 4.1.3)."""
    return f"IPv6:{address}" if ":" in address else address


def _at_home(address: str, site: Site) -> str:
    """Canonical where the domain is ours, as given where it is somebody else's (RFC 5321 section 2.4).

    Every server takes mail for its postmaster (section 4.5.1, RFC 2142), under its own name too; and whoever replies to a
    bounce means the same person: MAILER-DAEMON is an alias of postmaster.
    """
    if address.lower() == "postmaster":
        return site.postmaster
    local, _, domain = address.rpartition("@")
    if domain.lower() in {site.name, site.host} and local.lower() in ROLES:
        return site.postmaster
    return canonical(address) if domain.lower() == site.name else f"{local}@{domain.lower()}"
