"""How programs ask the lab for things: one set of operations, called directly or over HTTP, with `await` or without."""

from .handle import Handle, World
from .opening import open_lab, open_lab_sync
from .sync import SyncWorld

__all__ = ["Handle", "SyncWorld", "World", "open_lab", "open_lab_sync"]
