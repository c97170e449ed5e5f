"""People's devices: they send, fetch, read and delete."""

from __future__ import annotations

import asyncio
import base64
import functools
from typing import Any
from weakref import WeakKeyDictionary

from ...devices import Change, Device, Draft, File, Offline, SignInRefused, compose
from ...lab import Lab, RunningWorld
from ...smtp.client import LocalProtocolError
from ..arguments import bad_request
from .heads import head
from .problems import offline
from .worlds import Worlds

SMALL = 1_000_000  # octets that are put into a message in some ten milliseconds
LONGEST_PASSWORD = 200  # characters; a command's line has an end


class Devices(Worlds):
    """The devices of each world."""

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab)
        self._devices: WeakKeyDictionary[RunningWorld, dict[str, Device]] = WeakKeyDictionary()

    def device(self, world: str, device: str) -> Device:
        """A device by "pc of sender@tsubame.example" or "pc/sender@tsubame.example".

        Raises:
            Problem: nobody has it.
        """
        running = self.world(world)
        devices = self._devices.setdefault(running, {})
        name, _, owner = device.replace(" of ", "/").partition("/")
        site = running.site_of(owner)
        account = site.account(owner.lower()) if site else None
        if site is None or account is None or name not in account.devices:
            raise bad_request(f"nobody in this world has the device {device!r}")
        key = f"{name}/{owner.lower()}"
        if key not in devices:
            devices[key] = Device(name, owner.lower(), site, running.net, running.gate)
        return devices[key]

    async def do_send(
        self, world: str, device: str, to: str, subject: str = "", body: str = "", raw: str | None = None,
        files: list[str] | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Let a device hand in a message: what a person typed, with files of the device attached; or a whole message in base64."""
        client = self.device(world, device)
        attached = [self._file(world, device, str(one)) for one in files or ()]
        draft = Draft(client.owner, to, subject, body)
        recipients = draft.recipients()
        if not recipients:
            raise bad_request("to names no recipient")
        try:
            content = (
                base64.b64decode(raw, validate=True)
                if raw is not None
                else await _composed(client, draft, attached)
            )
        except ValueError as error:
            raise bad_request(f"raw is not base64: {error}") from error
        try:
            submitted = await client.send(recipients, content)
        except Offline as error:
            raise offline(device) from error
        except LocalProtocolError as error:  # it would not be one command any more
            raise bad_request(str(error)) from error
        return {
            "queue_id": submitted.queue_id,
            "refused": [
                {"address": address, "reply": str(reply), "status": reply.status}
                for address, reply in submitted.refused
            ],
            "size": len(content),
        }

    async def do_sync(self, world: str, device: str) -> dict[str, Any]:
        """Let a device fetch what is new, by IMAP."""
        client = self.device(world, device)
        try:
            await client.sync()
        except Offline as error:
            raise offline(device) from error
        return await self.do_device(world, device)

    async def do_sign_in(
        self, world: str, device: str, password: str, protocol: str = "imap"
    ) -> dict[str, Any]:
        """Let a device fetch what is new, by POP3 or IMAP, with a password that somebody typed.

        Gives what the device has then, and as `refused` what the server said if it does not take the password.
        """
        client = self.device(world, device)
        if protocol not in {"imap", "pop3"}:
            raise bad_request("protocol is imap or pop3")
        if not password.isprintable() or not 0 < len(password) <= LONGEST_PASSWORD:
            raise bad_request("a password is a line of text, and not that long")
        refused = ""
        try:
            await client.sign_in(password, protocol)
        except SignInRefused as error:
            refused = str(error)
        except Offline as error:
            raise offline(device) from error
        return {"refused": refused, **await self.do_device(world, device)}

    async def do_wait(self, world: str, device: str, on: bool) -> dict[str, Any]:
        """Let a device hold a line to its server on which it is told of new mail (IDLE), and fetch it then; or let it stop."""
        client = self.device(world, device)
        trace = self.world(world).trace

        def changed(change: Change) -> None:
            name = f"{client.name}/{client.owner}"
            trace.add(
                "device", f"{name} {change}", source=client.host, parsed={"device": name, "change": change}
            )

        try:
            await (client.wait(changed) if on else client.stop_waiting())
        except Offline as error:
            raise offline(device) from error
        return await self.do_device(world, device)

    async def do_device(self, world: str, device: str) -> dict[str, Any]:
        """What a device has stored."""
        client = self.device(world, device)
        return {
            "name": client.name,
            "owner": client.owner,
            "online": client.online,
            "waiting": client.waiting is not None and client.waiting.held,
            "folders": {
                folder: [
                    {"uid": m.uid, "seen": m.seen, "size": len(m.raw), "head": head(m.raw)} for m in stored
                ]
                for folder, stored in client.folders.items()
            },
        }

    async def do_read(self, world: str, device: str, uid: int, folder: str = "INBOX") -> dict[str, Any]:
        """Open a message on a device: it counts as read there, and on the server where it can be reached."""
        stored = await self.device(world, device).read(folder, uid)
        if stored is None:
            raise bad_request(f"{device} has no message {uid} in {folder}")
        return {"uid": uid, "seen": True, "raw": base64.b64encode(stored.raw).decode()}

    async def do_delete(self, world: str, device: str, uid: int) -> dict[str, Any]:
        """Delete a message of a device's inbox, by IMAP."""
        client = self.device(world, device)
        try:
            there = await client.delete(uid)
        except Offline as error:
            raise offline(device) from error
        if not there:
            raise bad_request(f"{device} has no message {uid} in INBOX")
        return await self.do_device(world, device)

    async def do_online(self, world: str, device: str, online: bool) -> None:
        """Connect a device to the network, or take it off."""
        self.device(world, device).online = online

    def _file(self, world: str, device: str, file: str) -> File:
        found = self.device(world, device).files.get(file)
        if found is None:
            raise bad_request(f"{device} has no file {file!r}")
        return found


async def _composed(client: Device, draft: Draft, files: list[File]) -> bytes:
    """The message. A large one is put together on a thread, so that no other world waits for it."""
    work = functools.partial(compose, draft, date=client.now(), message_id=client.message_id(), files=files)
    if sum(len(file.content) for file in files) < SMALL:
        return work()
    return await asyncio.get_running_loop().run_in_executor(None, work)
