"""What can be done in one transaction: put messages into mailboxes, take them out, keep the queue. All of it happens or none."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Literal

from .folders import Folders, proper
from .schema import Change, Folder, Message, OverQuota, Since, StoreError
from .summaries import Summaries, marks

Mode = Literal["add", "remove", "replace"]

_COLUMNS = "id, uid, size, flags, internaldate, queue_id, modseq"


class Transaction(Folders, Summaries):
    """Runs inside one SQLite transaction; `changes` is what watchers are told once it is committed."""

    def __init__(self, connection: sqlite3.Connection, quota_of: Callable[[str], int | None]) -> None:
        self._sql = connection
        self._quota_of = quota_of
        self.changes: list[Change] = []

    # -- what is there

    def messages(self, account: str, folder: str) -> list[Message]:
        """What is in a folder, by UID, without the contents."""
        query = f"SELECT {_COLUMNS} FROM message INDEXED BY message_list WHERE folder = ? ORDER BY uid"
        return list(_messages(self._sql.execute(query, (self.folder(account, folder).id,))))

    def page(self, folder: Folder, above: int, count: int) -> list[Message]:
        """The next so many messages above a UID, of those that were there when the folder's UIDNEXT was told."""
        query = (
            f"SELECT {_COLUMNS} FROM message INDEXED BY message_list"
            " WHERE folder = ? AND uid > ? AND uid < ? ORDER BY uid LIMIT ?"
        )
        return list(_messages(self._sql.execute(query, (folder.id, above, folder.uidnext, count))))

    def since(self, folder: Folder, modseq: int) -> Since:
        """What has changed in a folder after that mod-sequence; as much work as there are changes."""
        query = f"SELECT {_COLUMNS} FROM message INDEXED BY message_since WHERE folder = ? AND modseq > ?"
        changed = sorted(_messages(self._sql.execute(query, (folder.id, modseq))), key=lambda each: each.uid)
        query = "SELECT uid FROM expunged WHERE folder = ? AND modseq > ? ORDER BY uid"
        gone = [uid for (uid,) in self._sql.execute(query, (folder.id, modseq))]
        return Since(folder.modseq, changed, gone)

    def how_many(self, account: str, folder: str, from_uid: int = 0) -> int:
        """How many messages are in a folder, from a UID on, without looking at each."""
        where = self.folder(account, folder)
        if not from_uid:
            return where.messages
        query = "SELECT COUNT(*) FROM message WHERE folder = ? AND uid >= ?"
        return int(self._sql.execute(query, (where.id, from_uid)).fetchone()[0])

    def marked(self, folder: Folder, flag: str) -> tuple[int, int]:
        """How many messages in a folder have a flag, and how many octets they are."""
        query = (
            "SELECT COUNT(*), COALESCE(SUM(size), 0) FROM message INDEXED BY message_list"
            " WHERE folder = ? AND instr(' ' || flags || ' ', ?)"
        )
        count, octets = self._sql.execute(query, (folder.id, f" {flag} ")).fetchone()
        return count, octets

    def size(self, folder: Folder) -> int:
        """The octets of all messages in a folder."""
        row = self._sql.execute("SELECT octets FROM folder WHERE id = ?", (folder.id,)).fetchone()
        return int(row[0]) if row else 0

    def raw(self, message: int) -> bytes:
        """A message's octets, as they were stored.

        Raises:
            StoreError: it is not there any more.
        """
        row = self._sql.execute("SELECT raw FROM message WHERE id = ?", (message,)).fetchone()
        if row is None:
            raise StoreError("that message is not there any more")
        return bytes(row[0])

    def raws(self, messages: Sequence[int]) -> dict[int, bytes]:
        """The octets of those of the messages that are there."""
        return dict(
            self._sql.execute(f"SELECT id, raw FROM message WHERE id IN ({marks(messages)})", messages)
        )

    def beginning(self, message: int, size: int) -> bytes:
        """A message's first octets; b"" if it is not there any more."""
        row = self._sql.execute(
            "SELECT substr(raw, 1, ?) FROM message WHERE id = ?", (size, message)
        ).fetchone()
        return b"" if row is None else bytes(row[0])

    def usage(self, account: str) -> tuple[int, int | None]:
        """(octets used in all folders, quota in octets or None)."""
        query = "SELECT COALESCE(SUM(octets), 0) FROM folder WHERE account = ?"
        return self._sql.execute(query, (account,)).fetchone()[0], self._quota_of(account)

    def make_sure_of_room(self, account: str, size: int) -> None:
        """Raise OverQuota unless `size` octets more fit into the account."""
        if self._quota_of(account) is None:
            return
        used, quota = self.usage(account)
        if quota is not None and used + size > quota:
            raise OverQuota(account, used, quota, size)

    # -- what changes it

    def append(
        self,
        account: str,
        folder: str,
        raw: bytes,
        flags: Iterable[str],
        internaldate: datetime,
        queue_id: str | None = None,
    ) -> int:
        """Put a message into a folder and return its UID.

        Raises:
            OverQuota: the account has no room for it.
            NoSuchFolder: there is no such folder.
        """
        self.make_sure_of_room(account, len(raw))
        where, uid, modseq, count = self._room_for(account, folder, len(raw))
        self._sql.execute(
            "INSERT INTO message (folder, uid, size, flags, internaldate, queue_id, raw, modseq) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (where, uid, len(raw), _joined(flags), internaldate.isoformat(), queue_id, raw, modseq),
        )
        self.seen(queue_id)
        self.changes.append(Change(account, proper(folder), "appended", (uid,), queue_id, count))
        return uid

    def set_flags(
        self, account: str, folder: str, uids: Sequence[int], mode: Mode, flags: Iterable[str],
        unchanged_since: int | None = None,
    ) -> list[int]:  # fmt: skip
        """Add, remove or replace flags of the messages that are there; UIDs that are not are passed over.

        Messages that changed after `unchanged_since` are left as they are, and their UIDs returned (RFC 7162 section
        3.1.3).
        """
        where, given = self.folder(account, folder), frozenset(flags)
        changed: list[tuple[str, int]] = []
        refused: list[int] = []
        for uid in uids:
            query = "SELECT flags, modseq FROM message INDEXED BY message_list WHERE folder = ? AND uid = ?"
            row = self._sql.execute(query, (where.id, uid)).fetchone()
            if row is None:
                continue
            if unchanged_since is not None and row[1] > unchanged_since:
                refused.append(uid)
                continue
            old = frozenset(row[0].split())
            new = old | given if mode == "add" else old - given if mode == "remove" else given
            if new != old:
                changed.append((_joined(new), uid))
        if changed:
            modseq = self._next_modseq(where)
            query = "UPDATE message SET flags = ?, modseq = ? WHERE folder = ? AND uid = ?"
            self._sql.executemany(query, [(new, modseq, where.id, uid) for new, uid in changed])
            uids = tuple(uid for _, uid in changed)
            self.changes.append(Change(account, where.name, "flags", uids, count=where.messages))
        return refused

    def expunge(self, account: str, folder: str, uids: Sequence[int]) -> None:
        """Remove messages for good."""
        where = self.folder(account, folder)
        query = "DELETE FROM message WHERE folder = ? AND uid = ? RETURNING uid, size"
        deleted = (self._sql.execute(query, (where.id, uid)).fetchone() for uid in uids)
        self._left(account, where, [row for row in deleted if row is not None])

    def copy(self, account: str, folder: str, uids: Sequence[int], to: str) -> list[tuple[int, int]]:
        """Copy messages with flags and dates; gives (UID here, UID there) pairs for COPYUID (RFC 4315)."""
        source, target = self.folder(account, folder), self.folder(account, to)
        there = self._there(source, uids)
        self.make_sure_of_room(account, sum(size for _, size, _ in there))
        pairs = []
        for uid, size, queue_id in there:
            _, new, modseq, count = self._room_for(account, to, size)
            self._sql.execute(
                "INSERT INTO message (folder, uid, size, flags, internaldate, queue_id, raw, modseq)"
                " SELECT ?, ?, size, flags, internaldate, queue_id, raw, ? FROM message WHERE folder = ? AND uid = ?",
                (target.id, new, modseq, source.id, uid),
            )
            self.changes.append(Change(account, target.name, "appended", (new,), queue_id, count))
            pairs.append((uid, new))
        return pairs

    def move(self, account: str, folder: str, uids: Sequence[int], to: str) -> list[tuple[int, int]]:
        """Move messages; nothing is copied, so a quota has nothing against it. Gives pairs as `copy` does."""
        source, target = self.folder(account, folder), self.folder(account, to)
        pairs = []
        there = self._there(source, uids)
        for uid, size, queue_id in there:
            _, new, modseq, count = self._room_for(account, to, size)
            self._sql.execute(
                "UPDATE message SET folder = ?, uid = ?, modseq = ? WHERE folder = ? AND uid = ?",
                (target.id, new, modseq, source.id, uid),
            )
            self.changes.append(Change(account, target.name, "appended", (new,), queue_id, count))
            pairs.append((uid, new))
        self._left(account, source, [(uid, size) for uid, size, _ in there])
        return pairs

    def rename_folder(self, account: str, name: str, new: str) -> None:
        """Give a folder another name; renaming INBOX moves its messages out of it (RFC 3501 section 6.3.5)."""
        folder = self.folder(account, name)
        if folder.name != "INBOX":
            super().rename_folder(account, name, new)
            return
        self.create_folder(account, new)
        self.move(account, folder.name, [each.uid for each in self.messages(account, folder.name)], new)

    def _there(self, folder: Folder, uids: Sequence[int]) -> list[tuple[int, int, str | None]]:
        """Those of the UIDs that are in a folder, with size and queue id."""
        query = "SELECT uid, size, queue_id FROM message INDEXED BY message_list WHERE folder = ? AND uid = ?"
        found = (self._sql.execute(query, (folder.id, uid)).fetchone() for uid in uids)
        return [row for row in found if row is not None]

    def _left(self, account: str, folder: Folder, gone: list[tuple[int, int]]) -> None:
        """Remember which UIDs are gone, for clients that come back later (RFC 7162 section 3.2). `gone` has sizes too."""
        if gone:
            uids = tuple(uid for uid, _ in gone)
            modseq, count = self._without(folder, len(gone), sum(size for _, size in gone))
            query = "INSERT INTO expunged (folder, uid, modseq) VALUES (?, ?, ?)"
            self._sql.executemany(query, [(folder.id, uid, modseq) for uid in uids])
            self.changes.append(Change(account, folder.name, "expunged", uids, count=count))


def _messages(rows: Iterable[tuple[Any, ...]]) -> Iterator[Message]:
    kept: dict[str, frozenset[str]] = {}  # few combinations of flags are in use
    for key, uid, size, flags, date, queue_id, modseq in rows:
        if flags not in kept:
            kept[flags] = frozenset(flags.split())
        yield Message(key, uid, size, kept[flags], datetime.fromisoformat(date), queue_id, modseq)


def _joined(flags: Iterable[str]) -> str:
    return " ".join(sorted(flags))
