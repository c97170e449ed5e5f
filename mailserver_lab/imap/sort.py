"""By what SORT orders messages (RFC 5256 §2 and §3, RFC 5957)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC
from operator import itemgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mailserver_lab.imap.turns import Turns
    from mailserver_lab.mime.summary import Keys
    from mailserver_lab.store import Message


class Sortable:
    """A message with what it can be sorted by."""

    __slots__ = ("keys", "message", "number", "sent")

    def __init__(self, number: int, message: Message, keys: Keys) -> None:
        self.number = number
        self.message = message
        self.keys = keys
        #: The sent date (§2.2): what the Date field says, or where there is none the internal date.
        self.sent = self.arrived if keys.sent is None else keys.sent

    @property
    def arrived(self) -> float:
        """The internal date; numbers are compared ten times as fast."""
        when = self.message.internaldate
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


_KEYS: dict[str, Callable[[Sortable], Any]] = {
    "ARRIVAL": lambda each: each.arrived,
    "CC": lambda each: each.keys.copied,
    "DATE": lambda each: each.sent,
    "DISPLAYFROM": lambda each: each.keys.sender_shown,
    "DISPLAYTO": lambda each: each.keys.recipient_shown,
    "FROM": lambda each: each.keys.sender,
    "SIZE": lambda each: each.message.size,
    "SUBJECT": lambda each: each.keys.subject,
    "TO": lambda each: each.keys.recipient,
}
#: What can be sorted by without looking into the messages.
KNOWN = frozenset({"ARRIVAL", "SIZE"})


async def ordered(
    found: Sequence[Sortable], criteria: Sequence[tuple[str, bool]], turns: Turns
) -> list[Sortable]:
    """Sort by the criteria, the first one first; what is alike in all of them stays in the mailbox's order (§3)."""
    result = sorted(found, key=lambda each: each.number)
    for word, reverse in reversed(criteria):
        keyed = []
        for each in result:
            await turns.offer()
            keyed.append((_KEYS[word](each), each))
        keyed.sort(key=itemgetter(0), reverse=reverse)
        result = [each for _, each in keyed]
    return result
