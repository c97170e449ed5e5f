"""IMAP4rev1 without I/O, the client's side (RFC 3501): commands in, bytes out; bytes in, responses out.

    client = ImapClient()
    client.receive_data(await stream.read())
    client.next_event()                                    # the greeting
    stream.write(client.send("LOGIN", "sender@tsubame.example", "secret"))

One command at a time. Where a server must first agree to a literal, `send` returns what comes before it, and after the
server's `Continue` `go_on` returns the rest; the same is true of AUTHENTICATE with `respond` and of IDLE with `done`.
"""

from __future__ import annotations

import base64
from collections import deque
from itertools import count

from mailserver_lab.buffer import LineTooLong, ReceiveBuffer
from mailserver_lab.imap import replies, states
from mailserver_lab.imap.core import ends_in_literal
from mailserver_lab.imap.events import (
    NEED_DATA,
    ClientEvent,
    ConnectionClosed,
    Continue,
    Data,
    LocalProtocolError,
    RemoteProtocolError,
    Response,
    Status,
    Wait,
)
from mailserver_lab.imap.states import GREETING, Flow, Outcome, State
from mailserver_lab.imap.values import Atom, Literal, Value, pieces

#: A response's text without its literals. BODYSTRUCTURE and SEARCH of large mailboxes grow long.
MAX_TEXT = 8 * 2**20
#: What a client is ready to hold of one literal.
MAX_LITERAL = 100 * 2**20


class ImapClient:
    """The client's end of one connection."""

    def __init__(self) -> None:
        self.state = State.GREETING
        self.flow = Flow.COMMAND
        #: What the server can do, as far as it has said.
        self.capabilities: frozenset[str] = frozenset()
        #: The tag of the command that waits for its answer, None where none does.
        self.tag: str | None = None
        self._name = GREETING
        self._numbers = count(1)
        self._unsent: deque[bytes] = deque()
        self._buffer = ReceiveBuffer()
        self._eof = False
        self._text = b""
        self._literals: list[bytes] = []
        self._literal: int | None = None

    def receive_data(self, data: bytes) -> None:
        """Take what has come from the server; b"" says that the server has closed the connection."""
        if data:
            self._buffer.add(data)
        else:
            self._eof = True

    # -- what goes out

    def send(self, name: str, *arguments: Value, uid: bool = False) -> bytes:
        """Return the bytes of a command, up to the first literal that the server must agree to.

        Arguments are values: a str is sent as a string, an `Atom` as it is, a list in parentheses.
        """
        if not states.allows(self.state, name):
            allowed = " or ".join(states.allowing(name)) or "another protocol"
            raise LocalProtocolError(f"{name} needs state {allowed}, but the state is {self.state}")
        if self.tag is not None:
            raise LocalProtocolError(f"{name} needs the answer to {self._name} ({self.tag}) first")
        self.tag, self._name = f"A{next(self._numbers):03}", name
        self._unsent = deque(
            self._parts([Atom(self.tag), *([Atom("UID")] if uid else []), Atom(name), *arguments])
        )
        return self._unsent.popleft()

    def _parts(self, values: list[Value]) -> list[bytes]:
        """Return a command in the parts between which the server has to say that it is ready."""
        parts = [b""]
        for piece in pieces(values):
            if not isinstance(piece, Literal):
                parts[-1] += piece
            elif "LITERAL+" in self.capabilities:
                # RFC 7888: the server takes literals without being asked.
                parts[-1] = parts[-1].removesuffix(b"}\r\n") + b"+}\r\n" + piece.data
            else:
                parts.append(piece.data)
        parts[-1] += b"\r\n"
        return parts

    def go_on(self) -> bytes:
        """Return the next part of a command, after the server has said `+`."""
        if self.flow is not Flow.LITERAL:
            raise LocalProtocolError(f"go_on needs flow {Flow.LITERAL}, but the flow is {self.flow}")
        self.flow = states.FLOWS[self.flow]["octets"]
        return self._unsent.popleft()

    def respond(self, response: bytes | None) -> bytes:
        """Return the response to a challenge of AUTHENTICATE; None cancels."""
        if self.flow is not Flow.AUTHENTICATE:
            raise LocalProtocolError(f"respond needs flow {Flow.AUTHENTICATE}, but the flow is {self.flow}")
        return (b"*" if response is None else base64.b64encode(response)) + b"\r\n"

    def done(self) -> bytes:
        """Return what ends IDLE."""
        if self.flow is not Flow.IDLE:
            raise LocalProtocolError(f"done needs flow {Flow.IDLE}, but the flow is {self.flow}")
        return b"DONE\r\n"

    def tls_started(self) -> None:
        """Say that the TLS handshake which STARTTLS announced is done; capabilities may differ now (§6.2.1)."""
        if self.flow is not Flow.STARTTLS:
            raise LocalProtocolError(f"tls_started needs flow {Flow.STARTTLS}, but the flow is {self.flow}")
        self.flow = states.FLOWS[self.flow]["TLS"]
        self._buffer.clear()
        self.capabilities = frozenset()

    # -- what comes in

    def next_event(self) -> ClientEvent | Wait:
        """Return the next response, or NEED_DATA."""
        if self.state is State.LOGOUT and self.tag is None:
            return ConnectionClosed()
        try:
            response = self._read()
            if response is not None:
                self._follow(response)
                return response
        except LineTooLong:
            self._give_up()
            raise RemoteProtocolError("the server's response is longer than this client holds") from None
        except RemoteProtocolError:
            self._give_up()
            raise
        if self._eof:
            self._give_up()
            return ConnectionClosed()
        return NEED_DATA

    def _give_up(self) -> None:
        self.state, self.tag = State.LOGOUT, None

    def _read(self) -> Response | None:
        while True:
            if self._literal is not None:
                octets = self._buffer.octets(self._literal)
                if octets is None:
                    return None
                self._literals.append(octets)
                self._literal = None
            line = self._buffer.line(MAX_TEXT)
            if line is None:
                return None
            self._text += line
            size = ends_in_literal(line)
            if size is None:
                text, literals = self._text, self._literals
                self._text, self._literals = b"", []
                return replies.parse(text, literals)
            if size > MAX_LITERAL or len(self._text) > MAX_TEXT:
                raise LineTooLong
            self._text += b"\r\n"
            self._literal = size

    def _follow(self, response: Response) -> None:
        """Move on as the response says."""
        if isinstance(response, Continue):
            self._continued()
            return
        if isinstance(response, Data):
            if response.values[:1] == [Atom("CAPABILITY")]:
                self.capabilities = frozenset(str(value) for value in response.values[1:])
            return
        if (response.code or "").startswith("CAPABILITY "):
            self.capabilities = frozenset((response.code or "").split()[1:])
        if self.state is State.GREETING:
            if (
                response.tag is not None
                or response.outcome not in states.TRANSITIONS[State.GREETING][GREETING]
            ):
                raise RemoteProtocolError("a greeting is an untagged OK, PREAUTH or BYE")
            self.state = states.after(self.state, GREETING, response.outcome)
        elif response.tag is not None:
            self._completed(response)
        elif response.outcome is Outcome.BYE and self._name != "LOGOUT":
            self._give_up()

    def _continued(self) -> None:
        if self._unsent and self.flow is Flow.COMMAND:
            self.flow = states.FLOWS[self.flow]["literal"]
        elif self.tag is not None and f"{self._name} +" in states.FLOWS[self.flow]:
            self.flow = states.FLOWS[self.flow][f"{self._name} +"]
        else:
            raise RemoteProtocolError("the server wants something that was not announced")

    def _completed(self, status: Status) -> None:
        if status.tag != self.tag:
            raise RemoteProtocolError(f"an answer to {status.tag}, which was not asked")
        self.state = states.after(self.state, self._name, status.outcome)
        self.flow = states.FLOWS[self.flow].get("tagged", self.flow)
        if self._name == "STARTTLS" and status.outcome is Outcome.OK:
            self.flow = states.FLOWS[self.flow]["STARTTLS tagged OK"]
        self.tag = None
        self._unsent.clear()
