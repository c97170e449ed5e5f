"""One company's mailboxes and queue. What `await` has returned for is committed, and on disk also synced."""

from .ahead import ReadAhead
from .database import Database, DiskDatabase, MemoryDatabase
from .lists import FolderList
from .message_list import MessageList
from .schema import Change, Folder, Message, NoSuchFolder, OverQuota, Queued, Recipient, Since, StoreError
from .store import Store
from .transaction import Transaction

__all__ = [
    "Change", "Database", "DiskDatabase", "Folder", "FolderList", "MemoryDatabase", "Message", "MessageList",
    "NoSuchFolder", "OverQuota", "Queued", "ReadAhead", "Recipient", "Since", "Store", "StoreError", "Transaction",
]  # fmt: skip
