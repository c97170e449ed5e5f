"""POP3 without I/O, the server's side (RFC 1939): bytes in, events out; answers in, bytes out.

    server = Server()
    stream.write(server.send(Ok("ready")))
    server.receive_data(await stream.read())
    while (event := server.next_event()) not in (NEED_DATA, PAUSED):
        stream.write(server.send(answer_to(event)))

Each event wants exactly one answer before the next event is given, so pipelined commands (RFC 2449 §6.6) queue up
here. What a client does wrong comes as `Refused`, which the caller answers with -ERR; what the caller does wrong
raises LocalProtocolError.
"""

from __future__ import annotations

import base64
import binascii
import re

from mailserver_lab.buffer import LineTooLong, ReceiveBuffer
from mailserver_lab.locale import Text
from mailserver_lab.pop3 import states, texts
from mailserver_lab.pop3.events import (
    NEED_DATA,
    PAUSED,
    Answer,
    Command,
    ConnectionClosed,
    Continue,
    Err,
    Line,
    LocalProtocolError,
    Ok,
    Refused,
    SaslResponse,
    ServerEvent,
    Wait,
)
from mailserver_lab.pop3.states import COMMANDS, GREETING, Outcome, State

#: RFC 2449 §4: a command line has at most 255 octets, its CRLF included.
MAX_COMMAND_LINE = 255
#: RFC 5034 §4 lets responses be longer; 12288 octets of base64 is what RFC 4954 §4.3 names for SMTP.
MAX_SASL_LINE = 12_288
#: RFC 2449 §4: the first line of an answer, its CRLF included.
MAX_ANSWER_LINE = 512
#: So many refusals before signing in are no typing errors: something speaks another protocol, or guesses passwords.
MAX_ERRORS = 10

# How many arguments each command takes, at least and at most.
_ARITY = {
    "USER": (1, 1), "PASS": (1, 255), "APOP": (2, 2), "AUTH": (1, 2), "LANG": (0, 1),
    "LIST": (0, 1), "UIDL": (0, 1), "RETR": (1, 1), "TOP": (2, 2), "DELE": (1, 1),
}  # fmt: skip
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
# What a message cannot be sent with as it is: a CR that does not belong to a line's end, or one before a line that begins
# with a dot; an LF that does not. Nearly no message has any, and each of them is looked through for it. So both patterns
# begin with one octet, which `re` finds fastest.
_CR = re.compile(rb"\r(?!\n(?!\.))")
_LF = re.compile(rb"\n(?<!\r\n)")
_OUTCOMES = {Ok: Outcome.OK, Err: Outcome.ERR, Continue: Outcome.MORE}


class Server:
    """The server's end of one connection."""

    def __init__(self, *, tls: bool = False) -> None:
        self.state = State.GREETING
        self.tls = tls
        self.errors = 0
        # The command being answered, and whether an answer is due: AUTH is answered several times.
        self._command = GREETING
        self._due = True
        self._buffer = ReceiveBuffer()
        self._eof = False

    @property
    def too_many_errors(self) -> bool:
        """Whether the next refusal should be the last."""
        return self.errors >= MAX_ERRORS - 1

    def receive_data(self, data: bytes) -> None:
        """Take what has come from the client; b"" says that the client has closed the connection."""
        if data:
            self._buffer.add(data)
        else:
            self._eof = True

    def next_event(self) -> ServerEvent | Wait:
        """Return what the client has said next, or why nothing can be told now."""
        if self.state is State.CLOSED:
            return ConnectionClosed()
        if self._due or self.state is State.STARTING_TLS:
            return PAUSED
        limit = MAX_SASL_LINE if self.state is State.AUTHENTICATING else MAX_COMMAND_LINE
        try:
            line = self._buffer.line(limit)
        except LineTooLong:
            shown = Line(f"(more than {limit} octets)", limit)
            return self._refuse(texts.LINE_TOO_LONG.format(limit=limit), shown)
        if line is None:
            if self._eof:
                self.state = State.CLOSED
                return ConnectionClosed()
            return NEED_DATA
        self._due = True
        if self.state is State.AUTHENTICATING:
            return self._response(line)
        return self._parse(line)

    def send(self, answer: Answer, encoded: bytes | None = None) -> bytes:
        """Return the bytes of the answer to the last event (at first: of the greeting), and move on.

        `encoded` are these bytes, where `encode` has made them before.
        """
        if not self._due:
            raise LocalProtocolError(
                f"an answer needs a command to answer, but in state {self.state} none is waiting"
            )
        outcome = _OUTCOMES[type(answer)]
        if outcome is Outcome.MORE and self._command != "AUTH":
            raise LocalProtocolError(f"a challenge answers AUTH, but the command is {self._command}")
        data = encode(answer) if encoded is None else encoded
        # In TRANSACTION -ERR is an answer as good as any other; only what was no command at all counts. Before that, no
        # CAPA and no USER makes up for a wrong password, or one could go on guessing for ever.
        if isinstance(answer, Err):
            self.errors += self.state is not State.TRANSACTION or not self._command
        elif self.state is State.TRANSACTION:
            self.errors = 0
        self.state = states.after(self.state, self._command, outcome)
        if isinstance(answer, Err) and answer.close:
            self.state = State.CLOSED
        self._due = False
        if self.state is State.STARTING_TLS:
            # Whatever was sent before the handshake was not protected: drop it, or it would be taken as said under TLS.
            self._buffer.clear()
        return data

    def tls_started(self) -> None:
        """Say that the TLS handshake which STLS announced is done (RFC 2595 §4)."""
        if self.state is not State.STARTING_TLS:
            raise LocalProtocolError(
                f"tls_started needs state {State.STARTING_TLS}, but the state is {self.state}"
            )
        self.state = State.AUTHORIZATION
        self.tls = True

    def _refuse(self, reason: Text, line: Line) -> Refused:
        # While AUTH is under way the refusal answers AUTH and ends it; else it answers no command at all.
        if self.state is not State.AUTHENTICATING:
            self._command = ""
        self._due = True
        return Refused(reason, line)

    def _parse(self, raw: bytes) -> Command | Refused:
        text = raw.decode("utf-8", "backslashreplace")
        verb, _, argument = text.partition(" ")
        verb = verb.upper()
        line = Line(_printable(text), len(raw) + 2)
        if _CONTROL.search(raw):
            return self._refuse(texts.CONTROL, line)
        if "\\x" in text and not _is_utf8(raw):
            return self._refuse(texts.NOT_UTF8, line)
        if verb not in COMMANDS:
            return self._refuse(texts.UNKNOWN_COMMAND, line)
        if not states.allows(self.state, verb):
            allowed = " / ".join(states.allowing(verb))
            return self._refuse(texts.WRONG_STATE.format(verb=verb, allowed=allowed, state=self.state), line)
        if verb == "STLS" and self.tls:
            return self._refuse(texts.TLS_ALREADY, line)
        least, most = _ARITY.get(verb, (0, 0))
        if not least <= len(argument.split()) <= most and not (verb == "PASS" and argument):
            return self._refuse(texts.WRONG_ARITY.format(verb=verb), line)
        self._command = verb
        self.state = states.after(self.state, verb, Outcome.ASKED)
        return Command(verb, argument, line)

    def _response(self, raw: bytes) -> SaslResponse | Refused:
        line = Line("*" if raw == b"*" else "***", len(raw) + 2)
        if raw == b"*":
            return SaslResponse(None, line)
        try:
            return SaslResponse(base64.b64decode(raw, validate=True), line)
        except (binascii.Error, ValueError):
            return self._refuse(texts.RESPONSE_NOT_BASE64, line)


def _printable(text: str) -> str:
    """A line for the record: without what could move a terminal's cursor or begin a line."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else "\ufffd" for each in text)


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def first_line(answer: Answer) -> str:
    """Return the line that an answer begins with."""
    match answer:
        case Ok(text=text):
            return f"+OK {text}".rstrip()
        case Err(text=text, code=code):
            return f"-ERR [{code}] {text}" if code else f"-ERR {text}".rstrip()
        case Continue(challenge=challenge):
            return f"+ {base64.b64encode(challenge).decode()}"


def encode(answer: Answer) -> bytes:
    """Return an answer's bytes; multi-line ones are dot-stuffed and ended by a line with a dot (RFC 1939 §3)."""
    line = first_line(answer)
    if "\r" in line or "\n" in line:
        raise LocalProtocolError("an answer's text must be one line")
    head = line.encode() + b"\r\n"
    if len(head) > MAX_ANSWER_LINE and not isinstance(answer, Continue):
        raise LocalProtocolError(f"an answer's first line has at most {MAX_ANSWER_LINE} octets")
    if not isinstance(answer, Ok) or (answer.lines is None and answer.content is None):
        return head
    content = answer.content
    if content is None:
        content = "".join(f"{item}\r\n" for item in answer.lines or ()).encode()
    return head + stuffed(content) + b".\r\n"


def stuffed(content: bytes) -> bytes:
    """Return content as a multi-line answer carries it: each line ended by CRLF, a leading dot doubled."""
    # A bare LF would let "\n.\n" inside a message end the answer early for clients that take LF for a line's end.
    if _CR.search(content) or _LF.search(content):
        lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        content = lines.replace(b"\n.", b"\n..").replace(b"\n", b"\r\n")
    if content.startswith(b"."):
        content = b"." + content
    return content if not content or content.endswith(b"\r\n") else content + b"\r\n"
