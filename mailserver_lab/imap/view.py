"""The selected mailbox as one client knows it.

Message numbers mean something only within what the client has been told. Other sessions, and arriving mail, change the
mailbox at any time; the view changes only by `updates`, called when the protocol permits to tell (RFC 3501 §5.2, §7.4.1).
It asks the store for what has changed since the last mod-sequence it knows, so that it costs as much as there is new.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING

from mailserver_lab.imap.answers import Refusal
from mailserver_lab.imap.events import Data
from mailserver_lab.imap.sequence import SequenceSet
from mailserver_lab.imap.states import Outcome
from mailserver_lab.imap.values import Atom, Value
from mailserver_lab.store import Since

if TYPE_CHECKING:
    from mailserver_lab.imap.features import Features
    from mailserver_lab.imap.turns import Turns
    from mailserver_lab.store import Change, Folder, Message, Store, Transaction

SYSTEM_FLAGS = (r"\Answered", r"\Flagged", r"\Deleted", r"\Seen", r"\Draft")
RECENT = r"\Recent"
#: So many messages are read at once.
PAGE = 2_000

_UID = attrgetter("uid")


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
        self.folder = folder
        self.read_only = read_only
        self.messages: list[Message] = []
        #: UIDs of the messages of which this client is the first to be told (RFC 3501 §2.3.2).
        self.recent: set[int] = set()
        #: UIDs that the last SEARCH kept (RFC 5182).
        self.saved: frozenset[int] = frozenset()
        #: The mod-sequence up to which the client has been told everything but, perhaps, what is gone.
        self.modseq = 0
        self._features = features
        self._store = store
        self._address = address
        self._turns = turns
        self._keywords: dict[str, str] = {}
        self._gone: set[int] = set()
        self._stale = False
        # Changes name their folder. A thousand sessions may be told of each, so the name is not looked up each time.
        self._known_as = folder.name
        self._on_change = on_change
        self._unwatch = store.watch(address, self._changed)

    @property
    def name(self) -> str:
        """What the mailbox is called now; "", which no mailbox is called, once it is deleted."""
        folder = self._now()
        return "" if folder is None else folder.name

    def _now(self) -> Folder | None:
        return self._store.look(lambda t: t.folder_of(self.folder.id))

    def close(self) -> None:
        """No longer follow the mailbox."""
        self._unwatch()

    def _changed(self, change: Change) -> None:
        if change.kind == "folders":
            self._known_as = self.name
        if change.kind == "folders" or change.folder == self._known_as:
            self._stale = True
            self._on_change()

    # -- keeping up

    async def open(self) -> None:
        """Read what is there, in pages; what changes meanwhile has a higher mod-sequence, and is an update."""
        folder = self.folder
        self.modseq = folder.modseq

        def page(transaction: Transaction) -> list[Message]:
            return transaction.page(folder, self.messages[-1].uid if self.messages else 0, PAGE)

        while messages := self._store.look(page):
            self.messages += messages
            await self._turns.offer()
        await self._take_recent(folder, self.messages)
        self._take_keywords(self.messages)

    async def updates(
        self, *, expunges: bool = True, uid: bool = False, told: Collection[int] = ()
    ) -> list[Data]:
        """Bring the view up to date and return what the client has to be told.

        Without `expunges` (RFC 3501 §7.4.1: not during FETCH, STORE and SEARCH) messages that are gone keep their
        numbers for now. With `uid` each FETCH tells the UID too, as answers to UID commands must. Flags of the UIDs
        in `told` are the caller's to tell.
        """
        since, recent = self._since(), len(self.recent)
        news: list[Data] = await self._expunged() if expunges else []
        known = len(self.messages)
        new = [each for each in since.changed if not known or each.uid > self.messages[-1].uid]
        if self._take_keywords(since.changed):
            news.append(self.flags())
        for fresh in since.changed:
            await self._turns.offer()
            number = self.number(fresh.uid)
            if number is None:
                continue
            before, self.messages[number - 1] = self.messages[number - 1], fresh
            if fresh.uid not in told and (fresh.flags != before.flags or self._features.condstore):
                news.append(self.flags_of(number, uid=uid, flags=fresh.flags != before.flags))
        if new:
            self.messages += new
            await self._take_recent(self._now(), new)
            news.append(Data([len(self.messages), Atom("EXISTS")]))
        if (new or len(self.recent) != recent) and not self._features.rev2:
            news.append(Data([len(self.recent), Atom("RECENT")]))
        return news

    def _since(self) -> Since:
        """Return what has changed since the last time, and take note of what is gone."""
        if not self._stale:
            return Since(self.modseq, [], [])
        self._stale = False
        folder = self._now()
        if folder is None:
            self._gone.update(message.uid for message in self.messages)
            return Since(self.modseq, [], [])
        since = self._store.look(lambda t: t.since(folder, self.modseq))
        self.modseq = since.modseq
        self._gone.update(uid for uid in since.gone if self.number(uid) is not None)
        return since

    async def _expunged(self) -> list[Data]:
        """Take out what is gone, and say so: by number, or by UID to a client that wants it so (RFC 7162 §3.2.10)."""
        gone, self._gone = sorted(self._gone, reverse=True), set()
        told = []
        # From the last to the first, so that no number moves before it is named.
        for uid in gone:
            await self._turns.offer()
            number = self.number(uid)
            if number is not None:
                del self.messages[number - 1]
                self.recent.discard(uid)
                told.append(Data([number, Atom("EXPUNGE")]))
        if told and self._features.qresync:
            return [Data([Atom("VANISHED"), Atom(str(SequenceSet.of(gone)))])]
        return told

    async def _take_recent(self, folder: Folder | None, messages: list[Message]) -> None:
        if folder is None or not messages or messages[-1].uid < folder.recent:
            return
        if self._features.rev2:
            return  # this client hears nothing of them, so they are left to another
        first = folder.recent
        if not self.read_only:
            first = await self._store.commit(lambda t: t.claim_recent(folder, messages[-1].uid + 1))
        self.recent.update(message.uid for message in messages if message.uid >= first)

    def _take_keywords(self, messages: Iterable[Message]) -> bool:
        new = {
            flag
            for flags in {message.flags for message in messages}
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

    def expect_flags(self, number: int, flags: frozenset[str]) -> None:
        """Take note of flags that the client has set itself and does not want to be told of (STORE .SILENT)."""
        self.messages[number - 1] = self.messages[number - 1]._replace(flags=flags)

    @property
    def first_unseen(self) -> int | None:
        """The number of the first message that was not read."""
        return next((n for n, message in enumerate(self.messages, 1) if r"\Seen" not in message.flags), None)

    # -- finding messages in it

    def number(self, uid: int) -> int | None:
        """Return the number of the message with that UID, None if it is not here."""
        at = bisect_left(self.messages, uid, key=_UID)
        return at + 1 if at < len(self.messages) and self.messages[at].uid == uid else None

    def chosen(self, numbers: SequenceSet, *, uid: bool) -> list[tuple[int, Message]]:
        """Return the messages of a set with their numbers.

        A UID that is not there is passed over (RFC 3501 §6.4.8); a message number that is not there is an error.
        """
        if numbers.saved:
            found = sorted(number for each in self.saved if (number := self.number(each)) is not None)
            return [(number, self.messages[number - 1]) for number in found]
        largest = len(self.messages)
        if uid:
            return [
                (at + 1, self.messages[at])
                for low, high in numbers.within(self.messages[-1].uid if self.messages else 0)
                for at in range(self._from(low), self._from(high + 1))
            ]
        for ends in numbers.ranges:
            if any(end is not None and end > largest for end in ends) or not largest:
                raise Refusal(f"There is no such message: there are {largest}", outcome=Outcome.BAD)
        return [
            (n, self.messages[n - 1])
            for low, high in numbers.within(largest)
            for n in range(max(low, 1), min(high, largest) + 1)
        ]

    def _from(self, uid: int) -> int:
        return bisect_left(self.messages, uid, key=_UID)
