"""IMAP4rev1 (RFC 3501), and IMAP4rev2 (RFC 9051) where a client enables it.

Mail stays on the server, and any number of clients look at it at once.

`Server` and `ImapClient` are the protocol without I/O, `Session` is what a server does with each command, and `serve`
joins them to a connection.
"""

from .client import ImapClient
from .core import Server
from .events import LocalProtocolError, RemoteProtocolError
from .service import Session
from .session import CommandFailed, Fetched, ImapSession, Selected
from .shell import serve
from .states import FLOWS, TRANSITIONS, Flow, Outcome, State

__all__ = [
    "FLOWS", "TRANSITIONS", "CommandFailed", "Fetched", "Flow", "ImapClient", "ImapSession", "LocalProtocolError",
    "Outcome", "RemoteProtocolError", "Selected", "Server", "Session", "State", "serve",
]  # fmt: skip
