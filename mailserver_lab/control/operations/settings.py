"""What can be changed while a world runs: accounts, servers, faults, the clock, and where mail is held."""

from __future__ import annotations

from types import EllipsisType
from typing import Any

from ...world import CHOICES, FAULTS, Fault, WorldError
from ..arguments import bad_request
from .problems import no_account
from .worlds import Worlds

STEPS = ("submit", "mx", "connect", "ehlo", "mail", "rcpt", "data", "store", "bounce", "fetch")


class Settings(Worlds):
    """Changes to a running world."""

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
            raise no_account(address)
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
        host: str = "",
    ) -> dict[str, Any]:
        """Let something be wrong with a domain: `times` times, or until it is lifted. See `world.Fault`."""
        running = self.world(world)
        if not running.has_domain(domain):
            raise bad_request(f"this world has no domain {domain}")
        try:
            await running.add_fault(domain.lower(), Fault(do, at, times, seconds, host))
        except WorldError as error:
            raise bad_request(str(error)) from error
        except KeyError:
            raise bad_request(f"{domain} has no host {host}") from None
        return self._describe(running)

    async def do_lift(
        self,
        world: str,
        domain: str,
        do: str | None = None,
        at: str | None = None,
        host: str | None = None,
    ) -> dict[str, Any]:
        """Put right what is wrong with a domain, or that kind of fault alone, at that command, of that host."""
        running = self.world(world)
        if not running.has_domain(domain):
            raise bad_request(f"this world has no domain {domain}")
        if do not in {None, *FAULTS}:
            raise bad_request(f"a fault is {', '.join(FAULTS)}; {do!r} is none of them")
        await running.lift_faults(domain.lower(), do, at, host)
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
