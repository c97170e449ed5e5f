"""What the arguments of several commands are made of (RFC 3501 §9): mailbox names, flags, sets, dates."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone

from mailserver_lab.imap import names
from mailserver_lab.imap.cursor import Cursor, Malformed
from mailserver_lab.imap.names import SEPARATOR
from mailserver_lab.imap.sequence import SequenceSet

_SEQUENCE = re.compile(rb"\$|[\d*][\d:,*]*")
_DATE = re.compile(rb'("?)(\d{1,2})-([A-Za-z]{3})-(\d{4})\1')
_DATE_TIME = re.compile(rb'"([ \d]?\d)-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"')
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_FLAG = re.compile(rb'\\?[^\x00-\x20\x7f-\xff(){%*"\\\]]+')
_USE = re.compile(rb'\\[^\x00-\x20\x7f-\xff(){%*"\\\]]+')
_SYSTEM_FLAGS = {flag.lower(): flag for flag in (r"\Answered", r"\Flagged", r"\Deleted", r"\Seen", r"\Draft")}


class BadName(Malformed):
    """A mailbox name that is not well-formed modified UTF-7: the grammar allows it, so that the answer is NO."""


def mailbox(cursor: Cursor) -> str:
    """Read a space and a mailbox name; INBOX is the same in any case (RFC 3501 §5.1), also above others."""
    cursor.space()
    return mailbox_name(cursor.astring(), utf8=cursor.utf8)


def mailbox_name(wire: bytes, *, utf8: bool) -> str:
    """Decode a mailbox name, which is in modified UTF-7 or in UTF-8."""
    try:
        name = wire.decode() if utf8 else names.decode(wire.decode())
    except ValueError as error:
        raise BadName(str(error)) from None
    first, separator, rest = name.partition(SEPARATOR)
    return f"INBOX{separator}{rest}" if first.upper() == "INBOX" else name


def sequence_set(cursor: Cursor) -> SequenceSet:
    """Read a set of numbers."""
    try:
        return SequenceSet.parse(cursor.need(_SEQUENCE, "a set of message numbers")[0].decode())
    except ValueError as error:
        raise Malformed(str(error)) from None


def maybe_sequence_set(cursor: Cursor) -> SequenceSet | None:
    """Read a set of numbers, if one stands here."""
    return sequence_set(cursor) if cursor.matches(_SEQUENCE) else None


def flag(cursor: Cursor) -> str:
    r"""Read a flag; a system flag comes back as RFC 3501 §2.3.2 spells it. \Recent is the server's own."""
    text = cursor.need(_FLAG, "a flag")[0].decode()
    if text.startswith("\\") and text.lower() not in _SYSTEM_FLAGS:
        raise Malformed(f"{text} is not a flag that can be set")
    return _SYSTEM_FLAGS.get(text.lower(), text)


def keyword(cursor: Cursor) -> str:
    """Read a flag that is not the system's (§9, flag-keyword)."""
    if cursor.at(b"\\"):
        raise cursor.malformed("a keyword")
    return flag(cursor)


def use(cursor: Cursor) -> str:
    r"""Read an attribute that says what a mailbox is for, such as \Drafts (RFC 6154 §6), in lower case."""
    return cursor.need(_USE, r"an attribute such as \Drafts")[0].decode().lower()


def text(cursor: Cursor) -> str:
    """Read an astring that is text."""
    try:
        return cursor.astring().decode()
    except UnicodeDecodeError:
        raise Malformed("text must be UTF-8") from None


def day(cursor: Cursor) -> date:
    """Read a date (§9, date), with or without quotes."""
    found = cursor.need(_DATE, "a date such as 1-Apr-2026")
    _, number, month, year = (part.decode() for part in found.groups())
    try:
        return date(int(year), _month(month), int(number))
    except ValueError as error:
        raise Malformed(str(error)) from None


def maybe_date_time(cursor: Cursor) -> datetime | None:
    """Read a date with time and zone (§9, date-time), if one stands here."""
    match = cursor.match(_DATE_TIME)
    if match is None:
        return None
    number, month, year, hour, minute, second, sign, hours, minutes = (
        part.decode() for part in match.groups()
    )
    if int(hours) > 23 or int(minutes) > 59:
        raise Malformed(f"{sign}{hours}{minutes} is no offset from UTC")
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    try:
        zone = timezone(-offset if sign == "-" else offset)
        day = int(year), _month(month), int(number)
        # A minute may have a leap second (RFC 5322 §3.3), which Python does not know.
        last = 59 if second == "60" else int(second)
        return datetime(*day, int(hour), int(minute), last, tzinfo=zone)
    except ValueError as error:
        raise Malformed(str(error)) from None


def _month(name: str) -> int:
    if name.upper() not in _MONTHS:
        raise Malformed(f"{name} is not a month")
    return _MONTHS.index(name.upper()) + 1
