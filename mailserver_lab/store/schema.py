"""What is kept: the tables, and the rows as values."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

#: As the first version made them; `UPGRADES` makes of them what they are now.
TABLES = """
CREATE TABLE IF NOT EXISTS folder (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL, uidvalidity INTEGER NOT NULL,
    uidnext INTEGER NOT NULL DEFAULT 1, subscribed INTEGER NOT NULL DEFAULT 1, UNIQUE (account, name)
);
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT, folder INTEGER NOT NULL REFERENCES folder ON DELETE CASCADE, uid INTEGER NOT NULL,
    size INTEGER NOT NULL, flags TEXT NOT NULL, internaldate TEXT NOT NULL, queue_id TEXT, raw BLOB NOT NULL, UNIQUE (folder, uid)
);
CREATE TABLE IF NOT EXISTS queued (
    id TEXT PRIMARY KEY, reverse_path TEXT NOT NULL, arrived TEXT NOT NULL, ret TEXT, envid TEXT, raw BLOB NOT NULL,
    followed TEXT
);
CREATE TABLE IF NOT EXISTS recipient (
    id INTEGER PRIMARY KEY, queued TEXT NOT NULL REFERENCES queued ON DELETE CASCADE, address TEXT NOT NULL, orcpt TEXT,
    notify TEXT, attempts INTEGER NOT NULL DEFAULT 0, due TEXT NOT NULL, delayed INTEGER NOT NULL DEFAULT 0, last TEXT
);
CREATE INDEX IF NOT EXISTS recipient_of ON recipient (queued);
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""

#: What brings a store from one version (SQLite's user_version) to the next, in place.
#: 1: subscriptions outlive folders (RFC 3501 section 6.3.6); mod-sequences, and the UIDs of what is gone (RFC 7162);
#:    which messages no session has been told of. The index holds all that a folder's list needs, so that contents are
#:    not read for it.
#: 2: a folder knows how many messages and octets are in it, so that a large mailbox costs no more to put one into.
#: 3: what a folder is for (RFC 6154).
#: 4: summaries of headers (mime.summary).
UPGRADES = (
    """
CREATE TABLE subscription (account TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (account, name)) WITHOUT ROWID;
INSERT INTO subscription SELECT account, name FROM folder WHERE subscribed;
ALTER TABLE folder DROP COLUMN subscribed;
ALTER TABLE folder ADD COLUMN modseq INTEGER NOT NULL DEFAULT 1;
ALTER TABLE folder ADD COLUMN recent INTEGER NOT NULL DEFAULT 1;
UPDATE folder SET recent = uidnext;
ALTER TABLE message ADD COLUMN modseq INTEGER NOT NULL DEFAULT 1;
CREATE TABLE expunged (
    folder INTEGER NOT NULL REFERENCES folder ON DELETE CASCADE, uid INTEGER NOT NULL, modseq INTEGER NOT NULL,
    PRIMARY KEY (folder, uid)
) WITHOUT ROWID;
CREATE INDEX expunged_since ON expunged (folder, modseq);
CREATE INDEX message_since ON message (folder, modseq);
CREATE INDEX message_list ON message (folder, uid, size, flags, internaldate, queue_id, modseq);
""",
    """
ALTER TABLE folder ADD COLUMN messages INTEGER NOT NULL DEFAULT 0;
ALTER TABLE folder ADD COLUMN octets INTEGER NOT NULL DEFAULT 0;
UPDATE folder SET
    messages = (SELECT COUNT(*) FROM message INDEXED BY message_list WHERE folder = folder.id),
    octets = (SELECT COALESCE(SUM(size), 0) FROM message INDEXED BY message_list WHERE folder = folder.id);
""",
    "ALTER TABLE folder ADD COLUMN use TEXT",
    """
CREATE TABLE summary (
    message INTEGER PRIMARY KEY REFERENCES message ON DELETE CASCADE,
    sent REAL, subject TEXT, reply INTEGER, sender TEXT, recipient TEXT, copied TEXT, sender_shown TEXT, recipient_shown TEXT,
    own TEXT, others TEXT,
    subject_text TEXT, from_text TEXT, to_text TEXT, cc_text TEXT, bcc_text TEXT, id_text TEXT, day INTEGER
);
""",
)


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables where they are missing, and bring those of an earlier version up to date."""
    connection.executescript(TABLES)
    if "followed" not in {row[1] for row in connection.execute("PRAGMA table_info(queued)")}:
        connection.execute("ALTER TABLE queued ADD COLUMN followed TEXT")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    for number, upgrade in enumerate(UPGRADES[version:], version + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {upgrade}; PRAGMA user_version = {number}; COMMIT")


class StoreError(Exception):
    """Something that the store will not do."""


class NoSuchFolder(StoreError):
    """There is no folder of that name in that account."""


class OverQuota(StoreError):
    """The mailbox has no room for it."""

    def __init__(self, account: str, used: int, quota: int, size: int) -> None:
        super().__init__(f"{account} holds {used} of {quota} octets, and {size} more do not fit")
        self.account, self.used, self.quota, self.size = account, used, quota, size


@dataclass(frozen=True, slots=True)
class Folder:
    r"""A folder of an account. UIDVALIDITY and UIDNEXT are IMAP's (RFC 3501 section 2.3.1.1).

    `modseq` is the highest mod-sequence of all that ever changed in it (RFC 7162 section 3.1), `recent` the first UID
    that no session has been told of; `messages` and `octets` are what is in it, `use` what its owner made it for, such as
    \Drafts (RFC 6154 section 2).
    """

    id: int
    name: str
    uidvalidity: int
    uidnext: int
    modseq: int
    recent: int
    messages: int
    octets: int
    use: str | None = None


class Message(NamedTuple):
    """A message in a folder, without its content. `size` in octets, `flags` as IMAP spells them.

    A tuple, since sessions hold one for each message of a large folder.
    """

    id: int
    uid: int
    size: int
    flags: frozenset[str]
    internaldate: datetime
    queue_id: str | None
    modseq: int


@dataclass(frozen=True, slots=True)
class Since:
    """What has changed in a folder since a mod-sequence: messages that are new or have other flags, and UIDs that are gone."""

    modseq: int
    changed: list[Message]
    gone: list[int]


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient of a queued message. `notify` and `orcpt` are as the client gave them (RFC 3461 section 4)."""

    id: int
    address: str
    orcpt: str | None
    notify: frozenset[str]
    attempts: int
    due: datetime
    delayed: bool
    last: str | None


@dataclass(frozen=True, slots=True)
class Queued:
    """A message that this server has taken responsibility for. The null reverse-path is ''.

    `followed` is the queue id under which the record follows it: that of the first server, where another handed it over.
    """

    id: str
    reverse_path: str
    arrived: datetime
    ret: str | None
    envid: str | None
    followed: str
    recipients: tuple[Recipient, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """Something about an account's folders is now different. `count` messages are in the folder then."""

    account: str
    folder: str
    kind: Literal["appended", "flags", "expunged", "folders"]
    uids: tuple[int, ...] = ()
    queue_id: str | None = None
    count: int = 0
