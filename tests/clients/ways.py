"""How a program connects, and the mark by which a test says what the table tells of a program."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import pytest

from tests.clients.programs import PROGRAMS


class Protocol(StrEnum):
    """What a program speaks."""

    SMTP = "SMTP"
    POP3 = "POP3"
    IMAP = "IMAP"


class Security(StrEnum):
    """How a connection is kept from others."""

    PLAIN = "plain"
    STARTTLS = "STARTTLS"  # which POP3 calls STLS
    TLS = "TLS"


#: By protocol: what `serve` calls the port for both, and the port for TLS alone; and the number of the first in the world.
SERVICES = {
    Protocol.SMTP: ("submission", "submissions", 587),
    Protocol.POP3: ("pop3", "pop3s", 110),
    Protocol.IMAP: ("imap", "imaps", 143),
}


def service(protocol: Protocol, security: Security) -> str:
    """What `serve` calls the port."""
    both, alone, _ = SERVICES[protocol]
    return alone if security is Security.TLS else both


def tried(
    program: str,
    protocol: Protocol,
    *,
    en: str,
    ja: str,
    by: tuple[Security, ...] = tuple(Security),
) -> Callable[[Any], Any]:
    """Mark a test that tries a program: it runs once for each of `by`, and has its place in the table.

    Args:
        program: by its name in `programs.PROGRAMS`.
        protocol: what it speaks in this test.
        en: what it does, in English.
        ja: the same in Japanese.
        by: what the program knows; what it lacks is left out.
    """
    assert program in PROGRAMS
    mark = pytest.mark.program(program, protocol, en, ja)
    ways = pytest.mark.parametrize("security", by, ids=str)
    return lambda test: mark(ways(test))
