"""The operations on a lab, by name: JSON values in, JSON values out. Runs on the lab's own event loop."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import functools
import logging
import time
from collections import defaultdict
from collections.abc import AsyncGenerator
from dataclasses import replace
from types import EllipsisType
from typing import Any
from weakref import WeakKeyDictionary

from ..devices import (
    SAMPLES,
    Change,
    Device,
    Draft,
    File,
    Line,
    NoRoom,
    Offline,
    SignInRefused,
    compose,
    zipped,
)
from ..lab import Lab, RunningWorld
from ..lab.lab import TooManyWorlds
from ..locale import Lang, Problem, Text, is_lang
from ..smtp.client import LocalProtocolError
from ..store import NoSuchFolder
from ..transcript import transcript
from ..world import CHOICES, FAULTS, SETTINGS, Fault, WorldError, WorldSpec, bundled, parse
from .arguments import bad_request, check

log = logging.getLogger(__name__)

UNUSED = 900.0  # real seconds after which a world that nobody follows or asks is closed
BATCH = 500  # events in one piece of a stream
SMALL = 1_000_000  # octets that are put into a message in some ten milliseconds
ALL_FILES = 500_000_000  # octets of what is attached in all worlds together
LONGEST_PASSWORD = 200  # characters; a command's line has an end
MAIN = "main"
LINES = 20  # connections by hand in one world at a time
TYPED = 1_000_000  # characters that are typed on one in one go
STEPS = ("submit", "mx", "connect", "ehlo", "mail", "rcpt", "data", "store", "bounce", "fetch")


class Service:
    """One lab's operations. `main` is the world that other programs use; it is never closed for want of use."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._devices: WeakKeyDictionary[RunningWorld, dict[str, Device]] = WeakKeyDictionary()
        self._lines: WeakKeyDictionary[RunningWorld, dict[int, Line]] = WeakKeyDictionary()
        self._used: dict[str, float] = {}
        self._followers: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    async def call(self, name: str, arguments: dict[str, Any] | None = None) -> Any:
        """Do one operation.

        Raises:
            Problem: it cannot be done; says what, why, and what to do.
        """
        arguments = arguments or {}
        check(OPERATIONS, name, arguments)
        if (world := arguments.get("world")) in self.lab.worlds:
            self._used[world] = time.monotonic()
        return await OPERATIONS[name](self, **arguments)

    def world(self, name: str) -> RunningWorld:
        """A world that runs.

        Raises:
            Problem: there is none of that name.
        """
        world = self.lab.worlds.get(name)
        if world is None:
            raise Problem(
                Text(ja=f"世界 {name} は動いていません。", en=f"The world {name!r} is not running."),
                Text(
                    ja="閉じられたか、しばらく使われなかったため片づけられました。",
                    en="It was closed, or nobody used it for a while.",
                ),
                Text(ja="「最初から」で開き直してください。", en="Start over to open it again."),
                status=404,
            )
        return world

    async def cull(self) -> None:
        """Close worlds that nobody uses, for ever."""
        while True:
            await asyncio.sleep(30)
            for name in self.lab.worlds:
                idle = time.monotonic() - self._used.get(name, 0.0)
                if name != MAIN and not self._followers.get(name) and idle > UNUSED:
                    try:
                        await self.do_close_world(name)
                    except Exception:  # one world that will not close keeps no other from it
                        log.exception("the world %s could not be closed", name)

    # -- worlds

    async def do_worlds(self) -> list[dict[str, Any]]:
        """All worlds that run."""
        return [self._describe(world) for world in self.lab.worlds.values()]

    async def do_open_world(
        self, world: str, spec: str | dict[str, Any] | None = None, lang: str | None = None
    ) -> dict[str, Any]:
        """Open a world fresh. `spec` is the name of one that comes with the package, or a whole description."""
        try:
            wanted = parse(spec) if isinstance(spec, dict) else bundled(spec or world)
        except WorldError as error:
            raise bad_request(str(error)) from error
        if lang is not None:
            wanted = replace(wanted, lang=_lang(lang))
        return self._describe(await self._open(wanted.named(world)))

    async def _open(self, spec: WorldSpec) -> RunningWorld:
        if spec.name == MAIN:
            raise bad_request("the world main is opened by the lab itself")
        try:
            world = await self.lab.open(spec)
        except (TooManyWorlds, OSError) as error:  # OSError: this process may open no more sockets
            raise Problem(
                Text(ja="新しい世界を開けません。", en="No new world can be opened."),
                Text(
                    ja="同時に開いている実験が多すぎます。",
                    en="Too many experiments are open at the same time.",
                ),
                Text(
                    ja="使っていないページを閉じて、もう一度試してください。",
                    en="Close pages that you do not use, and try again.",
                ),
                status=503,
            ) from error
        self._used[spec.name] = time.monotonic()
        self._wake_followers(spec.name)
        return world

    async def do_close_world(self, world: str) -> None:
        """Close a world; nothing happens where there is none."""
        if world == MAIN:
            raise bad_request("the world main ends with the lab")
        await self.lab.close_world(world)
        self._used.pop(world, None)
        self._wake_followers(world)

    def _wake_followers(self, world: str) -> None:
        """Let those who follow a world see that it is gone."""
        for more in self._followers.get(world, ()):
            more.set()

    async def do_reset(self, world: str) -> dict[str, Any]:
        """Make a world as new: no mail, no record, its first accounts and clock."""
        spec = self.world(world).first
        if world == MAIN:
            raise bad_request("the world main keeps real mail and is not reset from here")
        return self._describe(await self._open(spec))

    def _describe(self, world: RunningWorld) -> dict[str, Any]:
        return {
            "world": world.spec.name,
            "lang": world.spec.lang,
            "now": world.clock.now().isoformat(),
            "domains": {
                name: {
                    "host": site.host, "address": site.domain.address, **{key: getattr(site.domain, key) for key in SETTINGS},
                    "server": "on" if world.is_on(name) else "off", "faults": world.faults_of(name).as_json(),
                    "accounts": {
                        local: {"password": account.password, "quota": account.quota, "devices": list(account.devices)}
                        for local, account in site.domain.accounts.items()
                    },
                    "ports": {service: list(place) for service, place in world.real_ports()[name].items()},
                }
                for name, site in world.sites.items()
            },
            "dns": list(world.real_dns() or ()),
        }  # fmt: skip

    async def do_describe(self, world: str) -> dict[str, Any]:
        """What a world consists of, and where its servers are reached."""
        return self._describe(self.world(world))

    async def do_change_account(
        self,
        world: str,
        address: str,
        password: str | None = None,
        quota: int | EllipsisType | None = ...,
    ) -> dict[str, Any]:
        """Give an account another password or quota (null: none)."""
        running = self.world(world)
        if running.site_of(address) is None:
            raise _no_account(address)
        changes: dict[str, object] = {} if password is None else {"password": password}
        if quota is not ...:
            if quota is not None and quota < 0:
                raise bad_request("a quota is not negative")
            changes["quota"] = quota
        running.change_account(address, **changes)
        return self._describe(running)

    async def do_change_domain(
        self,
        world: str,
        domain: str,
        size_limit: int | None = None,
        full_mailbox: str | None = None,
        refuse: str | None = None,
        wording: str | None = None,
    ) -> dict[str, Any]:
        """Change how a domain's server is set."""
        running = self.world(world)
        if not running.has_domain(domain):
            raise bad_request(f"this world has no domain {domain}")
        given = {"size_limit": size_limit, "full_mailbox": full_mailbox, "refuse": refuse, "wording": wording}
        changes = {key: value for key, value in given.items() if value is not None}
        if size_limit is not None and size_limit <= 0:
            raise bad_request("size_limit is a positive number of octets")
        for setting in CHOICES.keys() & changes:
            if changes[setting] not in CHOICES[setting]:
                raise bad_request(f"{setting} is {' or '.join(CHOICES[setting])}")
        running.change_domain(domain.lower(), **changes)
        return self._describe(running)

    async def do_server(self, world: str, domain: str, on: bool) -> dict[str, Any]:
        """Switch a company's mail server on or off."""
        running = self.world(world)
        if not running.has_domain(domain):
            raise bad_request(f"this world has no domain {domain}")
        name = domain.lower()
        await (running.switch_on(name) if on else running.switch_off(name))
        return self._describe(running)

    async def do_fault(
        self,
        world: str,
        domain: str,
        do: str,
        at: str = "",
        times: int | None = None,
        seconds: float = 2.0,
    ) -> dict[str, Any]:
        """Let something be wrong with a domain: `times` times, or until it is lifted. See `world.Fault`."""
        running = self.world(world)
        if not running.has_domain(domain):
            raise bad_request(f"this world has no domain {domain}")
        try:
            fault = Fault(do, at, times, seconds)
        except WorldError as error:
            raise bad_request(str(error)) from error
        await running.add_fault(domain.lower(), fault)
        return self._describe(running)

    async def do_lift(self, world: str, domain: str, do: str | None = None) -> dict[str, Any]:
        """Put right what is wrong with a domain, or that kind of fault alone."""
        running = self.world(world)
        if not running.has_domain(domain):
            raise bad_request(f"this world has no domain {domain}")
        if do not in {None, *FAULTS}:
            raise bad_request(f"a fault is {', '.join(FAULTS)}; {do!r} is none of them")
        await running.lift_faults(domain.lower(), do)
        return self._describe(running)

    async def do_clock(self, world: str, advance: float) -> dict[str, Any]:
        """Move lab time forward by `advance` seconds."""
        running = self.world(world)
        if not 0 <= advance <= 366 * 86_400:
            raise bad_request("advance is a number of seconds, at most a year")
        try:
            running.advance(advance)
        except ValueError as error:  # beyond the end of the calendar
            raise bad_request(str(error)) from error
        return {"now": running.clock.now().isoformat()}

    async def do_pause(self, world: str, before: str | None = None, message: str | None = None) -> None:
        """Hold a message (null: any) before a step of its way (null: every step)."""
        if before not in {None, *STEPS}:
            raise bad_request(f"the steps are {', '.join(STEPS)}, and {before!r} is none of them")
        self.world(world).gate.pause(before, message)

    async def do_go_on(self, world: str, steps: int | None = None) -> None:
        """Let what is held go `steps` steps further; null ends every pause."""
        if steps is not None and steps < 1:
            raise bad_request("steps is how many, at least 1, or null for all")
        self.world(world).gate.go_on(steps)

    # -- mail

    async def do_mailbox(self, world: str, address: str) -> dict[str, Any]:
        """The server's view of an account: folders, messages, octets used, quota."""
        site = self.world(world).site_of(address)
        if site is None:
            raise _no_account(address)
        address = address.lower()
        used, quota = await site.store.usage(address)
        folders = {}
        for folder in await site.store.folders(address):
            folders[folder.name] = [
                {
                    "uid": message.uid, "size": message.size, "flags": sorted(message.flags), "date": message.internaldate.isoformat(),
                    "queue_id": message.queue_id, "head": _head(await site.store.raw(message.id)),
                }
                for message in await site.store.messages(address, folder.name)
            ]  # fmt: skip
        return {"address": address, "host": site.host, "used": used, "quota": quota, "folders": folders}

    async def do_message(self, world: str, address: str, uid: int, folder: str = "INBOX") -> dict[str, Any]:
        """A message in a server's mailbox, as octets in base64."""
        site = self.world(world).site_of(address)
        if site is None:
            raise _no_account(address)
        try:
            found = [m for m in await site.store.messages(address.lower(), folder) if m.uid == uid]
        except NoSuchFolder:
            found = []
        if not found:
            raise bad_request(f"{address} has no message {uid} in {folder}")
        return {"uid": uid, "raw": base64.b64encode(await site.store.raw(found[0].id)).decode()}

    async def do_queue(self, world: str) -> list[dict[str, Any]]:
        """What waits in the servers' queues."""
        waiting = []
        for name, site in self.world(world).sites.items():
            for queue_id in site.store.look(lambda t: t.queued_ids()):
                queued = site.store.look(lambda t, key=queue_id: t.queued(key))  # type: ignore[misc]
                if queued is not None:
                    recipients = [
                        {
                            "address": r.address,
                            "attempts": r.attempts,
                            "due": r.due.isoformat(),
                            "last": r.last,
                        }
                        for r in queued.recipients
                    ]
                    waiting.append(
                        {
                            "id": queue_id,
                            "domain": name,
                            "from": queued.reverse_path,
                            "arrived": queued.arrived.isoformat(),
                            "size": len(site.store.look(lambda t, key=queue_id: t.queued_raw(key))),  # type: ignore[misc]
                            "recipients": recipients,
                        }
                    )
        return waiting

    async def do_retry(self, world: str, message: str | None = None) -> list[str]:
        """Try a message that waits in a queue at once, or all of them; gives the queue ids."""
        tried = await self.world(world).retry(message)
        if message is not None and not tried:
            raise bad_request(f"no queue holds the message {message!r}")
        return tried

    # -- devices

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
            raise _offline(device) from error
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
            raise _offline(device) from error
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
            raise _offline(device) from error
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
            raise _offline(device) from error
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
                    {"uid": m.uid, "seen": m.seen, "size": len(m.raw), "head": _head(m.raw)} for m in stored
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
            raise _offline(device) from error
        if not there:
            raise bad_request(f"{device} has no message {uid} in INBOX")
        return await self.do_device(world, device)

    async def do_online(self, world: str, device: str, online: bool) -> None:
        """Connect a device to the network, or take it off."""
        self.device(world, device).online = online

    # -- files to attach

    def _file(self, world: str, device: str, file: str) -> File:
        found = self.device(world, device).files.get(file)
        if found is None:
            raise bad_request(f"{device} has no file {file!r}")
        return found

    def _keep(
        self, world: str, device: str, name: str, content: bytes, made_of: str | None
    ) -> dict[str, Any]:
        owner = self.device(world, device)
        everything = (
            file for devices in self._devices.values() for one in devices.values() for file in one.files
        )
        try:
            if sum(len(file.content) for file in everything) + len(content) > ALL_FILES:
                raise NoRoom("all", ALL_FILES)
            return _about(owner.files.add(name, content, made_of))
        except NoRoom as error:
            raise _no_room(error) from error

    async def do_attach(
        self, world: str, device: str, name: str, content: bytes, made_of: str | None = None
    ) -> dict[str, Any]:
        """Put a file on a device, for attaching; it stays until it is detached or the world ends.

        `made_of` is the file that it was made from, such as the picture of which this is a smaller one.
        """
        if made_of is not None:
            self._file(world, device, made_of)
        return self._keep(world, device, name, content, made_of)

    async def do_attach_sample(self, world: str, device: str, sample: str) -> dict[str, Any]:
        """Put a file on a device that the lab makes for readers who have none at hand."""
        if sample not in SAMPLES:
            raise bad_request(f"the samples are {', '.join(SAMPLES)}, and {sample!r} is none of them")
        lang = self.world(world).spec.lang
        return self._keep(world, device, SAMPLES[sample].name[lang], SAMPLES[sample].make(lang), None)

    async def do_compress(self, world: str, device: str, file: str) -> dict[str, Any]:
        """Make a zip archive of a device's file; the file itself stays."""
        original = self._file(world, device, file)
        name, content = await zipped(original, self.device(world, device).now())
        return self._keep(world, device, name, content, original.id)

    async def do_files(self, world: str, device: str) -> list[dict[str, Any]]:
        """The files of a device."""
        return [_about(file) for file in self.device(world, device).files]

    async def do_file(self, world: str, device: str, file: str) -> dict[str, Any]:
        """A file of a device; `raw` is base64."""
        found = self._file(world, device, file)
        return {**_about(found), "raw": base64.b64encode(found.content).decode()}

    async def do_detach(self, world: str, device: str, file: str) -> None:
        """Take a file off a device; nothing happens where there is none."""
        self.device(world, device).files.remove(file)

    # -- talking by hand

    async def do_dial(self, world: str, device: str, host: str, port: int) -> dict[str, Any]:
        """Connect a device to a port of a host of the world; `line` is the connection's number in the record.

        What is said on it, either way, stands there. It ends with the world, or when it is hung up.
        """
        running = self.world(world)
        address = running.address_of(host)
        if address is None:
            raise bad_request(f"this world has no host {host}")
        lines = self._lines.setdefault(running, {})
        for number in [number for number, line in lines.items() if not line.open]:
            del lines[number]
        if len(lines) >= LINES:
            raise bad_request(f"{LINES} connections are open; hang up one of them first")
        try:
            line = await self.device(world, device).dial(address, port)
        except Offline as error:
            raise _nobody_answers(host, port) from error
        lines[line.conn] = line
        return {"line": line.conn}

    def _line(self, world: str, line: int) -> Line:
        found = self._lines.get(self.world(world), {}).get(line)
        if found is None or not found.open:
            raise _hung_up()
        return found

    async def do_say(self, world: str, line: int, text: str) -> None:
        """Send what a person typed on a connection, each line of it ended as the protocols want it."""
        if len(text) > TYPED:
            raise bad_request(f"at most {TYPED} characters are sent in one go")
        octets = "".join(f"{one}\r\n" for one in text.replace("\r\n", "\n").split("\n")).encode()
        try:
            await self._line(world, line).say(octets)
        except ConnectionError as error:
            raise _hung_up() from error

    async def do_secure(self, world: str, line: int, host: str) -> None:
        """Begin TLS on a connection, once the server has said that it is ready for it."""
        context = self.world(world).tls_client()
        if context is None:
            raise bad_request("this world has no TLS")
        try:
            await self._line(world, line).secure(context, host)
        except OSError as error:
            raise _hung_up() from error

    async def do_hang_up(self, world: str, line: int) -> None:
        """End a connection by hand; nothing happens where there is none."""
        found = self._lines.get(self.world(world), {}).pop(line, None)
        if found is not None:
            await found.hang_up()

    # -- the record

    async def do_trace(self, world: str, after: int = 0, limit: int = 5_000) -> list[dict[str, Any]]:
        """The record's events numbered above `after`."""
        if limit < 0:
            raise bad_request("limit is how many events at the most")
        return [event.as_json() for event in self.world(world).trace.after(after, limit)]

    async def do_transcript(self, world: str, message: str, host: str | None = None) -> str:
        """One message's way as text, the same from run to run; with a host, also what else that one said to servers."""
        return transcript(self.world(world).trace.after(), message, host)

    async def follow(self, world: str, after: int = 0) -> AsyncGenerator[list[dict[str, Any]], None]:
        """The record as it grows, in batches. Pulled, so that a slow reader costs nothing and misses nothing.

        A reader so slow that the record no longer reaches back is told by an event of kind "lost".
        """
        trace = self.world(world).trace
        more = asyncio.Event()
        stop = trace.follow(lambda _: more.set())
        self._followers[world].add(more)
        after = max(0, after)
        try:
            while True:
                more.clear()
                batch = trace.after(after, BATCH)
                if batch:
                    lost = batch[0].n - after - 1
                    after = batch[-1].n
                    yield [
                        *([{"kind": "lost", "n": batch[0].n - 1, "count": lost}] if lost > 0 else []),
                        *(event.as_json() for event in batch),
                    ]
                    continue
                if world not in self.lab.worlds or self.lab.worlds[world].trace is not trace:
                    return
                # `wait_for` may swallow a cancellation before Python 3.12
                with contextlib.suppress(TimeoutError):  # the lab may have closed the world by itself
                    async with asyncio.timeout(5):
                        await more.wait()
        finally:
            stop()
            self._followers[world].discard(more)
            if not self._followers[world]:
                del self._followers[world]
            if world in self._used:
                self._used[world] = time.monotonic()


OPERATIONS = {
    name.removeprefix("do_"): member for name, member in vars(Service).items() if name.startswith("do_")
}


OCTETS = {"attach": "content"}
"""Operations that take octets, and the argument that they are. Over HTTP they are the body as it is, and the rest is the query."""


async def _composed(client: Device, draft: Draft, files: list[File]) -> bytes:
    """The message. A large one is put together on a thread, so that no other world waits for it."""
    work = functools.partial(compose, draft, date=client.now(), message_id=client.message_id(), files=files)
    if sum(len(file.content) for file in files) < SMALL:
        return work()
    return await asyncio.get_running_loop().run_in_executor(None, work)


def _about(file: File) -> dict[str, Any]:
    """A file as it is listed. `carried` is how many octets it takes in a mail."""
    return {
        "id": file.id, "name": file.name, "type": file.type, "size": len(file.content), "carried": file.carried,
        "made_of": file.made_of,
    }  # fmt: skip


def _head(raw: bytes) -> str:
    """A message's header section, as text, at most as much as anybody lists."""
    end = raw.find(b"\r\n\r\n")
    return raw[: end if 0 <= end < 8_192 else 8_192].decode("utf-8", "replace")


def _lang(value: str) -> Lang:
    if is_lang(value):
        return value
    raise bad_request(f"lang is ja or en, not {value!r}")


def _no_account(address: str) -> Problem:
    return Problem(
        Text(ja=f"{address} というアカウントはありません。", en=f"There is no account {address}."),
        Text(ja="この世界のどのサーバーにも登録されていません。", en="No server of this world has it."),
        Text(ja="アドレスを確かめてください。", en="Check the address."),
        status=404,
    )


def _nobody_answers(host: str, port: int) -> Problem:
    return Problem(
        Text(ja=f"{host} のポート {port} につながりません。", en=f"{host} cannot be reached at port {port}."),
        Text(
            ja="そのポートで待っているプログラムがないか、サーバーが止まっているか、この端末がネットワークにつながっていません。",
            en="No program listens at that port, the server is switched off, or the device is offline.",
        ),
        Text(ja="相手とポートを確かめて、もう一度つないでください。", en="Check the host and the port, then connect again."),
        status=409,
    )  # fmt: skip


def _hung_up() -> Problem:
    return Problem(
        Text(ja="この接続はもう切れています。", en="This connection is closed already."),
        Text(
            ja="会話が終わったか、サーバーが切ったか、しばらく使われませんでした。",
            en="The conversation was over, the server hung up, or nobody used it for a while.",
        ),
        Text(ja="もう一度つないでください。", en="Connect again."),
        status=409,
    )


def _offline(device: str) -> Problem:
    return Problem(
        Text(ja=f"{device} はサーバーに接続できません。", en=f"{device} cannot reach its server."),
        Text(
            ja="この端末はいまネットワークにつながっていないか、サーバーが止まっています。",
            en="The device is offline, or the server is switched off.",
        ),
        Text(ja="接続を戻してから、もう一度試してください。", en="Connect it again, then try once more."),
        status=409,
    )


def _no_room(error: NoRoom) -> Problem:
    what, why, do = _NO_ROOM[error.what]
    limit = error.limit if error.what == "count" else f"{error.limit / 1e6:g}"
    return Problem(what, why.format(limit=limit), do, status=413)


_NO_ROOM = {
    "file": (
        Text(ja="ファイルが大きすぎて添付できません。", en="The file is too large to be attached."),
        Text(
            ja="ここで添付できるのは、1 個につき {limit} MB までです。",
            en="A file that is attached here has at most {limit} MB.",
        ),
        Text(
            ja="もっと小さいファイルを選んでください。ほかの添付と書いた内容はそのまま残っています。",
            en="Choose a smaller one. Whatever else you attached or wrote is still there.",
        ),
    ),
    "total": (
        Text(ja="添付の合計が大きすぎます。", en="There is too much attached."),
        Text(ja="合計 {limit} MB まで置けます。", en="All files together have at most {limit} MB."),
        Text(ja="使わない添付を外してから、もう一度添付してください。", en="Remove one that you do not need, then try again."),
    ),
    "all": (
        Text(ja="いまは添付できません。", en="Nothing more can be attached just now."),
        Text(
            ja="このコンピューターで開いている実験の添付が、合計 {limit} MB に達しています。",
            en="The experiments that are open on this computer have {limit} MB attached already.",
        ),
        Text(
            ja="使っていないページを閉じて、もう一度添付してください。",
            en="Close pages that you do not use, then try again.",
        ),
    ),
    "count": (
        Text(ja="添付の数が多すぎます。", en="There are too many attachments."),
        Text(ja="圧縮する前のものを含めて {limit} 個まで置けます。", en="At most {limit} files fit, those before compression included."),
        Text(ja="使わない添付を外してから、もう一度添付してください。", en="Remove one that you do not need, then try again."),
    ),
}  # fmt: skip
