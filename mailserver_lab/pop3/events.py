"""What a POP3 core tells its caller, and what its caller tells it to say (RFC 1939 §3, RFC 2449 §8).

Response codes are IN-USE (RFC 2449 §8.1), AUTH, SYS/TEMP and SYS/PERM (RFC 3206) and UTF8 (RFC 6856 §5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from mailserver_lab.locale import Text


class LocalProtocolError(Exception):
    """Our own caller asked for something that the protocol does not allow now."""


class RemoteProtocolError(Exception):
    """The peer said something that is not POP3, and there is no way to go on."""


class Wait(Enum):
    """Not an event: why there is none now."""

    #: Call `receive_data` first.
    NEED_DATA = "need data"
    #: Answer the last event first (or, after STLS, call `tls_started`).
    PAUSED = "paused"


NEED_DATA = Wait.NEED_DATA
PAUSED = Wait.PAUSED


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it came, printable, and its size on the wire; `***` where all of it is a secret."""

    text: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class Command:
    """A command that is allowed now. `argument` is all that follows the verb: a password may hold spaces."""

    verb: str
    argument: str = ""
    line: Line = Line()

    @property
    def arguments(self) -> list[str]:
        """The argument, split at spaces."""
        return self.argument.split()


@dataclass(frozen=True, slots=True)
class SaslResponse:
    """The client's answer to a challenge (RFC 5034 §4); None where the client cancelled by `*`."""

    data: bytes | None
    line: Line = Line()


@dataclass(frozen=True, slots=True)
class Refused:
    """The peer said something that deserves -ERR, for this reason."""

    reason: Text
    line: Line = Line()


@dataclass(frozen=True, slots=True)
class ConnectionClosed:
    """The peer has closed the connection."""


ServerEvent = Command | SaslResponse | Refused | ConnectionClosed


@dataclass(frozen=True, slots=True)
class Ok:
    """`+OK`; with `lines` (a listing) or `content` (a message), a multi-line answer."""

    text: str = ""
    lines: Sequence[str] | None = None
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Err:
    """`-ERR`, where it helps with an extended response code (RFC 2449 §8, RFC 3206). `close` ends the session."""

    text: str
    code: str | None = None
    close: bool = False


@dataclass(frozen=True, slots=True)
class Continue:
    """`+` and a challenge: the exchange of AUTH goes on (RFC 5034 §4)."""

    challenge: bytes = b""


Answer = Ok | Err | Continue


@dataclass(frozen=True, slots=True)
class Reply:
    """What a client gets for one command; `command` is "greeting" for the first. `content` holds a multi-line answer."""

    command: str
    ok: bool
    text: str
    code: str | None = None
    content: bytes | None = None

    @property
    def lines(self) -> list[str]:
        """The multi-line answer as lines of text."""
        return [] if self.content is None else self.content.decode("utf-8", "replace").splitlines()


ClientEvent = Reply | Continue | ConnectionClosed
