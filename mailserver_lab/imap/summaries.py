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

#: So many are read at once.
PAGE = 500
#: So many that were made are kept in one commit.
KEPT_AT_ONCE = 2_000


async def of(session: Context, messages: Sequence[Message], kind: type[K]) -> AsyncIterator[K | None]:
    """Give that part of each message's summary; None for one that is gone."""
    made: dict[int, Summary] = {}
    for start in range(0, len(messages), PAGE):
        await session.turns.offer()
        keys = [each.id for each in messages[start : start + PAGE]]
        held = session.store.look(partial(Transaction.summaries, messages=keys, kind=kind))
        for key in keys:
            if key not in held and (new := await _made(session, key)) is not None:
                made[key] = new
                held[key] = next(part for part in new if isinstance(part, kind))
        if len(made) >= KEPT_AT_ONCE:
            await session.store.keep_summaries(made)
            made = {}
        for key in keys:
            yield held.get(key)
    if made:
        await session.store.keep_summaries(made)


async def _made(session: Context, message: int) -> Summary | None:
    await session.turns.offer()
    start = session.store.look(partial(Transaction.beginning, message=message, size=headers.MAX_HEADER))
    return summary(headers.split(start)[0]) if start else None
