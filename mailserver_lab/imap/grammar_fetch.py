"""Reads FETCH and STORE (RFC 3501 §6.4.5, §6.4.6), with BINARY (RFC 3516) and the modifiers of CONDSTORE (RFC 7162)."""

from __future__ import annotations

import re
from typing import Literal as OneOf

from mailserver_lab.imap import events
from mailserver_lab.imap.cursor import Cursor, Malformed
from mailserver_lab.imap.tokens import flag, sequence_set, text

#: How many items one FETCH may ask for: each may be a whole message, and one response holds them all.
MAX_ITEMS = 50
#: How long a part's number may be: parts are not looked for deeper.
MAX_PATH = 50

_SECTION = re.compile(
    rb"(BODY|BINARY|BINARY\.SIZE)((?<!SIZE)\.PEEK)?\[(?:((?:\d{1,9}\.)*\d{1,9})(?:\.(?=[A-Z])|(?=\])))?"
    rb"(HEADER\.FIELDS(?:\.NOT)?|HEADER|TEXT|MIME)?",
    re.I,
)
_PARTIAL = re.compile(rb"<(\d{1,18})(?:\.(\d{1,18}))?>")
_ITEMS = frozenset(
    {
        "BODY", "BODYSTRUCTURE", "ENVELOPE", "FLAGS", "INTERNALDATE", "MODSEQ", "RFC822", "RFC822.HEADER",
        "RFC822.SIZE", "RFC822.TEXT", "UID",
    }
)  # fmt: skip
_MACROS = {
    "FAST": ("FLAGS", "INTERNALDATE", "RFC822.SIZE"),
    "ALL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"),
    "FULL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"),
}
_FORMS: dict[bytes, events.Form] = {b"BODY": "BODY", b"BINARY": "BINARY", b"BINARY.SIZE": "BINARY.SIZE"}
_STORE_ITEM = re.compile(rb"([+-]?)FLAGS(\.SILENT)?", re.I)
_MODES: dict[bytes, OneOf["add", "remove", "replace"]] = {b"+": "add", b"-": "remove", b"": "replace"}


def fetch(cursor: Cursor, uid: bool) -> events.Fetch:
    """Read FETCH's arguments."""
    cursor.space()
    messages = sequence_set(cursor)
    cursor.space()
    if cursor.at(b"("):
        wanted = items(cursor)
    else:
        item = _item(cursor, macros=True)
        wanted = _MACROS.get(item, (item,)) if isinstance(item, str) else (item,)
    changed_since, vanished = _modifiers(cursor) if cursor.accept(b" ") else (None, False)
    if vanished and (not uid or changed_since is None):
        raise Malformed("VANISHED needs UID FETCH and CHANGEDSINCE (RFC 7162 section 3.2.6)")
    return events.Fetch(messages, wanted, uid, changed_since, vanished)


def items(cursor: Cursor) -> tuple[str | events.Section, ...]:
    """Read what is wanted of a message, in parentheses."""
    found = cursor.parenthesized(lambda: _item(cursor))
    if not 1 <= len(found) <= MAX_ITEMS:
        raise Malformed(f"FETCH wants 1 to {MAX_ITEMS} items")
    return tuple(dict.fromkeys(found))


def _modifiers(cursor: Cursor) -> tuple[int | None, bool]:
    changed_since, vanished = None, False

    def modifier() -> None:
        nonlocal changed_since, vanished
        if cursor.keyword("CHANGEDSINCE"):
            cursor.space()
            changed_since = cursor.number64()
        elif cursor.keyword("VANISHED"):
            vanished = True
        else:
            raise cursor.malformed("CHANGEDSINCE or VANISHED")

    cursor.parenthesized(modifier)
    return changed_since, vanished


def _item(cursor: Cursor, *, macros: bool = False) -> str | events.Section:
    if match := cursor.match(_SECTION):
        return _section(cursor, match)
    item = cursor.word()
    if item not in _ITEMS and not (macros and item in _MACROS):
        raise Malformed(f"FETCH does not know {item}")
    return item


def section_of(cursor: Cursor) -> events.Section:
    """Read `BODY[section]<partial>`."""
    return _section(cursor, cursor.need(_SECTION, "a section"))


def _section(cursor: Cursor, match: re.Match[bytes]) -> events.Section:
    form, path = _FORMS[match[1].upper()], _path(match[3])
    what = (match[4] or b"").decode().upper()
    label = ".".join([*map(str, path), *([what] if what else [])])
    if what == "MIME" and not path:
        raise Malformed(f"no such section: {label}")
    fields: list[str] = []
    if what.startswith("HEADER.FIELDS"):
        cursor.space()
        fields = cursor.parenthesized(lambda: text(cursor))
        if not fields or not all(re.fullmatch(r"[!-9;-~]+", field) for field in fields):
            raise Malformed(f"{what} wants names of header fields")
        label += f" ({' '.join(_quoted_if_needed(field) for field in fields)})"
    cursor.expect(b"]")
    partial = None if form == "BINARY.SIZE" else _partial(cursor)
    label = f"{form}[{label}]" + (f"<{partial[0]}>" if partial else "")
    peek = form == "BINARY.SIZE" or match[2] is not None
    return events.Section(form, path, what, tuple(field.lower() for field in fields), partial, peek, label)


def _path(numbers: bytes | None) -> tuple[int, ...]:
    path = tuple(int(number) for number in (numbers or b"").split(b".") if number)
    if 0 in path or len(path) > MAX_PATH:
        raise Malformed(f"no such part: {'.'.join(map(str, path[:MAX_PATH]))}")
    return path


def _partial(cursor: Cursor) -> tuple[int, int | None] | None:
    """Read `<origin.octets>`; without a number of octets, which clients were seen to leave out, up to the end."""
    bounds = cursor.match(_PARTIAL)
    if bounds is None:
        return None
    if bounds[2] is None:
        return int(bounds[1]), None
    if not int(bounds[2]):
        raise Malformed("a partial FETCH wants at least one octet")
    return int(bounds[1]), int(bounds[2])


def _quoted_if_needed(field: str) -> str:
    return field if re.fullmatch(r'[^(){%*"\\\]]+', field) else '"' + re.sub(r'(["\\])', r"\\\1", field) + '"'


def store(cursor: Cursor, uid: bool) -> events.StoreFlags:
    """Read STORE's arguments."""
    cursor.space()
    messages = sequence_set(cursor)
    cursor.space()
    unchanged_since = None
    if cursor.accept(b"("):
        if not cursor.keyword("UNCHANGEDSINCE"):
            raise cursor.malformed("UNCHANGEDSINCE")
        cursor.space()
        unchanged_since = cursor.number64()
        cursor.expect(b")")
        cursor.space()
    sign, silent = cursor.need(_STORE_ITEM, "FLAGS, +FLAGS or -FLAGS").groups()
    cursor.space()
    if cursor.at(b"("):
        flags = cursor.parenthesized(lambda: flag(cursor))
    else:
        flags = [flag(cursor)]
        while cursor.accept(b" "):
            flags.append(flag(cursor))
    return events.StoreFlags(messages, _MODES[sign], silent is not None, tuple(flags), uid, unchanged_since)
