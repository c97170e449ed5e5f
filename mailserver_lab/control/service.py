"""The operations on a lab, by name: JSON values in, JSON values out. Runs on the lab's own event loop."""

from __future__ import annotations

import time
from typing import Any

from .arguments import check
from .operations.files import Files
from .operations.lines import Lines
from .operations.mail import Mail
from .operations.record import Record
from .operations.settings import Settings


class Service(Settings, Mail, Files, Lines, Record):
    """One lab's operations: every method whose name begins with `do_`."""

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


OPERATIONS = {
    name.removeprefix("do_"): getattr(Service, name) for name in dir(Service) if name.startswith("do_")
}

OCTETS = {"attach": "content"}
"""Operations that take octets, and the argument that they are. Over HTTP they are the body as it is, and the rest is the query."""
