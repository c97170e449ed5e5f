"""The SMTP server: aiosmtpd's, with the commands and the replies that a mail server of today has.

aiosmtpd holds the connection, reads commands, does STARTTLS and AUTH. What it lacks is added here: content read in large
pieces (`intake`), enhanced status codes on every reply (RFC 2034; `wording`), PIPELINING (RFC 2920), DSN (RFC 3461; `parameters`), a
null reverse-path as '', the record, limits (`guard`), and a word of farewell to a client that says nothing. What is sent
and to whom is the policy's business.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import sqlite3
import ssl
from collections import defaultdict
from collections.abc import Awaitable, Callable
from functools import cache, partial
from typing import Any

from aiosmtpd.smtp import MISSING, SMTP, AuthResult, Envelope, LoginPassword, Session, TLSSetupException

from .. import replies
from ..net import Peer
from ..replies import Reply
from ..trace import Conn
from . import intake
from .content import proper_lines, without_return_path
from .envelope import Letter
from .guard import CONTROL_CHARACTER, TOO_MANY_CLIENTS, Patience, has_control, visible
from .parameters import Refused, of_mail, of_rcpt
from .policy import Policy
from .tap import Tap
from .wording import EHLO_FIRST, MAIL_FIRST, RCPT_FIRST, TOO_LONG_A_TEXT_LINE, worded

log = logging.getLogger(__name__)
logging.getLogger("mail.log").setLevel(
    logging.ERROR
)  # aiosmtpd warns of its own deprecated attribute at every login

IDLE = (
    600.0  # seconds; at least 300 (RFC 5321 section 4.5.3.2.7), and longer than a reader may hold a message
)
HANDSHAKE = 30.0  # seconds for TLS from the beginning
RECIPIENTS = 1_000  # of one message; section 4.5.3.1.8 asks for at least 100
COMMAND_LIMIT = 2_048  # octets: MAIL and RCPT grow by the extensions' parameters (RFC 3461 section 5.1)
AUTH_LIMIT = 12_288  # octets (RFC 4954 section 4)

GO_ON = Reply(354, "End data with <CR><LF>.<CR><LF>")
NOT_TELLING = Reply(252, "Not telling; send, and see", "2.5.0")
SYNTAX = {  # what may follow each command, as HELP has it
    "AUTH": "mechanism [initial-response]",
    "DATA": "",
    "EHLO": "host",
    "EXPN": "list",
    "HELO": "host",
    "HELP": "[command]",
    "MAIL": "FROM:<address> [SIZE=n] [BODY=7BIT|8BITMIME] [SMTPUTF8] [RET=FULL|HDRS] [ENVID=id]",
    "NOOP": "[anything]",
    "QUIT": "",
    "RCPT": "TO:<address> [NOTIFY=NEVER|SUCCESS,FAILURE,DELAY] [ORCPT=type;address]",
    "RSET": "",
    "STARTTLS": "",
    "VRFY": "address",
}


@cache
def _hooks(server: type[SMTP]) -> list[str]:
    """Commands, mechanisms of AUTH and hooks of a class."""
    return sorted(
        name
        for name in set().union(*map(vars, server.__mro__))
        if name.startswith(("smtp_", "auth_", "handle_"))
    )


class Server(SMTP):  # type: ignore[misc]
    """One connection to one of a site's ports.

    Args:
        policy: decides what is accepted, and takes it.
        hostname: the server's own name.
        peer_of: tells who is at the other end of a transport.
        record: begins the record of a connection with that peer.
        tls: for STARTTLS, or from the beginning; None where it is not offered.
        implicit_tls: whether TLS comes before SMTP (RFC 8314 section 3.3): begun here, or by the listener where `tls` is None.
        require_tls: no AUTH in plain text.
        idle: seconds that a client may say nothing.
    """

    AuthLoginUsernameChallenge = "Username:"
    AuthLoginPasswordChallenge = "Password:"

    def __init__(
        self, policy: Policy, *, hostname: str, peer_of: Callable[[asyncio.BaseTransport], Peer], record: Callable[[Peer], Conn],
        tls: ssl.SSLContext | None = None, implicit_tls: bool = False, require_tls: bool = False, idle: float = IDLE,
    ) -> None:  # fmt: skip
        self.command_size_limits = defaultdict(
            lambda: COMMAND_LIMIT
        )  # the base class shares one among all connections
        self.line_length_limit = AUTH_LIMIT  # how far the base class reads for the end of any line
        super().__init__(
            self,
            data_size_limit=policy.size_limit,
            enable_SMTPUTF8=True,
            hostname=hostname,
            ident=policy.greeting,
            tls_context=None if implicit_tls else tls,
            timeout=idle,
            auth_required=False,  # checked here, with a reply that fits
            auth_require_tls=require_tls and not implicit_tls,
            auth_exclude_mechanism=() if policy.wants_login else ("PLAIN", "LOGIN"),
            authenticator=self._sign_in,
            loop=asyncio.get_running_loop(),
        )
        self.command_size_limit = COMMAND_LIMIT
        self.command_size_limits["AUTH"] = AUTH_LIMIT
        self._policy = policy
        self._peer_of, self._record = peer_of, record
        self._implicit_tls = implicit_tls
        self._first_tls = tls if implicit_tls else None
        self._begun = False
        self._tap: Tap
        self._login: str | None = None
        self._letter: Letter | None = None
        self._patience = Patience()
        self._let_in = False
        self._unsaid = b""  # the first lines of a reply that has more
        methods: dict[str, Any] = vars(self)["_smtp_methods"]
        self._smtp_methods = {verb: partial(self._obey, verb, method) for verb, method in methods.items()}

    def __dir__(self) -> list[str]:
        """What the base class looks for in each new connection. To search all that there is takes half a millisecond."""
        return _hooks(type(self))  # type: ignore[arg-type]

    # -- the connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._begun:
            self._tap.secured()
            self._login = None  # whatever was said in plain text is forgotten (RFC 3207 section 4.2)
        elif self._first_tls is not None and not self._let_in:
            assert isinstance(transport, asyncio.Transport)
            self.transport = transport  # for whoever breaks off all connections
            self._let_in = self._policy.crowd.enter()
            if self._let_in:
                self._handshake = self.loop.create_task(self._shake_hands(transport, self._first_tls))
            else:
                transport.close()  # to say so would take the handshake that there is no room for
            return
        else:
            self._begun = True
            self._peer = self._peer_of(transport)
            self._followed = (
                self._peer.errand.queue_id
            )  # before anything that is said here is about a message
            self._tap = Tap(self._record(self._peer))
            self._let_in = self._let_in or self._policy.crowd.enter()
            if not self._let_in:
                self._turn_away(transport)
                return
        super().connection_made(transport)

    async def _shake_hands(self, transport: asyncio.Transport, tls: ssl.SSLContext) -> None:
        """Begin TLS before anything is said (RFC 8314 section 3.3). Until that is done, the client takes a place already."""
        try:
            secured = await self.loop.start_tls(
                transport, self, tls, server_side=True, ssl_handshake_timeout=HANDSHAKE
            )
        except OSError as error:  # also what ssl says
            transport.abort()
            self.connection_lost(error)
        else:
            if secured is not None:  # else it was broken off
                self.connection_made(secured)

    def _turn_away(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        for line in TOO_MANY_CLIENTS.lines():
            self._tap.server(line)
            transport.write(line.encode() + b"\r\n")
        transport.close()

    def data_received(self, data: bytes) -> None:
        if self._begun and self._let_in:
            self._tap.client(data)
            super().data_received(data)

    def eof_received(self) -> bool | None:
        return super().eof_received() if self._begun and self._let_in else None

    def connection_lost(self, error: Exception | None) -> None:
        if self._let_in:
            self._let_in = False  # a broken handshake is told of twice
            self._policy.crowd.leave()
            if self._begun:
                super().connection_lost(error)
        if self._begun:
            self._tap.conn.close()

    def _timeout_cb(self) -> None:
        self._say(replies.TIMED_OUT.lines())
        super()._timeout_cb()

    def _say(self, lines: list[str]) -> None:
        """Send lines of a reply, all at once when the last one is there: who waits for it wakes up once."""
        for line in lines:
            octets = visible(line).encode("utf-8", "replace")  # a reply may quote what the client sent
            self._tap.server(octets.decode())
            self._unsaid += octets + b"\r\n"
            if octets[3:4] != b"-":
                self._writer.write(self._unsaid)
                self._unsaid = b""

    async def push(self, status: str | bytes | Reply) -> None:
        """Send a reply, with an enhanced status code even if it is one of aiosmtpd's own."""
        lines = worded(status, self.hostname)
        if lines[0] >= "5":
            self._patience.refused()
        self._say(lines)
        await self._writer.drain()

    async def handle_exception(self, error: Exception) -> Reply:
        """Answer where something of ours broke: the client may try again, the log says what it was."""
        if isinstance(error, sqlite3.OperationalError) and "full" in str(error):
            return replies.NO_ROOM_ON_DISK
        if isinstance(error, TLSSetupException):  # the client's trouble; aiosmtpd hangs up without a word
            return replies.LOCAL_TROUBLE
        log.error("%s: an SMTP command failed", self.hostname, exc_info=error)
        return replies.LOCAL_TROUBLE

    def _set_post_data_state(self) -> None:
        super()._set_post_data_state()
        self._letter = None

    # -- commands

    async def _obey(
        self, verb: str, method: Callable[[str | None], Awaitable[None]], arg: str | None
    ) -> None:
        """Do what every command has in common, then the command."""
        self._patience.command(verb)
        if has_control(arg or ""):
            await self.push(CONTROL_CHARACTER)
        else:
            await method(arg)
        if (farewell := self._patience.farewell()) is not None and self.transport is not None:
            await self.push(farewell)
            assert self._handler_coroutine is not None
            self._handler_coroutine.cancel()  # what has come already is not obeyed any more
            self.transport.close()

    async def handle_EHLO(
        self, server: Any, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Offer what this server can do."""
        session.host_name = hostname
        self.command_size_limits["MAIL"] = COMMAND_LIMIT  # the base class adds some with every EHLO
        offers = [
            line[4:]
            for line in responses[1:]
            if not line.endswith("HELP") and not line.startswith("250-AUTH")
        ]
        offers = ["PIPELINING", *offers, "ENHANCEDSTATUSCODES", "DSN"]
        if self._policy.wants_login and (self._secure or not self._auth_require_tls):
            offers.append("AUTH PLAIN LOGIN")
        lines = [self.hostname, *offers]
        return [f"250{'-' if n < len(lines) - 1 else ' '}{line}" for n, line in enumerate(lines)]

    @property
    def _secure(self) -> bool:
        return self._implicit_tls or self._tls_protocol is not None

    async def smtp_HELP(self, arg: str | None) -> None:
        """Say which commands there are (RFC 5321 section 4.1.1.8)."""
        offered = [verb for verb in SYNTAX if verb != "STARTTLS" or self.tls_context]
        offered = [verb for verb in offered if verb != "AUTH" or self._policy.wants_login]
        if not arg:
            await self.push(Reply(214, f"Commands: {' '.join(offered)}", "2.0.0"))
        elif arg.upper() in offered:
            await self.push(Reply(214, f"Syntax: {arg.upper()} {SYNTAX[arg.upper()]}".rstrip(), "2.0.0"))
        else:
            await self.push(Reply(504, "There is no such command; HELP lists them", "5.5.4"))

    async def smtp_VRFY(self, arg: str | None) -> None:
        """Neither confirm nor deny: who is here is told to those who have mail for them (RFC 5321 section 7.3)."""
        await self.push(NOT_TELLING if arg else Reply(501, "Syntax: VRFY address", "5.5.4"))

    async def smtp_EXPN(self, arg: str | None) -> None:
        """The same for lists."""
        await self.push(NOT_TELLING if arg else Reply(501, "Syntax: EXPN list", "5.5.4"))

    async def smtp_STARTTLS(self, arg: str) -> None:
        """Begin TLS, once."""
        if self._secure:
            await self.push(Reply(503, "The connection is encrypted already", "5.5.1"))
            return
        await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str) -> None:
        """Sign in."""
        if not self._policy.wants_login:
            await self.push(Reply(502, "Nobody signs in here; port 587 is for that", "5.5.1"))
        elif self._letter is not None:
            await self.push(Reply(503, "A transaction is under way; sign in before or after it", "5.5.1"))
        elif self._auth_require_tls and not self._secure:
            await self.push(Reply(538, "Encryption required: say STARTTLS first", "5.7.11"))
        else:
            mechanism, _, rest = (arg or "").partition(" ")
            await super().smtp_AUTH(f"{mechanism.upper()} {rest}".strip())

    async def auth_PLAIN(self, server: Any, args: list[str]) -> AuthResult:
        """Mechanism PLAIN (RFC 4616). Nobody acts for somebody else: an authorization identity is one's own, or left out."""
        if len(args) == 1:
            said = await self.challenge_auth("")
            if said is MISSING:
                return AuthResult(success=False)
        else:
            try:
                said = base64.b64decode(args[1].encode(), validate=True)
            except ValueError:
                said = b""
        parts = said.split(b"\0")
        if len(parts) != 3:
            await self.push(Reply(501, "That is no response of PLAIN in base64", "5.5.2"))
            return AuthResult(success=False)
        acts_for, login, password = parts
        if acts_for.lower() not in {b"", login.lower()}:
            self._patience.wrong_password()
            return AuthResult(success=False, handled=False, message=replies.BAD_LOGIN)
        return self._authenticate("PLAIN", LoginPassword(login, password))

    def _sign_in(
        self, server: Any, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        login = self._policy.login(
            data.login.decode("utf-8", "replace"), data.password.decode("utf-8", "replace")
        )
        if login is None:
            self._patience.wrong_password()
            return AuthResult(success=False, handled=False, message=replies.BAD_LOGIN)
        self._login = login
        return AuthResult(success=True, auth_data=data)

    async def smtp_MAIL(self, arg: str | None) -> None:
        """Begin a transaction (RFC 5321 section 4.1.1.2; RFC 1870, 6152, 6531, 3461 for the parameters)."""
        await self.push(await self._mail(arg))

    async def _mail(self, arg: str | None) -> Reply:
        if not self.session.host_name:
            return EHLO_FIRST
        if self._policy.wants_login and self._login is None:
            return replies.NEED_LOGIN
        if self._letter is not None:
            return Reply(503, "A transaction is under way; RSET drops it", "5.5.1")
        try:
            given = of_mail(arg or "", self._policy.too_large, self._policy.size_limit)
        except Refused as refused:
            return refused.reply
        letter = Letter(
            given.address, self.session.host_name, self._peer.host, self._peer.address, self._protocol_name(given.smtputf8),
            self._login, given.size, given.ret, given.envid, given.smtputf8,
            followed_as=self._followed if not self._policy.wants_login else None,
        )  # fmt: skip
        reply = self._policy.sender(letter)
        if reply.ok:
            self._letter = letter
        return reply

    def _protocol_name(self, smtputf8: bool) -> str:
        """The word behind `with` in Received (RFC 3848, RFC 6531)."""
        name = "UTF8SMTP" if smtputf8 else "ESMTP" if self.session.extended_smtp else "SMTP"
        return name if name == "SMTP" else f"{name}{'S' if self._secure else ''}{'A' if self._login else ''}"

    async def smtp_RCPT(self, arg: str | None) -> None:
        """Name a recipient (RFC 5321 section 4.1.1.3)."""
        await self.push(await self._rcpt(arg))

    async def _rcpt(self, arg: str | None) -> Reply:
        if self._letter is None:
            return MAIL_FIRST
        try:
            forward = of_rcpt(arg or "", smtputf8=self._letter.smtputf8)
        except Refused as refused:
            return refused.reply
        if len(self._letter.recipients) >= RECIPIENTS:
            return replies.TOO_MANY_RECIPIENTS
        reply = self._policy.recipient(self._letter, forward)
        if reply.ok:
            self._letter.recipients.append(forward)
        return reply

    async def smtp_DATA(self, arg: str | None) -> None:
        """Take the message (RFC 5321 section 4.1.1.4)."""
        if not self.session.host_name:
            await self.push(EHLO_FIRST)
        elif self._letter is None or not self._letter.recipients:
            await self.push(RCPT_FIRST)
        elif arg:
            await self.push(Reply(501, "Syntax: DATA", "5.5.4"))
        else:
            await self.push(GO_ON)
            octets = await intake.content(self._reader, self._policy.size_limit)
            reply = await self._content(self._letter, octets)
            self._set_post_data_state()
            await self.push(reply)

    async def _content(self, letter: Letter, octets: bytes | None) -> Reply:
        """Take responsibility for the message, or say why not. None is one that is too large."""
        self._patience.message()
        if octets is None:
            return self._policy.too_large
        if intake.has_long_line(octets):
            return TOO_LONG_A_TEXT_LINE
        if b"\0" in octets:
            return Reply(554, "A message cannot hold NUL octets (RFC 5322 section 2.3)", "5.6.0")
        try:
            message = without_return_path(proper_lines(intake.undotted(octets)))
            return await self._policy.take(letter, message, self._tap.conn)
        except Exception as error:  # told here, because the transaction is over all the same
            return await self.handle_exception(error)
