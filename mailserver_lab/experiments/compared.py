"""One cause in the words of several mail systems, side by side: what the reader has tried so far, as the record has it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .facts import Bounce
from .views import Row


@dataclass(frozen=True, slots=True)
class Tried:
    """A wording that was tried: what the server said, and the bounce, of which sender and subject are known once it is fetched."""

    wording: str
    replies: tuple[str, ...]
    status: str
    sender: str = ""
    subject: str = ""


def compared(
    bounces: Iterable[Bounce], refusals: Callable[[str], tuple[str, ...]], inbox: Iterable[Row]
) -> list[Tried]:
    """A row for each wording, in the order in which they were tried; where one was tried again, as it was the last time.

    Args:
        bounces: those that are to be compared.
        refusals: gives what was said to a message.
        inbox: what the sender's device has fetched.
    """
    fetched = {row.uid: row for row in inbox}
    rows: dict[str, Tried] = {}
    for bounce in bounces:
        row = fetched.get(bounce.uid or 0)
        if row is not None or bounce.wording not in rows:
            sender, subject = (row.sender, row.subject) if row else ("", "")
            replies = refusals(bounce.message)
            rows[bounce.wording] = Tried(bounce.wording, replies, bounce.status, sender, subject)
    return list(rows.values())
