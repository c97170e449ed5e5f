"""Reads what a server says (RFC 3501 §7 and §9, response): the client's half of the grammar."""

from __future__ import annotations

import re

from mailserver_lab.imap.cursor import Cursor, Malformed
from mailserver_lab.imap.events import Continue, Data, RemoteProtocolError, Response, Status
from mailserver_lab.imap.states import Outcome
from mailserver_lab.imap.values import Atom, Value

#: How deep lists may be in each other: a server's BODYSTRUCTURE nests, a hostile one's without end.
MAX_DEPTH = 200

_STATUS = re.compile(rb"(OK|NO|BAD|BYE|PREAUTH)(?: (?:\[([^\]]*)\] ?)?(.*))?", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\+]+')
# An atom of a response: a flag, or an item's name with a section that may hold spaces, as BODY[HEADER.FIELDS (TO)]<0>.
_ATOM = re.compile(rb'\\?[^\x00-\x20\x7f(){"\\\[\]]+(?:\[[^\]]*\])?(?:<\d+>)?|\\\*')
_INTEGER = re.compile(r"\d{1,19}")


def parse(text: bytes, literals: list[bytes]) -> Response:
    """Read a response; raise RemoteProtocolError if it is none."""
    try:
        if text.startswith(b"+"):
            return Continue(text[1:].strip().decode("utf-8", "replace"))
        if text.startswith(b"* "):
            tag, rest = None, text[2:]
        elif (match := _TAG.match(text)) and text[match.end() : match.end() + 1] == b" ":
            tag, rest = match[0].decode(), text[match.end() + 1 :]
        else:
            raise Malformed("a response begins with *, + or a tag")
        status = None if literals else _STATUS.fullmatch(rest)
        if status is not None:
            code = None if status[2] is None else status[2].decode("utf-8", "replace")
            words = (status[3] or b"").decode("utf-8", "replace")
            return Status(tag, Outcome(status[1].decode().upper()), words, code)
        if tag is not None:
            raise Malformed("a tagged response is OK, NO or BAD")
        return Data(values(Cursor(rest, literals)))
    except Malformed as error:
        raise RemoteProtocolError(f"not an IMAP response: {text[:80]!r}: {error}") from None


def values(cursor: Cursor) -> list[Value]:
    """Read values up to the end. Lists come as lists, strings as bytes, NIL as None, numbers as int, the rest as Atom."""
    lists: list[list[Value]] = [[]]
    while not cursor.finished():
        if cursor.accept(b" "):
            continue
        if cursor.accept(b"("):
            if len(lists) > MAX_DEPTH:
                raise Malformed(f"lists nest more than {MAX_DEPTH} deep")
            lists.append([])
        elif cursor.accept(b")"):
            done = lists.pop()
            if not lists:
                raise Malformed("a parenthesis is closed that was not opened")
            lists[-1].append(done)
        elif cursor.at(b'"') or cursor.at(b"{"):
            lists[-1].append(cursor.string())
        else:
            lists[-1].append(_word(cursor.need(_ATOM, "a value")[0].decode("utf-8", "replace")))
    if len(lists) > 1:
        raise Malformed("a parenthesis is not closed")
    return lists[0]


def _word(text: str) -> Value:
    if text.upper() == "NIL":
        return None
    return int(text) if _INTEGER.fullmatch(text) else Atom(text)
