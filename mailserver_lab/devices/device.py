"""A mail client on somebody's PC or phone.

What it has fetched it keeps itself; what it does with its server it does by SMTP (submission, port 587) and IMAP
(port 143), over the same Net as everybody, so all of it stands in the record.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime

from ..imap.events import RemoteProtocolError as ImapProtocolError
from ..imap.session import CommandFailed, ImapSession
from ..net import Net, Peer, Stream
from ..pop3 import session as pop3
from ..pop3.events import RemoteProtocolError as Pop3ProtocolError
from ..replies import Reply
from ..smtp.client import RemoteProtocolError
from ..smtp.session import SmtpSession
from ..smtp.site import Gate, Site
from ..trace import Errand
from ..world import DEVICES
from .files import Files
from .line import Line
from .waiting import Change, Waiting

SUBMISSION, IMAP, POP3 = 587, 143, 110
_QUEUED = re.compile(r"queued as (\S+)")
SENT_LIMIT = 40_000_000  # octets that a device keeps of what it has sent
FIRST_HOST = 101  # of the last octet of devices' addresses; servers have lower ones


class Offline(ConnectionError):
    """The device is not on the network, or its server does not answer."""


class SignInRefused(Offline):
    """The server does not let us in: the password is wrong. Says so in the server's words."""


@dataclass(slots=True)
class Stored:
    """A message on the device. `uid` is the server's, so that the device can tell it what was read.

    A message that came by POP3, which knows no such numbers, has a negative one, and what is read stays between it and
    the device.
    """

    uid: int
    raw: bytes
    seen: bool = False


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of a message that was handed in: its queue id, or None; the recipients, or the whole, that were refused."""

    queue_id: str | None
    refused: tuple[tuple[str, Reply], ...] = ()


@dataclass(slots=True)
class Device:
    """One device of one account.

    Args:
        name: "pc" or "phone".
        owner: the account's address.
        site: the owner's mail server, for its name, address and clock; its mailboxes are reached by IMAP alone.
        net: the way there.
        gate: awaited before it submits and before it fetches.
    """

    name: str
    owner: str
    site: Site
    net: Net
    gate: Gate
    online: bool = True
    folders: dict[str, list[Stored]] = field(default_factory=lambda: {"INBOX": [], "Sent": []})
    files: Files = field(default_factory=Files)
    waiting: Waiting | None = None
    _last_uid: int = 0
    _popped: set[str] = field(default_factory=set)
    _syncing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def host(self) -> str:
        """The device's own name on the network, such as pc.sender.tsubame.example."""
        local, _, domain = self.owner.partition("@")
        return f"{self.name}.{local}.{domain}"

    @property
    def address(self) -> str:
        """Its logical address, in its company's network."""
        owners = sorted(self.site.domain.accounts)
        order = owners.index(self.owner.partition("@")[0]) * 10 + DEVICES.index(self.name)
        return f"{self.site.domain.address.rpartition('.')[0]}.{FIRST_HOST + order}"

    def now(self) -> datetime:
        """Lab time."""
        return self.site.clock.now()

    def message_id(self) -> str:
        """A Message-ID that this device has not given before."""
        return f"<{next(self._numbers)}.{self.now():%Y%m%d%H%M%S}@{self.host}>"

    async def send(self, recipients: list[str], raw: bytes) -> Submitted:
        """Hand a message to the owner's server: sign in, reverse-path, recipients, content.

        If any recipient is refused nothing is sent, as mail programs do, so that nothing goes out half.

        Raises:
            Offline: the server cannot be reached.
        """
        await self.gate("submit", self.owner)
        session = SmtpSession(await self._connect(SUBMISSION, Errand("submit")))
        try:
            submitted = await self._submit(session, recipients, raw)
        except (OSError, RemoteProtocolError) as error:
            raise Offline(f"{self.site.host}: {error}") from error
        finally:
            await session.quit()
        if submitted.queue_id is not None:
            self._keep_sent(raw)
        return submitted

    def _keep_sent(self, raw: bytes) -> None:
        """Put a message into Sent; the oldest ones go where they have become too much together."""
        sent = self.folders["Sent"]
        sent.append(Stored(sent[-1].uid + 1 if sent else 1, raw, seen=True))
        while len(sent) > 1 and sum(len(stored.raw) for stored in sent) > SENT_LIMIT:
            del sent[0]

    async def _submit(self, session: SmtpSession, recipients: list[str], raw: bytes) -> Submitted:
        reply = await session.greeting()
        if reply.ok:
            reply = await session.ehlo(self.host)
        if reply.ok:
            reply = await session.login(self.owner, self._password)
        if not reply.ok:
            return Submitted(None, ((self.owner, reply),))
        offered = session.extensions
        parameters: dict[str, str | int | None] = {"SIZE": len(raw)} if "SIZE" in offered else {}
        if "8BITMIME" in offered and not raw.isascii():
            parameters["BODY"] = "8BITMIME"
        if "SMTPUTF8" in offered and not "".join(recipients).isascii():
            parameters["SMTPUTF8"] = None
        reply = await session.mail(self.owner, **parameters)
        if not reply.ok:
            return Submitted(None, ((self.owner, reply),))
        answers = await session.rcpt([(recipient, {}) for recipient in recipients])
        refused = tuple(
            (recipient, answer)
            for recipient, answer in zip(recipients, answers, strict=True)
            if not answer.ok
        )
        if refused:
            return Submitted(None, refused)
        reply = await session.data()
        if reply.ok:
            reply = await session.content(raw)
        if not reply.ok:
            return Submitted(None, ((self.owner, reply),))
        found = _QUEUED.search(reply.text)
        return Submitted(found[1] if found else "")

    async def sync(self) -> list[Stored]:
        """Fetch by IMAP what has come since the last time; gives it.

        Raises:
            Offline: the server cannot be reached, or does not let us in.
        """
        async with self._syncing:  # two at once would fetch the same messages
            await self.gate("fetch", self.owner)
            try:
                async with self._inbox("fetch") as session:
                    return await self._take(session)
            except (OSError, CommandFailed, ImapProtocolError) as error:
                raise Offline(f"{self.site.host}: {error}") from error

    async def _take(self, session: ImapSession) -> list[Stored]:
        """Fetch what is new on a connection that has the inbox selected; gives it."""
        new = [
            Stored(m.uid, m.raw or b"", "\\Seen" in m.flags) async for m in session.fetch_new(self._last_uid)
        ]
        self._last_uid = max([self._last_uid, *(stored.uid for stored in new)])
        return self._keep(new)

    def _keep(self, fetched: list[Stored]) -> list[Stored]:
        """Put messages into the inbox, but for those that came another way before; gives the new ones."""
        inbox = self.folders["INBOX"]
        there = {stored.raw for stored in inbox}
        new = [stored for stored in fetched if stored.raw not in there]
        inbox += new
        return new

    async def sign_in(self, password: str, protocol: str = "imap") -> list[Stored]:
        """Fetch what is new with a password that somebody typed; gives it. By POP3 too, everything stays on the server.

        Raises:
            SignInRefused: the server does not take the password.
            Offline: the server cannot be reached.
        """
        async with self._syncing:
            await self.gate("fetch", self.owner)
            try:
                if protocol == "pop3":
                    return await self._pop(password)
                async with self._signed_in("sign-in", password) as session:
                    return await self._take(session)
            except SignInRefused:
                raise
            except (
                OSError,
                CommandFailed,
                pop3.CommandFailed,
                ImapProtocolError,
                Pop3ProtocolError,
            ) as error:
                raise Offline(f"{self.site.host}: {error}") from error

    async def _pop(self, password: str) -> list[Stored]:
        stream = await self._connect(POP3, Errand("sign-in"))
        try:
            session = await pop3.Pop3Session.open(stream)
            try:
                await session.login(self.owner, password)
            except pop3.CommandFailed as error:
                await session.quit()
                raise SignInRefused(str(error)) from error
            new = []
            for number, unique in await session.listing():
                if unique not in self._popped:
                    self._popped.add(unique)
                    new.append(Stored(-len(self._popped), await session.retrieve(number)))
            await session.quit()
        finally:
            stream.close()
        return self._keep(new)

    async def wait(self, changed: Callable[[Change], None]) -> None:
        """Hold a line to the server from now on, to be told of new mail and to fetch it then; once is enough.

        Raises:
            Offline: the server cannot be reached, or does not let us in.
        """
        if self.waiting is not None and self.waiting.held:
            return

        async def take(session: ImapSession) -> int:
            async with self._syncing:
                return len(await self._take(session))

        await self.gate("fetch", self.owner)
        self.waiting = Waiting(self._inbox("wait"), take, changed)
        try:
            await self.waiting.begin()
        except (OSError, CommandFailed, ImapProtocolError) as error:
            raise Offline(f"{self.site.host}: {error}") from error

    async def stop_waiting(self) -> None:
        """Let go of that line."""
        if self.waiting is not None:
            await self.waiting.end()

    async def read(self, folder: str, uid: int) -> Stored | None:
        """Open a stored message; the server is told that it was read, if it can be reached."""
        stored = next((stored for stored in self.folders.get(folder, []) if stored.uid == uid), None)
        if stored is None or stored.seen:
            return stored
        stored.seen = True
        if folder == "INBOX" and self.online and stored.uid > 0:
            # read it is all the same; the server learns of it some other time
            with contextlib.suppress(OSError, CommandFailed, ImapProtocolError):
                async with self._inbox("read") as session:
                    await session.set_flags([uid], "add", ["\\Seen"])
        return stored

    async def delete(self, uid: int) -> bool:
        """Delete a message of the inbox by IMAP, on the server and so here too; tells whether the device had it.

        Raises:
            Offline: the server cannot be reached; nothing is deleted.
        """
        async with self._syncing:
            inbox = self.folders["INBOX"]
            if uid not in {stored.uid for stored in inbox}:
                return False
            try:
                async with self._inbox("delete") as session:
                    await session.set_flags([uid], "add", ["\\Deleted"])
                    await session.expunge([uid])
            except (OSError, CommandFailed, ImapProtocolError) as error:
                raise Offline(f"{self.site.host}: {error}") from error
            self.folders["INBOX"] = [stored for stored in inbox if stored.uid != uid]
            return True

    async def dial(self, address: str, port: int, *, tls: tuple[ssl.SSLContext, str] | None = None) -> Line:
        """Connect to a host for somebody who talks by hand; see `Line.dial`.

        Raises:
            Offline: nobody answers there, or the device is not on the network.
        """
        if not self.online:
            raise Offline(f"{self.host} is not on the network")
        try:
            return await Line.dial(self.net, self.host, self.address, address, port, tls=tls)
        except OSError as error:
            raise Offline(f"{address}: {error}") from error

    def _inbox(self, step: str) -> contextlib.AbstractAsyncContextManager[ImapSession]:
        return self._signed_in(step, self._password)

    @contextlib.asynccontextmanager
    async def _signed_in(self, step: str, password: str) -> AsyncIterator[ImapSession]:
        stream = await self._connect(IMAP, Errand(step))
        try:
            session = await ImapSession.open(stream)
            try:
                await session.login(self.owner, password)
            except CommandFailed as error:
                await session.logout()
                raise SignInRefused(str(error).removeprefix("LOGIN: ")) from error
            await session.select("INBOX")
            yield session
            await session.logout()
        finally:
            stream.close()

    @property
    def _password(self) -> str:
        account = self.site.account(self.owner)
        return account.password if account else ""

    async def _connect(self, port: int, errand: Errand) -> Stream:
        if not self.online:
            raise Offline(f"{self.host} is not on the network")
        try:
            return await self.net.connect(
                Peer(self.host, self.address, errand), self.site.domain.address, port
            )
        except OSError as error:
            raise Offline(f"{self.site.host}: {error}") from error
