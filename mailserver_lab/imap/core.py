"""IMAP4rev1 without I/O, the server's side (RFC 3501): bytes in, events out; responses in, bytes out.

    server = Server()
    stream.write(server.send(Status(None, Outcome.OK, "ready")))
    server.receive_data(await stream.read())
    while not isinstance(event := server.next_event(), Wait):
        for response in answers_to(event):
            stream.write(server.send(response))

An event is answered by any number of untagged responses and one that completes it: the tagged `Status`, or `Continue`
where the client waits for one (a literal, AUTHENTICATE, IDLE). Only then the next event is given. What a client does
wrong comes as `Refused`, to be answered by BAD; what the caller does wrong raises LocalProtocolError.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import replace

from mailserver_lab.buffer import LineTooLong, ReceiveBuffer
from mailserver_lab.imap import grammar, states, tokens
from mailserver_lab.imap.cursor import Cursor, Malformed
from mailserver_lab.imap.events import (
    NEED_DATA,
    PAUSED,
    Command,
    ConnectionClosed,
    Continue,
    Done,
    Heard,
    LiteralOffered,
    LocalProtocolError,
    Refused,
    Response,
    Said,
    SaslResponse,
    ServerEvent,
    Status,
    Wait,
)
from mailserver_lab.imap.states import GREETING, Flow, Outcome, State
from mailserver_lab.imap.values import Atom, Literal

#: A command's text, all its lines together. RFC 2683 §3.2.1.5 asks for 8000 octets; clients with long UID sets send more.
MAX_TEXT = 65_536
#: A command's literals, where they are not a message: names, passwords, what to search for.
MAX_LITERALS = 65_536
#: A message given to APPEND (APPENDLIMIT, RFC 7889), where the caller sets no other limit.
MAX_MESSAGE = 64 * 2**20
#: So many refusals in a row are no typing errors: something speaks another protocol, or guesses passwords.
MAX_ERRORS = 10
#: Who has signed in is believed to type: so many are allowed.
MAX_ERRORS_SIGNED_IN = 20

_UTF8 = frozenset({Atom("UTF8=ACCEPT"), Atom("IMAP4rev2")})
_ENABLED = Atom("ENABLED")
_NO_COMMAND = "a command is a tag, a space and a name"
_LITERAL = re.compile(rb"(~?)\{(\d{1,18})(\+?)\}\Z")
_HEAD = re.compile(rb'([^\x00-\x20\x7f-\xff(){%*"\\+]{1,100}) (UID )?([!-~]+)', re.IGNORECASE)
_TAG = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\+]{1,100}(?= |\Z)')


def ends_in_literal(line: bytes) -> int | None:
    """Return the size of the literal that a line announces at its end, None if it announces none."""
    match = _LITERAL.search(line)
    return int(match[2]) if match else None


class Server:
    """The server's end of one connection."""

    def __init__(self, *, tls: bool = False, max_message: int = MAX_MESSAGE) -> None:
        self.state = State.GREETING
        self.flow = Flow.COMMAND
        self.tls = tls
        #: Whether names of mailboxes are in UTF-8: the client has asked for it by ENABLE (RFC 6855 §3, RFC 9051 §5.1).
        self.utf8 = False
        self.errors = 0
        self._max_message = max_message
        self._buffer = ReceiveBuffer()
        self._eof = False
        # The command that is being read or answered. `_due` says that the caller owes the completing response.
        self._start()
        self._name = GREETING
        self._due = True

    def _start(self) -> None:
        """Begin to read a command."""
        self._tag: str | None = None
        self._name = ""
        self._given = False
        self._text = b""
        self._literals: list[bytes] = []
        self._held = 0
        self._literal, self._binary = 0, False
        self._refused: Refused | None = None
        self._heard: list[Said] = []

    @property
    def too_many_errors(self) -> bool:
        """Whether the next refusal should be the last."""
        signed_in = self.state in {State.AUTHENTICATED, State.SELECTED}
        return self.errors >= (MAX_ERRORS_SIGNED_IN if signed_in else MAX_ERRORS) - 1

    @property
    def idling(self) -> bool:
        """Whether the client is in IDLE: untagged responses may be sent at any time."""
        return self.flow is Flow.IDLE and not self._due

    def receive_data(self, data: bytes) -> None:
        """Take what has come from the client; b"" says that the client has closed the connection."""
        if data:
            self._buffer.add(data)
        else:
            self._eof = True

    def next_event(self) -> ServerEvent | Wait:
        """Return what the client has said next, or why nothing can be told now."""
        while True:
            if self.state is State.LOGOUT:
                return ConnectionClosed()
            if self._due or self.flow is Flow.STARTTLS:
                return PAUSED
            event = self._read_literal() if self.flow is Flow.LITERAL else self._read_line()
            if event is NEED_DATA and self._eof:
                self.state = State.LOGOUT
                return ConnectionClosed()
            if event is not None:
                self._due = event is not NEED_DATA
                return event

    # -- what comes in

    def _read_line(self) -> ServerEvent | Wait | None:
        try:
            line = self._buffer.line(MAX_TEXT - len(self._text))
        except LineTooLong:
            self._hear("(a line that is too long)", MAX_TEXT)
            self._name_it()
            return self._refuse(f"the command is too long: at most {MAX_TEXT} octets")
        if line is None:
            return NEED_DATA
        if self.flow is Flow.AUTHENTICATE:
            return self._read_response(line)
        if self.flow is Flow.IDLE:
            self._hear(line.decode("utf-8", "backslashreplace"), len(line) + 2)
            return (
                Done(self._tag or "", self._all_heard())
                if line.upper() == b"DONE"
                else self._refuse("expected DONE, which ends IDLE")
            )
        return self._read_command(line)

    def _read_command(self, line: bytes) -> ServerEvent | None:
        """Take a line of a command: the last one, or one that ends in the announcement of a literal."""
        begins = not self._text
        self._text += line
        if begins:
            self._name_it()
        # What follows a literal of LOGIN is, or may hold, the password.
        secret = self._name == "LOGIN" and not begins
        self._hear("***" if secret else line.decode("utf-8", "backslashreplace"), len(line) + 2)
        literal = _LITERAL.search(line)
        if literal is None:
            return self._parsed() if self._refused is None else self._refusal(self._refused)
        size, waits = int(literal[2]), not literal[3]
        self._binary = literal[1] == b"~"
        if not self._name and self._refused is None:
            self._refused = Refused(self._tag, _NO_COMMAND)
        allowed = self._room_for_literal()
        if size > allowed and self._refused is None:
            reason = f"the literal is too large: {size} octets, at most {allowed} here"
            self._refused = Refused(self._tag, reason, Outcome.NO, "TOOBIG")
        if waits and self._refused is not None:
            # The client has sent nothing yet, and will not once it reads the refusal (RFC 3501 §4.3).
            return self._refusal(self._refused)
        self._text += b"\r\n"
        self._literal = size
        if waits:
            return LiteralOffered(self._tag or "", self._name, size, self._all_heard())
        self.flow = states.FLOWS[self.flow]["literal"]
        return None

    def _room_for_literal(self) -> int:
        appends = self._name == "APPEND" and states.allows(self.state, "APPEND")
        limit = self._max_message + MAX_LITERALS if appends else MAX_LITERALS
        return min(limit - self._held, self._max_message if appends else MAX_LITERALS)

    def _read_literal(self) -> Wait | None:
        if self._refused is not None:
            # It was sent without waiting (LITERAL+, RFC 7888): it has to pass by, but it is not kept.
            self._literal -= self._buffer.drop(self._literal)
            if self._literal:
                return NEED_DATA
        else:
            octets = self._buffer.octets(self._literal)
            if octets is None:
                return NEED_DATA
            self._literals.append(octets)
            self._held += len(octets)
            secret = self._name == "LOGIN"
            self._heard.append(Said("***" if secret else "", len(octets), None if secret else octets))
            if b"\0" in octets and not self._binary:
                self._refused = Refused(
                    self._tag, "a literal must not contain NUL (RFC 3501 section 4.3)", Outcome.NO
                )
        self.flow = states.FLOWS[self.flow]["octets"]
        return None

    def _name_it(self) -> None:
        """Find the tag and the name in the first line, so that even a refusal is tagged."""
        if (head := _HEAD.match(self._text)) is not None:
            self._tag, self._name = head[1].decode(), head[3].decode().upper()
        elif (tag := _TAG.match(self._text)) is not None:
            self._tag = tag[0].decode()

    def _parsed(self) -> ServerEvent:
        head = _HEAD.match(self._text)
        if head is None:
            return self._refuse(_NO_COMMAND)
        if b"\0" in self._text or b"\r" in self._text.replace(b"\r\n", b""):
            return self._refuse("a line must not contain NUL or a CR of its own")
        name, uid = self._name, head[2] is not None
        if name not in states.COMMANDS or (uid and name not in states.UID_COMMANDS):
            return self._refuse(f"unknown command {'UID ' * uid}{name[:40]}")
        if not states.allows(self.state, name):
            allowed = " or ".join(states.allowing(name))
            return self._refuse(f"{name} needs state {allowed}, but the state is {self.state}")
        if name == "STARTTLS" and self.tls:
            return self._refuse("TLS is already active")
        try:
            arguments = grammar.arguments(
                name, uid, Cursor(self._text[head.end() :], self._literals, utf8=self.utf8)
            )
        except tokens.BadName as error:
            return self._refuse(f"{name}: {error}", Outcome.NO, "CANNOT")
        except grammar.BadCharset as error:
            code = f"BADCHARSET ({' '.join(grammar.CHARSETS)})"
            return replace(self._refuse(str(error), Outcome.NO, code), saves=error.saves)
        except Malformed as error:
            return self._refuse(f"{name}: {error}")
        self._given = True
        return Command(head[1].decode(), name, arguments, self._all_heard())

    def _read_response(self, line: bytes) -> ServerEvent:
        self._hear("*" if line == b"*" else "***", len(line) + 2)
        if line == b"*":
            return SaslResponse(self._tag or "", None, self._all_heard())
        try:
            return SaslResponse(self._tag or "", base64.b64decode(line, validate=True), self._all_heard())
        except (binascii.Error, ValueError):
            return self._refuse("a response must be base64")

    def _refuse(self, reason: str, outcome: Outcome = Outcome.BAD, code: str | None = None) -> Refused:
        return self._refusal(Refused(self._tag, reason, outcome, code))

    def _refusal(self, refused: Refused) -> Refused:
        return replace(refused, heard=self._all_heard())

    # -- what the record may know

    def _hear(self, text: str, size: int) -> None:
        self._heard.append(Said(text, size))

    def _all_heard(self) -> Heard:
        heard, self._heard = tuple(self._heard), []
        return heard

    # -- what goes out

    def send(self, response: Response) -> bytes:
        """Return the bytes of a response, and move on if it completes what the last event began."""
        if isinstance(response, Continue):
            self._continue()
        elif isinstance(response, Status):
            self._status(response)
        elif self.state is State.GREETING:
            raise LocalProtocolError("a greeting comes first: OK, PREAUTH or BYE")
        elif response.values[0] == _ENABLED:
            self.utf8 = self.utf8 or not _UTF8.isdisjoint(response.values)
        return b"".join([piece.data if isinstance(piece, Literal) else piece for piece in response.pieces()])

    def _continue(self) -> None:
        if not self._due or not (self._literal_offered or self._name in {"AUTHENTICATE", "IDLE"}):
            raise LocalProtocolError(f"nobody waits to continue in flow {self.flow} of state {self.state}")
        self._due = False
        self.flow = states.FLOWS[self.flow]["literal" if self._literal_offered else f"{self._name} +"]

    @property
    def _literal_offered(self) -> bool:
        return self.flow is Flow.COMMAND and self._text.endswith(b"}\r\n")

    def _status(self, status: Status) -> None:
        if "\r" in status.text or "\n" in status.text:
            raise LocalProtocolError("a status text must be one line")
        if self.state is State.GREETING:
            if status.tag is not None or status.outcome not in states.TRANSITIONS[State.GREETING][GREETING]:
                raise LocalProtocolError("a greeting is an untagged OK, PREAUTH or BYE")
            self.state = states.after(self.state, GREETING, status.outcome)
            self._due = False
            self._start()
            return
        if status.tag is None and status.outcome is Outcome.BYE:
            # In LOGOUT the tagged OK follows (RFC 3501 §6.1.3); anywhere else BYE is the last word.
            if self._name != "LOGOUT":
                self.state = State.LOGOUT
            return
        answers_untagged = self._due and self._tag is None and status.outcome in {Outcome.BAD, Outcome.NO}
        if status.tag is None and not answers_untagged:
            return
        if not self._due or status.tag != self._tag:
            raise LocalProtocolError(
                f"no command with tag {status.tag} waits for its answer in state {self.state}"
            )
        self._complete(status)

    def _complete(self, status: Status) -> None:
        ok = status.outcome is Outcome.OK
        if ok:
            self.errors = 0
        elif status.outcome is Outcome.BAD or self.state is State.NOT_AUTHENTICATED:
            # NO is an answer as good as any other, except to guesses at a password.
            self.errors += 1
        if self._given:
            self.state = states.after(self.state, self._name, status.outcome)
        self.flow = states.FLOWS[self.flow].get("tagged", self.flow)
        if ok and self._name == "STARTTLS":
            self.flow = states.FLOWS[self.flow]["STARTTLS tagged OK"]
            # Whatever was sent before the handshake was not protected: drop it, or it would be taken as said under TLS.
            self._buffer.clear()
        self._due = False
        self._start()

    def tls_started(self) -> None:
        """Say that the TLS handshake which STARTTLS announced is done (RFC 3501 §6.2.1)."""
        if self.flow is not Flow.STARTTLS:
            raise LocalProtocolError(f"tls_started needs flow {Flow.STARTTLS}, but the flow is {self.flow}")
        self.flow = states.FLOWS[self.flow]["TLS"]
        self.tls = True
