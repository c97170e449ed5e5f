"""Ports that nobody has just now."""

import random
import socket

import pytest

# Below those that the system gives to connections and to whoever asks for port 0 (RFC 6335 section 6, Linux from 32768):
# so a port that is free when it is looked for is still free when the server that wanted it has started.
FIRST, LAST = 20_000, 32_000
_CHANCE = (
    random.SystemRandom()
)  # hypothesis seeds the usual one, and two processes would look at the same places


def free_base(count: int) -> int:
    """The first of `count` ports in a row that are free."""
    for _ in range(200):
        base = _CHANCE.randrange(FIRST, LAST - count)
        taken = []
        try:
            for port in range(base, base + count):
                taken += [socket.create_server(("127.0.0.1", port))]
        except OSError:
            continue
        finally:
            for one in taken:
                one.close()
        return base
    pytest.fail("there are no free ports in a row")


def free_port() -> int:
    """A port that is free."""
    return free_base(1)
