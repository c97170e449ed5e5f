"""QUOTA (RFC 9208): how full the account is. It has one root, whose name is empty, where it has a limit at all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from mailserver_lab.imap import events
from mailserver_lab.imap.answers import Answer, Final, Refusal
from mailserver_lab.imap.events import Data
from mailserver_lab.imap.values import Atom, Value

if TYPE_CHECKING:
    from mailserver_lab.imap.context import Context


async def quota(session: Context, arguments: events.Mailbox) -> AsyncIterator[Answer]:
    """GETQUOTA (§4.2)."""
    found = await _quota(session)
    if found is None or arguments.name:
        raise Refusal("There is no such quota root", "NONEXISTENT")
    yield found
    yield Final("GETQUOTA completed")


async def quota_root(session: Context, arguments: events.Mailbox) -> AsyncIterator[Answer]:
    """GETQUOTAROOT (§4.3)."""
    folder = await session.store.folder(session.address, arguments.name)
    found = await _quota(session)
    roots: list[Value] = [] if found is None else [""]
    yield Data([Atom("QUOTAROOT"), session.wire(folder.name), *roots])
    if found is not None:
        yield found
    yield Final("GETQUOTAROOT completed")


async def _quota(session: Context) -> Data | None:
    used, limit = await session.store.usage(session.address)
    if limit is None:
        return None
    # STORAGE counts in units of 1024 octets (§5.1).
    return Data([Atom("QUOTA"), "", [Atom("STORAGE"), -(-used // 1024), limit // 1024]])
