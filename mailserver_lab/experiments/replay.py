"""Doing an experiment without a reader: its solution, or an attempt that must not pass."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from .experiment import Action
from .facts import Facts
from .fetching import What
from .session import Session


async def replay(session: Session, actions: Sequence[Action]) -> None:
    """Do these actions one after another.

    Besides `Session`'s methods there are wait_bounce, wait_double_bounce, read_bounce and answer_bounce (the latest),
    wait_delivery, wait_stored, wait_arrival (the goal), wait_happened (`Happened`, so often to somebody); attach, compress
    and remove for what is attached; break and mend_all for what `Breaking` does.
    """
    for name, arguments in actions:
        if name == "wait_bounce":
            await session.wait_until(_last_bounced)
        elif name == "wait_double_bounce":
            await session.wait_until(lambda facts: any(one.uid is not None for one in facts.double_bounces))
        elif name == "answer_bounce":
            draft = await session.reply(session.facts.bounces[-1].uid or 0)
            await session.send(draft.to, draft.subject, draft.body)
        elif name == "wait_deferred":
            await session.wait_until(partial(_deferred, **arguments))
        elif name == "wait_told":
            await session.wait_until(partial(_told, **arguments))
        elif name == "wait_stored":
            await session.wait_until(
                lambda facts: facts.last is not None and facts.last.queue_id in dict(facts.stored)
            )
        elif name == "wait_happened":
            await session.wait_until(partial(_happened, **arguments))
        elif name == "wait_delivery":
            await session.wait_until(lambda facts: facts.last is not None and facts.is_delivered(facts.last))
        elif name == "wait_arrival":
            await session.wait_until(session.experiment.goal)
        elif name == "read_bounce":
            bounce = session.facts.bounces[-1]
            assert bounce.uid is not None
            mine = bounce.owner == session.sender
            await (session.open_message(bounce.uid) if mine else session.open_other(bounce.uid))
        elif name in {"break", "mend_all"}:
            assert session.breaking is not None
            await getattr(session.breaking, "break_" if name == "break" else name)(**arguments)
        elif name == "attach":
            await session.attachments.add_sample(**arguments)
        elif name in {"compress", "remove"}:
            for file in session.attachments.items:
                await getattr(session.attachments, name)(file.id)
        else:
            await getattr(session, name)(**arguments)


def _last_bounced(facts: Facts) -> bool:
    return facts.last is not None and any(
        bounce.message == facts.last.queue_id and bounce.uid is not None for bounce in facts.bounces
    )


def _deferred(facts: Facts, count: int = 1) -> bool:
    ids = [queue_id for queue_id, _, _ in facts.deferred]
    return facts.last is not None and ids.count(facts.last.queue_id or "") >= count


def _happened(facts: Facts, what: What, who: str, times: int = 1) -> bool:
    return facts.fetching.count(what, who) >= times


def _told(facts: Facts, action: str) -> bool:
    return facts.last is not None and facts.last.queue_id in facts.told(action)
