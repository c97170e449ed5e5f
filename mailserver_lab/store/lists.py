"""The lists of messages of the folders that somebody has open: one for each, whoever has it open.

A list is read once and then follows the folder by what has changed in it (`Transaction.since`): one look at the database
for all, whenever the first of them wants to know.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from .message_list import MessageList, News
from .schema import Folder, Since

if TYPE_CHECKING:
    from .transaction import Transaction

T = TypeVar("T")

#: Messages that are read at once.
PAGE = 2_000
#: Messages in lists that nobody needs at present; more are forgotten, the longest unused list first.
KEPT = 100_000
#: What a list counts as besides its messages.
EMPTY = 100


class Look(Protocol):
    """How the database is looked at."""

    def __call__(self, work: Callable[[Transaction], T], /) -> T:
        """See Store.look."""


class FolderList:
    """A folder and what is in it, as they were when somebody last asked.

    Before `now` is called, `read_more` must have said that there is no more.
    """

    def __init__(self, lists: Lists, folder: Folder) -> None:
        #: As it was then; where it has been deleted, as it was before.
        self.folder = folder
        #: The first UID that no session has been told of (RFC 3501 section 2.3.2).
        self.recent = folder.recent
        self.users = 0
        self._lists = lists
        self._messages = MessageList()
        self._complete = False
        self._version = -1
        self._told: tuple[Any, Any, News] = (None, None, News([], []))

    @property
    def size(self) -> int:
        """How much it is, counted in messages."""
        return EMPTY + len(self._messages)

    def read_more(self) -> bool:
        """Read the next page; say whether there may be another.

        All who open a folder at the same time read on together. What changes between the pages has a higher
        mod-sequence than the folder had at the beginning, and is found by `now`.
        """
        if not self._complete:
            folder, above = self.folder, self._messages.last_uid
            page = self._lists.look(lambda t: t.page(folder, above, PAGE))
            self._messages = self._messages.changed(page)
            self._complete = not page
        return not self._complete

    def now(self) -> MessageList:
        """What is in the folder; nothing once it is deleted."""
        if self._version != self._lists.version:
            self._version = self._lists.version
            self._catch_up()
        return self._messages

    def _catch_up(self) -> None:
        before = self.folder

        def work(transaction: Transaction) -> tuple[Folder, Since] | None:
            folder = transaction.folder_again(before)
            if folder is None:
                return None
            same = folder.modseq == before.modseq
            return folder, Since(folder.modseq, [], []) if same else transaction.since(folder, before.modseq)

        found = self._lists.look(work)
        if found is None:
            self._messages = MessageList()
            return
        self.folder, since = found
        self.recent = max(self.recent, self.folder.recent)
        if since.changed or since.gone:
            self._messages = self._messages.changed(since.changed, since.gone)

    def news(self, known: MessageList) -> News:
        """What is new to whoever knows that list. A thousand sessions in IDLE know the same, and are told the same."""
        there = self.now()
        if self._told[0] is not known or self._told[1] is not there:
            self._told = (known, there, there.since(known))
        return self._told[2]


class Lists:
    """The lists that are open, and some that were."""

    def __init__(self, look: Look) -> None:
        self.look = look
        #: Goes up with each commit.
        self.version = 0
        self._lists: dict[int, FolderList] = {}  # by UIDVALIDITY, which no two folders ever have in common

    def open(self, folder: Folder) -> FolderList:
        """Return a folder's list, to be closed some time."""
        found = self._lists.pop(folder.uidvalidity, None) or FolderList(self, folder)
        self._lists[folder.uidvalidity] = found  # the last one used stands last
        found.users += 1
        return found

    def close(self, each: FolderList) -> None:
        """Let go of a list."""
        each.users -= 1
        unused = [(key, held) for key, held in self._lists.items() if not held.users]
        kept = sum(held.size for _, held in unused)
        for key, held in unused:
            if kept <= KEPT:
                break
            kept -= held.size
            del self._lists[key]
