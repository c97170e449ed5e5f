"""What the record hears of an SMTP connection: lines, whole messages as one piece, and no answers to challenges.

Octets come as the network cuts them; the tap puts them together again. It knows from the server's replies what the
client's next octets are: after 334 a secret, after 354 a message that ends with a lone dot. A client may send them
before it has heard the reply, so whatever follows AUTH, a secret or DATA waits here until the reply is known.
"""

from __future__ import annotations

from collections import deque

from ..replies import parsed
from ..trace import LINE_SHOWN, Conn
from .guard import visible

_STEP = {"EHLO": "ehlo", "HELO": "ehlo", "MAIL": "mail", "RCPT": "rcpt", "DATA": "data"}
_END = b"\r\n.\r\n"
_VERBS = frozenset(
    [
        "EHLO",
        "HELO",
        "STARTTLS",
        "AUTH",
        "MAIL",
        "RCPT",
        "DATA",
        "RSET",
        "NOOP",
        "QUIT",
        "VRFY",
        "EXPN",
        "HELP",
    ]
)


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
        # the steps to which lines belong that the server has still to reply to; the connection itself is the first
        self._unanswered: deque[str | None] = deque([None])
        self._last = ""
        self._held = bytearray()
        self._suspect = False  # whether a secret may come that the server did not ask for

    def client(self, data: bytes) -> None:
        """Octets that came from the client, in plain text."""
        if self._waits:
            self._held += data
            return
        while data and not self._waits:
            data = self._take_line(data) if self._content is None else self._take_content(data)
        self._held[:0] = data

    @property
    def _waits(self) -> bool:
        return bool(self._unanswered) and self._last in {"AUTH", "DATA", "***"}

    def secured(self) -> None:
        """TLS has begun: what the client sent ahead in plain text the server has thrown away."""
        self._held.clear()
        self._line.clear()
        self._unanswered.clear()
        self._skipped = 0
        self._last = ""
        self.conn.secured()

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
        verb = text.partition(" ")[0].upper()
        if self._secret or (self._suspect and verb not in _VERBS):
            text, verb = "***", "***" if self._secret else ""
        else:
            self._step = _STEP.get(verb, self._step)
        self._secret, self._suspect = False, verb == "AUTH" or (self._suspect and verb not in _VERBS)
        self._last = verb
        self._unanswered.append(self._step)
        self.conn.said("client", visible(text), size, step=self._step)
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
        self._last = ""
        self._unanswered.append("data")
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
        step = self._unanswered[0] if self._unanswered else self._step
        self.conn.said("server", line, len(line.encode()) + 2, parsed=about, step=step)
        if line[3:4] != "-" and self._unanswered:
            self._unanswered.popleft()
        if self._held and not self._waits:
            held = bytes(self._held)
            self._held.clear()
            self.client(held)
