"""The selected mailbox as one client knows it.

Message numbers mean something only within what the client has been told. Other sessions, and arriving mail, change the
mailbox at any time; the view changes only by `updates`, called when the protocol permits to tell (RFC 3501 §5.2, §7.4.1).
All views of a mailbox share one list of what is there. A view holds the list that its client knows; what is to be told
is the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from mailserver_lab.imap.answers import Refusal
from mailserver_lab.imap.events import Data
from mailserver_lab.imap.sequence import SequenceSet
from mailserver_lab.imap.states import Outcome
from mailserver_lab.imap.values import Atom, Value
from mailserver_lab.store import MessageList

if TYPE_CHECKING:
    from mailserver_lab.imap.features import Features
    from mailserver_lab.imap.turns import Turns
    from mailserver_lab.store import Change, Folder, Message, Store

SYSTEM_FLAGS = (r"\Answered", r"\Flagged", r"\Deleted", r"\Seen", r"\Draft")
RECENT = r"\Recent"


@lru_cache(maxsize=1024)
def flag_list(flags: frozenset[str]) -> list[Value]:
    """Return flags as a value, in a stable order; few combinations are in use."""
    return [Atom(flag) for flag in sorted(flags)]


class View:
    """What a client knows of a mailbox: the messages with their flags, numbered from 1 by their place."""

    def __init__(
        self,
        store: Store,
        address: str,
        folder: Folder,
        features: Features,
        *,
        read_only: bool,
        on_change: Callable[[], None],
        turns: Turns,
    ) -> None:
        #: As it was when it was opened.
        self.folder = folder
        self.read_only = read_only
        #: What the client has been told of.
        self.messages = MessageList()
        #: UIDs of the messages of which this client is the first to be told (RFC 3501 §2.3.2).
        self.recent: set[int] = set()
        #: UIDs that the last SEARCH kept (RFC 5182).
        self.saved: frozenset[int] = frozenset()
        #: The mod-sequence up to which the client has been told everything but, perhaps, what is gone.
        self.modseq = 0
        self._features = features
        self._store = store
        self._list = store.lists.open(folder)
        self._turns = turns
        self._keywords: dict[str, str] = {}
        # Changes name their folder. A thousand sessions may be told of each, so the name is not looked up each time.
        self._known_as = folder.name
        self._on_change = on_change
        self._unwatch = store.watch(address, self._changed)

    @property
    def name(self) -> str:
        """What the mailbox is called now; "", which no mailbox is called, once it is deleted."""
        folder = self._store.look(lambda t: t.folder_again(self.folder))
        return "" if folder is None else folder.name

    def close(self) -> None:
        """No longer follow the mailbox."""
        self._unwatch()
        self._store.lists.close(self._list)

    def _changed(self, change: Change) -> None:
        if change.kind == "folders":
            self._known_as = self.name
        if change.kind == "folders" or change.folder == self._known_as:
            self._on_change()

    # -- keeping up

    async def open(self) -> None:
        """Read what is there, unless somebody has it open already."""
        while self._list.read_more():
            await self._turns.offer()
        self.messages = self._list.now()
        self.folder = self._list.folder
        self.modseq = self.folder.modseq
        await self._take_recent(0)
        self._take_keywords(self.messages.flags)

    async def updates(
        self, *, expunges: bool = True, uid: bool = False, told: Collection[int] = ()
    ) -> list[Data]:
        """Bring the view up to date and return what the client has to be told.

        Without `expunges` (RFC 3501 §7.4.1: not during FETCH, STORE and SEARCH) messages that are gone keep their
        numbers for now. With `uid` each FETCH tells the UID too, as answers to UID commands must. Flags of the UIDs
        in `told` are the caller's to tell.
        """
        there = self._list.now()
        if there is self.messages:
            return []
        fresh, gone = self._list.news(self.messages)
        self.modseq = self._list.folder.modseq
        recent = len(self.recent)
        news: list[Data] = await self._expunged(gone) if expunges else []
        if self._take_keywords({message.flags for message in fresh}):
            news.append(self.flags())
        before = self.messages
        self.messages = there if expunges or not gone else before.changed(fresh)
        for message in fresh:
            await self._turns.offer()
            place = before.place(message.uid)
            if place is None or message.uid in told:
                continue
            differ = message.flags != before[place].flags
            if differ or self._features.condstore:
                news.append(self.flags_of(place + 1, uid=uid, flags=differ))
        new = len(self.messages) > len(before)
        if new:
            await self._take_recent(len(before))
            news.append(Data([len(self.messages), Atom("EXISTS")]))
        if (new or len(self.recent) != recent) and not self._features.rev2:
            news.append(Data([len(self.recent), Atom("RECENT")]))
        return news

    async def _expunged(self, gone: list[int]) -> list[Data]:
        """Take out what is gone, and say so: by number, or by UID to a client that wants it so (RFC 7162 §3.2.10)."""
        told = []
        # From the last to the first, so that no number moves before it is named.
        for uid in reversed(gone):
            await self._turns.offer()
            self.recent.discard(uid)
            told.append(Data([self.number(uid), Atom("EXPUNGE")]))
        self.messages = self.messages.changed((), gone)
        if told and self._features.qresync:
            return [Data([Atom("VANISHED"), Atom(str(SequenceSet.of(gone)))])]
        return told

    async def _take_recent(self, start: int) -> None:
        """Take those that no session has been told of, from a place on."""
        folder, below = self.folder, self.messages.last_uid + 1
        if start == len(self.messages) or below <= self._list.recent:
            return
        if self._features.rev2:
            return  # this client hears nothing of them, so they are left to another
        first = self._list.recent
        if not self.read_only:
            first = await self._store.commit(lambda t: t.claim_recent(folder, below))
            self._list.recent = max(self._list.recent, below)
        start = max(start, self.messages.place_from(first))
        self.recent.update(message.uid for message in self.messages.part(start, len(self.messages)))

    def _take_keywords(self, combinations: Iterable[frozenset[str]]) -> bool:
        new = {
            flag
            for flags in combinations
            for flag in flags
            if not flag.startswith("\\") and flag.lower() not in self._keywords
        }
        self._keywords.update((flag.lower(), flag) for flag in sorted(new))
        return bool(new)

    # -- what it tells

    def flags(self) -> Data:
        """Return the FLAGS response: all flags that are in use here (RFC 3501 §7.2.6)."""
        return Data([Atom("FLAGS"), self.known_flags()])

    def known_flags(self) -> list[Value]:
        """Return all flags that are in use here, as a value."""
        return [*map(Atom, SYSTEM_FLAGS), *flag_list(frozenset(self._keywords.values()))]

    def spelled(self, flags: Iterable[str]) -> frozenset[str]:
        """Return flags as they are already spelled here: keywords are the same in any case (RFC 3501 §2.3.2)."""
        own: dict[str, str] = {}
        return frozenset(
            self._keywords.get(flag.lower()) or own.setdefault(flag.lower(), flag) for flag in flags
        )

    def flags_value(self, message: Message) -> list[Value]:
        r"""Return a message's flags as a value, \Recent among them where it is."""
        recent = message.uid in self.recent and not self._features.rev2
        return flag_list(message.flags | {RECENT} if recent else message.flags)

    def flags_of(self, number: int, *, uid: bool, flags: bool = True) -> Data:
        """Return a FETCH response with the flags of a message, and its mod-sequence to a client that knows of it.

        Without `flags`, where the client knows them, having set them itself (RFC 7162 §3.1.3).
        """
        message = self.messages[number - 1]
        values: list[Value] = []
        if uid or self._features.qresync:
            values += [Atom("UID"), message.uid]
        if self._features.condstore:
            values += [Atom("MODSEQ"), [message.modseq]]
        if flags:
            values += [Atom("FLAGS"), self.flags_value(message)]
        return Data([number, Atom("FETCH"), values])

    def expect(self, messages: Iterable[Message]) -> None:
        """Take note of messages whose flags the client has set and does not want to be told of (STORE .SILENT)."""
        self.messages = self.messages.changed(messages)

    @property
    def first_unseen(self) -> int | None:
        """The number of the first message that was not read."""
        place = self.messages.first_without(r"\Seen")
        return None if place is None else place + 1

    # -- finding messages in it

    def number(self, uid: int) -> int | None:
        """Return the number of the message with that UID, None if it is not here."""
        place = self.messages.place(uid)
        return None if place is None else place + 1

    def now_having(self, flag: str) -> list[int]:
        """Return the UIDs of the messages that have a flag by now, of those that the client knows of."""
        return [uid for uid in self._list.now().having(flag) if self.number(uid) is not None]

    def chosen(self, numbers: SequenceSet, *, uid: bool) -> list[tuple[int, Message]]:
        """Return the messages of a set with their numbers.

        A UID that is not there is passed over (RFC 3501 §6.4.8); a message number that is not there is an error.
        """
        if numbers.saved:
            found = sorted(number for each in self.saved if (number := self.number(each)) is not None)
            return [(number, self.messages[number - 1]) for number in found]
        messages, largest = self.messages, len(self.messages)
        if uid:
            places = [
                (messages.place_from(low), messages.place_from(high + 1))
                for low, high in numbers.within(messages.last_uid)
            ]
        else:
            for ends in numbers.ranges:
                if any(end is not None and end > largest for end in ends) or not largest:
                    raise Refusal(f"There is no such message: there are {largest}", outcome=Outcome.BAD)
            places = [(max(low, 1) - 1, high) for low, high in numbers.within(largest)]
        return [
            pair
            for start, stop in places
            for pair in zip(range(start + 1, stop + 1), messages.part(start, stop), strict=True)
        ]
