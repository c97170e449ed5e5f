"""Reads the arguments of each command (RFC 3501 §9, and the extensions' grammars)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from mailserver_lab.imap import events
from mailserver_lab.imap.cursor import Cursor, Malformed
from mailserver_lab.imap.grammar_append import append
from mailserver_lab.imap.grammar_fetch import fetch, store
from mailserver_lab.imap.grammar_list import list_mailboxes, list_subscribed, status
from mailserver_lab.imap.grammar_notify import notify
from mailserver_lab.imap.grammar_search import CHARSETS, BadCharset, search, sort, thread
from mailserver_lab.imap.tokens import mailbox, maybe_sequence_set, sequence_set, text, use

__all__ = ["CHARSETS", "BadCharset", "arguments"]


def arguments(name: str, uid: bool, cursor: Cursor) -> events.Arguments:
    """Read a command's arguments, up to the end; raise Malformed if they are not as its grammar wants them."""
    reader = _READERS.get(name)
    result = reader(cursor, uid) if reader else events.NoArguments()
    cursor.end()
    return result


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


def _enable(cursor: Cursor, uid: bool) -> events.Enable:
    names = []
    while not cursor.finished():
        cursor.space()
        names.append(cursor.word())
    if not names:
        raise Malformed("ENABLE wants the names of capabilities")
    return events.Enable(tuple(names))


def _mailbox(cursor: Cursor, uid: bool) -> events.Mailbox:
    return events.Mailbox(mailbox(cursor))


def _create(cursor: Cursor, uid: bool) -> events.Create:
    name, uses = mailbox(cursor), []
    if cursor.accept(b" "):
        cursor.expect(b"(")
        if not cursor.keyword("USE"):
            raise cursor.malformed("USE")
        cursor.space()
        uses = cursor.parenthesized(lambda: use(cursor))
        cursor.expect(b")")
    return events.Create(name, tuple(uses))


def _select(cursor: Cursor, uid: bool) -> events.Select:
    name = mailbox(cursor)
    condstore, known = False, None
    if cursor.accept(b" "):
        cursor.expect(b"(")
        while True:
            word = cursor.word()
            if word == "CONDSTORE":
                condstore = True
            elif word == "QRESYNC":
                cursor.space()
                known = _known(cursor)
            else:
                raise Malformed(f"SELECT does not know {word}")
            if not cursor.accept(b" "):
                break
        cursor.expect(b")")
    return events.Select(name, condstore, known)


def _known(cursor: Cursor) -> events.Known:
    """Read QRESYNC's parameters (RFC 7162 §7); the pairs of numbers and UIDs are a hint that is not needed here."""
    cursor.expect(b"(")
    uidvalidity = cursor.number()
    cursor.space()
    modseq = cursor.number64()
    uids = None
    if cursor.accept(b" "):
        uids = maybe_sequence_set(cursor)
        if uids is None or cursor.accept(b" "):
            cursor.expect(b"(")
            hints = [sequence_set(cursor)]
            cursor.space()
            hints.append(sequence_set(cursor))
            cursor.expect(b")")
            if not all(each.spelled_out for each in hints):
                raise Malformed("QRESYNC wants numbers and their UIDs, without *")
    cursor.expect(b")")
    if not uidvalidity or not modseq or not (uids is None or uids.spelled_out):
        raise Malformed("QRESYNC wants a UIDVALIDITY, a mod-sequence and UIDs, without *")
    return events.Known(uidvalidity, modseq, uids)


def _quota_root(cursor: Cursor, uid: bool) -> events.Mailbox:
    cursor.space()
    return events.Mailbox(text(cursor))


def _rename(cursor: Cursor, uid: bool) -> events.Rename:
    return events.Rename(mailbox(cursor), mailbox(cursor))


def _id(cursor: Cursor, uid: bool) -> events.Id:
    cursor.space()
    if cursor.keyword("NIL"):
        return events.Id(())
    values = cursor.parenthesized(cursor.nstring)
    decoded = [None if value is None else value.decode("utf-8", "replace") for value in values]
    if len(decoded) % 2:
        raise Malformed("ID wants pairs of field and value")
    return events.Id(
        tuple((key or "", value) for key, value in zip(decoded[::2], decoded[1::2], strict=True))
    )


def _copy(cursor: Cursor, uid: bool) -> events.Copy:
    cursor.space()
    messages = sequence_set(cursor)
    return events.Copy(messages, mailbox(cursor), uid)


def _expunge(cursor: Cursor, uid: bool) -> events.Expunge:
    if not uid:
        return events.Expunge()
    cursor.space()
    return events.Expunge(sequence_set(cursor))


_READERS: dict[str, Callable[[Cursor, bool], events.Arguments]] = {
    "LOGIN": _login, "AUTHENTICATE": _authenticate, "ENABLE": _enable, "ID": _id, "CREATE": _create, "SELECT": _select,
    "EXAMINE": _select, "RENAME": _rename, "LIST": list_mailboxes, "LSUB": list_subscribed, "STATUS": status,
    "APPEND": append, "FETCH": fetch, "STORE": store, "COPY": _copy, "MOVE": _copy, "EXPUNGE": _expunge,
    "SEARCH": search, "SORT": sort, "THREAD": thread, "GETQUOTA": _quota_root, "NOTIFY": notify,
    **dict.fromkeys(("DELETE", "SUBSCRIBE", "UNSUBSCRIBE", "GETQUOTAROOT"), _mailbox),
}  # fmt: skip
