"""A message's octets as they come after DATA: up to the lone dot, within limits (RFC 5321 section 4.5.2).

aiosmtpd reads them line by line, which takes as long as all else that is done for a message of a hundred lines. Here they
are read in pieces as large as they come.
"""

from __future__ import annotations

import asyncio

DOT = b".\r\n"
END = b"\r\n" + DOT
LINE_LIMIT = 1_000  # octets: 998 and CR LF (section 4.5.3.1.6)
_BEGUN = tuple(END[:n] for n in range(1, len(END)))


async def content(reader: asyncio.StreamReader, limit: int) -> bytes | None:
    """What comes before the lone dot, as it was sent; None where that is more than `limit` octets.

    It is read to its end in either case, so that a command comes next; no more than the limit is ever held.
    """
    pieces: list[bytes] = []
    size = 0

    def take(piece: bytes) -> None:
        nonlocal size
        size += len(piece)
        if size > limit + len(DOT):
            pieces.clear()
        else:
            pieces.append(piece)

    first = await reader.readexactly(len(DOT))
    if first == DOT:
        return b""  # the line end before it was that of DATA
    while first.endswith(_BEGUN) and not first.endswith(END):
        first += await reader.readexactly(1)
    take(first)
    ended = first.endswith(END)
    while not ended:
        try:
            take(await reader.readuntil(END))
            ended = True
        except asyncio.LimitOverrunError as more:  # than the reader keeps
            take(await reader.read(more.consumed))
    return b"".join(pieces).removesuffix(DOT) if pieces else None


def has_long_line(octets: bytes) -> bool:
    """Whether a line is longer than one may be; a dot that was doubled for the way does not count."""
    start = 0
    while start < len(octets):
        reach = start + LINE_LIMIT + octets.startswith(b".", start)
        found = octets.rfind(b"\r\n", start, reach)  # the lines that end before it are short enough too
        if found < 0:
            return True
        start = found + 2
    return False


def undotted(octets: bytes) -> bytes:
    """The message itself: a dot at the beginning of a line was put there for the way."""
    return (b"\r\n" + octets).replace(b"\r\n.", b"\r\n")[2:]
