"""IMAP URLs that name a message of one's own, or a part of it (RFC 5092), as CATENATE uses them (RFC 4469)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from mailserver_lab.imap import fetch
from mailserver_lab.imap.cursor import Cursor, Malformed
from mailserver_lab.imap.events import Section
from mailserver_lab.imap.grammar_fetch import section_of
from mailserver_lab.imap.tokens import mailbox_name
from mailserver_lab.store import NoSuchFolder

if TYPE_CHECKING:
    from mailserver_lab.imap.context import Context

_URL = re.compile(
    r"(?:/(?P<mailbox>[^;]+?)(?:;UIDVALIDITY=(?P<uidvalidity>\d{1,10}))?/)?"
    r";UID=(?P<uid>\d{1,10})"
    r"(?:/;SECTION=(?P<section>[^;]+?))?"
    r"(?:/;PARTIAL=(?P<first>\d{1,10})(?:\.(?P<size>\d{1,10}))?)?",
    re.IGNORECASE,
)


async def resolve(session: Context, url: str) -> bytes | None:
    """Return the octets that a URL names, None if it names nothing; without a mailbox it is the selected one."""
    match = _URL.fullmatch(url)
    if match is None:
        return None
    try:
        name = (
            mailbox_name(unquote(match["mailbox"], errors="strict").encode(), utf8=True)
            if match["mailbox"]
            else None
        )
        section = _section(unquote(match["section"] or ""))
        folder = await session.store.folder(session.address, session.selected if name is None else name)
    except (Malformed, NoSuchFolder, UnicodeDecodeError):
        return None
    if match["uidvalidity"] and int(match["uidvalidity"]) != folder.uidvalidity:
        return None
    uid = int(match["uid"])
    message = next(
        (m for m in await session.store.messages(session.address, folder.name) if m.uid == uid), None
    )
    content = None if message is None else session.content(message)
    data = None if content is None else fetch.section_octets(section, content)
    if data is None or match["first"] is None:
        return data
    first = int(match["first"])
    return data[first : first + int(match["size"]) if match["size"] else None]


def _section(text: str) -> Section:
    cursor = Cursor(f"BODY.PEEK[{text}]".encode())
    section = section_of(cursor)
    cursor.end()
    return section
