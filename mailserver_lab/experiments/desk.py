"""A person's mailbox on the server, and their device where they have one: what is seen of both, and what the device does.

A desk belongs to one go. Where the reader has started over meanwhile, what comes late reaches a desk that nobody looks at.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from ..dsn import annotate
from ..locale import Text
from ..mime.opened import Opened
from ..trace import Event
from . import addresses, views
from .facts import Facts
from .views import DeviceView, MailboxView, Reading

SENDERS = {
    "pc": Text(ja="差出人の PC", en="The sender's PC"),
    "phone": Text(ja="差出人のスマートフォン", en="The sender's phone"),
}
_POSTMASTERS = {
    "pc": Text(ja="管理者（postmaster）の PC", en="The postmaster's PC"),
    "phone": Text(ja="管理者（postmaster）のスマートフォン", en="The postmaster's phone"),
}
_RECIPIENTS = {
    "pc": Text(ja="宛先の人の PC", en="The recipient's PC"),
    "phone": Text(ja="宛先の人のスマートフォン", en="The recipient's phone"),
}


def names_of_other(device: str) -> dict[str, Text]:
    """What the devices of the other person in an experiment are called."""
    return _POSTMASTERS if "/postmaster@" in device else _RECIPIENTS


class World(Protocol):
    """What a desk needs of a world."""

    async def sync(self, device: str) -> dict[str, Any]: ...
    async def read(self, device: str, uid: int, folder: str = "INBOX") -> dict[str, Any]: ...
    async def delete(self, device: str, uid: int) -> dict[str, Any]: ...
    async def sign_in(self, device: str, password: str, protocol: str = "imap") -> dict[str, Any]: ...
    async def wait(self, device: str, *, on: bool) -> dict[str, Any]: ...
    async def device(self, device: str) -> dict[str, Any]: ...
    async def mailbox(self, address: str) -> dict[str, Any]: ...


class Desk:
    """One person's desk.

    Args:
        device: the device as `pc/ADDRESS`; an address alone is somebody whose mailbox is seen and who has no device here.
        names: what the kinds of devices are called.
        world: where the device is.
        facts: they hear of what was fetched and opened.
        changed: called when something that is seen is different.
    """

    def __init__(
        self, device: str, names: dict[str, Text], world: World, facts: Facts, changed: Callable[[], None]
    ) -> None:
        name, slash, self.owner = device.rpartition("/")
        self.device = device if slash else ""
        self.mailbox = MailboxView(self.owner, "")
        self.inbox = DeviceView(names[name] if slash else Text("", ""))
        local, _, domain = self.owner.partition("@")
        self.host = f"{name}.{local}.{domain}" if slash else ""
        """The device's name on the network."""
        self._world, self._facts, self._tell = world, facts, changed

    async def fetch(self) -> None:
        """Let the device fetch what is new.

        Raises:
            Problem: it cannot.
        """
        if not self.device:
            return
        result = await self._world.sync(self.device)
        for message in result["folders"]["INBOX"]:
            self._facts.fetched(self.owner, message["uid"], message["head"])
        self._show(result)

    async def sign_in(self, password: str, protocol: str) -> str:
        """Sign in with a password, and fetch; gives what the server said if it refused, else "".

        Raises:
            Problem: it cannot be tried.
        """
        if not password or not password.isprintable():
            raise addresses.NO_PASSWORD
        result = await self._world.sign_in(self.device, password, protocol)
        self._show(result)
        return str(result["refused"])

    async def wait(self, on: bool) -> None:
        """Let the device wait for mail on an open line, or stop.

        Raises:
            Problem: it cannot.
        """
        self._show(await self._world.wait(self.device, on=on))

    async def delete(self, uid: int) -> None:
        """Delete a message on the device, and with it on the server.

        Raises:
            Problem: it has none of that number, or the server cannot be reached.
        """
        self._show(await self._world.delete(self.device, uid))

    async def open(self, uid: int) -> Reading:
        """Open a message that the device has fetched.

        Raises:
            Problem: it has none of that number.
        """
        result = await self._world.read(self.device, uid)
        raw = base64.b64decode(result["raw"])
        self._facts.opened(self.owner, uid)
        rows = tuple(replace(row, seen=row.seen or row.uid == uid) for row in self.inbox.messages)
        self.inbox = replace(self.inbox, messages=rows)
        self._tell()
        row = next((row for row in rows if row.uid == uid), None)
        sender, subject, date = (row.sender, row.subject, row.date) if row else ("", "", "")
        return Reading(uid, sender, subject, date, _text(raw), raw, tuple(annotate(raw)))

    async def look_at_device(self) -> None:
        """See what the device has now."""
        self._show(await self._world.device(self.device))

    async def look_at_mailbox(self) -> None:
        """See what lies on the server now."""
        seen = await self._world.mailbox(self.owner)
        self.mailbox = MailboxView(seen["address"], seen["host"], _rows(seen), seen["used"], seen["quota"])
        self._tell()

    def changes(self, events: Sequence[Event]) -> list[str]:
        """What events tell of the inbox on the server: that a message came, was read, or went."""
        return [
            event.parsed.get("change", "")
            for event in events
            if event.kind == "mailbox"
            and event.parsed.get("account") == self.owner
            and event.parsed.get("folder") == "INBOX"
        ]

    def _show(self, fetched: dict[str, Any]) -> None:
        self.inbox = replace(self.inbox, messages=_rows(fetched))
        self._tell()


def _rows(told: dict[str, Any]) -> tuple[views.Row, ...]:
    return tuple(views.row(message) for message in told["folders"]["INBOX"])


def _text(raw: bytes) -> str:
    shown = Opened(raw).message()
    return shown.text or shown.html if shown else ""
