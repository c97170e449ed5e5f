"""What a POP3 server does with each command (RFC 1939): policy and mailbox, no bytes, no sockets.

A `Session` sees the INBOX as it was at sign-in: numbers stay what they are until the end, whatever other programs
do meanwhile. Messages marked by DELE are removed by QUIT alone.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from mailserver_lab.pop3.events import Answer, Command, Continue, Err, Ok, Refused, SaslResponse
from mailserver_lab.store import StoreError

if TYPE_CHECKING:
    from mailserver_lab.store import Message, Store

Authenticate = Callable[[str, str], Awaitable[bool]]

_CAPABILITIES = (
    "TOP",
    "UIDL",
    "PIPELINING",
    "RESP-CODES",
    "AUTH-RESP-CODE",
    "EXPIRE NEVER",
    "IMPLEMENTATION mailserver-lab",
)
_BLANK_LINE = re.compile(rb"\n\r?\n|\A\r?\n")
_WRONG = Err("Wrong name or password", "AUTH")


class MailboxLocks:
    """Which mailboxes of one company are open: one POP3 session each (RFC 1939 §4)."""

    def __init__(self) -> None:
        self._held: set[str] = set()

    def acquire(self, address: str) -> bool:
        """Lock the mailbox, or say that somebody else has."""
        if address in self._held:
            return False
        self._held.add(address)
        return True

    def release(self, address: str) -> None:
        """Unlock the mailbox."""
        self._held.discard(address)


class Session:
    """One client's session with the server."""

    def __init__(
        self,
        *,
        store: Store,
        authenticate: Authenticate,
        locks: MailboxLocks,
        hostname: str,
        tls_offered: bool = False,
        require_tls: bool = False,
    ) -> None:
        self._store = store
        self._authenticate = authenticate
        self._locks = locks
        self._hostname = hostname
        self._tls_offered = tls_offered
        self._require_tls = require_tls
        self._user = ""
        self._address: str | None = None
        self._uidvalidity = 0
        self._messages: list[Message] = []
        self._deleted: set[int] = set()
        #: Whether the connection is under TLS: the shell says so once it is.
        self.tls = False

    def greeting(self) -> Ok:
        """Return what the server says first."""
        return Ok(f"{self._hostname} POP3 server ready")

    def close(self) -> None:
        """Let go of the mailbox. Nothing is removed: without QUIT there is no UPDATE state (RFC 1939 §6)."""
        if self._address is not None:
            self._locks.release(self._address)
            self._address = None

    def concerns(self, event: Command | SaslResponse | Refused) -> str | None:
        """Return the queue id of the message that a command names, where it names one and its id is known."""
        if not isinstance(event, Command) or not event.argument or not self._messages:
            return None
        number = _number(event.arguments[0]) or 0
        return self._messages[number - 1].queue_id if 1 <= number <= len(self._messages) else None

    async def handle(self, event: Command | SaslResponse | Refused) -> Answer:
        """Return the answer to what the client said."""
        match event:
            case Refused(reason=reason):
                return Err(reason)
            case SaslResponse(data=data):
                return Err("AUTH cancelled") if data is None else await self._plain(data)
            case Command(verb="CAPA"):
                return Ok("Capability list follows", lines=self._capabilities())
            case Command(verb="NOOP"):
                return Ok()
            case Command(verb="QUIT"):
                return await self._quit()
            case Command(verb="USER" | "PASS" | "AUTH" | "STLS"):
                return await self._sign_in(event)
            case Command(verb="STAT"):
                return Ok(self._total())
            case Command(verb="RSET"):
                self._deleted.clear()
                return Ok(f"Maildrop has {self._total()}")
            case Command(verb="LIST", argument=""):
                return Ok(self._total(), lines=[f"{n} {self._messages[n - 1].size}" for n in self._present()])
            case Command(verb="UIDL", argument=""):
                return Ok(lines=[f"{n} {self._uidl(n)}" for n in self._present()])
        return await self._about_message(event)

    # -- AUTHORIZATION

    def _capabilities(self) -> list[str]:
        login = [] if self._login_refused() else ["USER", "SASL PLAIN"]
        return [*login, *(["STLS"] if self._tls_offered and not self.tls else []), *_CAPABILITIES]

    def _login_refused(self) -> bool:
        return self._require_tls and not self.tls

    async def _sign_in(self, command: Command) -> Answer:
        if command.verb == "STLS":
            return Ok("Begin TLS negotiation now") if self._tls_offered else Err("TLS is not available here")
        if self._login_refused():
            return Err("Sign in under TLS only: give STLS first, or connect to the POP3S port")
        if command.verb == "USER":
            self._user = command.argument.strip()
            # The same answer whether or not there is such a user: a guesser learns nothing.
            return Ok("Now the password")
        if command.verb == "PASS":
            return await self._login(self._user, command.argument)
        mechanism, *initial = command.arguments
        if mechanism.upper() != "PLAIN":
            return Err(f"Mechanism {mechanism} is not offered; PLAIN is")
        if not initial:
            return Continue()
        try:
            # RFC 5034 §4: a lone "=" is an empty initial response.
            return await self._plain(
                b"" if initial[0] == "=" else base64.b64decode(initial[0], validate=True)
            )
        except ValueError:
            return Err("The initial response must be base64")

    async def _plain(self, response: bytes) -> Answer:
        """Sign in by SASL PLAIN (RFC 4616): who to act as, who signs in, and the password, divided by NULs."""
        try:
            act_as, user, password = response.decode().split("\0")
        except ValueError:
            return Err("PLAIN needs three parts, divided by NUL, in UTF-8")
        if act_as and mailbox_of(act_as) != mailbox_of(user):
            return Err("Nobody may act as somebody else here", "AUTH")
        return await self._login(user, password)

    async def _login(self, user: str, password: str) -> Answer:
        address = mailbox_of(user)
        if not await self._authenticate(address, password):
            return _WRONG
        if not self._locks.acquire(address):
            return Err("Another session has this mailbox open", "IN-USE")
        self._address = address
        try:
            folder = await self._store.folder(address, "INBOX")
            self._messages = await self._store.messages(address, "INBOX")
        except StoreError as error:
            self.close()
            return Err(f"The mailbox cannot be opened: {error}", "SYS/TEMP")
        self._uidvalidity = folder.uidvalidity
        return Ok(f"Mailbox open, {self._total()}")

    # -- TRANSACTION

    def _present(self) -> list[int]:
        return [n for n in range(1, len(self._messages) + 1) if n not in self._deleted]

    def _total(self) -> str:
        present = self._present()
        return f"{len(present)} {sum(self._messages[n - 1].size for n in present)}"

    def _uidl(self, number: int) -> str:
        # UIDVALIDITY and UID name a message for good (RFC 1939 §7 wants 1 to 70 printable characters).
        return f"{self._uidvalidity}-{self._messages[number - 1].uid}"

    async def _about_message(self, command: Command) -> Answer:
        number, lines = ([*map(_number, command.arguments), None])[:2]
        if number is None or (command.verb == "TOP" and lines is None):
            return Err("A number is needed")
        if not 1 <= number <= len(self._messages):
            return Err(f"No such message: there are {len(self._messages)}")
        if number in self._deleted:
            return Err(f"Message {number} is marked as deleted")
        message = self._messages[number - 1]
        match command.verb:
            case "LIST":
                return Ok(f"{number} {message.size}")
            case "UIDL":
                return Ok(f"{number} {self._uidl(number)}")
            case "DELE":
                self._deleted.add(number)
                return Ok(f"Message {number} marked as deleted; QUIT will remove it")
        try:
            raw = await self._store.raw(message.id)
        except StoreError:
            return Err(f"Message {number} is gone: another program has removed it", "SYS/TEMP")
        if command.verb == "TOP":
            return Ok(f"Top of message {number} follows", content=top(raw, lines or 0))
        return Ok(f"{message.size} octets", content=raw)

    # -- UPDATE

    async def _quit(self) -> Answer:
        address, marked = self._address, [self._messages[n - 1].uid for n in sorted(self._deleted)]
        if address is None:
            return Ok(f"{self._hostname} closing")
        try:
            if marked:
                await self._store.expunge(address, "INBOX", marked)
        except StoreError as error:
            return Err(f"Some messages were not removed: {error}", "SYS/TEMP")
        finally:
            self.close()
        return Ok(f"{self._hostname} closing, {len(marked)} removed")


def mailbox_of(name: str) -> str:
    """Return the address that a login name stands for: the name itself, in lower case as the store keeps it."""
    return name.strip().lower()


def top(raw: bytes, lines: int) -> bytes:
    """Return a message's header, the empty line and so many lines of its body (RFC 1939 §7, TOP)."""
    blank = _BLANK_LINE.search(raw)
    if blank is None:
        return raw
    end = blank.end()
    for _ in range(lines):
        found = raw.find(b"\n", end)
        if found < 0:
            return raw
        end = found + 1
    return raw[:end]


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
