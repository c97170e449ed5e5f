"""The delivery agent: takes what is in the queue to where it belongs, again and again until it is there or time is up.

One task for each message. An attempt goes to the DNS, then to the recipient's host on port 25; what it meets is committed
in one piece: recipients that are done leave the queue, the notification about them enters it. A process that is killed
in between therefore forgets nothing, and repeats only an attempt whose success it could not write down any more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .. import replies
from ..dns import DnsTrouble, NoSuchDomain, TakesNoMail
from ..dsn import Action, Outcome, write
from ..net import Peer
from ..replies import Reply
from ..store import OverQuota, Queued, Recipient, Transaction
from ..trace import Errand
from .client import RemoteProtocolError
from .handover import Handover
from .offers import lacking, mail_parameters, rcpt_parameters
from .session import SmtpSession
from .site import Gate, Site, Way

if TYPE_CHECKING:
    import ssl

    from ..dns.resolver import Resolver

log = logging.getLogger(__name__)

PORT = 25
AT_ONCE = 20  # attempts of one server at the same time
BACKOFF = (
    60,
    300,
    900,
    1800,
    3600,
)  # seconds of lab time between attempts; the last one repeats (RFC 5321 section 4.5.4.1)
WARN_AFTER = timedelta(hours=4)
GIVE_UP_AFTER = timedelta(days=5)

NO_CONNECTION = "cannot be reached"


@dataclass(frozen=True, slots=True)
class _Met:
    """What an attempt met for one recipient: a reply, whose it is (None: our own), and to which command.

    `relayed` is whether it was handed to a server that will not tell of the delivery (RFC 3461 section 5.2.2).
    """

    recipient: Recipient
    reply: Reply
    remote: str | None = None
    command: str = ""
    relayed: bool = False


class _NoService(Exception):
    """A host does not want to talk to us at all; another one of the domain may (RFC 5321 section 5.1)."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(str(reply))
        self.reply = reply


class DeliveryAgent:
    """Delivers one site's queue.

    Args:
        site: whose queue it is.
        net: the way to other servers.
        resolver: gives what asks the DNS; asked for when there is something to deliver.
        gate: awaited before each step, so that a reader can hold a message there.
        tls: gives what TLS with other servers needs, which is then used where they offer it; None for plain text.
        pipelining: whether to say MAIL, RCPT and DATA in one go to servers that offer it.
    """

    def __init__(
        self, site: Site, net: Way, resolver: Callable[[], Resolver], gate: Gate, *,
        tls: Callable[[], ssl.SSLContext] | None = None, pipelining: bool = True,
    ) -> None:  # fmt: skip
        self._site, self._net, self._resolver, self._gate, self._tls = site, net, resolver, gate, tls
        self._pipelining = pipelining
        self._naps: dict[str, asyncio.Task[None]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._stopped = False

    def start(self) -> None:
        """Go on with what is in the queue since the last time."""
        for queue_id in self._site.store.look(lambda t: t.queued_ids()):
            self.wake(queue_id)

    def wake(self, queue_id: str) -> None:
        """There is a message with this id in the queue now."""
        if queue_id not in self._tasks and not self._stopped:
            task = asyncio.get_running_loop().create_task(self._carry(queue_id), name=f"deliver {queue_id}")
            self._tasks[queue_id] = task
            task.add_done_callback(lambda _: self._tasks.pop(queue_id, None))

    async def stop(self) -> None:
        """Let go of everything; what is not delivered stays in the queue."""
        self._stopped = True
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def retry(self, queue_id: str | None = None) -> list[str]:
        """Try a message at once, or all that wait; gives the ids of those that are tried."""
        store, now = self._site.store, self._site.clock.now()
        ids = [one for one in store.look(lambda t: t.queued_ids()) if queue_id in {None, one}]

        def work(t: Transaction) -> None:
            for one in ids:
                t.hurry(one, now)

        await store.commit(work)
        for one in ids:
            if one in self._naps:
                self._naps[one].cancel()
            self.wake(one)
        return ids

    async def _rest(self, queue_id: str, until: datetime) -> None:
        """Wait for that lab time, or until somebody wants the message tried at once."""
        nap = asyncio.get_running_loop().create_task(self._site.clock.sleep_until(until))
        self._naps[queue_id] = nap
        try:
            await asyncio.wait([nap])
        finally:
            nap.cancel()
            del self._naps[queue_id]

    async def _carry(self, queue_id: str) -> None:
        clock = self._site.clock
        while (queued := self._site.store.look(lambda t: t.queued(queue_id))) is not None:
            now = clock.now()
            due = [recipient for recipient in queued.recipients if recipient.due <= now]
            if not due:
                await self._rest(queue_id, min(recipient.due for recipient in queued.recipients))
                continue
            try:
                async with self._slots:
                    met = await self._attempt(queued, due)
                await self._conclude(queued, met)
            except Exception:  # a full disk, say, or a mistake of ours: the message is not lost for that
                log.exception("%s: %s stays in the queue after an error of ours", self._site.host, queue_id)
                await self._rest(queue_id, clock.now() + timedelta(seconds=BACKOFF[-1]))

    # -- one attempt

    async def _attempt(self, queued: Queued, due: Sequence[Recipient]) -> list[_Met]:
        by_domain: dict[str, list[Recipient]] = {}
        for recipient in due:
            by_domain.setdefault(recipient.address.rpartition("@")[2], []).append(recipient)
        met: list[_Met] = []
        for domain, recipients in by_domain.items():
            if domain == self._site.name:
                met += await self._deliver_at_home(queued, recipients)
            else:
                met += await self._deliver_to(domain, queued, recipients)
        return met

    async def _deliver_at_home(self, queued: Queued, recipients: Sequence[Recipient]) -> list[_Met]:
        """Into our own mailboxes. Each goes in together with its leaving the queue, so that it is never there twice."""
        site = self._site
        await self._gate("store", queued.followed)
        now = site.clock.now()
        there: list[Outcome] = []
        notices: list[str] = []

        def work(t: Transaction) -> list[_Met]:
            met = []
            raw = t.queued_raw(queued.id)
            ours = (
                f"Received: by {site.host} (mailserver-lab) id {queued.id};\r\n\t{site.date()}\r\n"
                if not raw.startswith(b"Received:")  # a notification of our own
                else ""
            )
            stored = f"Return-Path: <{queued.reverse_path}>\r\n{ours}".encode() + raw
            for recipient in recipients:
                if not site.knows(recipient.address):
                    met.append(_Met(recipient, replies.user_unknown(recipient.address, site.wording)))
                    continue
                try:
                    t.open_account(recipient.address)
                    t.append(recipient.address, "INBOX", stored, (), now, queued.followed)
                except OverQuota:
                    temporary = site.domain.full_mailbox == "temporary"
                    full = replies.mailbox_full(recipient.address, site.wording, temporary=temporary)
                    met.append(_Met(recipient, full))
                else:
                    there.append(
                        Outcome(
                            "delivered",
                            recipient.address,
                            replies.RECIPIENT_OK,
                            recipient.orcpt,
                            recipient.notify,
                            at=now,
                        )
                    )
                    t.settle(queued.id, [recipient.id])
            if told := [outcome for outcome in there if outcome.to_be_told and queued.reverse_path]:
                notices.append(site.number())
                self._notify(t, queued, raw, notices[0], told, now)
            return met

        def then() -> None:
            for notice in notices:
                site.tell(notice, queued.followed, queued.reverse_path, [o for o in there if o.to_be_told])

        return await site.store.commit(work, then)

    async def _deliver_to(self, domain: str, queued: Queued, recipients: Sequence[Recipient]) -> list[_Met]:
        errand = Errand("mx", queued.followed)
        peer = Peer(self._site.host, self._site.domain.address, errand)
        await self._gate("mx", queued.followed)
        try:
            hosts = await self._resolver().mail_hosts(peer, domain)
        except NoSuchDomain:
            words = self._site.wording
            return [_Met(one, replies.host_unknown(one.address, words)) for one in recipients]
        except TakesNoMail:
            return [_Met(recipient, replies.takes_no_mail(recipient.address)) for recipient in recipients]
        except DnsTrouble as error:
            reply = Reply(451, f"Name service error for {domain}: {error}", "4.4.3")
            return [_Met(recipient, reply) for recipient in recipients]
        errand.step = "connect"
        hosts = self._preferred_to_us(hosts)
        if not hosts:
            reply = Reply(554, f"Mail for {domain} loops back to {self._site.host}", "5.4.6")
            return [_Met(recipient, reply) for recipient in recipients]
        reasons: list[tuple[Reply, str | None]] = []
        met: list[_Met] = []
        # a server may offer PIPELINING and not keep it: who could not be reached in one go is told command by command
        pipelining = self._pipelining and not any(recipient.attempts for recipient in recipients)
        for host, address in hosts:
            await self._gate("connect", queued.followed)
            try:
                stream = await self._net.connect(peer, address, PORT)
            except OSError:
                reasons.append((Reply(451, f"{host} {NO_CONNECTION}", "4.4.1"), None))
                self._record_unreached(queued, host)
                continue
            session = SmtpSession(stream, clock=self._site.clock, pipelining=pipelining)
            try:
                await self._converse(session, host, queued, recipients, met)
                await self._settle(queued, met)
                return met
            except _NoService as refusal:
                reasons.append((refusal.reply, host))
            except (OSError, TimeoutError, RemoteProtocolError) as error:
                reason = str(error) or type(error).__name__
                reasons.append((Reply(451, f"{host}: the conversation broke off ({reason})", "4.4.2"), None))
            finally:
                await session.quit()
            refused = [m.recipient for m in met]  # before it broke off; nobody else is asked about them
            if not (recipients := [recipient for recipient in recipients if recipient not in refused]):
                return met
        # where one host may serve us later, the others' refusals are not the last word
        reply, remote = min(reasons, key=lambda reason: reason[0].permanent)
        return met + [_Met(recipient, reply, remote, "EHLO" if remote else "") for recipient in recipients]

    def _preferred_to_us(self, hosts: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """The hosts that come before this server itself: those behind it would hand the mail back (RFC 5321 section 5.1)."""
        site = self._site
        own = site.domain.hosts
        ours = [host.lower() in own or address in own.values() for host, address in hosts]
        return hosts[: ours.index(True)] if any(ours) else hosts

    async def _converse(
        self,
        session: SmtpSession,
        host: str,
        queued: Queued,
        recipients: Sequence[Recipient],
        met: list[_Met],
    ) -> None:
        """Hand the message over; `met` is given what becomes of each recipient, also where that breaks off."""
        reply = await session.greeting()
        if reply.ok:
            await self._gate("ehlo", queued.followed)
            reply = await session.ehlo(self._site.host)
        if reply.ok and self._tls is not None and "STARTTLS" in session.extensions:
            reply = await session.starttls(self._tls(), host)
            if reply.ok:
                reply = await session.ehlo(self._site.host)
        if not reply.ok:
            raise _NoService(reply)
        await self._gate("mail", queued.followed)
        raw = self._site.store.look(lambda t: t.queued_raw(queued.id))
        offered = session.extensions
        if (reason := lacking(offered, queued, raw)) is not None:
            met += [_Met(recipient, reason) for recipient in recipients]
            return
        handover = Handover(
            session,
            queued.reverse_path,
            mail_parameters(offered, queued, raw),
            [(recipient.address, rcpt_parameters(offered, recipient)) for recipient in recipients],
            raw,
        )
        try:
            if session.takes_groups and not self._gate.holds(queued.followed, "rcpt", "data"):
                await handover.in_one_go()
            else:
                await handover.step_by_step(lambda step: self._gate(step, queued.followed))
        finally:
            relayed = "DSN" not in offered
            for recipient, outcome in zip(recipients, handover.outcomes, strict=True):
                if outcome is not None:
                    met.append(_Met(recipient, outcome[0], host, outcome[1], relayed))

    # -- what follows from it

    async def _settle(self, queued: Queued, met: Sequence[_Met]) -> None:
        """Write down at once who has it, before another word: after a kill they would get it a second time."""
        if done := [m.recipient.id for m in met if self._needs_no_more(queued, m)]:
            await self._site.store.commit(lambda t: t.settle(queued.id, done))

    def _needs_no_more(self, queued: Queued, m: _Met) -> bool:
        """Whether it is delivered, and nobody has to be told so."""
        told = (
            m.relayed
            and queued.reverse_path
            and self._outcome("relayed", m, self._site.clock.now()).to_be_told
        )
        return m.reply.ok and not told

    async def _conclude(self, queued: Queued, met: Sequence[_Met]) -> None:
        """Write down what the attempt met, and tell the sender what the sender has to know."""
        site, now = self._site, self._site.clock.now()
        old = now - queued.arrived
        open_ = [m for m in met if not self._needs_no_more(queued, m)]
        done = [m.recipient.id for m in open_ if m.reply.ok]
        failed = [
            self._failure(m, now, expired=old >= GIVE_UP_AFTER)
            for m in met
            if m.reply.permanent or (m.reply.temporary and old >= GIVE_UP_AFTER)
        ]
        waiting = [m for m in met if m.reply.temporary and old < GIVE_UP_AFTER]
        warn = [m for m in waiting if old >= WARN_AFTER and not m.recipient.delayed]
        over = {m.recipient.id for m in met if not m.reply.ok} - {m.recipient.id for m in waiting}
        failures = [outcome for outcome in failed if outcome.to_be_told]
        relayed = [
            o for m in met if m.reply.ok and m.relayed and (o := self._outcome("relayed", m, now)).to_be_told
        ]
        delays = [o for m in warn if (o := self._outcome("delayed", m, now)).to_be_told]
        if not queued.reverse_path:  # tell the postmaster, and beyond the postmaster nobody
            failures = [outcome for outcome in failed if outcome.address != site.postmaster]
            delays, relayed = [], []
        notices = [(site.number(), outcomes) for outcomes in (failures, delays, relayed) if outcomes]

        def work(t: Transaction) -> None:
            for m in waiting:
                pause = BACKOFF[min(m.recipient.attempts, len(BACKOFF) - 1)]
                t.postpone(
                    m.recipient.id,
                    now + timedelta(seconds=pause),
                    str(m.reply),
                    delayed=m.recipient.delayed or m in warn,
                )
            for notice, outcomes in notices:
                self._notify(t, queued, t.queued_raw(queued.id), notice, outcomes, now)
            t.settle(queued.id, [*done, *over])

        if open_:
            await site.store.commit(work)
        for m in met:
            state = "delivered" if m.reply.ok else "deferred" if m in waiting else "failed"
            self._record(queued, m.recipient.address, state, m.reply, m.remote)
        for notice, outcomes in notices:
            await self._gate("bounce", queued.followed)
            site.tell(notice, queued.followed, queued.reverse_path or site.postmaster, outcomes)

    def _record_unreached(self, queued: Queued, host: str) -> None:
        self._site.trace.add(
            "unreached",
            f"no connection to {host} port {PORT}",
            protocol="smtp",
            source=self._site.host,
            target=host,
            port=PORT,
            queue_id=queued.followed,
            step="connect",
        )

    def _record(self, queued: Queued, address: str, state: str, reply: Reply, remote: str | None) -> None:
        about = {"recipient": address, "state": state, "reply": str(reply), "remote": remote}
        self._site.trace.add(
            "queue",
            f"{queued.followed} {state}: {address}",
            source=self._site.host,
            queue_id=queued.followed,
            parsed=about,
        )

    def _notify(
        self,
        t: Transaction,
        queued: Queued,
        raw: bytes,
        notice: str,
        outcomes: Sequence[Outcome],
        now: datetime,
    ) -> None:
        """Put a notification into the queue, to the sender.

        A bounce is never bounced: whoever runs this server is told of it, and there it ends (RFC 5321 section 6.1).
        """
        site = self._site
        to = queued.reverse_path or site.postmaster
        report = write(
            outcomes, original=raw, host=site.host, queue_id=notice, to=to, now=now, arrived=queued.arrived, lang=site.lang,
            wording=site.wording, ret=queued.ret, envid=queued.envid,
        )  # fmt: skip
        t.enqueue(notice, "", [(to, None, frozenset())], report, now)

    @staticmethod
    def _outcome(action: Action, m: _Met, now: datetime, reply: Reply | None = None) -> Outcome:
        to = m.recipient
        return Outcome(action, to.address, reply or m.reply, to.orcpt, to.notify, m.remote, now, m.command)

    def _failure(self, m: _Met, now: datetime, *, expired: bool) -> Outcome:
        reply = m.reply
        if reply.temporary and expired:
            # given up, and yet nobody said that it can never be: the code stays that of a temporary failure
            reply = Reply(reply.code, f"delivery time expired; the last answer was: {reply}", "4.4.7")
        return self._outcome("failed", m, now, reply)
