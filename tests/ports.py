"""Ports that nobody has just now."""

import os
import random
import socket

import pytest

# Below those that the system gives to connections and to whoever asks for port 0 (RFC 6335 section 6, Linux from 32768):
# so a port that is free when it is looked for is still free when the server that wanted it has started.
FIRST, LAST = 20_000, 32_000
# Tests that run side by side look in different parts, so that a port is also free again for a server that is started anew.
PARTS = 4
SIZE = (LAST - FIRST) // PARTS
_PART = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % PARTS
_CHANCE = (
    random.SystemRandom()
)  # hypothesis seeds the usual one, and two processes would look at the same places


def free_base(count: int) -> int:
    """The first of `count` ports in a row that are free."""
    for _ in range(200):
        base = FIRST + _PART * SIZE + _CHANCE.randrange(SIZE - count)
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
