"""COPY, MOVE and EXPUNGE (RFC 3501 §6.4.3, §6.4.7, RFC 4315, RFC 6851), CLOSE and UNSELECT: messages come and go."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from mailserver_lab.imap import events
from mailserver_lab.imap.answers import Answer, Final, missing
from mailserver_lab.imap.events import Status
from mailserver_lab.imap.messages import writable
from mailserver_lab.imap.sequence import SequenceSet
from mailserver_lab.imap.states import Outcome
from mailserver_lab.store import NoSuchFolder

if TYPE_CHECKING:
    from mailserver_lab.imap.context import Context
    from mailserver_lab.store import Folder

_DELETED = r"\Deleted"


async def copy(session: Context, arguments: events.Copy) -> AsyncIterator[Answer]:
    """COPY (§6.4.7): all or nothing."""
    uids = [message.uid for _, message in session.view.chosen(arguments.messages, uid=arguments.uid)]
    target = await _target(session, arguments.mailbox)
    pairs = await session.store.copy(session.address, session.view.name, uids, target.name)
    if len(pairs) < len(uids) and not pairs:
        yield Final("The messages are gone", "EXPUNGEISSUED", Outcome.NO)
    else:
        yield Final("COPY completed", _copyuid(target, pairs))


async def move(session: Context, arguments: events.Copy) -> AsyncIterator[Answer]:
    """MOVE (RFC 6851): all or nothing; the client is told first where the messages are, then that they left."""
    view = writable(session.view)
    uids = [message.uid for _, message in view.chosen(arguments.messages, uid=arguments.uid)]
    target = await _target(session, arguments.mailbox)
    pairs = await session.store.move(session.address, view.name, uids, target.name)
    if code := _copyuid(target, pairs):
        yield Status(None, Outcome.OK, "Moved", code)
    for update in await view.updates(uid=arguments.uid):
        yield update
    yield Final("MOVE completed", session.highest_modseq() if pairs else None)


async def _target(session: Context, name: str) -> Folder:
    try:
        return await session.store.folder(session.address, name)
    except NoSuchFolder:
        raise missing(name) from None


def _copyuid(target: Folder, pairs: list[tuple[int, int]]) -> str | None:
    """Return the response code that tells which UID became which (RFC 4315 §3)."""
    if not pairs:
        return None
    here, there = (SequenceSet.of(uids) for uids in zip(*pairs, strict=True))
    return f"COPYUID {target.uidvalidity} {here} {there}"


async def expunge(session: Context, arguments: events.Expunge) -> AsyncIterator[Answer]:
    r"""EXPUNGE (§6.4.3), UID EXPUNGE (RFC 4315 §2.1): remove what is marked \Deleted; the updates tell of it."""
    view = writable(session.view)
    marked = await _remove_deleted(session, arguments.uids)
    for update in await view.updates(uid=arguments.uid):
        yield update
    yield Final(f"EXPUNGE completed, {len(marked)} removed", session.highest_modseq() if marked else None)


async def _remove_deleted(session: Context, uids: SequenceSet | None = None) -> list[int]:
    r"""Remove the messages marked \Deleted, of the set if there is one, and return their UIDs."""
    view = session.view
    marked = view.now_having(_DELETED)
    if uids is not None:
        among = {message.uid for _, message in view.chosen(uids, uid=True)}
        marked = [uid for uid in marked if uid in among]
    if marked:
        await session.store.expunge(session.address, view.name, marked)
    return marked


async def close(session: Context, arguments: events.NoArguments) -> AsyncIterator[Answer]:
    """CLOSE (§6.4.2): remove what is marked, without a word of it, and leave the mailbox."""
    if not session.view.read_only and session.view.name:
        await _remove_deleted(session)
    session.leave()
    yield Final("CLOSE completed")


async def unselect(session: Context, arguments: events.NoArguments) -> AsyncIterator[Answer]:
    """UNSELECT (RFC 3691): leave the mailbox and remove nothing."""
    session.leave()
    yield Final("UNSELECT completed")
