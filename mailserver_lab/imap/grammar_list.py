"""Reads LIST with its options (RFC 3501 §6.3.8, RFC 5258, RFC 5819, RFC 6154), LSUB and STATUS."""

from __future__ import annotations

from mailserver_lab.imap import events, names
from mailserver_lab.imap.cursor import Cursor, Malformed
from mailserver_lab.imap.tokens import BadName, mailbox

#: How many patterns one LIST may have: each is held against each name.
MAX_PATTERNS = 50

_SELECT = frozenset({"SUBSCRIBED", "REMOTE", "RECURSIVEMATCH", "SPECIAL-USE"})
_RETURN = frozenset({"SUBSCRIBED", "CHILDREN", "SPECIAL-USE", "STATUS"})
_STATUS = frozenset(
    {
        "MESSAGES",
        "RECENT",
        "UIDNEXT",
        "UIDVALIDITY",
        "UNSEEN",
        "HIGHESTMODSEQ",
        "SIZE",
        "APPENDLIMIT",
        "DELETED",
        "DELETED-STORAGE",
    }
)


def list_mailboxes(cursor: Cursor, uid: bool) -> events.ListMailboxes:
    """Read LIST's arguments."""
    cursor.space()
    select: frozenset[str] = frozenset()
    extended = cursor.at(b"(")
    if extended:
        select = frozenset(cursor.parenthesized(lambda: _option(cursor, _SELECT)))
        if "RECURSIVEMATCH" in select and not select & {"SUBSCRIBED", "SPECIAL-USE"}:
            raise Malformed(
                "RECURSIVEMATCH needs something to match, such as SUBSCRIBED (RFC 5258 section 3.1)"
            )
        cursor.space()
    reference = _pattern(cursor, cursor.astring())
    cursor.space()
    if cursor.at(b"("):
        extended = True
        patterns = cursor.parenthesized(lambda: _pattern(cursor, cursor.pattern()))
        if not 1 <= len(patterns) <= MAX_PATTERNS:
            raise Malformed(f"LIST wants 1 to {MAX_PATTERNS} patterns")
    else:
        patterns = [_pattern(cursor, cursor.pattern())]
    returns: frozenset[str] = frozenset()
    items: list[str] = []
    if cursor.accept(b" "):
        extended = True
        if not cursor.keyword("RETURN"):
            raise cursor.malformed("RETURN")
        cursor.space()

        def option() -> str:
            word = _option(cursor, _RETURN)
            if word == "STATUS":
                cursor.space()
                items.extend(status_items(cursor))
            return word

        returns = frozenset(cursor.parenthesized(option))
    return events.ListMailboxes(reference, tuple(patterns), select, returns, tuple(items), extended)


def list_subscribed(cursor: Cursor, uid: bool) -> events.ListMailboxes:
    """Read LSUB's arguments."""
    cursor.space()
    reference = _pattern(cursor, cursor.astring())
    cursor.space()
    return events.ListMailboxes(reference, (_pattern(cursor, cursor.pattern()),))


def status(cursor: Cursor, uid: bool) -> events.StatusOf:
    """Read STATUS's arguments."""
    name = mailbox(cursor)
    cursor.space()
    return events.StatusOf(name, status_items(cursor))


def status_items(cursor: Cursor) -> tuple[str, ...]:
    """Read what STATUS should tell."""
    items = cursor.parenthesized(cursor.word)
    if not items or not _STATUS.issuperset(items):
        raise Malformed(f"STATUS knows {' '.join(sorted(_STATUS))}")
    return tuple(dict.fromkeys(items))


def _option(cursor: Cursor, known: frozenset[str]) -> str:
    word = cursor.word()
    if word not in known:
        raise Malformed(f"LIST does not know the option {word}")
    return word


def _pattern(cursor: Cursor, wire: bytes) -> str:
    try:
        text = wire.decode()
    except UnicodeDecodeError:
        raise BadName("a pattern must be UTF-8") from None
    try:
        return text if cursor.utf8 else names.decode(text)
    except ValueError:
        # A wildcard may stand anywhere, so that it may cut what is encoded; then the text means itself.
        return text
