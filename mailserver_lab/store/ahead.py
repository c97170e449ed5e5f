"""The contents of messages that are fetched one after the other: some are read at once, which takes half the time of each alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .schema import Message, StoreError

if TYPE_CHECKING:
    from .store import Store


class ReadAhead:
    """Reads contents for one session, and forgets those read ahead when anything has changed in the store."""

    #: How many messages are read at once, and how many octets of them; a larger one is read alone.
    MESSAGES, OCTETS = 25, 65_536

    def __init__(self, store: Store) -> None:
        self._store = store
        self._read: dict[int, bytes] = {}
        self._version = -1

    @property
    def is_current(self) -> bool:
        """Whether nothing has changed in the store since it was read last."""
        return self._store.lists.version == self._version

    def raw(self, message: Message, following: Iterable[Message] = ()) -> bytes:
        """A message's octets; those that are `following` will probably be asked for next.

        Raises:
            StoreError: it is not there any more.
        """
        raw = self._read.pop(message.id, None) if self.is_current else None
        if raw is None:
            self._version = self._store.lists.version
            self._read = self._store.raws(self._together(message, following))
            raw = self._read.pop(message.id, None)
        if raw is None:
            raise StoreError("that message is not there any more")
        return raw

    def clear(self) -> None:
        """Forget what was read: nobody will ask for it soon."""
        self._read = {}

    def _together(self, message: Message, following: Iterable[Message]) -> list[int]:
        found, octets = [message.id], message.size
        for each in following:
            octets += each.size
            if octets > self.OCTETS or len(found) == self.MESSAGES:
                break
            found.append(each.id)
        return found
