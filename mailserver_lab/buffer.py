"""Octets that have come and were not yet looked at, cut into lines with a limit, or taken by their number.

What SMTP, POP3 and IMAP have in common: all three are lines, with blocks of octets between them.
"""

from __future__ import annotations


class LineTooLong(Exception):
    """More bytes than allowed have come without an end of line. The rest of that line is dropped as it comes."""


class ReceiveBuffer:
    """Octets in, lines and blocks out. Never holds more than was added last and the one line or block asked for.

    A line ends in CRLF. A bare LF is taken for one too, as people who type a session by hand send it; a bare CR
    ends nothing and is left in the line for the caller to refuse.
    """

    def __init__(self) -> None:
        self._data = bytearray()
        self._searched = 0
        self._dropping = False

    def add(self, data: bytes) -> None:
        """Append what has come."""
        self._data += data

    def clear(self) -> None:
        """Forget everything, as the switch to TLS demands (RFC 2595 §4, RFC 3501 §6.2.1): it was not said under TLS."""
        self._data.clear()
        self._searched = 0
        self._dropping = False

    def line(self, limit: int) -> bytes | None:
        """Return the next line without its end, or None if it is not complete; raise LineTooLong once if too long."""
        while True:
            # `_searched` keeps a line that comes byte by byte from being searched again from its start.
            end = self._data.find(b"\n", self._searched)
            if end < 0:
                self._searched = len(self._data)
                if self._searched <= limit:
                    return None
                first = not self._dropping
                self._dropping = True
                self._data.clear()
                self._searched = 0
                if first:
                    raise LineTooLong
                return None
            line = bytes(self._data[: end + 1])
            del self._data[: end + 1]
            self._searched = 0
            if self._dropping:
                self._dropping = False
                continue
            if len(line) > limit:
                raise LineTooLong
            return line[:-2] if line.endswith(b"\r\n") else line[:-1]

    def octets(self, size: int) -> bytes | None:
        """Return exactly so many octets, or None if they have not all come."""
        if len(self._data) < size:
            return None
        taken = bytes(memoryview(self._data)[:size])
        del self._data[:size]
        self._searched = 0
        return taken

    def drop(self, size: int) -> int:
        """Throw away at most so many octets of what has come, and return how many that were."""
        dropped = min(size, len(self._data))
        del self._data[:dropped]
        self._searched = 0
        return dropped

    def peek(self, size: int) -> bytes | None:
        """Return the next bytes without taking them, or None if so many have not come."""
        return bytes(self._data[:size]) if len(self._data) >= size else None

    def until(self, end: bytes, limit: int) -> bytes | None:
        """Return everything up to and with `end`, or None if it has not come; raise LineTooLong beyond the limit."""
        found = self._data.find(end, max(0, self._searched - len(end)))
        if found < 0:
            self._searched = len(self._data)
            if self._searched > limit:
                raise LineTooLong
            return None
        taken = bytes(self._data[: found + len(end)])
        del self._data[: found + len(end)]
        self._searched = 0
        return taken
