"""People's devices: mail clients with storage of their own, which reach their server by SMTP and IMAP like any other."""

from .compose import Draft, compose
from .device import Device, Offline, Stored, Submitted

__all__ = ["Device", "Draft", "Offline", "Stored", "Submitted", "compose"]
