"""The commands that work on mailboxes as a whole (RFC 3501 §6.3), and NAMESPACE (RFC 2342)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from mailserver_lab.imap import events, listing, names
from mailserver_lab.imap.answers import Answer, Final, Refusal
from mailserver_lab.imap.events import Data, Status
from mailserver_lab.imap.messages import vanished
from mailserver_lab.imap.names import SEPARATOR
from mailserver_lab.imap.states import Outcome
from mailserver_lab.imap.values import Atom, Value
from mailserver_lab.imap.view import View

if TYPE_CHECKING:
    from mailserver_lab.imap.context import Context
    from mailserver_lab.store import Transaction


async def select(session: Context, arguments: events.Select) -> AsyncIterator[Answer]:
    """SELECT (§6.3.1)."""
    async for answer in _open(session, arguments, read_only=False):
        yield answer


async def examine(session: Context, arguments: events.Select) -> AsyncIterator[Answer]:
    """EXAMINE (§6.3.2): SELECT, to be read only."""
    async for answer in _open(session, arguments, read_only=True):
        yield answer


async def _open(session: Context, arguments: events.Select, *, read_only: bool) -> AsyncIterator[Answer]:
    if arguments.known is not None and not session.features.qresync:
        raise Refusal("QRESYNC needs ENABLE QRESYNC first", outcome=Outcome.BAD)
    if session.selecting:
        # A SELECT that fails leaves nothing selected, so the old mailbox is left first (§6.3.1); what follows is about
        # the new one (RFC 7162 §3.2.11).
        session.leave()
        yield Status(None, Outcome.OK, "The mailbox before is closed", "CLOSED")
    folder = await session.store.folder(session.address, arguments.name)
    if arguments.condstore:
        session.features.enable("CONDSTORE")
    view = View(
        session.store,
        session.address,
        folder,
        session.features,
        read_only=read_only,
        on_change=session.on_change,
        turns=session.turns,
    )
    session.enter(view)
    await view.open()
    folder = view.folder
    yield view.flags()
    permanent = "" if read_only else " ".join([*map(str, view.known_flags()), r"\*"])
    yield Status(None, Outcome.OK, "Flags that are kept", f"PERMANENTFLAGS ({permanent})")
    yield Data([len(view.messages), Atom("EXISTS")])
    if not session.features.rev2:
        yield Data([len(view.recent), Atom("RECENT")])
        if (unseen := view.first_unseen) is not None:
            yield Status(None, Outcome.OK, "The first message not yet read", f"UNSEEN {unseen}")
    yield Status(None, Outcome.OK, "UIDs are valid", f"UIDVALIDITY {folder.uidvalidity}")
    yield Status(None, Outcome.OK, "The next UID", f"UIDNEXT {folder.uidnext}")
    yield Status(None, Outcome.OK, "The highest mod-sequence", f"HIGHESTMODSEQ {folder.modseq}")
    if session.features.rev2:
        yield Data([Atom("LIST"), [], SEPARATOR, session.wire(folder.name)])
    known = arguments.known
    if known is not None and known.uidvalidity == folder.uidvalidity:
        for answer in _since(session, known):
            yield answer
    yield Final(f"{names.encode(folder.name)} selected", "READ-ONLY" if read_only else "READ-WRITE")


def _since(session: Context, known: events.Known) -> list[Data]:
    """Tell a client that was here before what has changed since (RFC 7162 §3.2.5.1)."""
    view = session.view
    chosen = view.chosen(known.uids, uid=True) if known.uids else list(enumerate(view.messages, 1))
    return [
        *vanished(session, known.modseq, known.uids),
        *(view.flags_of(number, uid=True) for number, each in chosen if each.modseq > known.modseq),
    ]


def _checked(name: str) -> str:
    """Return a name that a new mailbox may have; raise Refusal if it may not."""
    if not names.possible(name):
        raise Refusal("A mailbox cannot have that name", "CANNOT")
    return name


def _above(name: str) -> list[str]:
    """Return the names of a mailbox's superiors, from the top, and itself."""
    parts = name.split(SEPARATOR)
    return [SEPARATOR.join(parts[:n]) for n in range(1, len(parts) + 1)]


async def create(session: Context, arguments: events.Create) -> AsyncIterator[Answer]:
    """CREATE (§6.3.3), with the superior mailboxes that are missing; of each use there is one (RFC 6154 §3)."""
    # A separator at the end only announces that there will be mailboxes below.
    name = _checked(arguments.name.removesuffix(SEPARATOR))
    folders = await session.store.folders(session.address)
    existing = {folder.name for folder in folders}
    use = listing.use_named(arguments.uses, folders)
    if name in existing:
        raise Refusal("There is such a mailbox already", "ALREADYEXISTS")
    address = session.address

    def work(transaction: Transaction) -> None:
        for each in _above(name):
            if each not in existing:
                transaction.create_folder(address, each, use if each == name else None)

    await session.store.commit(work)
    yield Final("CREATE completed")


async def delete(session: Context, arguments: events.Mailbox) -> AsyncIterator[Answer]:
    """DELETE (§6.3.4); mailboxes below it stay."""
    await session.store.delete_folder(session.address, arguments.name)
    yield Final("DELETE completed")


async def rename(session: Context, arguments: events.Rename) -> AsyncIterator[Answer]:
    """RENAME (§6.3.5), and all mailboxes below, with missing superiors; renaming INBOX moves its messages.

    A client of IMAP4rev2 is told what became of what (RFC 9051 §6.3.9.7).
    """
    address, old, new = session.address, arguments.old, _checked(arguments.new.removesuffix(SEPARATOR))
    folders = [folder.name for folder in await session.store.folders(address)]
    below = [name for name in folders if name.startswith(old + SEPARATOR)] if old != "INBOX" else []
    if old not in folders and not below:
        raise Refusal("There is no such mailbox", "NONEXISTENT")
    if new in folders or any(name.startswith(new + SEPARATOR) for name in folders):
        raise Refusal("There is such a mailbox already", "ALREADYEXISTS")
    if new.startswith(old + SEPARATOR) and old != "INBOX":
        raise Refusal("A mailbox cannot be moved into itself", "CANNOT")
    moved = {name: new + name[len(old) :] for name in [old] * (old in folders) + below}
    if max(map(len, moved.values())) > names.MAX_NAME:
        raise Refusal("A mailbox below it would have too long a name", "CANNOT")

    def work(transaction: Transaction) -> None:
        for name in _above(new)[:-1]:
            if name not in folders:
                transaction.create_folder(address, name)
        for name, to in moved.items():
            transaction.rename_folder(address, name, to)

    await session.store.commit(work)
    if session.features.rev2 and old != "INBOX":
        for name, to in moved.items():
            renamed: list[Value] = ["OLDNAME", [session.wire(name)]]
            yield Data([Atom("LIST"), [], SEPARATOR, session.wire(to), renamed])
    yield Final("RENAME completed")


async def subscribe(session: Context, arguments: events.Mailbox) -> AsyncIterator[Answer]:
    """SUBSCRIBE (§6.3.6) to a mailbox that there is, or to a name above some."""
    folders = [folder.name for folder in await session.store.folders(session.address)]
    if not any(f"{name}{SEPARATOR}".startswith(f"{arguments.name}{SEPARATOR}") for name in folders):
        raise Refusal("There is no such mailbox", "NONEXISTENT")
    await session.store.subscribe(session.address, arguments.name, True)
    yield Final("SUBSCRIBE completed")


async def unsubscribe(session: Context, arguments: events.Mailbox) -> AsyncIterator[Answer]:
    """UNSUBSCRIBE (§6.3.7), also from a mailbox that is gone."""
    await session.store.subscribe(session.address, arguments.name, False)
    yield Final("UNSUBSCRIBE completed")


async def namespace(session: Context, arguments: events.NoArguments) -> AsyncIterator[Answer]:
    """NAMESPACE (RFC 2342): one's own mailboxes, and no others."""
    yield Data([Atom("NAMESPACE"), [["", SEPARATOR]], None, None])
    yield Final("NAMESPACE completed")
