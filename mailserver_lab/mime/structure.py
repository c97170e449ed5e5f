"""Where the parts of a message are (RFC 2046 §5.1), found in one pass over its octets.

A message is hostile input: thousands of multiparts in each other, fifty megabytes of lines that look like boundaries.
So nothing here recurses, nothing is copied, and depth and number of parts are bounded; what lies beyond is left as one
opaque part. Each open multipart's boundary is looked for once along the message, by a search that runs in C.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from . import headers

#: How deep parts may be in each other, and how many of them may be multiparts: each is searched for its boundary.
#: Chains of forwarded mail reach perhaps ten.
MAX_DEPTH, MAX_MULTIPARTS = 50, 25
#: How many parts a message may have. Digests reach hundreds.
MAX_PARTS = 10_000

_MIME_FIELDS = (
    "content-type", "content-transfer-encoding", "content-id", "content-description", "content-disposition",
    "content-language", "content-location", "content-md5",
)  # fmt: skip
_OPAQUE = (b"application", b"octet-stream")
_TEXT = (b"text", b"plain")
_MESSAGE = (b"message", b"rfc822")
_GLOBAL = (b"message", b"global")
_IDENTITY = frozenset({b"", b"7bit", b"8bit", b"binary"})


@dataclass(slots=True)
class Part:
    """A message, or a part of one: header from `start`, body from `body` to `end`."""

    start: int
    body: int
    end: int = -1
    type: tuple[bytes, bytes] = _TEXT
    #: The type as the header spells it.
    spelled: tuple[bytes, bytes] = _TEXT
    parameters: list[tuple[bytes, bytes]] = field(default_factory=list)
    fields: dict[str, bytes] = field(default_factory=dict)
    #: The parts of a multipart.
    children: list[Part] = field(default_factory=list)
    #: The message that a part of type message/rfc822 or message/global contains.
    message: Part | None = None

    @property
    def numbered(self) -> list[Part]:
        """The parts of a multipart as IMAP counts them: at least one, an empty one (RFC 3501 §9, body-type-mpart)."""
        empty = [Part(self.end, self.end, self.end)] if self.type[0] == b"multipart" else []
        return self.children or empty

    def find(self, path: tuple[int, ...]) -> Part | None:
        """Return the part of that number, counted as BODY[1.2] does (RFC 3501 §6.4.5), of this message."""
        part = self
        for depth, number in enumerate(path):
            # Numbers count the parts of a multipart; the one part of any other message is 1.
            outer = part if not depth or part.type[0] == b"multipart" else part.message
            parts = [] if outer is None else outer.numbered or [outer]
            if not 1 <= number <= len(parts):
                return None
            part = parts[number - 1]
        return part


def scan(raw: bytes) -> Part:
    """Find the parts of a message."""
    return _Scanner(raw).scan()


class _Scanner:
    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._parts = 0
        # The parts that are open now, each within the one before; and the open multiparts' boundaries: the index of
        # the multipart in that chain, what to look for, and where it is found next.
        self._chain: list[Part] = []
        self._boundaries: list[tuple[int, re.Pattern[bytes]]] = []
        self._found: list[re.Match[bytes] | None] = []
        # Where the last line ends that could be a delimiter: most searches end without a match, and need not go on.
        self._last = raw.find(b"\n", raw.rfind(b"\n--") + 1) + 1 or len(raw)

    def scan(self) -> Part:
        root = self._open(0, _TEXT)
        at = root.body - 1
        while self._parts < MAX_PARTS and (delimiter := self._next_delimiter(at)):
            level, match = delimiter
            self._close(level + 1, match.start())
            at = match.end() - 1
            multipart = self._chain[level]
            if match[1]:
                # The closing delimiter: what follows, up to an outer one, is an epilogue.
                self._boundaries.pop()
                self._found.pop()
                continue
            default = _MESSAGE if multipart.type[1] == b"digest" else _TEXT
            multipart.children.append(self._open(match.end(), default))
            at = self._chain[-1].body - 1
        self._close(0, len(self._raw))
        return root

    def _next_delimiter(self, at: int) -> tuple[int, re.Match[bytes]] | None:
        best = None
        for n, (level, pattern) in enumerate(self._boundaries):
            match = self._found[n]
            if match is not None and match.start() < at:
                match = self._found[n] = self._search(pattern, at)
            # Of two at the same place the inner one is meant.
            if match is not None and (best is None or match.start() <= best[1].start()):
                best = level, match
        return best

    def _open(self, start: int, default: tuple[bytes, bytes]) -> Part:
        """Begin a part, and where it is a message/rfc822 also the message in it, and so on."""
        first = None
        while True:
            self._parts += 1
            delimiter = self._next_delimiter(max(0, start - 1))
            limit = delimiter[1].start() + 1 if delimiter else len(self._raw)
            part = Part(start, headers.end_of(self._raw, start, max(start, limit)))
            self._describe(part, default)
            if first is None:
                first = part
            else:
                self._chain[-1].message = part
            self._chain.append(part)
            if part.type[0] == b"multipart":
                self._watch(part)
            if not _holds_message(part):
                return first
            start, default = part.body, _TEXT

    def _describe(self, part: Part, default: tuple[bytes, bytes]) -> None:
        part.fields = headers.first(
            self._raw[part.start : min(part.body, part.start + headers.MAX_HEADER)], *_MIME_FIELDS
        )
        value = part.fields.get("content-type")
        if value is None:
            part.type = part.spelled = default
        else:
            name, part.parameters = headers.parameters(value)
            main, _, sub = name.partition(b"/")
            # RFC 2045 §5.2: what is not understood is plain text.
            part.spelled = (main, sub) if main and sub else _TEXT
            part.type = part.spelled[0].lower(), part.spelled[1].lower()
        multipart = part.type[0] == b"multipart"
        too_deep = len(self._chain) + 1 >= MAX_DEPTH or self._parts >= MAX_PARTS
        if (multipart or _holds_message(part)) and (
            too_deep or (multipart and len(self._boundaries) >= MAX_MULTIPARTS)
        ):
            part.type = part.spelled = _OPAQUE

    def _watch(self, part: Part) -> None:
        boundary = headers.parameter(part.parameters, b"boundary").rstrip()
        if not boundary:
            return
        # RFC 2046 §5.1.1: white space may follow, nothing else: another boundary may begin with this one.
        pattern = re.compile(rb"\n--" + re.escape(boundary) + rb"(--)?[ \t]*(?:\r?\n|\Z)")
        self._boundaries.append((len(self._chain) - 1, pattern))
        self._found.append(self._search(pattern, max(0, part.body - 1)))

    def _search(self, pattern: re.Pattern[bytes], at: int) -> re.Match[bytes] | None:
        # Most searches end without a match, and find sees that ten times as fast.
        at = self._raw.find(b"\n--", at)
        return None if at < 0 else pattern.search(self._raw, at, self._last)

    def _close(self, level: int, end: int) -> None:
        """End all parts from that level of the chain on; the line end before a delimiter belongs to the delimiter."""
        if end < len(self._raw) and self._raw[end - 1 : end] == b"\r":
            end -= 1
        for part in self._chain[level:]:
            part.end = max(part.body, end)
        del self._chain[level:]
        while self._boundaries and self._boundaries[-1][0] >= level:
            self._boundaries.pop()
            self._found.pop()


def _holds_message(part: Part) -> bool:
    """Say whether a part is a message; one in UTF-8 may be encoded, and is opaque then (RFC 6532 §3.7)."""
    encoding = part.fields.get("content-transfer-encoding", b"").lower()
    return part.type == _MESSAGE or (part.type == _GLOBAL and encoding in _IDENTITY)


def walk(root: Part) -> Iterator[Part]:
    """Yield a message and all parts and messages in it, in their order."""
    waiting = [root]
    while waiting:
        part = waiting.pop()
        yield part
        if part.message is not None:
            waiting.append(part.message)
        waiting.extend(reversed(part.children))
