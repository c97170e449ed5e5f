"""What the handlers of commands answer with, beside untagged responses."""

from __future__ import annotations

from dataclasses import dataclass

from mailserver_lab.imap import names
from mailserver_lab.imap.events import Continue, Data, Status
from mailserver_lab.imap.states import Outcome


@dataclass(frozen=True, slots=True)
class Final:
    """The end of a command; the session makes it the tagged response, after the mailbox's updates."""

    text: str
    code: str | None = None
    outcome: Outcome = Outcome.OK


class Refusal(Exception):
    """A command that is not carried out: NO, or BAD where the client is to blame."""

    def __init__(self, text: str, code: str | None = None, outcome: Outcome = Outcome.NO) -> None:
        super().__init__(text)
        self.final = Final(text, code, outcome)


def missing(name: str) -> Refusal:
    """Refuse to put something into a mailbox that there is not; TRYCREATE where it could be made (RFC 3501 §7.1)."""
    return Refusal("There is no such mailbox", "TRYCREATE" if names.possible(name) else "CANNOT")


Answer = Data | Status | Continue | Final
