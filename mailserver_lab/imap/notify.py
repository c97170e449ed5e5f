"""NOTIFY (RFC 5465): a client says what it wants to hear of which mailboxes, and hears it when it happens.

Of other mailboxes it is told how they stand (STATUS), and what they are called (LIST); of the selected one what IDLE would
tell. Without a group for the selected mailbox, that is told of as ever: with answers to commands, and in IDLE. What a
client does itself is told, too, as it would be if another did it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from mailserver_lab.imap import events, fetch
from mailserver_lab.imap.answers import Answer, Final, Refusal
from mailserver_lab.imap.binary import UnknownEncoding
from mailserver_lab.imap.events import Data, NotifyGroup, Status
from mailserver_lab.imap.listing import Tree, how_it_stands
from mailserver_lab.imap.names import SEPARATOR
from mailserver_lab.imap.sequence import SequenceSet
from mailserver_lab.imap.states import Outcome
from mailserver_lab.imap.values import Atom, Value
from mailserver_lab.store import NoSuchFolder

if TYPE_CHECKING:
    from mailserver_lab.imap.context import Context
    from mailserver_lab.imap.view import View
    from mailserver_lab.store import Change

#: Of so many mailboxes there may be something to tell before it is too much (§5.8).
MOST = 1_000

#: What can be told (§5), by its name in upper case. There are no annotations here, and no metadata.
EVENTS = {
    name.upper(): name
    for name in ("MessageNew", "MessageExpunge", "FlagChange", "MailboxName", "SubscriptionChange")
}
_EVENT_OF = {"appended": "MESSAGENEW", "expunged": "MESSAGEEXPUNGE", "flags": "FLAGCHANGE"}
_MESSAGES = frozenset(_EVENT_OF.values())
_STATUS = ("MESSAGES", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "HIGHESTMODSEQ")
_LIST = events.ListMailboxes("", ("*",), returns=frozenset({"CHILDREN", "SUBSCRIBED"}), extended=True)


async def notify(session: Context, arguments: events.Notify) -> AsyncIterator[Answer]:
    """NOTIFY (§3.1): each takes the place of the one before."""
    wanted = frozenset(event for group in arguments.groups for event in group.wanted)
    if not EVENTS.keys() >= wanted:
        raise Refusal("Not all of these events can be told of", f"BADEVENT ({' '.join(EVENTS.values())})")
    session.notices.want(arguments.groups)
    if arguments.status:
        for answer in session.notices.standing():
            yield answer
    yield Final("NOTIFY completed")


class Notices:
    """What a client wants to hear, and what there is to tell it."""

    def __init__(self, session: Context) -> None:
        self._session = session
        self._groups: tuple[NotifyGroup, ...] = ()
        self._unwatch: Callable[[], None] = lambda: None
        #: The group that is about the selected mailbox, None where that is told of as ever.
        self.selected: NotifyGroup | None = None
        # The mailboxes in which something has happened, by name; whether names or subscriptions have changed.
        self._changed: dict[str, None] = {}
        self._renamed = False
        self._names: dict[int, str] = {}
        self._subscribed: frozenset[str] = frozenset()
        # Up to which UID new messages of the view have been fetched.
        self._fetched: tuple[View | None, int] = None, 0

    @property
    def wanted(self) -> bool:
        """Whether the client is to be told of things while it says nothing."""
        return bool(self._groups or (self.selected is not None and self.selected.wanted))

    def close(self) -> None:
        """Tell nothing more."""
        self.want(())

    def want(self, groups: tuple[NotifyGroup, ...]) -> None:
        """Tell of these from now on."""
        self._unwatch()
        self._unwatch = lambda: None
        self._changed.clear()
        self._renamed = False
        selected = [group for group in groups if group.place.startswith("SELECTED")]
        self.selected = selected[0] if selected else None
        self._groups = tuple(group for group in groups if group not in selected)
        if groups:
            self._look_around()
            self._unwatch = self._session.store.watch(self._session.address, self._note)
            self._fetched = self._session.viewed, self._last_uid()

    def _look_around(self) -> Tree:
        """Take note of what the mailboxes are called now."""
        address = self._session.address
        folders, subscribed = self._session.store.look(
            lambda t: (t.folders(address), t.subscriptions(address))
        )
        self._names = {folder.id: folder.name for folder in folders}
        self._subscribed = frozenset(subscribed)
        return Tree(folders, subscribed)

    def _of(self, name: str) -> frozenset[str]:
        """What is wanted of a mailbox that is not selected: the first group that means it says so (§6)."""
        return next((group.wanted for group in self._groups if self._means(group, name)), frozenset())

    def _means(self, group: NotifyGroup, name: str) -> bool:
        match group.place:
            case "PERSONAL":
                return True
            case "INBOXES":
                return name == "INBOX"  # deliveries go nowhere else
            case "SUBSCRIBED":
                return name in self._subscribed
            case "MAILBOXES":
                return name in group.names
            case _:
                return any(f"{name}{SEPARATOR}".startswith(f"{each}{SEPARATOR}") for each in group.names)

    def _note(self, change: Change) -> None:
        """Remember that something has happened; it is told when the client can hear it."""
        if change.kind == "folders":
            self._renamed = True
        elif _EVENT_OF[change.kind] in self._of(change.folder):
            self._changed[change.folder] = None
        else:
            return
        self._session.on_change()

    # -- what is told

    def standing(self) -> list[Data]:
        """How all mailboxes stand of whose messages the client wants to hear (§3.1)."""
        names = [name for name in self._names.values() if _MESSAGES & self._of(name)]
        return self._statuses(names)

    def _statuses(self, names: list[str]) -> list[Data]:
        told = []
        for name in names:
            if name != self._session.selected:
                try:
                    told.append(how_it_stands(self._session, name, _STATUS))
                except NoSuchFolder:
                    continue
        return told

    def told(self) -> list[Data | Status]:
        """Tell what has happened to other mailboxes since the last time."""
        if len(self._changed) > MOST:
            self.want(())
            return [Status(None, Outcome.OK, "Too much has happened to tell it all", "NOTIFICATIONOVERFLOW")]
        renamed: dict[str, str] = {}
        names = self._named(renamed) if self._renamed else []
        changed = [renamed.get(name, name) for name in self._changed]
        self._changed.clear()
        return [*names, *self._statuses(changed)]

    def _named(self, renamed: dict[str, str]) -> list[Data]:
        """Tell which mailboxes are new, have another name, are gone, or have been subscribed to (§5.4, §5.5)."""
        self._renamed = False
        names, subscribed = self._names, self._subscribed
        tree = self._look_around()
        told: dict[str, list[Value]] = {}  # by name, with what it was called before
        for key, name in self._names.items():
            before = names.get(key)
            if before != name and "MAILBOXNAME" in self._of(name):
                told[name] = [] if before is None else [["OLDNAME", [self._session.wire(before)]]]
            if before is not None and before != name:
                renamed[before] = name
        for key in names.keys() - self._names.keys():
            if names[key] not in self._names.values() and "MAILBOXNAME" in self._of(names[key]):
                told[names[key]] = []
        for name in subscribed ^ self._subscribed:
            if "SUBSCRIPTIONCHANGE" in self._of(name):
                told.setdefault(name, [])
        return [
            Data([Atom("LIST"), tree.attributes(name, _LIST), SEPARATOR, self._session.wire(name), *old])
            for name, old in sorted(told.items())
        ]

    # -- the selected mailbox

    def allowed(self, updates: list[Data]) -> list[Data]:
        """Of what could be told of the selected mailbox while the client says nothing, what it wants to hear (§5.1)."""
        if self.selected is None or "FLAGCHANGE" in self.selected.wanted:
            return updates
        return [each for each in updates if Atom("FETCH") not in each.values[:2]]

    async def new_messages(self) -> list[Data]:
        """Tell of new messages in the selected mailbox what is wanted of each (§5.2)."""
        session, group, view = self._session, self.selected, self._session.viewed
        if group is None or not group.fetched or view is None:
            return []
        known, above = self._fetched
        self._fetched = view, self._last_uid()
        if known is not view:
            return []
        told = []
        for number, message in view.chosen(SequenceSet(((above + 1, None),)), uid=True):
            if message.uid <= above:
                continue
            content = session.content(message) if fetch.needs_content(group.fetched) else None
            try:
                values = fetch.values(group.fetched, message, view.flags_value(message), content)
            except UnknownEncoding:
                continue
            told.append(Data([number, Atom("FETCH"), values]))
        return told

    def _last_uid(self) -> int:
        view = self._session.viewed
        last = view.chosen(SequenceSet(((None, None),)), uid=True) if view is not None else []
        return last[-1][1].uid if last else 0
