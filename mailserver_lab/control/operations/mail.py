"""Mail on the servers: in mailboxes, and in queues."""

from __future__ import annotations

import base64
from typing import Any

from ...store import NoSuchFolder
from ..arguments import bad_request
from .heads import head
from .problems import no_account
from .worlds import Worlds


class Mail(Worlds):
    """What lies on the servers."""

    async def do_mailbox(self, world: str, address: str) -> dict[str, Any]:
        """The server's view of an account: folders, messages, octets used, quota."""
        site = self.world(world).site_of(address)
        if site is None:
            raise no_account(address)
        address = address.lower()
        used, quota = await site.store.usage(address)
        folders = {}
        for folder in await site.store.folders(address):
            folders[folder.name] = [
                {
                    "uid": message.uid, "size": message.size, "flags": sorted(message.flags), "date": message.internaldate.isoformat(),
                    "queue_id": message.queue_id, "head": head(await site.store.raw(message.id)),
                }
                for message in await site.store.messages(address, folder.name)
            ]  # fmt: skip
        return {"address": address, "host": site.host, "used": used, "quota": quota, "folders": folders}

    async def do_message(self, world: str, address: str, uid: int, folder: str = "INBOX") -> dict[str, Any]:
        """A message in a server's mailbox, as octets in base64."""
        site = self.world(world).site_of(address)
        if site is None:
            raise no_account(address)
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
