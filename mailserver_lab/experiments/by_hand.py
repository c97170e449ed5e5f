"""What experiments by hand ask of the conversations that the reader holds, and the letter that waits to be fetched by one."""

from __future__ import annotations

from ..locale import Text
from .experiment import Action, Draft
from .facts import Facts, Spoken

SENDER, RECIPIENT = "sender@tsubame.example", "recipient@hibari.example"
PASSWORD = "hibari-2026"

LETTER = Draft(
    f"pc/{SENDER}",
    RECIPIENT,
    Text(ja="あすの打ち合わせ", en="Tomorrow’s meeting"),
    Text(ja="10 時に 3 階の会議室でお願いします。", en="At ten, in the room on the third floor."),
)
ARRIVED: tuple[Action, ...] = (("send", {"to": RECIPIENT}), ("wait_delivery", {}), ("wait_stored", {}))


def stored(facts: Facts) -> bool:
    """A message lies in the recipient's mailbox."""
    return any(account == RECIPIENT for _, account in facts.stored)


def latest(facts: Facts) -> int:
    """The latest connection's number in the record; 0 where there has been none."""
    return max(facts.dialled, default=0)


def is_open(facts: Facts) -> bool:
    """Whether the latest connection is still there."""
    return facts.dialled.get(latest(facts), False)


def here(facts: Facts) -> list[Spoken]:
    """What was said on the latest connection."""
    last = latest(facts)
    return [one for one in facts.spoken if one.conn == last]


def done(facts: Facts, *commands: str) -> bool:
    """One of these commands was accepted, on any connection."""
    return any(one.ok and one.is_(*commands) for one in facts.spoken)


def last_refused(facts: Facts) -> bool:
    """What was answered last was a refusal, and the conversation goes on."""
    answered = [one for one in here(facts) if one.heard]
    return is_open(facts) and bool(answered) and not answered[-1].ok
