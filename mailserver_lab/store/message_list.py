"""The messages of a folder as a value that never changes, so that all who know the same of it can share it.

It is kept in pieces. A change makes another list, which has all but the pieces concerned in common with the one before;
so neither a change nor finding out what has changed costs more in a large folder.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from operator import attrgetter
from typing import NamedTuple

from .schema import Message

#: Messages in a piece, at the most.
PIECE = 256

_UID = attrgetter("uid")


class _Piece:
    """Messages that follow each other, and the combinations of flags that they have: in a whole folder few are in use."""

    __slots__ = ("flags", "messages")

    def __init__(self, messages: Sequence[Message]) -> None:
        self.messages = messages
        self.flags = frozenset({each.flags for each in messages})


class News(NamedTuple):
    """By what one list differs from another: messages that are new or have changed, and UIDs that are gone, both in order."""

    fresh: list[Message]
    gone: list[int]


class MessageList:
    """Messages in the order of their UIDs; places count from 0."""

    __slots__ = ("_firsts", "_length", "_pieces", "_starts")

    def __init__(self, pieces: Sequence[_Piece] = ()) -> None:
        self._pieces = pieces
        self._firsts = [piece.messages[0].uid for piece in pieces]
        self._starts = [0, *accumulate(len(piece.messages) for piece in pieces)]
        self._length = self._starts.pop()

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Message]:
        for piece in self._pieces:
            yield from piece.messages

    def __getitem__(self, place: int) -> Message:
        if not 0 <= place < self._length:
            raise IndexError(place)
        at = bisect_right(self._starts, place) - 1
        return self._pieces[at].messages[place - self._starts[at]]

    def part(self, start: int, stop: int) -> list[Message]:
        """The messages from one place up to, and without, another."""
        found: list[Message] = []
        at = max(bisect_right(self._starts, start) - 1, 0)
        for begin, piece in zip(self._starts[at:], self._pieces[at:], strict=True):
            if begin >= stop:
                break
            found += piece.messages[max(start - begin, 0) : stop - begin]
        return found

    # -- by UID

    @property
    def last_uid(self) -> int:
        """The UID of the last message, 0 where there is none."""
        return self._pieces[-1].messages[-1].uid if self._pieces else 0

    def _piece_of(self, uid: int) -> int:
        """Which piece has that UID, if any has it."""
        return max(bisect_right(self._firsts, uid) - 1, 0)

    def place_from(self, uid: int) -> int:
        """The place of the first message with that UID or a higher one."""
        if not self._pieces:
            return 0
        at = self._piece_of(uid)
        return self._starts[at] + bisect_left(self._pieces[at].messages, uid, key=_UID)

    def place(self, uid: int) -> int | None:
        """The place of the message with that UID, None if it is not here."""
        place = self.place_from(uid)
        return place if place < self._length and self[place].uid == uid else None

    # -- by flags

    @property
    def flags(self) -> frozenset[frozenset[str]]:
        """The combinations of flags that are in use."""
        return frozenset().union(*(piece.flags for piece in self._pieces))

    def having(self, flag: str) -> list[int]:
        """The UIDs of the messages that have a flag."""
        pieces = (piece for piece in self._pieces if any(flag in flags for flags in piece.flags))
        return [each.uid for piece in pieces for each in piece.messages if flag in each.flags]

    def first_without(self, flag: str) -> int | None:
        """The place of the first message that has not got a flag."""
        for start, piece in zip(self._starts, self._pieces, strict=True):
            if not all(flag in flags for flags in piece.flags):
                return start + next(n for n, each in enumerate(piece.messages) if flag not in each.flags)
        return None

    # -- changes

    def changed(self, fresh: Iterable[Message], gone: Iterable[int] = ()) -> MessageList:
        """The list with these messages, new ones or others in their UIDs' places, and without those that are gone."""
        news: dict[int, dict[int, Message | None]] = {}
        new: list[Message] = []
        last = self.last_uid
        for each in fresh:
            if each.uid > last:
                new.append(each)
            else:
                news.setdefault(self._piece_of(each.uid), {})[each.uid] = each
        if self._pieces:
            for uid in gone:
                news.setdefault(self._piece_of(uid), {})[uid] = None
        pieces = [*self._pieces]
        for at, of_piece in news.items():
            kept = [of_piece.get(each.uid, each) for each in pieces[at].messages]
            pieces[at] = _Piece([each for each in kept if each is not None])
        if new and pieces and len(pieces[-1].messages) < PIECE:
            new = [*pieces.pop().messages, *new]
        pieces += [_Piece(new[at : at + PIECE]) for at in range(0, len(new), PIECE)]
        return MessageList([piece for piece in pieces if piece.messages])

    def since(self, known: MessageList) -> News:
        """What is different here to whoever knows another list of the same folder; only pieces that differ are looked at."""
        mine, others = set(self._pieces), set(known._pieces)
        before = {each.uid: each for piece in known._pieces if piece not in mine for each in piece.messages}
        after = [each for piece in self._pieces if piece not in others for each in piece.messages]
        fresh = [each for each in after if before.pop(each.uid, None) != each]
        return News(fresh, [*before])
