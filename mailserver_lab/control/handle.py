"""The handle on a lab: `call` an operation, follow `events`; and one world's operations as methods."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .service import Service


class Handle(ABC):
    """A lab, wherever it runs."""

    @abstractmethod
    async def call(self, name: str, /, **arguments: Any) -> Any:
        """Do an operation of `Service`, by name.

        Raises:
            Problem: it cannot be done.
            ConnectionError: the lab does not answer.
        """

    @abstractmethod
    def events(self, world: str, after: int = 0) -> AsyncIterator[list[dict[str, Any]]]:
        """The record of a world as it grows, in batches; ends with the world."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of the lab."""


class LocalHandle(Handle):
    """The handle for whoever runs on the lab's own event loop."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def call(self, name: str, /, **arguments: Any) -> Any:
        """See Handle.call."""
        return await self._service.call(name, arguments)

    def events(self, world: str, after: int = 0) -> AsyncIterator[list[dict[str, Any]]]:
        """See Handle.events."""
        return self._service.follow(world, after)

    async def close(self) -> None:
        """Nothing is held."""


class World:
    """One world, opened for whoever holds this, and closed by them."""

    def __init__(self, handle: Handle, name: str, description: dict[str, Any]) -> None:
        self.handle = handle
        self.name = name
        self.description = description

    async def call(self, operation: str, /, **arguments: Any) -> Any:
        """Any operation on this world, by name; see `Service`."""
        return await self.handle.call(operation, world=self.name, **arguments)

    async def _describe(self, operation: str, /, **arguments: Any) -> None:
        """Do an operation that gives a description, and keep that unless a later one has come in the meantime."""
        told = await self.call(operation, **arguments)
        if told["edition"] > self.description.get("edition", 0):
            self.description = told

    def events(self, after: int = 0) -> AsyncIterator[list[dict[str, Any]]]:
        """The record as it grows, in batches."""
        return self.handle.events(self.name, after)

    async def trace(self, after: int = 0) -> list[dict[str, Any]]:
        """The record so far: the events numbered above `after`."""
        return list(await self.call("trace", after=after))

    async def transcript(self, message: str | None, host: str | None = None) -> str:
        """One message's way as text; with a host, also what that one said to servers; without a message, that alone."""
        return str(await self.call("transcript", message=message, host=host))

    async def mailbox(self, address: str) -> dict[str, Any]:
        """The server's view of an account: folders, messages, octets used, quota."""
        return dict(await self.call("mailbox", address=address))

    async def message(self, address: str, uid: int, folder: str = "INBOX") -> dict[str, Any]:
        """A message in a server's mailbox; `raw` is base64."""
        return dict(await self.call("message", address=address, uid=uid, folder=folder))

    async def queue(self) -> list[dict[str, Any]]:
        """What waits in the servers' queues."""
        return list(await self.call("queue"))

    async def retry(self, message: str | None = None) -> list[str]:
        """Try a message that waits in a queue at once, or all of them; gives their queue ids."""
        return list(await self.call("retry", message=message))

    async def send(
        self, device: str, to: str, subject: str = "", body: str = "", raw: str | None = None,
        files: list[str] | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Let a device hand in a message, with files of its own attached; gives its queue id, its size and what was refused."""
        return dict(
            await self.call("send", device=device, to=to, subject=subject, body=body, raw=raw, files=files)
        )

    async def attach(
        self, device: str, name: str, content: bytes, made_of: str | None = None
    ) -> dict[str, Any]:
        """Put a file on a device, for attaching: its id, name, type, size, and its size in a mail."""
        return dict(await self.call("attach", device=device, name=name, content=content, made_of=made_of))

    async def attach_sample(self, device: str, sample: str) -> dict[str, Any]:
        """Put a file on a device that the lab makes: "table" or "photograph"."""
        return dict(await self.call("attach_sample", device=device, sample=sample))

    async def compress(self, device: str, file: str) -> dict[str, Any]:
        """Make a zip archive of a device's file; gives it as `attach` does."""
        return dict(await self.call("compress", device=device, file=file))

    async def files(self, device: str) -> list[dict[str, Any]]:
        """The files of a device."""
        return list(await self.call("files", device=device))

    async def file(self, device: str, file: str) -> dict[str, Any]:
        """A file of a device; `raw` is base64."""
        return dict(await self.call("file", device=device, file=file))

    async def detach(self, device: str, file: str) -> None:
        """Take a file off a device."""
        await self.call("detach", device=device, file=file)

    async def sync(self, device: str) -> dict[str, Any]:
        """Let a device fetch what is new."""
        return dict(await self.call("sync", device=device))

    async def sign_in(self, device: str, password: str, protocol: str = "imap") -> dict[str, Any]:
        """Let a device fetch what is new with a password that somebody typed; `refused` is what the server says against it."""
        return dict(await self.call("sign_in", device=device, password=password, protocol=protocol))

    async def wait(self, device: str, *, on: bool) -> dict[str, Any]:
        """Let a device wait on a line to its server for new mail (IDLE), or stop; gives what the device has."""
        return dict(await self.call("wait", device=device, on=on))

    async def device(self, device: str) -> dict[str, Any]:
        """What a device has stored."""
        return dict(await self.call("device", device=device))

    async def read(self, device: str, uid: int, folder: str = "INBOX") -> dict[str, Any]:
        """Open a message on a device; `raw` is base64."""
        return dict(await self.call("read", device=device, uid=uid, folder=folder))

    async def delete(self, device: str, uid: int) -> dict[str, Any]:
        """Delete a message of a device's inbox, on the server too; gives what the device has now."""
        return dict(await self.call("delete", device=device, uid=uid))

    async def dial(self, device: str, host: str, port: int) -> int:
        """Connect a device to a port of a host, to talk by hand; gives the connection's number in the record."""
        return int((await self.call("dial", device=device, host=host, port=port))["line"])

    async def say(self, line: int, text: str) -> None:
        """Send one or several lines on such a connection. What the server says to it stands in the record."""
        await self.call("say", line=line, text=text)

    async def secure(self, line: int, host: str) -> None:
        """Begin TLS on it, after the server has said that it is ready."""
        await self.call("secure", line=line, host=host)

    async def hang_up(self, line: int) -> None:
        """End it."""
        await self.call("hang_up", line=line)

    async def change_domain(self, domain: str, **settings: Any) -> None:
        """Change how a domain's server is set: `size_limit`, `full_mailbox`, `refuse`, `wording`."""
        await self._describe("change_domain", domain=domain, **settings)

    async def server(self, domain: str, *, on: bool) -> None:
        """Switch a company's mail server on or off."""
        await self._describe("server", domain=domain, on=on)

    async def fault(
        self, domain: str, do: str, at: str = "", times: int | None = None, seconds: float = 2.0, host: str = ""
    ) -> None:  # fmt: skip
        """Let something be wrong with a domain, `times` times or until it is lifted; what there is, `world.FAULTS` says."""
        await self._describe("fault", domain=domain, do=do, at=at, times=times, seconds=seconds, host=host)

    async def lift(
        self, domain: str, do: str | None = None, at: str | None = None, host: str | None = None
    ) -> None:
        """Put right what is wrong with a domain, or that kind of fault alone, at that command, of that host."""
        await self._describe("lift", domain=domain, do=do, at=at, host=host)

    async def look(self) -> None:
        """Bring the description up to date: a fault may be over by itself."""
        await self._describe("describe")

    async def advance(self, seconds: float) -> None:
        """Move lab time forward."""
        await self.call("clock", advance=seconds)

    async def pause(self, before: str | None = None, message: str | None = None) -> None:
        """Hold a message before a step."""
        await self.call("pause", before=before, message=message)

    async def go_on(self, steps: int | None = None) -> None:
        """Let what is held go on."""
        await self.call("go_on", steps=steps)

    async def reset(self) -> None:
        """Make the world as new."""
        await self._describe("reset")

    async def close(self) -> None:
        """Close the world and let go of the lab."""
        try:
            await self.call("close_world")
        finally:
            await self.handle.close()
