"""The commands that read and mark the messages of the selected mailbox: FETCH and STORE (RFC 3501 §6.4.5, §6.4.6)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from mailserver_lab.imap import binary, events, fetch
from mailserver_lab.imap.answers import Answer, Final, Refusal
from mailserver_lab.imap.events import Data
from mailserver_lab.imap.sequence import SequenceSet, contains
from mailserver_lab.imap.states import Outcome
from mailserver_lab.imap.values import Atom

if TYPE_CHECKING:
    from mailserver_lab.imap.context import Context
    from mailserver_lab.imap.view import View

_SEEN = r"\Seen"


def writable(view: View) -> View:
    """Return the view, if messages in it may be changed."""
    if view.read_only:
        raise Refusal("The mailbox was opened by EXAMINE, to be read only", "READ-ONLY")
    if not view.name:
        raise Refusal("The mailbox has been deleted", "NONEXISTENT")
    return view


async def fetch_messages(session: Context, arguments: events.Fetch) -> AsyncIterator[Answer]:
    """FETCH (§6.4.5): give the data items of the messages."""
    view, items = session.view, arguments.items
    if arguments.vanished and not session.features.qresync:
        raise Refusal("VANISHED needs ENABLE QRESYNC first", outcome=Outcome.BAD)
    if arguments.changed_since is not None or "MODSEQ" in items:
        for answer in session.use_condstore():
            yield answer
    if "FLAGS" in items:
        # Flags are given as they are now, and not as they were, to be corrected in the same breath.
        for update in await view.updates(expunges=False, uid=arguments.uid):
            yield update
    chosen = view.chosen(arguments.messages, uid=arguments.uid)
    if arguments.changed_since is not None:
        chosen = [(n, each) for n, each in chosen if each.modseq > arguments.changed_since]
        if arguments.vanished:
            for answer in vanished(session, arguments.changed_since, arguments.messages):
                yield answer
        items = items if "MODSEQ" in items else (*items, "MODSEQ")
    if arguments.uid and "UID" not in items:
        items = ("UID", *items)
    seen_now: set[int] = set()
    if fetch.marks_seen(items) and not view.read_only:
        seen_now = {message.uid for _, message in chosen if _SEEN not in message.flags}
        if seen_now:
            await session.store.set_flags(session.address, view.name, sorted(seen_now), "add", (_SEEN,))
            # The client is told of the flag that its FETCH has set along with what it asked for.
            for update in await view.updates(expunges=False, uid=arguments.uid, told=seen_now):
                yield update
            chosen = [(number, view.messages[number - 1]) for number, _ in chosen]
    content_wanted, gone, unknown = fetch.needs_content(items), False, None
    retrieved = fetch.retrieves_body(items)
    for place, (number, message) in enumerate(chosen, 1):
        wanted = items
        if message.uid in seen_now:
            wanted = items if "FLAGS" in items else (*items, "FLAGS")
            if session.features.condstore and "MODSEQ" not in wanted:
                wanted = (*wanted, "MODSEQ")
        following = (chosen[later][1] for later in range(place, len(chosen)))
        content = session.content(message, following) if content_wanted else None
        gone = gone or (content_wanted and content is None)
        try:
            flags = view.flags_value(message) if "FLAGS" in wanted else None
            values = fetch.values(wanted, message, flags, content)
        except binary.UnknownEncoding as error:
            unknown = str(error)
            continue
        if values:
            queue_id = message.queue_id if retrieved and content is not None else None
            yield Data([number, Atom("FETCH"), values], queue_id)
    if unknown:
        yield Final(unknown, "UNKNOWN-CTE", Outcome.NO)
    elif gone:
        yield Final("Some of the messages are gone", "EXPUNGEISSUED", Outcome.NO)
    else:
        yield Final("FETCH completed")


def vanished(session: Context, modseq: int, uids: SequenceSet | None) -> list[Data]:
    """Tell which UIDs, of the set if there is one, are gone since a mod-sequence (RFC 7162 §3.2.10.1)."""
    view = session.view
    since = session.store.look(lambda t: t.since(view.folder, modseq))
    ranges = None if uids is None else uids.within(max(since.gone, default=0))
    gone = [uid for uid in since.gone if ranges is None or contains(ranges, uid)]
    # What this client has not been told of yet still has its number, and its own time.
    gone = [uid for uid in gone if view.number(uid) is None]
    return [Data([Atom("VANISHED"), [Atom("EARLIER")], Atom(str(SequenceSet.of(gone)))])] if gone else []


async def store_flags(session: Context, arguments: events.StoreFlags) -> AsyncIterator[Answer]:
    """STORE (§6.4.6): change flags."""
    view = writable(session.view)
    if arguments.unchanged_since is not None:
        for answer in session.use_condstore():
            yield answer
    chosen = view.chosen(arguments.messages, uid=arguments.uid)
    given = view.spelled(arguments.flags)
    uids = [message.uid for _, message in chosen]
    refused = set(
        await session.store.set_flags(
            session.address, view.name, uids, arguments.mode, given, arguments.unchanged_since
        )
    )
    done = [(number, message) for number, message in chosen if message.uid not in refused]
    if arguments.silent:
        expected = []
        for _, message in done:
            await session.turns.offer()
            expected.append(message._replace(flags=_changed(message.flags, arguments.mode, given)))
        view.expect(expected)
    # What another session changed meanwhile differs from what was expected, and is told even after .SILENT.
    told = set() if arguments.silent else {message.uid for _, message in done}
    for update in await view.updates(expunges=arguments.uid, uid=arguments.uid, told=told):
        yield update
    for place in map(view.number, sorted(told)):
        if place is not None:
            yield view.flags_of(place, uid=arguments.uid)
    if refused:
        failed = refused if arguments.uid else {number for number, each in chosen if each.uid in refused}
        yield Final("Some have changed meanwhile", f"MODIFIED {SequenceSet.of(failed)}")
    else:
        yield Final("STORE completed")


def _changed(flags: frozenset[str], mode: str, given: frozenset[str]) -> frozenset[str]:
    return flags | given if mode == "add" else flags - given if mode == "remove" else given
