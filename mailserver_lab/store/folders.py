"""Folders: made, renamed, removed, subscribed to; each change of what is in one gets a mod-sequence (RFC 7162)."""

from __future__ import annotations

import sqlite3

from .schema import Change, Folder, NoSuchFolder, StoreError
from .spool import Spool

FOLDERS = ("INBOX", "Sent", "Trash")  # what a new account begins with

_COLUMNS = "id, name, uidvalidity, uidnext, modseq, recent, messages, octets, use"


class Folders(Spool):
    """What a transaction can do with an account's folders."""

    changes: list[Change]

    def open_account(self, account: str) -> None:
        """Make the folders that every account has, where they are missing."""
        query = "SELECT name FROM folder WHERE account = ? AND name IN (?, ?, ?)"
        there = {name for (name,) in self._sql.execute(query, (account, *FOLDERS))}
        for name in FOLDERS:
            if name not in there:
                self.create_folder(account, name)
                self.subscribe(account, name, True)

    def folders(self, account: str) -> list[Folder]:
        """All folders of an account, by name, INBOX first."""
        rows = self._sql.execute(
            f"SELECT {_COLUMNS} FROM folder WHERE account = ? ORDER BY name != 'INBOX', name", (account,)
        )
        return [Folder(*row) for row in rows]

    def folder(self, account: str, name: str) -> Folder:
        """One folder. INBOX is the same in any case (RFC 3501 section 5.1).

        Raises:
            NoSuchFolder: there is none of that name.
        """
        query = f"SELECT {_COLUMNS} FROM folder WHERE account = ? AND name = ?"
        row = self._sql.execute(query, (account, proper(name))).fetchone()
        if row is None:
            raise NoSuchFolder(f"{account} has no folder {proper(name)!r}")
        return Folder(*row)

    def folder_again(self, folder: Folder) -> Folder | None:
        """A folder as it is by now, whatever it is called; None if it has been deleted."""
        # The id alone may be another folder's meanwhile.
        query = f"SELECT {_COLUMNS} FROM folder WHERE id = ? AND uidvalidity = ?"
        row = self._sql.execute(query, (folder.id, folder.uidvalidity)).fetchone()
        return None if row is None else Folder(*row)

    def create_folder(self, account: str, name: str, use: str | None = None) -> None:
        r"""Make an empty folder, with a UIDVALIDITY that no folder of this store ever had, for a use such as \Drafts."""
        try:
            self._sql.execute(
                "INSERT INTO folder (account, name, uidvalidity, use) VALUES (?, ?, ?, ?)",
                (account, proper(name), self.count("uidvalidity"), use),
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
        """Give a folder another name; what is in it, and its UIDVALIDITY, stay."""
        folder = self.folder(account, name)
        try:
            self._sql.execute("UPDATE folder SET name = ? WHERE id = ?", (proper(new), folder.id))
        except sqlite3.IntegrityError:
            raise StoreError(f"{account} has a folder {new!r} already") from None
        self.changes.append(Change(account, new, "folders"))

    def subscribe(self, account: str, name: str, subscribed: bool) -> None:
        """Remember whether the owner wants to see that name; the folder may go and come (RFC 3501 section 6.3.6)."""
        if subscribed:
            query = "INSERT OR IGNORE INTO subscription (account, name) VALUES (?, ?)"
        else:
            query = "DELETE FROM subscription WHERE account = ? AND name = ?"
        self._sql.execute(query, (account, proper(name)))
        self.changes.append(Change(account, proper(name), "folders"))

    def subscriptions(self, account: str) -> list[str]:
        """The names that the owner wants to see, also those of folders that are no more."""
        query = "SELECT name FROM subscription WHERE account = ? ORDER BY name != 'INBOX', name"
        return [name for (name,) in self._sql.execute(query, (account,))]

    def claim_recent(self, folder: Folder, below: int) -> int:
        """Give the messages that no session has been told of to one (RFC 3501 section 2.3.2): UIDs from the result on.

        Only UIDs `below` are taken: that session knows of no others.
        """
        query = "SELECT recent FROM folder WHERE id = ?"
        row = self._sql.execute(query, (folder.id,)).fetchone()
        self._sql.execute("UPDATE folder SET recent = MAX(recent, ?) WHERE id = ?", (below, folder.id))
        return int(row[0]) if row else below

    def _room_for(self, account: str, name: str, size: int) -> tuple[int, int, int, int]:
        """Make room for a message of that size; gives the folder's id, the UID, the mod-sequence, and how many there are.

        Raises:
            NoSuchFolder: there is none of that name.
        """
        query = (
            "UPDATE folder SET uidnext = uidnext + 1, modseq = modseq + 1, messages = messages + 1, octets = octets + ?"
            " WHERE account = ? AND name = ? RETURNING id, uidnext - 1, modseq, messages"
        )
        row: tuple[int, int, int, int] | None = self._sql.execute(
            query, (size, account, proper(name))
        ).fetchone()
        if row is None:
            raise NoSuchFolder(f"{account} has no folder {proper(name)!r}")
        return row

    def _without(self, folder: Folder, messages: int, octets: int) -> tuple[int, int]:
        """So much has left a folder; gives the mod-sequence of that, and how many are still there."""
        query = (
            "UPDATE folder SET modseq = modseq + 1, messages = messages - ?, octets = octets - ?"
            " WHERE id = ? RETURNING modseq, messages"
        )
        row: tuple[int, int] = self._sql.execute(query, (messages, octets, folder.id)).fetchone()
        return row

    def _next_modseq(self, folder: Folder) -> int:
        query = "UPDATE folder SET modseq = modseq + 1 WHERE id = ? RETURNING modseq"
        return int(self._sql.execute(query, (folder.id,)).fetchone()[0])


def proper(name: str) -> str:
    """A folder's name as it is kept: INBOX is the same in any case."""
    return "INBOX" if name.upper() == "INBOX" else name
