"""The store as servers use it: async calls, each one commit, and watchers that are told of changes."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from mailserver_lab.mime.summary import Summary

from .database import Database, DiskDatabase, MemoryDatabase
from .lists import Lists
from .schema import Change, Folder, Message
from .transaction import Mode, Transaction

log = logging.getLogger(__name__)

T = TypeVar("T")
Watcher = Callable[[Change], None]


def _no_quota(account: str) -> int | None:
    return None


class Store:
    """Mailboxes and queue of one company.

    Args:
        database: where they are kept.
        quota_of: an account's quota in octets, or None for no limit; asked at each append.
    """

    def __init__(self, database: Database, quota_of: Callable[[str], int | None] = _no_quota) -> None:
        self._database = database
        self._quota_of = quota_of
        self._watchers: dict[str, list[Watcher]] = {}
        #: What is in the folders that somebody has open.
        self.lists = Lists(self.look)

    @classmethod
    def memory(cls, quota_of: Callable[[str], int | None] = _no_quota) -> Store:
        """A store that is gone with the process."""
        return cls(MemoryDatabase(), quota_of)

    @classmethod
    def disk(cls, file: Path, quota_of: Callable[[str], int | None] = _no_quota) -> Store:
        """A store in a file, made if it is missing."""
        return cls(DiskDatabase(file), quota_of)

    # -- the two primitives

    async def commit(self, work: Callable[[Transaction], T], then: Callable[[], None] | None = None) -> T:
        """Do all of `work` or none of it; when this returns, it is committed, and on disk synced.

        On disk `work` runs in the writer's thread: it may use what it is given and nothing that belongs to the loop.
        `then` is called in the loop after the commit. It and the watchers are told even where the caller was cancelled
        in the meantime, a client having hung up: the commit happens all the same.
        """
        changes: list[Change] = []

        def job(connection: sqlite3.Connection) -> T:
            transaction = Transaction(connection, self._quota_of)
            result = work(transaction)
            changes.extend(transaction.changes)
            return result

        def tell() -> None:
            self.lists.version += bool(changes)
            for change in changes:
                self._tell(change)
            if then is not None:
                then()

        return await self._database.write(job, tell)

    def _tell(self, change: Change) -> None:
        for watcher in (*self._watchers.get(change.account, ()), *self._watchers.get("*", ())):
            try:
                watcher(change)
            except Exception:  # one that fails is no reason not to tell the others
                log.exception("a watcher of %s", change.account)

    def look(self, work: Callable[[Transaction], T]) -> T:
        """Run `work`, which must not change anything, on what is committed."""
        return self._database.read(lambda connection: work(Transaction(connection, self._quota_of)))

    def watch(self, account: str, watcher: Watcher) -> Callable[[], None]:
        """Call `watcher` after each commit that changed an account's folders ('*' for any); the result ends that."""
        watchers = self._watchers.setdefault(account, [])
        watchers.append(watcher)
        return lambda: watchers.remove(watcher) if watcher in watchers else None

    async def close(self) -> None:
        """Finish what was begun, and close."""
        await self._database.close()

    # -- mailboxes, a call each

    async def open_account(self, account: str) -> None:
        """See Transaction.open_account."""
        await self.commit(lambda t: t.open_account(account))

    async def folders(self, account: str) -> list[Folder]:
        """See Transaction.folders."""
        return self.look(lambda t: t.folders(account))

    async def folder(self, account: str, name: str) -> Folder:
        """See Transaction.folder."""
        return self.look(lambda t: t.folder(account, name))

    async def create_folder(self, account: str, name: str) -> None:
        """See Transaction.create_folder."""
        await self.commit(lambda t: t.create_folder(account, name))

    async def delete_folder(self, account: str, name: str) -> None:
        """See Transaction.delete_folder."""
        await self.commit(lambda t: t.delete_folder(account, name))

    async def rename_folder(self, account: str, name: str, new: str) -> None:
        """See Transaction.rename_folder."""
        await self.commit(lambda t: t.rename_folder(account, name, new))

    async def subscribe(self, account: str, name: str, subscribed: bool) -> None:
        """See Transaction.subscribe."""
        await self.commit(lambda t: t.subscribe(account, name, subscribed))

    async def messages(self, account: str, folder: str) -> list[Message]:
        """See Transaction.messages."""
        return self.look(lambda t: t.messages(account, folder))

    async def raw(self, message: int) -> bytes:
        """See Transaction.raw."""
        return self.look(lambda t: t.raw(message))

    def raws(self, messages: Sequence[int]) -> dict[int, bytes]:
        """See Transaction.raws."""
        return self.look(lambda t: t.raws(messages))

    async def usage(self, account: str) -> tuple[int, int | None]:
        """See Transaction.usage."""
        return self.look(lambda t: t.usage(account))

    async def append(
        self,
        account: str,
        folder: str,
        raw: bytes,
        flags: Iterable[str],
        internaldate: datetime,
        queue_id: str | None = None,
    ) -> int:
        """See Transaction.append."""
        return await self.commit(lambda t: t.append(account, folder, raw, flags, internaldate, queue_id))

    async def subscriptions(self, account: str) -> list[str]:
        """See Transaction.subscriptions."""
        return self.look(lambda t: t.subscriptions(account))

    async def set_flags(
        self, account: str, folder: str, uids: Sequence[int], mode: Mode, flags: Iterable[str],
        unchanged_since: int | None = None,
    ) -> list[int]:  # fmt: skip
        """See Transaction.set_flags."""
        return await self.commit(lambda t: t.set_flags(account, folder, uids, mode, flags, unchanged_since))

    async def expunge(self, account: str, folder: str, uids: Sequence[int]) -> None:
        """See Transaction.expunge."""
        await self.commit(lambda t: t.expunge(account, folder, uids))

    async def copy(self, account: str, folder: str, uids: Sequence[int], to: str) -> list[tuple[int, int]]:
        """See Transaction.copy."""
        return await self.commit(lambda t: t.copy(account, folder, uids, to))

    async def move(self, account: str, folder: str, uids: Sequence[int], to: str) -> list[tuple[int, int]]:
        """See Transaction.move."""
        return await self.commit(lambda t: t.move(account, folder, uids, to))

    async def keep_summaries(self, made: Mapping[int, Summary]) -> None:
        """See Transaction.keep_summaries; where that cannot be, as on a full disk, they are made again some time."""
        with suppress(sqlite3.Error):
            await self.commit(lambda t: t.keep_summaries(made))
