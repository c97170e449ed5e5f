"""The client side of SMTP without I/O: commands to bytes, bytes to replies (RFC 5321).

`send` gives the octets of a command, or raises `LocalProtocolError` where SMTP does not allow it now. `receive_data`
takes what came; `next_event` gives the next `Answered`, a reply with the command that it answers, or NEED_DATA. Several
commands may be under way where the server offers PIPELINING (RFC 2920); replies come back in their order.

The states, and what leads from one to the next, stand in `states`.
"""

from __future__ import annotations

import base64
import re
from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

from ..buffer import LineTooLong, ReceiveBuffer
from ..replies import Reply
from .content import dotted
from .states import ALONE, STAYS, TRANSITIONS, State

LINE_LIMIT = 4_096  # octets of a reply line; RFC 5321 says 512, servers in the wild say more
REPLY_LIMIT = 200  # lines of one reply


class LocalProtocolError(Exception):
    """Our own caller asked for something that SMTP does not allow in this state."""


class RemoteProtocolError(Exception):
    """The server said something that is no SMTP."""


class NeedData(Enum):
    """Nothing to report until more octets come."""

    NEED_DATA = auto()


NEED_DATA = NeedData.NEED_DATA


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its verb in upper case, and what follows it. The greeting is answered to the verb ''."""

    verb: str
    argument: str = ""
    secret: bool = False

    def __str__(self) -> str:
        if self.secret:
            return f"{self.verb} ***".strip()
        return f"{self.verb} {self.argument}".strip()


@dataclass(frozen=True, slots=True)
class Answered:
    """A reply and the command that it answers."""

    command: Command
    reply: Reply


class SmtpClient:
    """One conversation with a server."""

    def __init__(self) -> None:
        self.state = State.START
        self.extensions: dict[str, str] = {}
        self._waiting: deque[Command] = deque([Command("")])
        self._buffer = ReceiveBuffer()
        self._lines: list[str] = []

    # -- what the caller says

    def ehlo(self, host: str) -> bytes:
        """Say who we are and ask what the server can do."""
        return self._send(Command("EHLO", host))

    def helo(self, host: str) -> bytes:
        """The same for a server that knows no extensions."""
        return self._send(Command("HELO", host))

    def starttls(self) -> bytes:
        """Ask for TLS (RFC 3207); after a 220 the connection is to be secured, and EHLO said again."""
        return self._send(Command("STARTTLS"))

    def auth_plain(self, user: str, password: str) -> bytes:
        """Sign in (RFC 4954, mechanism PLAIN of RFC 4616)."""
        token = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        command = Command("AUTH", "PLAIN", secret=True)
        return self._send(command, line=f"AUTH PLAIN {token}")

    def mail(self, reverse_path: str, **parameters: str | int | None) -> bytes:
        """Begin a transaction. '' is the null reverse-path; parameters such as SIZE=312, None for one without value."""
        return self._send(Command("MAIL", f"FROM:<{_clean(reverse_path)}>{_parameters(parameters)}"))

    def rcpt(self, forward_path: str, **parameters: str | int | None) -> bytes:
        """Name a recipient."""
        return self._send(Command("RCPT", f"TO:<{_clean(forward_path)}>{_parameters(parameters)}"))

    def data(self) -> bytes:
        """Ask to send the content."""
        return self._send(Command("DATA"))

    def content(self, message: bytes) -> bytes:
        """The message itself, lines ended by CRLF, leading dots doubled, and the lone dot that ends it (section 4.5.2).

        Raises:
            RemoteProtocolError: the server has said more than it was asked; that must not pass for its answer to this.
        """
        self._allow(Command("content"))
        if self._buffer.peek(1) is not None:
            raise RemoteProtocolError("the server answered before it had the message")
        self._waiting.append(Command("content"))
        return dotted(message)

    def rset(self) -> bytes:
        """Drop the transaction."""
        return self._send(Command("RSET"))

    def quit(self) -> bytes:
        """Say goodbye."""
        return self._send(Command("QUIT"))

    def _allow(self, command: Command) -> None:
        states, _ = TRANSITIONS[command.verb]
        ahead = self.state if not self._waiting else self._expected()
        if ahead not in states:
            wanted = ", ".join(sorted(state.name for state in states))
            raise LocalProtocolError(
                f"{command.verb} needs the state {wanted}; the conversation is in {ahead.name}"
            )
        if self._waiting and ("PIPELINING" not in self.extensions or self._waiting[-1].verb in ALONE):
            raise LocalProtocolError(
                f"{command.verb} has to wait for the answer to {self._waiting[-1].verb or 'the connection'}"
            )

    def _expected(self) -> State:
        """The state in which we shall be if all that is under way succeeds."""
        last = self._waiting[-1].verb
        return self.state if last in STAYS else TRANSITIONS[last][1]

    def _send(self, command: Command, line: str | None = None) -> bytes:
        text = line if line is not None else str(command)
        if any(char in text for char in "\r\n\0"):
            raise LocalProtocolError("a command holds no line end and no NUL")
        self._allow(command)
        self._waiting.append(command)
        return text.encode() + b"\r\n"

    # -- what the server says

    def receive_data(self, data: bytes) -> None:
        """Take octets from the connection."""
        self._buffer.add(data)

    def next_event(self) -> Answered | NeedData:
        """The next complete reply.

        Raises:
            RemoteProtocolError: the server does not speak SMTP.
        """
        try:
            while (raw := self._buffer.line(LINE_LIMIT)) is not None:
                line = raw.decode("utf-8", "replace")
                self._lines.append(line)
                if len(self._lines) > REPLY_LIMIT:
                    raise RemoteProtocolError("the server's reply is longer than any reply should be")
                if line[3:4] != "-":
                    lines, self._lines = self._lines, []
                    return self._answered(lines)
        except LineTooLong:
            raise RemoteProtocolError("the server's reply line does not end") from None
        return NEED_DATA

    def _answered(self, lines: list[str]) -> Answered:
        try:
            reply = Reply.parse(lines)
        except ValueError as error:
            raise RemoteProtocolError(str(error)) from error
        if not self._waiting:
            if reply.code == 421:  # a server may always say that it is going away (section 3.8)
                self.state = State.CLOSED
                return Answered(Command(""), reply)
            raise RemoteProtocolError(f"the server answered {reply} to nothing")
        command = self._waiting.popleft()
        if reply.ok and (reply.code >= 300) is not (
            command.verb == "DATA"
        ):  # "go on" answers DATA, and nothing else
            raise RemoteProtocolError(f"the server answered {reply} to {command.verb or 'the connection'}")
        self._move(command, reply)
        return Answered(command, reply)

    def _move(self, command: Command, reply: Reply) -> None:
        if reply.code == 421 or command.verb == "QUIT" or self.state is State.CLOSED:
            self.state = State.CLOSED  # and remains so, whatever still comes of what was under way
        elif command.verb == "" and not reply.ok:
            self.state = State.GREETED  # 554: no service; only QUIT makes sense
        elif command.verb == "content":
            self.state = State.READY  # accepted or not, the transaction is over
        elif reply.ok and command.verb not in STAYS:
            self.state = TRANSITIONS[command.verb][1]
        if command.verb == "EHLO" and reply.ok:
            self.extensions = {}
            for line in reply.text.split("\n")[1:]:
                keyword, _, value = line.partition(" ")
                self.extensions[keyword.upper()] = value
        elif command.verb in {"STARTTLS", "HELO"} and reply.ok:
            self.extensions = {}
        if command.verb == "STARTTLS" and reply.ok:
            self._buffer.clear()  # whatever came with it in plain text is nobody's word (RFC 3207 section 5)


_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')


def _clean(path: str) -> str:
    if any(char in _QUOTED.sub("", path) for char in "<>"):
        raise LocalProtocolError("a path holds no angle bracket outside of quotation marks")
    return path


def _parameters(parameters: dict[str, str | int | None]) -> str:
    return "".join(f" {name}" if value is None else f" {name}={value}" for name, value in parameters.items())
