"""What an IMAP server does with each command (RFC 3501): policy and mailboxes, no bytes, no sockets.

A `Session` answers events of the core. Its handlers stand by groups in `mailboxes` and `messages`; those of signing
in are here. Untagged updates about the selected mailbox precede the tagged response of any command, and come while
the client is in IDLE.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mailserver_lab.imap import (
    append,
    events,
    listing,
    mailboxes,
    messages,
    moving,
    notify,
    quota,
    searching,
)
from mailserver_lab.imap.answers import Answer, Final, Refusal
from mailserver_lab.imap.context import Context
from mailserver_lab.imap.core import MAX_MESSAGE
from mailserver_lab.imap.events import (
    Command,
    Continue,
    Data,
    Done,
    Heardable,
    LiteralOffered,
    Refused,
    Response,
    SaslResponse,
    Status,
)
from mailserver_lab.imap.features import ENABLED_BY
from mailserver_lab.imap.states import Outcome
from mailserver_lab.imap.values import Atom
from mailserver_lab.store import NoSuchFolder, OverQuota, StoreError

if TYPE_CHECKING:
    from mailserver_lab.store import Store

Authenticate = Callable[[str, str], Awaitable[bool]]
Handler = Callable[["Session", Any], AsyncIterator[Answer]]

# What a client needs before it signs in; the rest it is told then.
_AT_ONCE = ("LITERAL+", "SASL-IR", "ID", "ENABLE", "IDLE")
_EXTENSIONS = (
    "NAMESPACE", "CHILDREN", "SPECIAL-USE", "CREATE-SPECIAL-USE", "LIST-EXTENDED", "UTF8=ACCEPT",
    "LIST-STATUS", "STATUS=SIZE", "UIDPLUS", "MOVE", "UNSELECT", "MULTIAPPEND", "CATENATE", "BINARY", "ESEARCH",
    "SEARCHRES", "WITHIN", "SORT", "SORT=DISPLAY", "ESORT", "THREAD=ORDEREDSUBJECT", "THREAD=REFERENCES", "THREAD=REFS", "CONDSTORE",
    "QRESYNC", "NOTIFY", "QUOTA", "QUOTA=RES-STORAGE", f"APPENDLIMIT={MAX_MESSAGE}",
)  # fmt: skip
# While these run, no message may lose its number (RFC 3501 §7.4.1, RFC 5256 §3); as UID commands they name messages
# by UID.
_NUMBERED = frozenset({"FETCH", "STORE", "SEARCH", "SORT", "THREAD"})


class Session(Context):
    """One client's session with the server.

    `on_change` is called when there may be something to tell a client in IDLE; `updates` says what.
    """

    def __init__(
        self,
        *,
        store: Store,
        authenticate: Authenticate,
        hostname: str,
        now: Callable[[], datetime],
        tls_offered: bool = False,
        require_tls: bool = False,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(store, now, on_change)
        #: Whether the connection is under TLS: the shell says so once it is.
        self.tls = False
        self._idling = False
        self._authenticate = authenticate
        self._hostname = hostname
        self._tls_offered = tls_offered
        self._require_tls = require_tls

    def greeting(self) -> Status:
        """Return what the server says first."""
        return Status(None, Outcome.OK, f"{self._hostname} IMAP server ready", self._capability_code())

    async def updates(self) -> list[Data | Status]:
        """Return what should be told now, while the client is in IDLE, or has asked to be told at any time (RFC 5465 §4)."""
        told: list[Data | Status] = []
        group = self.notices.selected
        if self._view is not None and (self._idling if group is None else group.wanted):
            # Without a command, a client that wants it so keeps its message numbers (RFC 5465 §6.1.2).
            expunges = self._idling or (group is not None and group.place == "SELECTED")
            told += self.notices.allowed(await self._view.updates(expunges=expunges))
        return [*told, *await self._noticed()]

    async def _noticed(self) -> list[Data | Status]:
        return [*await self.notices.new_messages(), *self.notices.told()]

    async def handle(self, event: Heardable) -> AsyncIterator[Response]:
        """Yield the responses to what the client said; the last one completes it."""
        match event:
            case Refused():
                if event.saves and self._view is not None:
                    self._view.saved = frozenset()
                self._idling = False
                yield Status(event.tag, event.outcome, event.reason, event.code)
            case LiteralOffered():
                yield await self._literal(event)
            case SaslResponse(tag=tag, data=data):
                yield self._tagged(tag, await self._plain(data))
            case Done():
                for update in await self.updates():
                    yield update
                self._idling = False
                yield Status(event.tag, Outcome.OK, "IDLE completed")
            case Command():
                async for response in self._command(event):
                    yield response

    async def _command(self, command: Command) -> AsyncIterator[Response]:
        uid = getattr(command.arguments, "uid", False)
        self.tag = command.tag
        try:
            async for answer in _HANDLERS[command.name](self, command.arguments):
                if not isinstance(answer, Final):
                    yield answer
                    continue
                if self._view is not None:
                    for update in await self._view.updates(
                        expunges=uid or command.name not in _NUMBERED, uid=uid
                    ):
                        yield update
                for notice in await self._noticed():
                    yield notice
                yield self._tagged(command.tag, answer)
        except Refusal as refusal:
            yield self._tagged(command.tag, refusal.final)
        except StoreError as error:
            yield self._tagged(command.tag, _failure(error))

    def _tagged(self, tag: str, final: Final) -> Status:
        return Status(tag, final.outcome, final.text, final.code)

    async def _literal(self, event: LiteralOffered) -> Response:
        """Ask for the literal, or refuse it before it is sent: a message that has no room need not travel."""
        if event.name == "APPEND" and self._address is not None:
            used, limit = await self.store.usage(self._address)
            if limit is not None and used + event.size > limit:
                return Status(
                    event.tag, Outcome.NO, f"The mailbox holds {used} of {limit} octets", "OVERQUOTA"
                )
        return Continue(f"Ready for {event.size} octets")

    # -- any state

    def capabilities(self) -> list[str]:
        """Return what the server can do now (§6.1.1)."""
        found = ["IMAP4rev1", "IMAP4rev2", *_AT_ONCE]
        if self._address is not None:
            return [*found, *_EXTENSIONS]
        found += ["STARTTLS"] if self._tls_offered and not self.tls else []
        return [*found, "LOGINDISABLED" if self._login_refused() else "AUTH=PLAIN"]

    def _capability_code(self) -> str:
        return " ".join(["CAPABILITY", *self.capabilities()])

    async def _capability(self, arguments: events.NoArguments) -> AsyncIterator[Answer]:
        yield Data([Atom("CAPABILITY"), *map(Atom, self.capabilities())])
        yield Final("CAPABILITY completed")

    async def _enable(self, arguments: events.Enable) -> AsyncIterator[Answer]:
        """ENABLE (RFC 5161): what is not known is passed over."""
        condstore = self.features.condstore
        known = [name for name in arguments.capabilities if name in ENABLED_BY]
        for name in known:
            self.features.enable(name)
        yield Data([Atom("ENABLED"), *(Atom(ENABLED_BY[name][0]) for name in known)])
        if not condstore and (code := self.highest_modseq()):
            yield Status(None, Outcome.OK, "Mod-sequences are told from now on", code)
        yield Final("ENABLE completed")

    async def _check(self, arguments: events.NoArguments) -> AsyncIterator[Answer]:
        """CHECK (§6.4.1): all is on disk at any time, so there is nothing to do."""
        yield Final("CHECK completed")

    async def _noop(self, arguments: events.NoArguments) -> AsyncIterator[Answer]:
        yield Final("NOOP completed")

    async def _id(self, arguments: events.Id) -> AsyncIterator[Answer]:
        yield Data([Atom("ID"), ["name", "mailserver-lab"]])
        yield Final("ID completed")

    async def _logout(self, arguments: events.NoArguments) -> AsyncIterator[Answer]:
        self.leave()
        yield Status(None, Outcome.BYE, f"{self._hostname} closing")
        yield Final("LOGOUT completed")

    async def _idle(self, arguments: events.NoArguments) -> AsyncIterator[Answer]:
        self._idling = True
        self.on_change()  # there may be something to tell already
        yield Continue("Idling; DONE ends it")

    # -- signing in

    def _login_refused(self) -> bool:
        return self._require_tls and not self.tls

    async def _starttls(self, arguments: events.NoArguments) -> AsyncIterator[Answer]:
        if not self._tls_offered:
            raise Refusal("TLS is not available here")
        yield Final("Begin TLS negotiation now")

    async def _login(self, arguments: events.Login) -> AsyncIterator[Answer]:
        yield await self._sign_in(arguments.user, arguments.password)

    async def _authenticate_by(self, arguments: events.Authenticate) -> AsyncIterator[Answer]:
        if arguments.mechanism != "PLAIN":
            raise Refusal(f"Mechanism {arguments.mechanism} is not offered; PLAIN is", "CANNOT")
        if self._login_refused():
            yield await self._sign_in("", "")
        elif arguments.initial is None:
            yield Continue()
        else:
            yield await self._plain(arguments.initial)

    async def _plain(self, response: bytes | None) -> Final:
        """Sign in by SASL PLAIN (RFC 4616): who to act as, who signs in, and the password, divided by NULs."""
        if response is None:
            return Final("AUTHENTICATE cancelled", outcome=Outcome.BAD)
        try:
            act_as, user, password = response.decode().split("\0")
        except ValueError:
            return Final("PLAIN needs three parts, divided by NUL, in UTF-8", outcome=Outcome.BAD)
        if act_as and act_as.lower() != user.lower():
            return Final("Nobody may act as somebody else here", "AUTHORIZATIONFAILED", Outcome.NO)
        return await self._sign_in(user, password)

    async def _sign_in(self, user: str, password: str) -> Final:
        if self._login_refused():
            return Final("Sign in under TLS only: give STARTTLS first", "PRIVACYREQUIRED", Outcome.NO)
        address = user.strip().lower()
        if not await self._authenticate(address, password):
            return Final("Wrong name or password", "AUTHENTICATIONFAILED", Outcome.NO)
        self._address = address
        return Final(f"{address} is signed in", self._capability_code())


def _failure(error: StoreError) -> Final:
    """Return the refusal that a program can tell the cause from, too (RFC 5530 §3)."""
    match error:
        case NoSuchFolder():
            return Final("There is no such mailbox", "NONEXISTENT", Outcome.NO)
        case OverQuota(used=used, quota=quota):
            return Final(f"The mailbox holds {used} of {quota} octets", "OVERQUOTA", Outcome.NO)
    return Final(str(error), "CANNOT", Outcome.NO)


_HANDLERS: dict[str, Handler] = {
    "CAPABILITY": Session._capability, "NOOP": Session._noop, "ID": Session._id, "LOGOUT": Session._logout,
    "IDLE": Session._idle, "ENABLE": Session._enable, "CHECK": Session._check, "STARTTLS": Session._starttls,
    "LOGIN": Session._login, "AUTHENTICATE": Session._authenticate_by,
    "SELECT": mailboxes.select, "EXAMINE": mailboxes.examine, "CREATE": mailboxes.create, "DELETE": mailboxes.delete,
    "RENAME": mailboxes.rename, "SUBSCRIBE": mailboxes.subscribe, "UNSUBSCRIBE": mailboxes.unsubscribe,
    "NAMESPACE": mailboxes.namespace, "LIST": listing.list_mailboxes, "LSUB": listing.list_subscribed,
    "STATUS": listing.status, "APPEND": append.append, "NOTIFY": notify.notify, "GETQUOTA": quota.quota, "GETQUOTAROOT": quota.quota_root,
    "FETCH": messages.fetch_messages, "STORE": messages.store_flags, "COPY": moving.copy, "MOVE": moving.move,
    "EXPUNGE": moving.expunge, "CLOSE": moving.close, "UNSELECT": moving.unselect, "SEARCH": searching.find,
    "SORT": searching.sort_messages, "THREAD": searching.thread_messages,
}  # fmt: skip
