"""The queue: messages that this server has taken responsibility for; and counters that are never set back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from .schema import Queued, Recipient


class Spool:
    """What a transaction can do with the queue."""

    _sql: sqlite3.Connection

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
        self.seen(queue_id)
        self._sql.executemany(
            "INSERT INTO recipient (queued, address, orcpt, notify, due) VALUES (?, ?, ?, ?, ?)",
            [
                (queue_id, address, orcpt, " ".join(sorted(notify)), arrived.isoformat())
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

    def hurry(self, queue_id: str, due: datetime) -> None:
        """Try all recipients of a message at `due`, whatever was planned."""
        self._sql.execute("UPDATE recipient SET due = ? WHERE queued = ?", (due.isoformat(), queue_id))

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

    def seen(self, queue_id: str | None) -> None:
        """Remember how far the ids have come: none is given twice, not even after a crash."""
        if queue_id is not None and queue_id[1:].isdigit():
            self.set_counter("queue id", int(queue_id[1:]))

    def set_counter(self, name: str, value: int) -> None:
        """Move a counter forward to `value`."""
        query = "INSERT INTO counter VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = MAX(value, excluded.value)"
        self._sql.execute(query, (name, value))
