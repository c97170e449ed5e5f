"""The values that IMAP's responses are made of (RFC 3501 §4): atoms, numbers, strings, lists and NIL, as octets.

In Python an `Atom` is written as it is, an int as a number, a str or bytes as a string, None as NIL, a list as a
parenthesized list. A string goes out quoted where it may, else as a literal; a `Literal` always as one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Union

Value = Union[None, int, str, bytes, "Atom", "Literal", "Utf8", "Run", Sequence["Value"]]

# What a quoted string may hold (RFC 3501 §9, QUOTED-CHAR): 7 bits, no CR, LF or NUL. Long ones are better as literals.
_QUOTABLE = re.compile(rb"[\x01-\x09\x0b\x0c\x0e-\x7f]{0,1000}")
_ESCAPED = re.compile(rb'[\\"]')


@dataclass(frozen=True, slots=True)
class Atom:
    """Text that stands as it is: an atom, a flag, or a response's fixed words."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Literal:
    """Octets that are sent as a literal whatever they are: message content.

    A `binary` one may hold NUL and says so by `~{n}` (RFC 3516 §4.1); in others another octet takes its place.
    """

    data: bytes
    binary: bool = False


@dataclass(frozen=True, slots=True)
class Utf8:
    """A string that goes out quoted whatever is in it, to a client that takes UTF-8 there (RFC 6855 §3)."""

    text: str


@dataclass(frozen=True, slots=True)
class Run:
    """Values that follow each other with no space between, as a multipart's parts do (RFC 3501 §9, body-type-mpart)."""

    values: Sequence[Value]


def pieces(values: Sequence[Value]) -> Iterator[bytes | Literal]:
    """Give the octets of values divided by spaces; each literal's content as a piece of its own."""
    out: list[bytes | Literal] = []
    _write_all(values, out)
    return iter(out)


def _write_all(values: Sequence[Value], out: list[bytes | Literal]) -> None:
    for n, value in enumerate(values):
        if n:
            out.append(b" ")
        _write(value, out)


def _write(value: Value, out: list[bytes | Literal]) -> None:
    # A SEARCH may find tens of thousands, and a FETCH tell of as many: generators, or `match`, would take twice the time.
    if isinstance(value, int):
        out.append(b"%d" % value)
    elif isinstance(value, Atom):
        out.append(value.text.encode("ascii", "replace"))
    elif value is None:
        out.append(b"NIL")
    elif isinstance(value, (str, bytes)):
        data = value.encode() if isinstance(value, str) else value
        if _QUOTABLE.fullmatch(data):
            out.append(b'"' + _ESCAPED.sub(rb"\\\g<0>", data) + b'"')
        else:
            _write(Literal(data), out)
    elif isinstance(value, Utf8):
        out.append(b'"' + _ESCAPED.sub(rb"\\\g<0>", value.text.encode()) + b'"')
    elif isinstance(value, Literal):
        if not value.binary and b"\0" in value.data:
            value = Literal(value.data.replace(b"\0", b"\x80"))  # RFC 3501 §9, CHAR8
        out.append(b"%s{%d}\r\n" % (b"~" * value.binary, len(value.data)))
        out.append(value)
    elif isinstance(value, Run):
        for item in value.values:
            _write(item, out)
    else:
        out.append(b"(")
        _write_all(value, out)
        out.append(b")")
