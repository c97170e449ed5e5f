"""The selected mailbox as one client knows it.

Message numbers mean something only within what the client has been told. Other sessions, and arriving mail, change the
mailbox at any time; the view changes only by `updates`, called when the protocol permits to tell (RFC 3501 §5.2, §7.4.1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from mailserver_lab.imap import sequence
from mailserver_lab.imap.answers import Refusal
from mailserver_lab.imap.events import Data
from mailserver_lab.imap.states import Outcome
from mailserver_lab.imap.values import Atom, Value
from mailserver_lab.store import NoSuchFolder

if TYPE_CHECKING:
    from mailserver_lab.imap.sequence import SequenceSet
    from mailserver_lab.store import Change, Folder, Message, Store

SYSTEM_FLAGS = (r"\Answered", r"\Flagged", r"\Deleted", r"\Seen", r"\Draft")


def flag_list(flags: Iterable[str]) -> list[Value]:
    """Return flags as a value, in a stable order."""
    return [Atom(flag) for flag in sorted(flags)]


class View:
    """What a client knows of a mailbox: the messages with their flags, numbered from 1 by their place."""

    def __init__(
        self, store: Store, address: str, folder: Folder, *, read_only: bool, on_change: Callable[[], None]
    ) -> None:
        self.name = folder.name
        self.uidvalidity = folder.uidvalidity
        self.read_only = read_only
        self.messages: list[Message] = []
        self._store = store
        self._address = address
        self._keywords: set[str] = set()
        self._last_uid = 0
        self._stale = True
        self._on_change = on_change
        self._unwatch = store.watch(address, self._changed)

    def close(self) -> None:
        """No longer follow the mailbox."""
        self._unwatch()

    def _changed(self, change: Change) -> None:
        if change.folder in {self.name, ""} or change.kind == "folders":
            self._stale = True
            self._on_change()

    async def updates(self, *, expunges: bool = True, uid: bool = False) -> list[Data]:
        """Bring the view up to date and return what the client has to be told.

        Without `expunges` (RFC 3501 §7.4.1: not during FETCH, STORE and SEARCH) messages that are gone keep their
        numbers for now. With `uid` each FETCH tells the UID too, as answers to UID commands must.
        """
        if not self._stale:
            return []
        self._stale = False
        try:
            now = await self._store.messages(self._address, self.name)
        except NoSuchFolder:
            now = []
        present = {message.uid: message for message in now}
        told: list[Data] = []
        gone = [n for n, message in enumerate(self.messages, 1) if message.uid not in present]
        if not expunges:
            self._stale = bool(gone)
        else:
            # From the last to the first, so that no number moves before it is named.
            for number in reversed(gone):
                del self.messages[number - 1]
                told.append(Data([number, Atom("EXPUNGE")]))
        told += self._new_keywords(now)
        for n, message in enumerate(self.messages):
            fresh = present.get(message.uid, message)
            if fresh.flags != message.flags:
                self.messages[n] = fresh
                told.append(self.flags_of(n + 1, uid=uid))
        new = [message for message in now if message.uid > self._last_uid]
        if new:
            self._last_uid = new[-1].uid
            self.messages += new
            told += [Data([len(self.messages), Atom("EXISTS")]), Data([0, Atom("RECENT")])]
        return told

    def _new_keywords(self, messages: list[Message]) -> list[Data]:
        used = {flag for message in messages for flag in message.flags if not flag.startswith("\\")}
        if used <= self._keywords:
            return []
        self._keywords |= used
        return [self.flags()]

    def flags(self) -> Data:
        """Return the FLAGS response: all flags that are in use here (RFC 3501 §7.2.6)."""
        return Data([Atom("FLAGS"), [*map(Atom, SYSTEM_FLAGS), *flag_list(self._keywords)]])

    def flags_of(self, number: int, *, uid: bool) -> Data:
        """Return a FETCH response with the flags of a message."""
        message = self.messages[number - 1]
        head: list[Value] = [Atom("UID"), message.uid] if uid else []
        return Data([number, Atom("FETCH"), [*head, Atom("FLAGS"), flag_list(message.flags)]])

    def expect_flags(self, number: int, flags: frozenset[str]) -> None:
        """Take note of flags that the client has set itself and does not want to be told of (STORE .SILENT)."""
        self.messages[number - 1] = replace(self.messages[number - 1], flags=flags)

    @property
    def first_unseen(self) -> int | None:
        """The number of the first message that was not read."""
        return next((n for n, message in enumerate(self.messages, 1) if r"\Seen" not in message.flags), None)

    def chosen(self, numbers: SequenceSet, *, uid: bool) -> list[tuple[int, Message]]:
        """Return the messages of a set with their numbers.

        A UID that is not there is passed over (RFC 3501 §6.4.8); a message number that is not there is an error.
        """
        largest = len(self.messages)
        if uid:
            ranges = numbers.within(self.messages[-1].uid if self.messages else 0)
            return [
                (n, each) for n, each in enumerate(self.messages, 1) if sequence.contains(ranges, each.uid)
            ]
        for low, high in numbers.ranges:
            if low is not None and high is not None and max(low, high) > largest:
                raise Refusal(
                    f"There is no message {max(low, high)}: there are {largest}", outcome=Outcome.BAD
                )
        ranges = [(max(low, 1), min(high, largest)) for low, high in numbers.within(largest)]
        wanted = sorted({n for low, high in ranges for n in range(low, high + 1)})
        return [(n, self.messages[n - 1]) for n in wanted]
