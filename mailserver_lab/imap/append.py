"""APPEND (RFC 3501 §6.3.11): messages put into a mailbox, one or several (RFC 3502), whole or from parts (RFC 4469), also with NUL in it (RFC 3516 §4.4)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from mailserver_lab.imap import binary, events, urls
from mailserver_lab.imap.answers import Answer, Final, Refusal, missing
from mailserver_lab.imap.core import MAX_MESSAGE
from mailserver_lab.imap.sequence import SequenceSet
from mailserver_lab.store import NoSuchFolder

if TYPE_CHECKING:
    from mailserver_lab.imap.context import Context
    from mailserver_lab.store import Transaction

_UNSAFE = re.compile(r"[^!-\\^-~]")  # what would end a response code, or the line


async def append(session: Context, arguments: events.Append) -> AsyncIterator[Answer]:
    """APPEND: all the messages or none, with their new UIDs (RFC 4315 §3)."""
    address = session.address
    try:
        folder = await session.store.folder(address, arguments.mailbox)
    except NoSuchFolder:
        raise missing(arguments.mailbox) from None
    now = session.now()
    messages = [(await _octets(session, each), each) for each in arguments.messages]

    def work(transaction: Transaction) -> list[int]:
        return [
            transaction.append(address, folder.name, raw, each.flags, each.date or now)
            for raw, each in messages
        ]

    uids = await session.store.commit(work)
    yield Final("APPEND completed", f"APPENDUID {folder.uidvalidity} {SequenceSet.of(uids)}")


async def _octets(session: Context, message: events.NewMessage) -> bytes:
    whole = b""
    for part in message.parts:
        if isinstance(part, str):
            octets = await urls.resolve(session, part)
            if octets is None:
                raise Refusal("The URL leads nowhere", f"BADURL {_UNSAFE.sub('?', part[:200])}")
            part = octets  # noqa: PLW2901
        whole += part
        if len(whole) > MAX_MESSAGE:
            raise Refusal(f"The message is too large, at most {MAX_MESSAGE} octets", "TOOBIG")
    if not whole:
        # An empty literal is how a client gives up (RFC 3502 §6.3.11).
        raise Refusal("There is no message")
    return binary.storable(whole) if message.binary else whole
