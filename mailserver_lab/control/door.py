"""Where the control API is to be found: its port, which is open from here on, and the token that it asks for.

It needs nothing of the server behind it, which takes longer to load than all of the mail servers. The address can be told
before that: who connects in the meantime waits in the system's queue.
"""

from __future__ import annotations

import secrets
import socket

PREFIX = "/mailserver-lab/api/"
WAITING = 128  # connections


class Door:
    """A port on 127.0.0.1.

    Args:
        port: which; a free one where 0.
    """

    def __init__(self, port: int = 0) -> None:
        self.token = secrets.token_urlsafe(24)
        self.socket = socket.create_server(("127.0.0.1", port), backlog=WAITING)
        self.socket.setblocking(False)
        self.port: int = self.socket.getsockname()[1]

    @property
    def url(self) -> str:
        """The base address of the API, with its final slash."""
        return f"http://127.0.0.1:{self.port}{PREFIX}"

    def close(self) -> None:
        """Let nobody in any more."""
        self.socket.close()
