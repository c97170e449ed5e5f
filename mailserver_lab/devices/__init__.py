"""People's devices: mail clients with storage of their own, which reach their server by SMTP and IMAP like any other."""

from .compose import Draft, compose
from .device import Device, Offline, Stored, Submitted
from .files import File, Files, NoRoom, zipped
from .samples import SAMPLES

__all__ = [
    "SAMPLES", "Device", "Draft", "File", "Files", "NoRoom", "Offline", "Stored", "Submitted", "compose", "zipped",
]  # fmt: skip
