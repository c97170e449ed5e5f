"""The commands that work on the messages of the selected mailbox (RFC 3501 §6.4)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

from mailserver_lab.imap import events, fetch, search
from mailserver_lab.imap.answers import Answer, Final, Refusal
from mailserver_lab.imap.events import Data, Status
from mailserver_lab.imap.sequence import SequenceSet
from mailserver_lab.imap.states import Outcome
from mailserver_lab.imap.values import Atom
from mailserver_lab.store import NoSuchFolder, StoreError

if TYPE_CHECKING:
    from mailserver_lab.imap.service import Session
    from mailserver_lab.imap.view import View
    from mailserver_lab.store import Message, Transaction

_DELETED, _SEEN = r"\Deleted", r"\Seen"


def _writable(view: View) -> View:
    if view.read_only:
        raise Refusal("The mailbox was opened by EXAMINE, to be read only", "READ-ONLY")
    return view


async def fetch_messages(session: Session, arguments: events.Fetch) -> AsyncIterator[Answer]:
    """FETCH (§6.4.5): give the data items of the messages."""
    view, items = session.view, arguments.items
    chosen = view.chosen(arguments.messages, uid=arguments.uid)
    if arguments.uid and "UID" not in items:
        items = ("UID", *items)
    seen_now: set[int] = set()
    if fetch.marks_seen(items) and not view.read_only:
        seen_now = {message.uid for _, message in chosen if _SEEN not in message.flags}
        if seen_now:
            await session.store.set_flags(session.address, view.name, sorted(seen_now), "add", (_SEEN,))
    content_wanted, gone = fetch.needs_content(items), False
    retrieved = fetch.retrieves_body(items)
    for number, message in chosen:
        content = await _content(session, message) if content_wanted else None
        gone = gone or (content_wanted and content is None)
        told, wanted = message, items
        if message.uid in seen_now:
            # The client is told at once of the flag that its own FETCH has set.
            told = replace(message, flags=message.flags | {_SEEN})
            view.expect_flags(number, told.flags)
            wanted = items if "FLAGS" in items else (*items, "FLAGS")
        values = fetch.values(wanted, told, content)
        if values:
            queue_id = message.queue_id if retrieved and content is not None else None
            yield Data([number, Atom("FETCH"), values], queue_id)
    if gone:
        yield Final("Some of the messages are gone", "EXPUNGEISSUED", Outcome.NO)
    else:
        yield Final("FETCH completed")


async def _content(session: Session, message: Message) -> fetch.Content | None:
    """Return a message's content, or None if it is gone; the last one is kept, as clients fetch large ones in pieces."""
    if session.last_content is None or session.last_content[0] != message.id:
        try:
            session.last_content = message.id, fetch.Content(await session.store.raw(message.id))
        except StoreError:
            return None
    return session.last_content[1]


async def store_flags(session: Session, arguments: events.StoreFlags) -> AsyncIterator[Answer]:
    """STORE (§6.4.6): change flags."""
    view = _writable(session.view)
    chosen = view.chosen(arguments.messages, uid=arguments.uid)
    given = frozenset(arguments.flags)
    for number, message in chosen:
        match arguments.mode:
            case "add":
                flags = message.flags | given
            case "remove":
                flags = message.flags - given
            case _:
                flags = given
        view.expect_flags(number, flags)
    uids = [message.uid for _, message in chosen]
    await session.store.set_flags(session.address, view.name, uids, arguments.mode, given)
    # What another session changed meanwhile differs from what was expected, and is told even after .SILENT.
    for update in await view.updates(expunges=arguments.uid, uid=arguments.uid):
        yield update
    if not arguments.silent:
        for number, message in view.chosen(SequenceSet.of(uids), uid=True) if uids else []:
            if message.uid in set(uids):
                yield view.flags_of(number, uid=arguments.uid)
    yield Final("STORE completed")


async def copy(session: Session, arguments: events.Copy) -> AsyncIterator[Answer]:
    """COPY (§6.4.7)."""
    uids = [message.uid for _, message in session.view.chosen(arguments.messages, uid=arguments.uid)]
    try:
        target = await session.store.folder(session.address, arguments.mailbox)
        pairs = await session.store.copy(session.address, session.view.name, uids, target.name)
    except NoSuchFolder:
        raise Refusal("There is no such mailbox", "TRYCREATE") from None
    yield Final("COPY completed", _copyuid(target.uidvalidity, pairs))


async def move(session: Session, arguments: events.Copy) -> AsyncIterator[Answer]:
    """MOVE (RFC 6851): all or nothing; the client is told first where the messages are, then that they left."""
    view = _writable(session.view)
    uids = {message.uid for _, message in view.chosen(arguments.messages, uid=arguments.uid)}
    address = session.address
    try:
        target = await session.store.folder(address, arguments.mailbox)
    except NoSuchFolder:
        raise Refusal("There is no such mailbox", "TRYCREATE") from None
    if target.name == view.name:
        raise Refusal("The messages are there already", "CANNOT")

    def work(transaction: Transaction) -> list[tuple[int, int]]:
        moved = []
        for message in transaction.messages(address, view.name):
            if message.uid in uids:
                # Removed before it is put there: a full mailbox must let its owner move mail to the trash.
                raw = transaction.raw(message.id)
                transaction.expunge(address, view.name, [message.uid])
                date, queue_id = message.internaldate, message.queue_id
                moved.append(
                    (
                        message.uid,
                        transaction.append(address, target.name, raw, message.flags, date, queue_id),
                    )
                )
        return moved

    pairs = await session.store.commit(work)
    if code := _copyuid(target.uidvalidity, pairs):
        yield Status(None, Outcome.OK, "Moved", code)
    yield Final("MOVE completed")


def _copyuid(uidvalidity: int, pairs: list[tuple[int, int]]) -> str | None:
    """Return the response code that tells which UID became which (RFC 4315 §3)."""
    if not pairs:
        return None
    return f"COPYUID {uidvalidity} {SequenceSet.of(here for here, _ in pairs)} {SequenceSet.of(there for _, there in pairs)}"


async def expunge(session: Session, arguments: events.Expunge) -> AsyncIterator[Answer]:
    r"""EXPUNGE (§6.4.3), UID EXPUNGE (RFC 4315 §2.1): remove what is marked \Deleted; the updates tell of it."""
    view = _writable(session.view)
    await remove_deleted(session, arguments.uids)
    yield Final(f"EXPUNGE completed in {view.name}")


async def remove_deleted(session: Session, uids: SequenceSet | None = None) -> None:
    r"""Remove the messages marked \Deleted, of the set if there is one."""
    view = session.view
    among = None if uids is None else {message.uid for _, message in view.chosen(uids, uid=True)}
    known = {message.uid for message in view.messages}
    now = await session.store.messages(session.address, view.name)
    marked = [
        each.uid for each in now if _DELETED in each.flags and each.uid in (known if among is None else among)
    ]
    if marked:
        await session.store.expunge(session.address, view.name, marked)


async def find(session: Session, arguments: events.Search) -> AsyncIterator[Answer]:
    """SEARCH (§6.4.4)."""
    view = session.view
    largest, largest_uid = len(view.messages), view.messages[-1].uid if view.messages else 0
    found = []
    for number, message in enumerate(list(view.messages), 1):
        candidate = search.Candidate(message, number, largest, largest_uid)
        answer = search.matches(arguments.key, candidate)
        if answer is None:
            try:
                candidate.raw = await session.store.raw(message.id)
            except StoreError:
                continue
            answer = search.matches(arguments.key, candidate)
        if answer:
            found.append(message.uid if arguments.uid else number)
    yield Data([Atom("SEARCH"), *found])
    yield Final(f"SEARCH completed, {len(found)} found")


async def check(session: Session, arguments: events.NoArguments) -> AsyncIterator[Answer]:
    """CHECK (§6.4.1): all is on disk at any time, so there is nothing to do."""
    yield Final("CHECK completed")


async def close(session: Session, arguments: events.NoArguments) -> AsyncIterator[Answer]:
    """CLOSE (§6.4.2): remove what is marked, without a word of it, and leave the mailbox."""
    if not session.view.read_only:
        await remove_deleted(session)
    session.leave()
    yield Final("CLOSE completed")


async def unselect(session: Session, arguments: events.NoArguments) -> AsyncIterator[Answer]:
    """UNSELECT (RFC 3691): leave the mailbox and remove nothing."""
    session.leave()
    yield Final("UNSELECT completed")
