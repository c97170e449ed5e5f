"""Reads the arguments of each command (RFC 3501 §9, and the extensions' grammars)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import Literal as OneOf

from mailserver_lab.imap import events, names, search
from mailserver_lab.imap.cursor import Cursor, Malformed
from mailserver_lab.imap.sequence import SequenceSet

#: The charsets in which SEARCH takes its strings.
CHARSETS = ("US-ASCII", "UTF-8", "ISO-2022-JP")
#: How deep search keys may nest: each level costs a level of Python's stack, and nobody needs many.
MAX_DEPTH = 50
#: How many items one FETCH may ask for: each may be a whole message, and one response holds them all.
MAX_ITEMS = 50

_SEQUENCE = re.compile(rb"[\d*][\d:,*]*")
_DATE = re.compile(rb'("?)(\d{1,2})-([A-Za-z]{3})-(\d{4})\1')
_DATE_TIME = re.compile(rb'"([ \d]\d)-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"')
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_FLAG = re.compile(rb'\\?[^\x00-\x20\x7f-\xff(){%*"\\\]]+')
_SYSTEM_FLAGS = {flag.lower(): flag for flag in (r"\Answered", r"\Flagged", r"\Deleted", r"\Seen", r"\Draft")}
_SECTION = re.compile(
    rb"BODY(\.PEEK)?\[((?:\d{1,9}\.)*\d{1,9}(?=[.\]]))?\.?(HEADER\.FIELDS(?:\.NOT)?|HEADER|TEXT|MIME)?", re.I
)
_PARTIAL = re.compile(rb"<(\d{1,10})\.(\d{1,10})>")
_ITEMS = frozenset(
    [
        "BODY",
        "BODYSTRUCTURE",
        "ENVELOPE",
        "FLAGS",
        "INTERNALDATE",
        "RFC822",
        "RFC822.HEADER",
        "RFC822.SIZE",
        "RFC822.TEXT",
        "UID",
    ]
)
_MACROS = {
    "FAST": ("FLAGS", "INTERNALDATE", "RFC822.SIZE"),
    "ALL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"),
    "FULL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"),
}
_STATUS_ITEMS = frozenset(["MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN"])
_STORE_ITEM = re.compile(rb"([+-]?)FLAGS(\.SILENT)?", re.I)
_MODES: dict[bytes, OneOf["add", "remove", "replace"]] = {b"+": "add", b"-": "remove", b"": "replace"}


class BadCharset(Malformed):
    """SEARCH names a charset that is not among `CHARSETS`."""


def arguments(name: str, uid: bool, cursor: Cursor) -> events.Arguments:
    """Read a command's arguments, up to the end; raise Malformed if they are not as its grammar wants them."""
    reader = _READERS.get(name)
    result = reader(cursor, uid) if reader else events.NoArguments()
    cursor.end()
    return result


def mailbox(cursor: Cursor) -> str:
    """Read a mailbox name; INBOX is the same in any case (RFC 3501 §5.1)."""
    cursor.space()
    return _mailbox_name(cursor.astring())


def _mailbox_name(wire: bytes) -> str:
    try:
        name = names.decode(wire.decode())
    except ValueError as error:
        raise Malformed(str(error)) from None
    return "INBOX" if name.upper() == "INBOX" else name


def sequence_set(cursor: Cursor) -> SequenceSet:
    """Read a set of numbers."""
    try:
        return SequenceSet.parse(cursor.need(_SEQUENCE, "a set of message numbers")[0].decode())
    except ValueError as error:
        raise Malformed(str(error)) from None


def flag(cursor: Cursor) -> str:
    r"""Read a flag; a system flag comes back as RFC 3501 §2.3.2 spells it. \Recent is the server's own."""
    text = cursor.need(_FLAG, "a flag")[0].decode()
    if text.startswith("\\") and text.lower() not in _SYSTEM_FLAGS:
        raise Malformed(f"{text} is not a flag that can be set")
    return _SYSTEM_FLAGS.get(text.lower(), text)


def text(cursor: Cursor) -> str:
    """Read an astring that is text."""
    try:
        return cursor.astring().decode()
    except UnicodeDecodeError:
        raise Malformed("text must be UTF-8") from None


def _login(cursor: Cursor, uid: bool) -> events.Login:
    cursor.space()
    user = text(cursor)
    cursor.space()
    return events.Login(user, text(cursor))


def _authenticate(cursor: Cursor, uid: bool) -> events.Authenticate:
    cursor.space()
    mechanism = cursor.word()
    if cursor.finished():
        return events.Authenticate(mechanism)
    cursor.space()
    if cursor.accept(b"=") and cursor.finished():
        return events.Authenticate(mechanism, b"")
    try:
        return events.Authenticate(mechanism, base64.b64decode(cursor.astring(), validate=True))
    except binascii.Error:
        raise Malformed("an initial response must be base64") from None


def _mailbox(cursor: Cursor, uid: bool) -> events.Mailbox:
    return events.Mailbox(mailbox(cursor))


def _quota_root(cursor: Cursor, uid: bool) -> events.Mailbox:
    cursor.space()
    return events.Mailbox(text(cursor))


def _rename(cursor: Cursor, uid: bool) -> events.Rename:
    return events.Rename(mailbox(cursor), mailbox(cursor))


def _list(cursor: Cursor, uid: bool) -> events.ListMailboxes:
    reference = mailbox(cursor)
    cursor.space()
    try:
        return events.ListMailboxes(reference, names.decode(cursor.pattern().decode()))
    except ValueError as error:
        raise Malformed(str(error)) from None


def _status(cursor: Cursor, uid: bool) -> events.StatusOf:
    name = mailbox(cursor)
    cursor.space()
    items = cursor.parenthesized(cursor.word)
    if not items or not _STATUS_ITEMS.issuperset(items):
        raise Malformed(f"STATUS knows {' '.join(sorted(_STATUS_ITEMS))}")
    return events.StatusOf(name, tuple(items))


def _append(cursor: Cursor, uid: bool) -> events.Append:
    name = mailbox(cursor)
    cursor.space()
    flags: list[str] = []
    if cursor.at(b"("):
        flags = cursor.parenthesized(lambda: flag(cursor))
        cursor.space()
    when = None
    if cursor.at(b'"') and (match := cursor.match(_DATE_TIME)):
        when = _date_time(match)
        cursor.space()
    if not cursor.at(b"{"):
        raise cursor.malformed("the message as a literal")
    return events.Append(name, tuple(flags), when, cursor.string())


def _date_time(match: re.Match[bytes]) -> datetime:
    day, month, year, hour, minute, second, sign, hours, minutes = (part.decode() for part in match.groups())
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    try:
        zone = timezone(-offset if sign == "-" else offset)
        return datetime(int(year), _month(month), int(day), int(hour), int(minute), int(second), tzinfo=zone)
    except ValueError as error:
        raise Malformed(str(error)) from None


def _month(name: str) -> int:
    if name.upper() not in _MONTHS:
        raise Malformed(f"{name} is not a month")
    return _MONTHS.index(name.upper()) + 1


def _id(cursor: Cursor, uid: bool) -> events.Id:
    cursor.space()
    if cursor.accept(b"NIL") or cursor.accept(b"nil"):
        return events.Id(())
    values = cursor.parenthesized(cursor.nstring)
    decoded = [None if value is None else value.decode("utf-8", "replace") for value in values]
    if len(decoded) % 2:
        raise Malformed("ID wants pairs of field and value")
    return events.Id(
        tuple((key or "", value) for key, value in zip(decoded[::2], decoded[1::2], strict=True))
    )


# -- FETCH, STORE, COPY, MOVE, EXPUNGE


def _fetch(cursor: Cursor, uid: bool) -> events.Fetch:
    cursor.space()
    messages = sequence_set(cursor)
    cursor.space()
    items: list[str | events.Section]
    if cursor.at(b"("):
        items = cursor.parenthesized(lambda: _item(cursor))
        if not 1 <= len(items) <= MAX_ITEMS:
            raise Malformed(f"FETCH wants 1 to {MAX_ITEMS} items")
    else:
        item = _item(cursor, macros=True)
        items = list(_MACROS.get(item, (item,))) if isinstance(item, str) else [item]
    return events.Fetch(messages, tuple(dict.fromkeys(items)), uid)


def _item(cursor: Cursor, *, macros: bool = False) -> str | events.Section:
    if match := cursor.match(_SECTION):
        return _section(cursor, match)
    item = cursor.word()
    if item not in _ITEMS and not (macros and item in _MACROS):
        raise Malformed(f"FETCH does not know {item}")
    return item


def _section(cursor: Cursor, match: re.Match[bytes]) -> events.Section:
    peek, path = (
        match[1] is not None,
        tuple(int(number) for number in (match[2] or b"").split(b".") if number),
    )
    what = (match[3] or b"").decode().upper()
    label = ".".join([*map(str, path), *([what] if what else [])])
    if 0 in path or len(path) > MAX_DEPTH or (what == "MIME" and not path):
        raise Malformed(f"no such section: {label}")
    fields: list[str] = []
    if what.startswith("HEADER.FIELDS"):
        cursor.space()
        fields = cursor.parenthesized(lambda: text(cursor))
        if not fields or not all(re.fullmatch(r"[!-9;-~]+", field) for field in fields):
            raise Malformed(f"{what} wants names of header fields")
        label += f" ({' '.join(_quoted_if_needed(field) for field in fields)})"
    cursor.expect(b"]")
    partial = None
    if bounds := cursor.match(_PARTIAL):
        partial = int(bounds[1]), int(bounds[2])
        if not partial[1]:
            raise Malformed("a partial FETCH wants at least one octet")
    label = f"BODY[{label}]" + (f"<{partial[0]}>" if partial else "")
    return events.Section(path, what, tuple(field.lower() for field in fields), partial, peek, label)


def _quoted_if_needed(field: str) -> str:
    return field if re.fullmatch(r'[^(){%*"\\\]]+', field) else '"' + re.sub(r'(["\\])', r"\\\1", field) + '"'


def _store(cursor: Cursor, uid: bool) -> events.StoreFlags:
    cursor.space()
    messages = sequence_set(cursor)
    cursor.space()
    sign, silent = cursor.need(_STORE_ITEM, "FLAGS, +FLAGS or -FLAGS").groups()
    cursor.space()
    if cursor.at(b"("):
        flags = cursor.parenthesized(lambda: flag(cursor))
    else:
        flags = [flag(cursor)]
        while cursor.accept(b" "):
            flags.append(flag(cursor))
    return events.StoreFlags(messages, _MODES[sign], silent is not None, tuple(flags), uid)


def _copy(cursor: Cursor, uid: bool) -> events.Copy:
    cursor.space()
    messages = sequence_set(cursor)
    return events.Copy(messages, mailbox(cursor), uid)


def _expunge(cursor: Cursor, uid: bool) -> events.Expunge:
    if not uid:
        return events.Expunge()
    cursor.space()
    return events.Expunge(sequence_set(cursor))


# -- SEARCH


def _search(cursor: Cursor, uid: bool) -> events.Search:
    cursor.space()
    charset = None
    if cursor.match(re.compile(rb"CHARSET ", re.I)):
        charset = text(cursor).upper()
        if charset not in CHARSETS:
            raise BadCharset(f"SEARCH knows the charsets {' '.join(CHARSETS)}")
        cursor.space()
    return events.Search(_keys(cursor, charset or "UTF-8", 0), charset, uid)


def _keys(cursor: Cursor, charset: str, depth: int) -> search.Key:
    keys = [_key(cursor, charset, depth)]
    while cursor.accept(b" "):
        keys.append(_key(cursor, charset, depth))
    return keys[0] if len(keys) == 1 else search.And(tuple(keys))


def _key(cursor: Cursor, charset: str, depth: int) -> search.Key:
    if depth > MAX_DEPTH:
        raise Malformed(f"search keys nest more than {MAX_DEPTH} deep")
    if cursor.accept(b"("):
        key = _keys(cursor, charset, depth + 1)
        cursor.expect(b")")
        return key
    if (match := cursor.match(_SEQUENCE)) is not None:
        try:
            return search.Numbers(SequenceSet.parse(match[0].decode()), uid=False)
        except ValueError as error:
            raise Malformed(str(error)) from None
    word = cursor.word()
    if word in _PLAIN_KEYS:
        return _PLAIN_KEYS[word]

    def string() -> str:
        cursor.space()
        try:
            return cursor.astring().decode(charset)
        except UnicodeDecodeError:
            raise Malformed(f"the text is not {charset}") from None

    match word:
        case "FROM" | "TO" | "CC" | "BCC" | "SUBJECT":
            return search.Header(word.lower(), string())
        case "HEADER":
            return search.Header(string().lower(), string())
        case "BODY" | "TEXT":
            return search.Text(string(), header=word == "TEXT")
    if word in _DATED:
        return search.Dated(*_DATED[word], _date(cursor))
    cursor.space()
    match word:
        case "KEYWORD" | "UNKEYWORD":
            return search.Flag(flag(cursor), word == "KEYWORD")
        case "LARGER" | "SMALLER":
            return search.Size(word == "LARGER", cursor.number())
        case "UID":
            return search.Numbers(sequence_set(cursor), uid=True)
        case "NOT":
            return search.Not(_key(cursor, charset, depth + 1))
        case "OR":
            left = _key(cursor, charset, depth + 1)
            cursor.space()
            return search.Or((left, _key(cursor, charset, depth + 1)))
    raise Malformed(f"SEARCH does not know {word}")


def _date(cursor: Cursor) -> date:
    cursor.space()
    _, day, month, year = (part.decode() for part in cursor.need(_DATE, "a date such as 1-Apr-2026").groups())
    try:
        return date(int(year), _month(month), int(day))
    except ValueError as error:
        raise Malformed(str(error)) from None


_DATED: dict[str, tuple[bool, OneOf["BEFORE", "ON", "SINCE"]]] = {
    "BEFORE": (False, "BEFORE"), "ON": (False, "ON"), "SINCE": (False, "SINCE"),
    "SENTBEFORE": (True, "BEFORE"), "SENTON": (True, "ON"), "SENTSINCE": (True, "SINCE"),
}  # fmt: skip
_PLAIN_KEYS: dict[str, search.Key] = {
    "ALL": search.All(),
    **{
        name: search.Flag(f"\\{name}", True)
        for name in ("ANSWERED", "DELETED", "DRAFT", "FLAGGED", "RECENT", "SEEN")
    },
    **{
        f"UN{name}": search.Flag(f"\\{name}", False)
        for name in ("ANSWERED", "DELETED", "DRAFT", "FLAGGED", "SEEN")
    },
    "OLD": search.Flag(r"\RECENT", False),
    "NEW": search.And((search.Flag(r"\RECENT", True), search.Flag(r"\SEEN", False))),
}

_READERS: dict[str, Callable[[Cursor, bool], events.Arguments]] = {
    "LOGIN": _login, "AUTHENTICATE": _authenticate, "ID": _id, "RENAME": _rename, "LIST": _list, "LSUB": _list,
    "STATUS": _status, "APPEND": _append, "FETCH": _fetch, "STORE": _store, "COPY": _copy, "MOVE": _copy,
    "EXPUNGE": _expunge, "SEARCH": _search, "GETQUOTA": _quota_root,
    **dict.fromkeys(("SELECT", "EXAMINE", "CREATE", "DELETE", "SUBSCRIBE", "UNSUBSCRIBE", "GETQUOTAROOT"), _mailbox),
}  # fmt: skip
