"""People's devices: mail clients with storage of their own, which reach their server by SMTP and IMAP like any other."""

from .compose import Draft, compose
from .device import Device, Offline, SignInRefused, Stored, Submitted
from .files import File, Files, NoRoom, zipped
from .line import BY_HAND, ENCRYPTED, Line
from .samples import SAMPLES
from .waiting import Change

__all__ = [
    "BY_HAND", "ENCRYPTED", "SAMPLES", "Change", "Device", "Draft", "File", "Files", "Line", "NoRoom", "Offline", "SignInRefused", "Stored", "Submitted",
    "compose", "zipped",
]  # fmt: skip
