"""POP3 (RFC 1939): a client fetches what is in its mailbox, and usually takes it away.

`Server` and `Client` are the protocol without I/O, `Session` is what a server does with each command, and `serve`
joins them to a connection.
"""

from .client import Client
from .core import Server
from .events import (
    NEED_DATA,
    PAUSED,
    Command,
    ConnectionClosed,
    Continue,
    Err,
    LocalProtocolError,
    Ok,
    Refused,
    RemoteProtocolError,
    Reply,
    SaslResponse,
)
from .service import MailboxLocks, Session
from .shell import serve
from .states import TRANSITIONS, Outcome, State

__all__ = [
    "NEED_DATA", "PAUSED", "TRANSITIONS", "Client", "Command", "ConnectionClosed", "Continue", "Err",
    "LocalProtocolError", "MailboxLocks", "Ok", "Outcome", "Refused", "RemoteProtocolError", "Reply", "SaslResponse",
    "Server", "Session", "State", "serve",
]  # fmt: skip
