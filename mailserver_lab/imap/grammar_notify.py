"""Reads NOTIFY (RFC 5465 §8): of which mailboxes a client wants to hear, and what."""

from __future__ import annotations

from mailserver_lab.imap import events
from mailserver_lab.imap.cursor import Cursor, Malformed
from mailserver_lab.imap.grammar_fetch import items
from mailserver_lab.imap.tokens import mailbox_name

#: So many groups one command may have: each is held against every change.
MAX_GROUPS = 50
#: So many mailboxes they may name, in all.
MAX_NAMES = 500

_SELECTED = frozenset({"SELECTED", "SELECTED-DELAYED"})
_NAMED = frozenset({"SUBTREE", "MAILBOXES"})
_PLACES = _SELECTED | _NAMED | {"INBOXES", "PERSONAL", "SUBSCRIBED"}
_ABOUT_MESSAGES = frozenset({"MESSAGENEW", "MESSAGEEXPUNGE", "FLAGCHANGE", "ANNOTATIONCHANGE"})


def notify(cursor: Cursor, uid: bool) -> events.Notify:
    """Read NOTIFY's arguments."""
    cursor.space()
    if cursor.keyword("NONE"):
        return events.Notify(())
    if not cursor.keyword("SET"):
        raise cursor.malformed("SET or NONE")
    cursor.space()
    status = cursor.keyword("STATUS")
    if status:
        cursor.space()
    groups = [_group(cursor)]
    while cursor.accept(b" "):
        groups.append(_group(cursor))
    if len(groups) > MAX_GROUPS or sum(len(group.names) for group in groups) > MAX_NAMES:
        raise Malformed(f"NOTIFY takes at most {MAX_GROUPS} groups with {MAX_NAMES} mailboxes")
    if sum(group.place in _SELECTED for group in groups) > 1:
        raise Malformed("one group can be about the selected mailbox (RFC 5465 section 6.1)")
    return events.Notify(tuple(groups), status)


def _group(cursor: Cursor) -> events.NotifyGroup:
    cursor.expect(b"(")
    place = cursor.word()
    if place not in _PLACES:
        raise Malformed(f"NOTIFY knows {', '.join(sorted(_PLACES)).lower()}")
    cursor.space()
    names: list[str] = []
    if place in _NAMED:
        names = cursor.parenthesized(lambda: _name(cursor)) if cursor.at(b"(") else [_name(cursor)]
        if not names:
            raise Malformed(f"{place.lower()} wants the name of a mailbox")
        cursor.space()
    wanted: list[str] = []
    fetched: tuple[str | events.Section, ...] = ()
    if not cursor.keyword("NONE"):
        wanted, fetched = _events(cursor)
    cursor.expect(b")")
    if place in _SELECTED:
        _check_selected(frozenset(wanted))
    elif fetched:
        raise Malformed("only of the selected mailbox can a new message be fetched (RFC 5465 section 5.2)")
    return events.NotifyGroup(place, frozenset(wanted), tuple(names), fetched)


def _name(cursor: Cursor) -> str:
    return mailbox_name(cursor.astring(), utf8=cursor.utf8)


def _events(cursor: Cursor) -> tuple[list[str], tuple[str | events.Section, ...]]:
    wanted: list[str] = []
    fetched: tuple[str | events.Section, ...] = ()
    cursor.expect(b"(")
    while True:
        wanted.append(cursor.word())
        more = cursor.accept(b" ")
        if more and wanted[-1] == "MESSAGENEW" and cursor.at(b"("):
            fetched = items(cursor)
            more = cursor.accept(b" ")
        if not more:
            cursor.expect(b")")
            return wanted, fetched


def _check_selected(wanted: frozenset[str]) -> None:
    """Hold the selected mailbox's events against RFC 5465 §5 and §6.1."""
    known = wanted & _ABOUT_MESSAGES
    if wanted & {"MAILBOXNAME", "SUBSCRIPTIONCHANGE", "MAILBOXMETADATACHANGE", "SERVERMETADATACHANGE"}:
        raise Malformed("of the selected mailbox, only what happens to messages can be told")
    if known and not known >= {"MESSAGENEW", "MESSAGEEXPUNGE"}:
        raise Malformed("of the selected mailbox MessageNew and MessageExpunge are wanted together")
