"""Summaries of messages, for SORT, THREAD and SEARCH: made when one of them first asks, so that arriving costs nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from mailserver_lab.mime import headers
from mailserver_lab.mime.summary import Keys, Summary, Texts, summary
from mailserver_lab.store import Transaction

if TYPE_CHECKING:
    from mailserver_lab.imap.context import Context
    from mailserver_lab.store import Message

K = TypeVar("K", Keys, Texts)

#: So many are read, or made and kept, at once.
PAGE = 500


async def of(session: Context, messages: Sequence[Message], kind: type[K]) -> AsyncIterator[K | None]:
    """Give that part of each message's summary; None for one that is gone."""
    for start in range(0, len(messages), PAGE):
        await session.turns.offer()
        keys = [each.id for each in messages[start : start + PAGE]]
        held = session.store.look(partial(Transaction.summaries, messages=keys, kind=kind))
        if missing := [key for key in keys if key not in held]:
            made = await _made(session, missing)
            held |= {key: part for key, each in made.items() for part in each if isinstance(part, kind)}
        for key in keys:
            yield held.get(key)


async def _made(session: Context, messages: Sequence[int]) -> dict[int, Summary]:
    """Make summaries, and keep them."""
    made: dict[int, Summary] = {}
    for key in messages:
        await session.turns.offer()
        start = session.store.look(partial(Transaction.beginning, message=key, size=headers.MAX_HEADER))
        if start:
            made[key] = summary(headers.split(start)[0])
    await session.store.keep_summaries(made)
    return made
