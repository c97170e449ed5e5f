"""POP3 without I/O, the client's side: commands in, bytes out; bytes in, replies out.

    client = Client()
    client.receive_data(await stream.read())
    client.next_event()                                  # Reply("greeting", ok=True, …)
    stream.write(client.send(Command("USER", "sender@tsubame.example")))

In TRANSACTION several commands may be on their way at once (RFC 2449 §6.6): replies come in their order. What the server
does wrong raises RemoteProtocolError, and the connection is then of no more use; what the caller does wrong raises
LocalProtocolError and changes nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections import deque

from mailserver_lab.buffer import LineTooLong, ReceiveBuffer
from mailserver_lab.pop3 import states
from mailserver_lab.pop3.core import MAX_COMMAND_LINE
from mailserver_lab.pop3.events import (
    NEED_DATA,
    ClientEvent,
    Command,
    ConnectionClosed,
    Continue,
    LocalProtocolError,
    RemoteProtocolError,
    Reply,
    SaslResponse,
    Wait,
)
from mailserver_lab.pop3.states import GREETING, Outcome, State

#: RFC 1939 §3 allows 512 octets in a reply's first line; challenges may be longer (RFC 5034 §4).
MAX_REPLY_LINE = 12_288
#: What a client is ready to hold of one multi-line answer.
MAX_CONTENT = 100 * 2**20

# Commands whose +OK is followed by more lines; LIST, UIDL and LANG only without an argument.
_MULTI_LINE = {"CAPA", "RETR", "TOP"}
_LISTINGS = {"LIST", "UIDL", "LANG"}
# RFC 2449 §8: levels, in either case, divided by slashes.
_CODE = re.compile(r"\[([!-Z\\^-~]+)\] ?(.*)", re.DOTALL)
# RFC 1939 §7: in the form of a message id, at the greeting's end as a rule.
_TIMESTAMP = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")


class Client:
    """The client's end of one connection."""

    def __init__(self) -> None:
        self.state = State.GREETING
        self._pending: deque[Command] = deque([Command(GREETING)])
        self._first_line: str | None = None
        self._challenged = False
        self._timestamp: str | None = None
        self._utf8 = False
        self._buffer = ReceiveBuffer()
        self._eof = False

    def receive_data(self, data: bytes) -> None:
        """Take what has come from the server; b"" says that the server has closed the connection."""
        if data:
            self._buffer.add(data)
        else:
            self._eof = True

    def send(self, command: Command | SaslResponse) -> bytes:
        """Return the bytes of a command, or of the response to a challenge."""
        if isinstance(command, SaslResponse):
            if not self._challenged:
                raise LocalProtocolError(f"a response needs a challenge, but none came in state {self.state}")
            self._challenged = False
            return (b"*" if command.data is None else base64.b64encode(command.data)) + b"\r\n"
        if not states.allows(self.state, command.verb):
            allowed = " or ".join(states.allowing(command.verb)) or "another protocol"
            raise LocalProtocolError(f"{command.verb} needs state {allowed}, but the state is {self.state}")
        if self._pending and self.state is not State.TRANSACTION:
            raise LocalProtocolError(f"{command.verb} needs the reply to {self._pending[0].verb} first")
        if command.verb == "STLS" and self._utf8:
            raise LocalProtocolError("STLS has to come before UTF8 (RFC 6856 §2.1)")
        text = f"{command.verb} {command.argument}" if command.argument else command.verb
        if any(octet in text for octet in "\r\n\0"):
            raise LocalProtocolError("a command must be one line without NUL")
        line = text.encode() + b"\r\n"
        if len(line) > MAX_COMMAND_LINE:
            raise LocalProtocolError(
                f"a command has at most {MAX_COMMAND_LINE} octets, but this has {len(line)}"
            )
        self._pending.append(command)
        self.state = states.after(self.state, command.verb, Outcome.ASKED)
        return line

    def apop(self, name: str, password: str) -> Command:
        """Return the APOP that signs in without sending the password (RFC 1939 §7)."""
        if self._timestamp is None:
            raise LocalProtocolError("APOP needs a timestamp in the greeting, but there was none")
        digest = hashlib.md5(f"{self._timestamp}{password}".encode(), usedforsecurity=False).hexdigest()
        return Command("APOP", f"{name} {digest}")

    def next_event(self) -> ClientEvent | Wait:
        """Return the next reply, or NEED_DATA."""
        if self.state is State.CLOSED:
            return ConnectionClosed()
        try:
            event = self._next_reply()
        except LineTooLong:
            self.state = State.CLOSED
            raise RemoteProtocolError("the server's answer is longer than this client holds") from None
        if event is NEED_DATA and self._eof:
            self.state = State.CLOSED
            return ConnectionClosed()
        return event

    def tls_started(self) -> None:
        """Say that the TLS handshake which STLS announced is done (RFC 2595 §4)."""
        if self.state is not State.STARTING_TLS:
            raise LocalProtocolError(
                f"tls_started needs state {State.STARTING_TLS}, but the state is {self.state}"
            )
        # Whatever came before was not protected, the timestamp included (RFC 2595 §4).
        self._buffer.clear()
        self._timestamp = None
        self.state = State.AUTHORIZATION

    def _next_reply(self) -> ClientEvent | Wait:
        if self._first_line is None:
            raw = self._buffer.line(MAX_REPLY_LINE)
            if raw is None:
                return NEED_DATA
            line = raw.decode("utf-8", "replace")
            if not self._pending:
                self.state = State.CLOSED
                raise RemoteProtocolError(f"a reply to no command: {line[:80]!r}")
            if line == "+" or line.startswith("+ "):
                return self._challenge(line)
            if not line.startswith(("+OK", "-ERR")):
                self.state = State.CLOSED
                raise RemoteProtocolError(f"not a POP3 reply: {line[:80]!r}")
            self._first_line = line
        command, line = self._pending[0], self._first_line
        content = None
        if line.startswith("+OK") and _is_multi_line(command):
            content = self._content()
            if content is None:
                return NEED_DATA
        self._pending.popleft()
        self._first_line = None
        return self._reply(command, line, content)

    def _challenge(self, line: str) -> Continue:
        if self._pending[0].verb != "AUTH":
            self.state = State.CLOSED
            raise RemoteProtocolError(f"a challenge that answers {self._pending[0].verb}")
        self.state = states.after(self.state, "AUTH", Outcome.MORE)
        try:
            challenge = base64.b64decode(line[2:], validate=True)
        except (binascii.Error, ValueError):
            self.state = State.CLOSED
            raise RemoteProtocolError(f"a challenge must be base64: {line[:80]!r}") from None
        self._challenged = True
        return Continue(challenge)

    def _content(self) -> bytes | None:
        # An empty listing is the final dot alone, with no CRLF of content before it.
        if (first := self._buffer.peek(3)) is None:
            return None
        if first == b".\r\n":
            self._buffer.line(3)
            return b""
        raw = self._buffer.until(b"\r\n.\r\n", MAX_CONTENT)
        if raw is None:
            return None
        content = raw[:-3].replace(b"\r\n.", b"\r\n")
        return content[1:] if content.startswith(b".") else content

    def _reply(self, command: Command, line: str, content: bytes | None) -> Reply:
        ok = line.startswith("+OK")
        self.state = states.after(self.state, command.verb, Outcome.OK if ok else Outcome.ERR)
        text = line.removeprefix("+OK").removeprefix("-ERR").strip()
        code = None
        if match := _CODE.fullmatch(text):
            code, text = match[1].upper(), match[2]
        if ok and command.verb == GREETING and (stamp := _TIMESTAMP.search(text)):
            self._timestamp = stamp[0]
        self._utf8 |= ok and command.verb == "UTF8"
        return Reply(command.verb, ok, text, code, content)


def _is_multi_line(command: Command) -> bool:
    return command.verb in _MULTI_LINE or (command.verb in _LISTINGS and not command.argument)
