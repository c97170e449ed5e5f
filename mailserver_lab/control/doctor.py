"""The bounce doctor beside the event loop: a large message takes a second, in which a kernel must go on."""

from __future__ import annotations

import asyncio

from ..dsn import Diagnosis, diagnose, pasted


async def diagnose_aside(raw: bytes, *, as_text: bool) -> Diagnosis:
    """What a message is, found out on a thread.

    Args:
        raw: the message.
        as_text: whether these are not its own octets, but a text that was pasted, in UTF-8.
    """
    return await asyncio.to_thread(_diagnose, raw, as_text)


def _diagnose(raw: bytes, as_text: bool) -> Diagnosis:
    return diagnose(pasted.octets(raw.decode("utf-8", "replace")) if as_text else raw)
