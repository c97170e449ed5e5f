"""Reads APPEND: one message, several (MULTIAPPEND, RFC 3502), or some put together on the server (CATENATE, RFC 4469)."""

from __future__ import annotations

from mailserver_lab.imap import events
from mailserver_lab.imap.cursor import Cursor, Malformed
from mailserver_lab.imap.tokens import flag, mailbox, maybe_date_time, text


def append(cursor: Cursor, uid: bool) -> events.Append:
    """Read APPEND's arguments."""
    name = mailbox(cursor)
    messages: list[events.NewMessage] = []
    while not messages or not cursor.finished():
        cursor.space()
        if messages:
            cursor.accept(b" ")  # imapclient 4.1 puts two spaces between messages
        messages.append(_message(cursor))
    return events.Append(name, tuple(messages))


def _message(cursor: Cursor) -> events.NewMessage:
    flags: list[str] = []
    if cursor.at(b"("):
        flags = cursor.parenthesized(lambda: flag(cursor))
        cursor.space()
    when = None
    if cursor.at(b'"'):
        when = maybe_date_time(cursor)
        if when is None:
            raise cursor.malformed("a date with time and zone")
        cursor.space()
    if cursor.keyword("CATENATE"):
        cursor.space()
        parts = cursor.parenthesized(lambda: _part(cursor))
        if not parts:
            raise Malformed("CATENATE wants at least one part")
        binary = any(isinstance(part, bytes) and b"\0" in part for part in parts)
        return events.NewMessage(tuple(flags), when, tuple(parts), binary)
    if (utf8 := _utf8(cursor)) is not None:
        return events.NewMessage(tuple(flags), when, (utf8,))
    binary = cursor.at(b"~")
    return events.NewMessage(tuple(flags), when, (cursor.literal(),), binary)


def _part(cursor: Cursor) -> bytes | str:
    if cursor.keyword("TEXT"):
        cursor.space()
        return cursor.literal()
    if cursor.keyword("URL"):
        cursor.space()
        return text(cursor)
    if (utf8 := _utf8(cursor)) is not None:
        return utf8
    raise cursor.malformed("TEXT or URL")


def _utf8(cursor: Cursor) -> bytes | None:
    """Read `UTF8 (~{n} ...)`, a message whose header may be in UTF-8, if it stands here (RFC 6855 §4)."""
    if not cursor.keyword("UTF8"):
        return None
    if not cursor.utf8:
        raise Malformed("UTF8 needs ENABLE UTF8=ACCEPT first")
    cursor.space()
    cursor.expect(b"(")
    if not cursor.at(b"~"):
        raise cursor.malformed("~{")
    octets = cursor.literal()
    cursor.expect(b")")
    return octets
