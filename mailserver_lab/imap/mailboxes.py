"""The commands that work on mailboxes as a whole (RFC 3501 §6.3), NAMESPACE (RFC 2342) and QUOTA (RFC 9208)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from mailserver_lab.imap import events, names
from mailserver_lab.imap.answers import Answer, Final, Refusal
from mailserver_lab.imap.events import Data, Status
from mailserver_lab.imap.states import Outcome
from mailserver_lab.imap.values import Atom, Value
from mailserver_lab.imap.view import SYSTEM_FLAGS, View
from mailserver_lab.store import NoSuchFolder

if TYPE_CHECKING:
    from mailserver_lab.imap.service import Session
    from mailserver_lab.store import Transaction

SEPARATOR = "/"
#: Longer names make trouble for clients that keep mailboxes as files.
MAX_NAME = 255


async def select(session: Session, arguments: events.Mailbox) -> AsyncIterator[Answer]:
    """SELECT (§6.3.1)."""
    async for answer in _open(session, arguments.name, read_only=False):
        yield answer


async def examine(session: Session, arguments: events.Mailbox) -> AsyncIterator[Answer]:
    """EXAMINE (§6.3.2): SELECT, to be read only."""
    async for answer in _open(session, arguments.name, read_only=True):
        yield answer


async def _open(session: Session, name: str, *, read_only: bool) -> AsyncIterator[Answer]:
    # A SELECT that fails leaves nothing selected, so the old mailbox is left first (§6.3.1).
    session.leave()
    folder = await session.store.folder(session.address, name)
    view = View(session.store, session.address, folder, read_only=read_only, on_change=session.on_change)
    session.enter(view)
    await view.updates()
    yield view.flags()
    yield Data([len(view.messages), Atom("EXISTS")])
    yield Data([0, Atom("RECENT")])
    if (unseen := view.first_unseen) is not None:
        yield Status(None, Outcome.OK, "The first message not yet read", f"UNSEEN {unseen}")
    permanent = "" if read_only else " ".join([*SYSTEM_FLAGS, r"\*"])
    yield Status(None, Outcome.OK, "Flags that are kept", f"PERMANENTFLAGS ({permanent})")
    yield Status(None, Outcome.OK, "UIDs are valid", f"UIDVALIDITY {folder.uidvalidity}")
    yield Status(None, Outcome.OK, "The next UID", f"UIDNEXT {folder.uidnext}")
    yield Final(f"{names.encode(folder.name)} selected", "READ-ONLY" if read_only else "READ-WRITE")


def _checked(name: str) -> str:
    """Return a name that a new mailbox may have; raise Refusal if it may not."""
    parts = name.split(SEPARATOR)
    if not all(parts) or len(name) > MAX_NAME or re.search(r"[\x00-\x1f\x7f%*]", name):
        raise Refusal("A mailbox cannot have that name", "CANNOT")
    return name


async def create(session: Session, arguments: events.Mailbox) -> AsyncIterator[Answer]:
    """CREATE (§6.3.3), with the superior mailboxes that are missing."""
    # A separator at the end only announces that there will be mailboxes below.
    name = _checked(arguments.name.removesuffix(SEPARATOR))
    existing = {folder.name for folder in await session.store.folders(session.address)}
    if name in existing:
        raise Refusal("There is such a mailbox already", "ALREADYEXISTS")
    parts = name.split(SEPARATOR)
    wanted = [SEPARATOR.join(parts[:n]) for n in range(1, len(parts) + 1)]
    address = session.address

    def work(transaction: Transaction) -> None:
        for each in wanted:
            if each not in existing and each.upper() != "INBOX":
                transaction.create_folder(address, each)

    await session.store.commit(work)
    yield Final("CREATE completed")


async def delete(session: Session, arguments: events.Mailbox) -> AsyncIterator[Answer]:
    """DELETE (§6.3.4); mailboxes below it stay."""
    await session.store.delete_folder(session.address, arguments.name)
    yield Final("DELETE completed")


async def rename(session: Session, arguments: events.Rename) -> AsyncIterator[Answer]:
    """RENAME (§6.3.5), and all mailboxes below; renaming INBOX moves its messages."""
    address, old, new = session.address, arguments.old, _checked(arguments.new)
    folders = [folder.name for folder in await session.store.folders(address)]
    if new in folders:
        raise Refusal("There is such a mailbox already", "ALREADYEXISTS")
    below = [name for name in folders if name.startswith(old + SEPARATOR)] if old != "INBOX" else []
    if old not in folders and not below:
        raise Refusal("There is no such mailbox", "NONEXISTENT")

    def work(transaction: Transaction) -> None:
        for name in [old] * (old in folders) + below:
            transaction.rename_folder(address, name, new + name[len(old) :])

    await session.store.commit(work)
    yield Final("RENAME completed")


async def subscribe(session: Session, arguments: events.Mailbox) -> AsyncIterator[Answer]:
    """SUBSCRIBE (§6.3.6)."""
    await session.store.subscribe(session.address, arguments.name, True)
    yield Final("SUBSCRIBE completed")


async def unsubscribe(session: Session, arguments: events.Mailbox) -> AsyncIterator[Answer]:
    """UNSUBSCRIBE (§6.3.7)."""
    await session.store.subscribe(session.address, arguments.name, False)
    yield Final("UNSUBSCRIBE completed")


async def list_mailboxes(session: Session, arguments: events.ListMailboxes) -> AsyncIterator[Answer]:
    """LIST (§6.3.8), with the attributes of RFC 3348."""
    if not arguments.pattern:
        # A special request for the separator and the root of the reference.
        yield Data([Atom("LIST"), [Atom(r"\Noselect")], SEPARATOR, ""])
        yield Final("LIST completed")
        return
    folders = [folder.name for folder in await session.store.folders(session.address)]
    for answer in _listing("LIST", folders, arguments):
        yield answer
    yield Final("LIST completed")


async def list_subscribed(session: Session, arguments: events.ListMailboxes) -> AsyncIterator[Answer]:
    """LSUB (§6.3.9)."""
    folders = [folder.name for folder in await session.store.folders(session.address) if folder.subscribed]
    for answer in _listing("LSUB", folders, arguments):
        yield answer
    yield Final("LSUB completed")


def _listing(response: str, folders: list[str], arguments: events.ListMailboxes) -> list[Data]:
    pattern = (arguments.reference + arguments.pattern)[:MAX_NAME]
    # A name that only exists as a part of longer ones is listed too, but cannot be selected.
    implied = {name[:at] for name in folders for at, letter in enumerate(name) if letter == SEPARATOR}
    parents = {name.rpartition(SEPARATOR)[0] for name in [*folders, *implied]}
    found = []
    for name in [*folders, *sorted(implied.difference(folders))]:
        if matches(pattern, name):
            attributes: list[Value] = [Atom(r"\HasChildren" if name in parents else r"\HasNoChildren")]
            if name not in folders:
                attributes.insert(0, Atom(r"\Noselect"))
            found.append(Data([Atom(response), attributes, SEPARATOR, names.encode(name)]))
    return found


def matches(pattern: str, name: str) -> bool:
    """Say whether a pattern of LIST means a name: `*` is anything, `%` anything within one level; INBOX in any case.

    Not by a regular expression: a pattern of many wildcards would take it exponential time.
    """
    if pattern.upper() == "INBOX":
        return name == "INBOX"
    # How much of the name may have been matched by the pattern so far, as all possible lengths.
    reached = {0}
    for letter in pattern:
        if letter in "*%":
            for at in range(len(name)):
                if at in reached and (letter == "*" or name[at] != SEPARATOR):
                    reached.add(at + 1)
        else:
            reached = {at + 1 for at in reached if name.startswith(letter, at)}
    return len(name) in reached


async def status(session: Session, arguments: events.StatusOf) -> AsyncIterator[Answer]:
    """STATUS (§6.3.10)."""
    folder = await session.store.folder(session.address, arguments.mailbox)
    messages = await session.store.messages(session.address, folder.name)
    numbers = {
        "MESSAGES": len(messages),
        "RECENT": 0,
        "UIDNEXT": folder.uidnext,
        "UIDVALIDITY": folder.uidvalidity,
        "UNSEEN": sum(r"\Seen" not in message.flags for message in messages),
    }
    values: list[Value] = [value for item in arguments.items for value in (Atom(item), numbers[item])]
    yield Data([Atom("STATUS"), names.encode(folder.name), values])
    yield Final("STATUS completed")


async def append(session: Session, arguments: events.Append) -> AsyncIterator[Answer]:
    """APPEND (§6.3.11), with the new message's UID (RFC 4315 §3)."""
    try:
        folder = await session.store.folder(session.address, arguments.mailbox)
        when = arguments.date or session.now()
        uid = await session.store.append(
            session.address, folder.name, arguments.message, arguments.flags, when
        )
    except NoSuchFolder:
        raise Refusal("There is no such mailbox", "TRYCREATE") from None
    yield Final("APPEND completed", f"APPENDUID {folder.uidvalidity} {uid}")


async def namespace(session: Session, arguments: events.NoArguments) -> AsyncIterator[Answer]:
    """NAMESPACE (RFC 2342): one's own mailboxes, and no others."""
    yield Data([Atom("NAMESPACE"), [["", SEPARATOR]], None, None])
    yield Final("NAMESPACE completed")


async def quota(session: Session, arguments: events.Mailbox) -> AsyncIterator[Answer]:
    """GETQUOTA (RFC 9208 §4.1.1); an account with a limit has one root, whose name is empty."""
    found = await _quota(session)
    if found is None or arguments.name:
        raise Refusal("There is no such quota root", "NONEXISTENT")
    yield found
    yield Final("GETQUOTA completed")


async def quota_root(session: Session, arguments: events.Mailbox) -> AsyncIterator[Answer]:
    """GETQUOTAROOT (RFC 9208 §4.1.2)."""
    folder = await session.store.folder(session.address, arguments.name)
    found = await _quota(session)
    roots: list[Value] = [] if found is None else [""]
    yield Data([Atom("QUOTAROOT"), names.encode(folder.name), *roots])
    if found is not None:
        yield found
    yield Final("GETQUOTAROOT completed")


async def _quota(session: Session) -> Data | None:
    used, limit = await session.store.usage(session.address)
    if limit is None:
        return None
    # STORAGE counts in units of 1024 octets (RFC 9208 §5.1).
    return Data([Atom("QUOTA"), "", [Atom("STORAGE"), -(-used // 1024), limit // 1024]])
