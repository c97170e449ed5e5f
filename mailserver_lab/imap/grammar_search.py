"""Reads SEARCH (RFC 3501 §6.4.4, RFC 4731, RFC 5032, RFC 5182), SORT and THREAD (RFC 5256, RFC 5267)."""

from __future__ import annotations

from typing import Literal as OneOf

from mailserver_lab.imap import events
from mailserver_lab.imap import search as keys
from mailserver_lab.imap.cursor import Cursor, Malformed
from mailserver_lab.imap.thread import ALGORITHMS
from mailserver_lab.imap.tokens import day, keyword, maybe_sequence_set, sequence_set, text

#: The charsets in which SEARCH takes its strings.
CHARSETS = ("US-ASCII", "UTF-8", "ISO-8859-1", "ISO-2022-JP", "SHIFT_JIS", "EUC-JP")
#: How deep search keys may nest: each level costs a level of Python's stack, and nobody needs many.
MAX_DEPTH = 50
#: By what SORT can sort; REVERSE turns the one that follows.
CRITERIA = frozenset({"ARRIVAL", "CC", "DATE", "FROM", "SIZE", "SUBJECT", "TO", "DISPLAYFROM", "DISPLAYTO"})

_RETURNS = frozenset({"MIN", "MAX", "ALL", "COUNT", "SAVE"})


class BadCharset(Malformed):
    """SEARCH names a charset that is not among `CHARSETS`; `saves` says that its result was to be kept."""

    saves = False


def search(cursor: Cursor, uid: bool) -> events.Search:
    """Read SEARCH's arguments."""
    cursor.space()
    returns = _returns(cursor)
    charset = None
    if cursor.keyword("CHARSET"):
        if cursor.utf8:
            raise Malformed(
                "everything is in UTF-8 once that was enabled, so that SEARCH takes no CHARSET (RFC 6855 section 3)"
            )
        cursor.space()
        charset = _charset(cursor, returns)
    return events.Search(_keys(cursor, charset or "UTF-8", 0), charset, uid, returns)


def sort(cursor: Cursor, uid: bool) -> events.Sort:
    """Read SORT's arguments."""
    cursor.space()
    returns = _returns(cursor)
    criteria = cursor.parenthesized(lambda: _criterion(cursor))
    if not criteria:
        raise Malformed("SORT wants at least one criterion")
    cursor.space()
    charset = _charset(cursor, returns)
    return events.Sort(tuple(criteria), events.Search(_keys(cursor, charset, 0), charset, uid, returns))


def thread(cursor: Cursor, uid: bool) -> events.Thread:
    """Read THREAD's arguments."""
    cursor.space()
    algorithm = cursor.word()
    if algorithm not in ALGORITHMS:
        raise Malformed(f"THREAD knows {', '.join(sorted(ALGORITHMS))}")
    cursor.space()
    charset = _charset(cursor)
    return events.Thread(algorithm, events.Search(_keys(cursor, charset, 0), charset, uid))


def _returns(cursor: Cursor) -> frozenset[str] | None:
    """Read `RETURN (…) `, if it stands here; empty means ALL (RFC 4731 §3.1)."""
    if not cursor.keyword("RETURN"):
        return None
    cursor.space()

    def option() -> str:
        word = cursor.word()
        if word not in _RETURNS:
            raise Malformed(f"SEARCH cannot return {word}")
        return word

    found = frozenset(cursor.parenthesized(option))
    cursor.space()
    return found or frozenset({"ALL"})


def _charset(cursor: Cursor, returns: frozenset[str] | None = None) -> str:
    charset = text(cursor).upper()
    cursor.space()
    if charset not in CHARSETS:
        error = BadCharset(f"SEARCH knows the charsets {' '.join(CHARSETS)}")
        error.saves = "SAVE" in (returns or ())
        raise error
    return charset


def _criterion(cursor: Cursor) -> tuple[str, bool]:
    word = cursor.word()
    reverse = word == "REVERSE"
    if reverse:
        cursor.space()
        word = cursor.word()
    if word not in CRITERIA:
        raise Malformed(f"SORT does not know {word}")
    return word, reverse


def _keys(cursor: Cursor, charset: str, depth: int) -> keys.Key:
    found = [_key(cursor, charset, depth)]
    while cursor.accept(b" "):
        found.append(_key(cursor, charset, depth))
    return found[0] if len(found) == 1 else keys.And(tuple(found))


def _key(cursor: Cursor, charset: str, depth: int) -> keys.Key:
    if depth > MAX_DEPTH:
        raise Malformed(f"search keys nest more than {MAX_DEPTH} deep")
    if cursor.accept(b"("):
        key = _keys(cursor, charset, depth + 1)
        cursor.expect(b")")
        return key
    if (numbers := maybe_sequence_set(cursor)) is not None:
        return keys.Numbers(numbers, uid=False)
    word = cursor.word()
    if word in _PLAIN_KEYS:
        return _PLAIN_KEYS[word]
    cursor.space()
    if word in _DATED:
        return keys.Dated(*_DATED[word], day(cursor))

    def string() -> str:
        try:
            return cursor.astring().decode(charset)
        except UnicodeDecodeError:
            raise Malformed(f"the text is not {charset}") from None

    match word:
        case "FROM" | "TO" | "CC" | "BCC" | "SUBJECT":
            return keys.Header(word.lower(), string())
        case "HEADER":
            field = string().lower()
            cursor.space()
            return keys.Header(field, string())
        case "BODY" | "TEXT":
            return keys.Text(string(), header=word == "TEXT")
        case "KEYWORD" | "UNKEYWORD":
            return keys.Flag(keyword(cursor), word == "KEYWORD")
        case "LARGER" | "SMALLER":
            return keys.Size(word == "LARGER", cursor.number64())
        case "OLDER" | "YOUNGER":
            seconds = cursor.number()
            if not seconds:
                raise Malformed(f"{word} wants a number of seconds above 0")
            return keys.Age(word == "OLDER", seconds)
        case "MODSEQ":
            return keys.Modified(_modseq(cursor))
        case "UID":
            return keys.Numbers(sequence_set(cursor), uid=True)
        case "NOT":
            return keys.Not(_key(cursor, charset, depth + 1))
        case "OR":
            left = _key(cursor, charset, depth + 1)
            cursor.space()
            return keys.Or((left, _key(cursor, charset, depth + 1)))
    raise Malformed(f"SEARCH does not know {word}")


def _modseq(cursor: Cursor) -> int:
    r"""Read MODSEQ's number; the entry it may name (`"/flags/\\seen" all`) shares one number with all others here."""
    if cursor.at(b'"'):
        entry = cursor.string()
        if not entry.startswith(b"/flags/"):
            raise Malformed("MODSEQ knows entries that begin with /flags/")
        cursor.space()
        if cursor.word() not in {"ALL", "PRIV", "SHARED"}:
            raise Malformed("an entry is of type all, priv or shared")
        cursor.space()
    return cursor.number64()


_DATED: dict[str, tuple[bool, OneOf["BEFORE", "ON", "SINCE"]]] = {
    "BEFORE": (False, "BEFORE"), "ON": (False, "ON"), "SINCE": (False, "SINCE"),
    "SENTBEFORE": (True, "BEFORE"), "SENTON": (True, "ON"), "SENTSINCE": (True, "SINCE"),
}  # fmt: skip
_PLAIN_KEYS: dict[str, keys.Key] = {
    "ALL": keys.All(),
    **{
        name: keys.Flag(f"\\{name}", True)
        for name in ("ANSWERED", "DELETED", "DRAFT", "FLAGGED", "RECENT", "SEEN")
    },
    **{
        f"UN{name}": keys.Flag(f"\\{name}", False)
        for name in ("ANSWERED", "DELETED", "DRAFT", "FLAGGED", "SEEN")
    },
    "OLD": keys.Flag(r"\RECENT", False),
    "NEW": keys.And((keys.Flag(r"\RECENT", True), keys.Flag(r"\SEEN", False))),
}
