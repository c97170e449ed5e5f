"""What one commit may do: put messages into mailboxes, take them out, keep the queue. All of it happens or none."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Literal

from .schema import Change, Folder, Message, NoSuchFolder, OverQuota, Queued, Recipient, StoreError

Mode = Literal["add", "remove", "replace"]
FOLDERS = ("INBOX", "Sent", "Trash")  # what a new account begins with


class Transaction:
    """Runs inside one SQLite transaction; `changes` is what watchers are told once it is committed."""

    def __init__(self, connection: sqlite3.Connection, quota_of: Callable[[str], int | None]) -> None:
        self._sql = connection
        self._quota_of = quota_of
        self.changes: list[Change] = []

    # -- folders

    def open_account(self, account: str) -> None:
        """Make the folders that every account has, where they are missing."""
        for name in FOLDERS:
            if (
                self._sql.execute(
                    "SELECT 1 FROM folder WHERE account = ? AND name = ?", (account, name)
                ).fetchone()
                is None
            ):
                self.create_folder(account, name)

    def folders(self, account: str) -> list[Folder]:
        """All folders of an account, by name, INBOX first."""
        rows = self._sql.execute(
            "SELECT id, name, uidvalidity, uidnext, subscribed FROM folder WHERE account = ? ORDER BY name != 'INBOX', name",
            (account,),
        )
        return [_folder(*row) for row in rows]

    def folder(self, account: str, name: str) -> Folder:
        """One folder. INBOX is the same in any case (RFC 3501 section 5.1).

        Raises:
            NoSuchFolder: there is none of that name.
        """
        name = _proper(name)
        row = self._sql.execute(
            "SELECT id, name, uidvalidity, uidnext, subscribed FROM folder WHERE account = ? AND name = ?",
            (account, name),
        ).fetchone()
        if row is None:
            raise NoSuchFolder(f"{account} has no folder {name!r}")
        return _folder(*row)

    def create_folder(self, account: str, name: str) -> None:
        """Make an empty folder, with a UIDVALIDITY that no folder of this store ever had."""
        try:
            self._sql.execute(
                "INSERT INTO folder (account, name, uidvalidity) VALUES (?, ?, ?)",
                (account, _proper(name), self.count("uidvalidity")),
            )
        except sqlite3.IntegrityError:
            raise StoreError(f"{account} has a folder {name!r} already") from None
        self.changes.append(Change(account, name, "folders"))

    def delete_folder(self, account: str, name: str) -> None:
        """Remove a folder and what is in it. INBOX stays (RFC 3501 section 6.3.4)."""
        folder = self.folder(account, name)
        if folder.name == "INBOX":
            raise StoreError("INBOX cannot be deleted")
        self._sql.execute("DELETE FROM folder WHERE id = ?", (folder.id,))
        self.changes.append(Change(account, folder.name, "folders"))

    def rename_folder(self, account: str, name: str, new: str) -> None:
        """Give a folder another name; renaming INBOX moves its messages out of it (RFC 3501 section 6.3.5)."""
        folder = self.folder(account, name)
        if folder.name == "INBOX":
            self.create_folder(account, new)
            self._move_all(account, folder, self.folder(account, new))
            return
        try:
            self._sql.execute("UPDATE folder SET name = ? WHERE id = ?", (_proper(new), folder.id))
        except sqlite3.IntegrityError:
            raise StoreError(f"{account} has a folder {new!r} already") from None
        self.changes.append(Change(account, new, "folders"))

    def subscribe(self, account: str, name: str, subscribed: bool) -> None:
        """Remember whether the owner wants to see that folder."""
        self._sql.execute(
            "UPDATE folder SET subscribed = ? WHERE id = ?", (subscribed, self.folder(account, name).id)
        )

    # -- messages

    def messages(self, account: str, folder: str) -> list[Message]:
        """What is in a folder, by UID, without the contents."""
        rows = self._sql.execute(
            "SELECT id, uid, size, flags, internaldate, queue_id FROM message WHERE folder = ? ORDER BY uid",
            (self.folder(account, folder).id,),
        )
        return [
            Message(key, uid, size, frozenset(flags.split()), datetime.fromisoformat(date), queue_id)
            for key, uid, size, flags, date, queue_id in rows
        ]

    def how_many(self, account: str, folder: str) -> int:
        """How many messages are in a folder, without looking at each."""
        query = "SELECT COUNT(*) FROM message WHERE folder = ?"
        return int(self._sql.execute(query, (self.folder(account, folder).id,)).fetchone()[0])

    def raw(self, message: int) -> bytes:
        """A message's octets, as they were stored.

        Raises:
            StoreError: it is not there any more.
        """
        row = self._sql.execute("SELECT raw FROM message WHERE id = ?", (message,)).fetchone()
        if row is None:
            raise StoreError("that message is not there any more")
        return bytes(row[0])

    def usage(self, account: str) -> tuple[int, int | None]:
        """(octets used in all folders, quota in octets or None)."""
        query = "SELECT COALESCE(SUM(size), 0) FROM message JOIN folder ON folder.id = message.folder WHERE account = ?"
        return self._sql.execute(query, (account,)).fetchone()[0], self._quota_of(account)

    def make_sure_of_room(self, account: str, size: int) -> None:
        """Raise OverQuota unless `size` octets more fit into the account."""
        used, quota = self.usage(account)
        if quota is not None and used + size > quota:
            raise OverQuota(account, used, quota, size)

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
        if self._quota_of(account) is not None:
            self.make_sure_of_room(account, len(raw))
        where = self.folder(account, folder)
        uid = self._next_uid(where)
        self._sql.execute(
            "INSERT INTO message (folder, uid, size, flags, internaldate, queue_id, raw) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (where.id, uid, len(raw), _joined(flags), internaldate.isoformat(), queue_id, raw),
        )
        self._seen(queue_id)
        self.changes.append(Change(account, where.name, "appended", (uid,), queue_id))
        return uid

    def set_flags(
        self, account: str, folder: str, uids: Sequence[int], mode: Mode, flags: Iterable[str]
    ) -> None:
        """Add, remove or replace flags of the messages that are there; UIDs that are not are passed over."""
        where, given, changed = self.folder(account, folder), frozenset(flags), []
        for uid in uids:
            row = self._sql.execute(
                "SELECT flags FROM message WHERE folder = ? AND uid = ?", (where.id, uid)
            ).fetchone()
            if row is None:
                continue
            old = frozenset(row[0].split())
            new = old | given if mode == "add" else old - given if mode == "remove" else given
            if new != old:
                self._sql.execute(
                    "UPDATE message SET flags = ? WHERE folder = ? AND uid = ?", (_joined(new), where.id, uid)
                )
                changed.append(uid)
        if changed:
            self.changes.append(Change(account, where.name, "flags", tuple(changed)))

    def expunge(self, account: str, folder: str, uids: Sequence[int]) -> None:
        """Remove messages for good."""
        where = self.folder(account, folder)
        gone = [
            uid
            for uid in uids
            if self._sql.execute("DELETE FROM message WHERE folder = ? AND uid = ?", (where.id, uid)).rowcount
        ]
        if gone:
            self.changes.append(Change(account, where.name, "expunged", tuple(gone)))

    def copy(self, account: str, folder: str, uids: Sequence[int], to: str) -> list[tuple[int, int]]:
        """Copy messages with flags and dates; gives (UID there, UID here) pairs for COPYUID (RFC 4315)."""
        source, pairs = self.folder(account, folder), []
        for uid in uids:
            row = self._sql.execute(
                "SELECT raw, flags, internaldate, queue_id FROM message WHERE folder = ? AND uid = ?",
                (source.id, uid),
            ).fetchone()
            if row is not None:
                raw, flags, date, queue_id = row
                pairs.append(
                    (
                        uid,
                        self.append(
                            account, to, bytes(raw), flags.split(), datetime.fromisoformat(date), queue_id
                        ),
                    )
                )
        return pairs

    def _move_all(self, account: str, source: Folder, to: Folder) -> None:
        """Move what is in one folder to another; nothing is copied, so a quota has nothing against it."""
        moved = [(message, self._next_uid(to)) for message in self.messages(account, source.name)]
        for message, uid in moved:
            self._sql.execute("UPDATE message SET folder = ?, uid = ? WHERE id = ?", (to.id, uid, message.id))
            self.changes.append(Change(account, to.name, "appended", (uid,), message.queue_id))
        if moved:
            self.changes.append(Change(account, source.name, "expunged", tuple(m.uid for m, _ in moved)))

    def _next_uid(self, folder: Folder) -> int:
        self._sql.execute("UPDATE folder SET uidnext = uidnext + 1 WHERE id = ?", (folder.id,))
        return int(
            self._sql.execute("SELECT uidnext - 1 FROM folder WHERE id = ?", (folder.id,)).fetchone()[0]
        )

    # -- the queue

    def enqueue(
        self, queue_id: str, reverse_path: str, recipients: Iterable[tuple[str, str | None, frozenset[str]]], raw: bytes,
        arrived: datetime, *, ret: str | None = None, envid: str | None = None, followed: str | None = None,
    ) -> None:  # fmt: skip
        """Take responsibility for a message. Recipients are (address, ORCPT or None, NOTIFY set, empty if not given).

        `followed` is the id under which the record follows it, None for its own.
        """
        self._sql.execute(
            "INSERT INTO queued (id, reverse_path, arrived, ret, envid, raw, followed) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (queue_id, reverse_path, arrived.isoformat(), ret, envid, raw, followed),
        )
        self._seen(queue_id)
        self._sql.executemany(
            "INSERT INTO recipient (queued, address, orcpt, notify, due) VALUES (?, ?, ?, ?, ?)",
            [
                (queue_id, address, orcpt, _joined(notify), arrived.isoformat())
                for address, orcpt, notify in recipients
            ],
        )

    def queued(self, queue_id: str) -> Queued | None:
        """A message in the queue with the recipients that are still open, or None."""
        row = self._sql.execute(
            "SELECT id, reverse_path, arrived, ret, envid, COALESCE(followed, id) FROM queued WHERE id = ?",
            (queue_id,),
        ).fetchone()
        if row is None:
            return None
        rows = self._sql.execute(
            "SELECT id, address, orcpt, notify, attempts, due, delayed, last FROM recipient WHERE queued = ? ORDER BY id",
            (queue_id,),
        )
        recipients = tuple(
            Recipient(
                key,
                address,
                orcpt,
                frozenset((notify or "").split()),
                tries,
                datetime.fromisoformat(due),
                bool(delayed),
                last,
            )
            for key, address, orcpt, notify, tries, due, delayed, last in rows
        )
        return Queued(row[0], row[1], datetime.fromisoformat(row[2]), row[3], row[4], row[5], recipients)

    def queued_ids(self) -> list[str]:
        """The ids of all messages in the queue, oldest first."""
        return [row[0] for row in self._sql.execute("SELECT id FROM queued ORDER BY rowid")]

    def queued_raw(self, queue_id: str) -> bytes:
        """The octets of a queued message."""
        return bytes(self._sql.execute("SELECT raw FROM queued WHERE id = ?", (queue_id,)).fetchone()[0])

    def settle(self, queue_id: str, recipients: Iterable[int]) -> None:
        """These recipients are done, delivered or given up; the message leaves the queue with its last one."""
        self._sql.executemany("DELETE FROM recipient WHERE id = ?", [(key,) for key in recipients])
        self._sql.execute(
            "DELETE FROM queued WHERE id = ? AND NOT EXISTS (SELECT 1 FROM recipient WHERE recipient.queued = queued.id)",
            (queue_id,),
        )

    def postpone(self, recipient: int, due: datetime, last: str, *, delayed: bool) -> None:
        """Try this recipient again at `due`; `last` is what the last attempt met, `delayed` whether the sender was told."""
        self._sql.execute(
            "UPDATE recipient SET attempts = attempts + 1, due = ?, last = ?, delayed = ? WHERE id = ?",
            (due.isoformat(), last, delayed, recipient),
        )

    # -- counters

    def count(self, name: str) -> int:
        """The next number of a counter that is never set back."""
        self._sql.execute(
            "INSERT INTO counter VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1", (name,)
        )
        return int(self._sql.execute("SELECT value FROM counter WHERE name = ?", (name,)).fetchone()[0])

    def counted(self, name: str) -> int:
        """How far a counter has come."""
        row = self._sql.execute("SELECT value FROM counter WHERE name = ?", (name,)).fetchone()
        return int(row[0]) if row else 0

    def _seen(self, queue_id: str | None) -> None:
        """Remember how far the ids have come: none is given twice, not even after a crash."""
        if queue_id is not None and queue_id[1:].isdigit():
            self.set_counter("queue id", int(queue_id[1:]))

    def set_counter(self, name: str, value: int) -> None:
        """Move a counter forward to `value`."""
        query = "INSERT INTO counter VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = MAX(value, excluded.value)"
        self._sql.execute(query, (name, value))


def _proper(name: str) -> str:
    return "INBOX" if name.upper() == "INBOX" else name


def _joined(flags: Iterable[str]) -> str:
    return " ".join(sorted(flags))


def _folder(key: int, name: str, uidvalidity: int, uidnext: int, subscribed: int) -> Folder:
    return Folder(key, name, uidvalidity, uidnext, bool(subscribed))
