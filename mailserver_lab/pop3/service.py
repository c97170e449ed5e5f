"""What a POP3 server does with each command (RFC 1939): policy and mailbox, no bytes, no sockets.

A `Session` sees the INBOX as it was at sign-in: numbers stay what they are until the end, whatever other programs
do meanwhile. Messages marked by DELE are removed by QUIT alone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from mailserver_lab.locale import LANGUAGES, Lang, Text, is_lang
from mailserver_lab.mime import headers
from mailserver_lab.pop3 import texts
from mailserver_lab.pop3.events import Answer, Command, Continue, Err, Ok, Refused, SaslResponse
from mailserver_lab.pop3.saslprep import prepared
from mailserver_lab.store import ReadAhead, StoreError

if TYPE_CHECKING:
    from mailserver_lab.store import Message, Store

#: What gives an answer in time.
Later = Callable[[], Awaitable[Answer]]
Authenticate = Callable[[str, str], Awaitable[bool]]
#: Gives the password of an account, None where there is no such account: APOP's digest cannot be checked without it.
SecretOf = Callable[[str], str | None]

# RFC 2449 §6; RFC 3206 §6; RFC 6856 §2 and §3. Messages stay until they are deleted (EXPIRE NEVER).
_CAPABILITIES = (
    "TOP",
    "UIDL",
    "PIPELINING",
    "RESP-CODES",
    "AUTH-RESP-CODE",
    "UTF8 USER",
    "LANG",
    "EXPIRE NEVER",
    "IMPLEMENTATION mailserver-lab",
)


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
    """One client's session with the server.

    Args:
        store: the company's mailboxes.
        authenticate: whether this is the password of that account.
        locks: which mailboxes other sessions have open.
        hostname: the server's own name.
        tls: whether the connection is under TLS already.
        tls_offered: whether STLS can be given.
        require_tls: no sign-in in plain text.
        lang: the language that `LANG *` chooses (RFC 6856 §3.2).
        secret_of: for APOP; None where it is not offered.
        stamp: what makes the greeting's timestamp differ from any other's (RFC 1939 §7), for APOP.
    """

    def __init__(
        self,
        *,
        store: Store,
        authenticate: Authenticate,
        locks: MailboxLocks,
        hostname: str,
        tls: bool = False,
        tls_offered: bool = False,
        require_tls: bool = False,
        lang: Lang = "en",
        secret_of: SecretOf | None = None,
        stamp: str = "",
    ) -> None:
        self._store = store
        self._authenticate = authenticate
        self._locks = locks
        self._hostname = hostname
        self._tls_offered = tls_offered
        self._require_tls = require_tls
        self._preferred = lang
        self._secret_of = secret_of
        self._timestamp = f"<{stamp}@{hostname}>" if secret_of and stamp and not require_tls else ""
        self._address: str | None = None
        self._uidvalidity = 0
        self._messages: list[Message] = []
        self._deleted: set[int] = set()
        self._ahead = ReadAhead(store)
        self._retrieved = 0  # the number of the message that was last
        self._awaited = 0  # of the one whose RETR will probably come next; 0 where that cannot be told
        self._prepared: Answer | None = None  # to that
        self._tls = tls
        self._forget()

    def _forget(self) -> None:
        """Be as if the client had said nothing yet."""
        self._user = ""
        self._utf8 = False
        self._lang: Lang = "en"  # in ASCII, until the client asks for another language (RFC 1939 §3)

    def tls_started(self) -> None:
        """Go on under TLS. What was said before it may have been said by somebody on the way (RFC 2595 §4, RFC 6856 §7)."""
        self._tls = True
        self._forget()

    def greeting(self) -> Ok:
        """Return what the server says first; with a timestamp where it offers APOP."""
        return Ok(f"{self._hostname} POP3 server ready {self._timestamp}".rstrip())

    def _ok(self, text: Text, *, lines: list[str] | None = None, **values: object) -> Ok:
        return Ok(text[self._lang].format(**values), lines=lines)

    def _err(self, text: Text, code: str | None = None, **values: object) -> Err:
        return Err(text[self._lang].format(**values), code)

    def too_many_errors(self) -> Err:
        """Return the last answer to a client that has been refused too often."""
        return Err(texts.TOO_MANY_ERRORS[self._lang], close=True)

    def trouble(self) -> Err:
        """Return the answer where something of ours broke."""
        return self._err(texts.TROUBLE, "SYS/TEMP")

    def close(self) -> None:
        """Let go of the mailbox. Nothing is removed: without QUIT there is no UPDATE state (RFC 1939 §6)."""
        if self._address is not None:
            self._locks.release(self._address)
            self._address = self._prepared = None
            self._awaited = 0
            self._ahead.clear()

    def concerns(self, event: Command | SaslResponse | Refused) -> str | None:
        """Return the queue id of the message that a command names, where it names one and its id is known."""
        if not isinstance(event, Command) or not event.argument or not self._messages:
            return None
        number = _number(event.arguments[0]) or 0
        return self._messages[number - 1].queue_id if 1 <= number <= len(self._messages) else None

    def answer(self, event: Command | SaslResponse | Refused) -> Answer | Later:
        """Return the answer to what the client said; for signing in and QUIT, which may take a while, what gives it."""
        if isinstance(event, Refused):
            return Err(event.reason[self._lang])
        if isinstance(event, SaslResponse):
            return self._err(texts.CANCELLED) if event.data is None else partial(self._plain, event.data)
        match event.verb:
            case "RETR" | "TOP" | "DELE":
                return self._about_message(event)
            case "CAPA":
                return self._ok(texts.CAPABILITIES, lines=self._capabilities())
            case "LANG":
                return self._language(event.argument.strip())
            case "NOOP":
                return Ok()
            case "QUIT":
                return self._quit
            case "UTF8":
                self._utf8 = True
                return self._ok(texts.UTF8_ON)
            case "STLS":
                return self._stls()
            case "USER" | "PASS" | "APOP" | "AUTH":
                return partial(self._sign_in, event)
            case "STAT":
                return Ok("{} {}".format(*self._total()))
            case "RSET":
                self._deleted.clear()
                return self._about_total(texts.MAILDROP)
            case "LIST" if not event.argument:
                listing = [f"{n} {self._messages[n - 1].size}" for n in self._present()]
                return Ok("{} {}".format(*self._total()), lines=listing)
            case "UIDL" if not event.argument:
                return Ok(lines=[f"{n} {self._uidl(n)}" for n in self._present()])
        return self._about_message(event)  # LIST and UIDL of one

    def _language(self, wanted: str) -> Answer:
        """Choose a language for replies, or list them (RFC 6856 §3.2)."""
        if not wanted:
            return self._ok(texts.LANGUAGES_FOLLOW, lines=[f"{tag} {texts.NAMES[tag]}" for tag in LANGUAGES])
        tag = self._preferred if wanted == "*" else wanted.lower()
        # RFC 4647 §3.4: who asks for en-US is served with en.
        while not is_lang(tag) and "-" in tag:
            tag = tag.rpartition("-")[0]
        if not is_lang(tag):
            return self._err(texts.NO_SUCH_LANGUAGE)
        self._lang = tag
        self._prepared = None  # it is in the other language
        return self._ok(texts.LANGUAGE, tag=tag)

    # -- AUTHORIZATION

    def _capabilities(self) -> list[str]:
        login = [] if self._login_refused() else ["USER", "SASL PLAIN"]
        stls = ["STLS"] if self._tls_offered and not self._tls and not self._utf8 else []
        return [*login, *stls, *_CAPABILITIES]

    def _login_refused(self) -> bool:
        return self._require_tls and not self._tls

    def _stls(self) -> Answer:
        if self._utf8:
            return self._err(texts.TLS_BEFORE_UTF8)  # RFC 6856 §2.1
        return self._ok(texts.BEGIN_TLS) if self._tls_offered else self._err(texts.NO_TLS)

    async def _sign_in(self, command: Command) -> Answer:
        if self._login_refused():
            return self._err(texts.TLS_ONLY)
        if command.verb == "USER":
            self._user = command.argument.strip()
            # The same answer whether or not there is such a user: a guesser learns nothing.
            return self._ok(texts.NOW_THE_PASSWORD)
        if command.verb == "PASS":
            return await self._login(self._user, command.argument)
        if command.verb == "APOP":
            return await self._apop(*command.arguments)
        mechanism, *initial = command.arguments
        if mechanism.upper() != "PLAIN":
            return self._err(texts.PLAIN_ALONE)
        if not initial:
            return Continue()
        try:
            # RFC 5034 §4: a lone "=" is an empty initial response.
            return await self._plain(
                b"" if initial[0] == "=" else base64.b64decode(initial[0], validate=True)
            )
        except ValueError:
            return self._err(texts.INITIAL_NOT_BASE64)

    async def _plain(self, response: bytes) -> Answer:
        """Sign in by SASL PLAIN (RFC 4616): who to act as, who signs in, and the password, divided by NULs."""
        try:
            act_as, user, password = response.decode().split("\0")
        except ValueError:
            return self._err(texts.NOT_PLAIN)
        if act_as and mailbox_of(act_as) != mailbox_of(user):
            return self._err(texts.SOMEBODY_ELSE, "AUTH")
        return await self._login(user, password)

    async def _apop(self, name: str, digest: str) -> Answer:
        """Sign in by the digest of the greeting's timestamp and the password (RFC 1939 §7)."""
        if self._secret_of is None or not self._timestamp:
            return self._err(texts.NO_APOP)
        address = mailbox_of(name)
        secret = self._secret_of(address)
        made = hashlib.md5((self._timestamp + (secret or "")).encode(), usedforsecurity=False).hexdigest()
        if secret is None or not hmac.compare_digest(made.encode(), digest.encode()):
            return self._err(texts.WRONG_LOGIN, "AUTH")
        return await self._open(address)

    async def _login(self, name: str, password: str) -> Answer:
        address = mailbox_of(name)
        # As it was typed, and as SASLprep makes it: the account's may have been written down in either form.
        for each in dict.fromkeys((password, prepared(password))):
            if each and await self._authenticate(address, each):
                return await self._open(address)
        return self._err(texts.WRONG_LOGIN, "AUTH")

    async def _open(self, address: str) -> Answer:
        if not self._locks.acquire(address):
            return self._err(texts.IN_USE, "IN-USE")
        self._address = address
        try:
            folder = await self._store.folder(address, "INBOX")
            self._messages = await self._store.messages(address, "INBOX")
        except StoreError:
            self.close()
            return self._err(texts.CANNOT_OPEN, "SYS/TEMP")
        self._uidvalidity = folder.uidvalidity
        return self._about_total(texts.OPEN)

    # -- TRANSACTION

    def _present(self) -> list[int]:
        return [n for n in range(1, len(self._messages) + 1) if n not in self._deleted]

    def _total(self) -> tuple[int, int]:
        present = self._present()
        return len(present), sum(self._messages[n - 1].size for n in present)

    def _about_total(self, text: Text) -> Ok:
        count, size = self._total()
        return self._ok(text, count=count, size=size)

    def _uidl(self, number: int) -> str:
        # UIDVALIDITY and UID name a message for good (RFC 1939 §7 wants 1 to 70 printable characters).
        return f"{self._uidvalidity}-{self._messages[number - 1].uid}"

    def _about_message(self, command: Command) -> Answer:
        number, lines = ([*map(_number, command.arguments), None])[:2]
        if number is None or (command.verb == "TOP" and lines is None):
            return self._err(texts.NUMBER_NEEDED)
        if not 1 <= number <= len(self._messages):
            return self._err(texts.NO_SUCH_MESSAGE, count=len(self._messages))
        if number in self._deleted:
            return self._err(texts.IS_DELETED, number=number)
        message = self._messages[number - 1]
        match command.verb:
            case "LIST":
                return Ok(f"{number} {message.size}")
            case "UIDL":
                return Ok(f"{number} {self._uidl(number)}")
            case "DELE":
                self._deleted.add(number)
                return self._ok(texts.DELETED, number=number)
        awaited = command.verb == "RETR" and number == self._awaited and self._ahead.is_current
        prepared, self._prepared = self._prepared if awaited else None, None
        in_turn, self._retrieved = number == self._retrieved + 1, number
        self._awaited = number + 1 if in_turn and command.verb == "RETR" else 0
        return prepared or self._content(number, lines, in_turn=in_turn)

    def _content(self, number: int, lines: int | None, *, in_turn: bool) -> Answer:
        """The answer to TOP with so many lines, or to RETR; `in_turn` where messages are fetched one after the other."""
        message = self._messages[number - 1]
        try:
            more = ReadAhead.MESSAGES if in_turn else 0  # it will go on so
            raw = self._ahead.raw(message, self._messages[number : number + more])
        except StoreError:
            return self._err(texts.GONE, "SYS/TEMP", number=number)
        if not self._utf8 and _is_international(raw):
            return self._err(texts.NEEDS_UTF8, "UTF8", number=number)
        if lines is not None:
            return Ok(texts.TOP[self._lang].format(number=number), content=top(raw, lines))
        return Ok(texts.OCTETS[self._lang].format(size=message.size), content=raw)

    def ahead(self) -> Answer | None:
        """Return the answer that will probably be wanted next, made while the client is busy with the one before.

        That is the next message, for who fetches one after the other; None for anybody else, or where it is large.
        """
        number = self._awaited
        if not 1 <= number <= len(self._messages) or self._messages[number - 1].size > ReadAhead.OCTETS:
            return None
        if self._prepared is None:
            self._prepared = self._content(number, None, in_turn=True)
        return self._prepared

    # -- UPDATE

    async def _quit(self) -> Answer:
        address, marked = self._address, [self._messages[n - 1].uid for n in sorted(self._deleted)]
        if address is None:
            return self._ok(texts.CLOSING, host=self._hostname)
        try:
            if marked:
                await self._store.expunge(address, "INBOX", marked)
        except StoreError:
            return self._err(texts.NOT_REMOVED, "SYS/TEMP")
        finally:
            self.close()
        return self._ok(texts.CLOSING_REMOVED, host=self._hostname, count=len(marked))


def mailbox_of(name: str) -> str:
    """Return the address that a login name stands for: the name itself, in lower case as the store keeps it."""
    return prepared(name.strip()).lower()


def top(raw: bytes, lines: int) -> bytes:
    """Return a message's header, the empty line and so many lines of its body (RFC 1939 §7, TOP)."""
    end = headers.end_of(raw, 0, len(raw))
    for _ in range(lines):
        found = raw.find(b"\n", end)
        if found < 0:
            return raw
        end = found + 1
    return raw[:end]


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _is_international(raw: bytes) -> bool:
    """Whether a message's header is in UTF-8 (RFC 6532), which wants UTF-8 mode (RFC 6856 §4).

    Other octets above ASCII are no text of any standard; they go out as they came.
    """
    if raw.isascii():
        return False
    header = raw[: headers.end_of(raw, 0, len(raw))]
    if header.isascii():
        return False
    try:
        header.decode()
    except UnicodeDecodeError:
        return False
    return True
