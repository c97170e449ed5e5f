"""What the record hears of an SMTP connection: lines, whole messages as one piece, and no passwords.

Octets come as the network cuts them; the tap puts them together again. It knows from the server's replies what the
client's next octets are: after 334 a secret, after 354 a message that ends with a lone dot.
"""

from __future__ import annotations

import re

from ..replies import parsed
from ..trace import LINE_SHOWN, Conn

_SECRET = re.compile(r"(AUTH\s+\S+)\s+\S.*", re.IGNORECASE)
_STEP = {"EHLO": "ehlo", "HELO": "ehlo", "MAIL": "mail", "RCPT": "rcpt", "DATA": "data"}
_END = b"\r\n.\r\n"


class Tap:
    """Listens to one connection, on the server's side."""

    def __init__(self, conn: Conn) -> None:
        self.conn = conn
        self._line = bytearray()
        self._skipped = 0
        self._secret = False
        self._content: bytearray | None = None
        self._size = 0
        self._tail = b""
        self._step: str | None = None

    def client(self, data: bytes) -> None:
        """Octets that came from the client, in plain text."""
        while data:
            data = self._take_line(data) if self._content is None else self._take_content(data)

    def _take_line(self, data: bytes) -> bytes:
        end = data.find(b"\n")
        piece = data if end < 0 else data[: end + 1]
        room = LINE_SHOWN * 4 - len(self._line)
        self._line += piece[: max(0, room)]
        self._skipped += max(0, len(piece) - max(0, room))
        if end < 0:
            return b""
        size = len(self._line) + self._skipped
        text = self._line.rstrip(b"\r\n").decode("utf-8", "replace")
        self._line.clear()
        self._skipped = 0
        if self._secret:
            text, self._secret = "***", False
        else:
            text = _SECRET.sub(r"\1 ***", text)
            self._step = _STEP.get(text[:4].upper(), self._step)
        self.conn.said("client", text, size, step=self._step)
        return data[end + 1 :]

    def _take_content(self, data: bytes) -> bytes:
        assert self._content is not None
        window = self._tail + data
        at = window.find(_END)
        if at < 0:
            self._size += len(data)
            self._content += data[: max(0, LINE_SHOWN * 8 - len(self._content))]
            self._tail = window[-(len(_END) - 1) :]
            return b""
        used = at + len(_END) - len(self._tail)
        self._size += used
        self._content += data[: max(0, used)][: max(0, LINE_SHOWN * 8 - len(self._content))]
        shown = bytes(self._content).removesuffix(b".\r\n")
        self.conn.content("client", shown, size=self._size, step="data")
        self._content, self._tail, self._size = None, b"", 0
        return data[used:]

    def server(self, line: str) -> None:
        """A line that the server sends, without its end."""
        about = parsed(line)
        if about.get("reply") == 334:
            self._secret = True
        elif about.get("reply") == 354:
            self._content, self._tail, self._size = (
                bytearray(),
                b"\r\n",
                0,
            )  # an empty message is a lone dot at once
        self.conn.said("server", line, len(line.encode()) + 2, parsed=about, step=self._step)
