"""The SMTP server: aiosmtpd's, with the commands and the replies that a mail server of today has.

aiosmtpd holds the connection, reads commands and content, does STARTTLS and AUTH. What it lacks is added here and
nowhere else: enhanced status codes on every reply (RFC 2034), PIPELINING, DSN (RFC 3461), a null reverse-path as '', the
record, and a word of farewell to a client that says nothing. What is sent and to whom is the policy's business.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sqlite3
import ssl
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session, TLSSetupException

from .. import replies
from ..net import Peer
from ..replies import Reply
from ..trace import Conn
from . import paths
from .envelope import Forward, Letter
from .policy import Policy
from .tap import Tap

log = logging.getLogger(__name__)
logging.getLogger("mail.log").setLevel(
    logging.ERROR
)  # aiosmtpd warns of its own deprecated attribute at every login

IDLE = (
    600.0  # seconds; at least 300 (RFC 5321 section 4.5.3.2.7), and longer than a reader may hold a message
)
RECIPIENTS = 1_000  # of one message; section 4.5.3.1.8 asks for at least 100
COMMAND_LIMIT = 2_048  # octets: MAIL and RCPT grow by the extensions' parameters (RFC 3461 section 5.1)
AUTH_LIMIT = 12_288  # octets (RFC 4954 section 4)

# what aiosmtpd says of its own accord → what the lab says
_OWN_WORDS = {
    "250 OK": replies.OK,
    "221 Bye": replies.BYE,
    "500 Command line too long": replies.TOO_LONG_A_LINE,
    "500 Line too long (see RFC5321 4.5.3.1.6)": Reply(554, "A line of the message is longer than 998 octets (RFC 5322 section 2.1.1)", "5.6.0"),
    "500 Error: bad syntax": Reply(500, "That is no command", "5.5.2"),
    "503 Error: send HELO first": Reply(503, "Say EHLO first", "5.5.1"),
    "503 Error: send EHLO first": Reply(503, "Say EHLO first", "5.5.1"),
    "503 Error: need MAIL command": Reply(503, "MAIL FROM comes first", "5.5.1"),
    "503 Error: need RCPT command": Reply(503, "RCPT TO comes first", "5.5.1"),
    "503 Already authenticated": Reply(503, "You are signed in already", "5.5.1"),
    "530 5.7.0 Authentication required": replies.NEED_LOGIN,
    "530 Must issue a STARTTLS command first": replies.NEED_TLS,
    "454 TLS not available": Reply(454, "TLS is not available", "4.7.0"),
    "252 Cannot VRFY user, but will accept message and attempt delivery": Reply(252, "Not telling; try to send", "2.5.0"),
}  # fmt: skip
_FALLBACK = {
    "2": "2.0.0",
    "4": "4.0.0",
    "500": "5.5.2",
    "501": "5.5.4",
    "502": "5.5.1",
    "503": "5.5.1",
    "504": "5.5.4",
    "5": "5.0.0",
}
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_NO_STATUS = re.compile(
    r"(220 |334|354|250[- ](?:SIZE|8BITMIME|SMTPUTF8|STARTTLS|AUTH|HELP|PIPELINING|DSN|ENHANCED))"
)


class Server(SMTP):  # type: ignore[misc]
    """One connection to one of a site's ports.

    Args:
        policy: decides what is accepted, and takes it.
        hostname: the server's own name.
        peer_of: tells who is at the other end of a transport.
        record: begins the record of a connection with that peer.
        tls: for STARTTLS; None where it is not offered.
        implicit_tls: whether TLS came before SMTP (RFC 8314 section 3.3).
        require_tls: no AUTH in plain text.
        idle: seconds that a client may say nothing.
    """

    def __init__(
        self, policy: Policy, *, hostname: str, peer_of: Callable[[asyncio.BaseTransport], Peer], record: Callable[[Peer], Conn],
        tls: ssl.SSLContext | None = None, implicit_tls: bool = False, require_tls: bool = False, idle: float = IDLE,
    ) -> None:  # fmt: skip
        self.command_size_limits = defaultdict(
            lambda: COMMAND_LIMIT
        )  # the base class shares one among all connections
        super().__init__(
            self,
            data_size_limit=policy.size_limit,
            enable_SMTPUTF8=True,
            hostname=hostname,
            ident=policy.greeting,
            tls_context=tls,
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
        self._login: str | None = None
        self._letter: Letter | None = None

    # -- the connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self.transport is None:
            self._peer = self._peer_of(transport)
            self._followed = (
                self._peer.errand.queue_id
            )  # before anything that is said here is about a message
            self._tap = Tap(self._record(self._peer))
        else:
            self._tap.secured()
            self._login = None  # whatever was said in plain text is forgotten (RFC 3207 section 4.2)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self._tap.client(data)
        super().data_received(data)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._tap.conn.close()

    def _timeout_cb(self) -> None:
        self._say(replies.TIMED_OUT.lines())
        super()._timeout_cb()

    def _say(self, lines: list[str]) -> None:
        for line in lines:
            octets = _CONTROL.sub("?", line).encode(
                "utf-8", "replace"
            )  # a reply may quote what the client sent
            self._tap.server(octets.decode())
            self._writer.write(octets + b"\r\n")

    async def push(self, status: str | bytes | Reply) -> None:
        """Send a reply, with an enhanced status code even if it is one of aiosmtpd's own."""
        self._say(self._worded(status))
        await self._writer.drain()

    def _worded(self, status: str | bytes | Reply) -> list[str]:
        if isinstance(status, Reply):
            return status.lines()
        text = status.decode("utf-8", "replace") if isinstance(status, bytes) else status
        if text.startswith(
            "500 Error: command"
        ):  # which it quotes, and which may be a secret said at the wrong moment
            text = "500 Error: bad syntax"
        if text in {"552 Error: Too much mail data"}:
            return self._policy.too_large.lines()
        if text in _OWN_WORDS:
            return _OWN_WORDS[text].lines()
        code = text[:3]
        if (
            _NO_STATUS.match(text)
            or text[3:4] == "-"
            or re.match(r"\d{3} \d\.\d+\.\d+", text)
            or text == f"250 {self.hostname}"
        ):
            return [text]
        return [
            f"{code} {_FALLBACK.get(code) or _FALLBACK.get(code[0], '5.0.0')} {text[4:].removeprefix('Error: ')}"
        ]

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

    async def handle_EHLO(
        self, server: Any, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Offer what this server can do."""
        session.host_name = hostname
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
        elif self._auth_require_tls and not self._secure:
            await self.push(Reply(538, "Encryption required: say STARTTLS first", "5.7.11"))
        else:
            mechanism, _, rest = (arg or "").partition(" ")
            await super().smtp_AUTH(f"{mechanism.upper()} {rest}".strip())

    def _sign_in(
        self, server: Any, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        login = self._policy.login(
            data.login.decode("utf-8", "replace"), data.password.decode("utf-8", "replace")
        )
        if login is None:
            return AuthResult(success=False, handled=False, message=replies.BAD_LOGIN)
        self._login = login
        return AuthResult(success=True, auth_data=data)

    async def smtp_MAIL(self, arg: str | None) -> None:
        """Begin a transaction (RFC 5321 section 4.1.1.2; RFC 1870, 6152, 6531, 3461 for the parameters)."""
        await self.push(await self._mail(arg))

    async def _mail(self, arg: str | None) -> Reply:
        if not self.session.host_name:
            return _OWN_WORDS["503 Error: send EHLO first"]
        if self._policy.wants_login and self._login is None:
            return replies.NEED_LOGIN
        if self._letter is not None:
            return Reply(503, "A transaction is under way; RSET drops it", "5.5.1")
        try:
            given = paths.parse(arg or "", "FROM")
        except paths.BadPath as error:
            return Reply(
                501,
                f"Syntax: MAIL FROM:<address> - {error}",
                "5.5.4" if "address" not in str(error) else "5.1.7",
            )
        parameters = dict(given.parameters)
        size, body = parameters.pop("SIZE", None), parameters.pop("BODY", "7BIT") or ""
        ret, envid = parameters.pop("RET", None), parameters.pop("ENVID", None)
        smtputf8 = "SMTPUTF8" in parameters and parameters.pop("SMTPUTF8") is None
        parameters.pop("AUTH", None)  # RFC 4954 section 5: may be given, need not be believed
        if parameters:
            return replies.BAD_PARAMETER
        if body.upper() not in {"7BIT", "8BITMIME"}:
            return replies.BAD_BODY
        if (size is not None and not (size.isascii() and size.isdigit() and len(size) <= 20)) or (
            ret is not None and ret.upper() not in {"FULL", "HDRS"}
        ):
            return replies.BAD_SYNTAX
        if size is not None and int(size) > self._policy.size_limit:
            return self._policy.too_large
        letter = Letter(
            given.address, self.session.host_name, self._peer.host, self._peer.address, self._protocol_name(smtputf8), self._login,
            int(size) if size is not None else None, ret.upper() if ret else None, envid, smtputf8,
            followed_as=self._followed if not self._policy.wants_login else None,
        )  # fmt: skip
        reply = self._policy.sender(letter)
        if reply.ok:
            self._letter = letter
            self.envelope.mail_from = given.address or "<>"  # aiosmtpd takes '' for no MAIL at all
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
            return _OWN_WORDS["503 Error: need MAIL command"]
        try:
            given = paths.parse(arg or "", "TO")
            parameters = dict(given.parameters)
            wanted = paths.notify(parameters.pop("NOTIFY")) if "NOTIFY" in parameters else frozenset[str]()
        except paths.BadPath as error:
            return Reply(
                501,
                f"Syntax: RCPT TO:<address> - {error}",
                "5.5.4" if "address" not in str(error) else "5.1.3",
            )
        orcpt = parameters.pop("ORCPT", None)
        if parameters:
            return replies.BAD_PARAMETER
        if not given.address:
            return replies.BAD_ADDRESS
        if len(self._letter.recipients) >= RECIPIENTS:
            return replies.TOO_MANY_RECIPIENTS
        forward = Forward(given.address, orcpt, wanted)
        reply = self._policy.recipient(self._letter, forward)
        if reply.ok:
            self._letter.recipients.append(forward)
            self.envelope.rcpt_tos.append(given.address)
        return reply

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> Reply:
        """Take responsibility for the message, or say why not."""
        assert self._letter is not None
        assert isinstance(envelope.content, bytes)
        letter = self._letter
        if b"\0" in envelope.content:
            return Reply(554, "A message cannot hold NUL octets (RFC 5322 section 2.3)", "5.6.0")
        try:
            return await self._policy.take(letter, envelope.content, self._tap.conn)
        except Exception as error:  # told here, because aiosmtpd would go on with the transaction
            return await self.handle_exception(error)
