"""What each wording says, to be looked at: `python -m tests.dsn.wordings` writes the golden files anew, and nothing else does."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from mailserver_lab import replies
from mailserver_lab.dsn import Outcome, write
from mailserver_lab.wordings import GREETINGS

FOLDER = Path(__file__).parent
NOW = datetime(2026, 4, 1, 9, 0, 1, tzinfo=UTC)
WRONG = "recipent@hibari.example"
ORIGINAL = b"From: sender@tsubame.example\r\nSubject: Our meeting\r\nMessage-ID: <1@pc>\r\n\r\nAt ten?\r\n"


def said(wording: str) -> list[str]:
    """The lines of its replies."""
    given = (
        replies.user_unknown(WRONG, wording),
        replies.host_unknown("recipient@no-such.invalid", wording),
        replies.mailbox_full("small@hibari.example", wording),
        replies.mailbox_full("small@hibari.example", wording, temporary=True),
        replies.too_large(1_048_576, wording),
        replies.no_relay("who@elsewhere.example", wording),
    )
    return [f"220 mx.hibari.example {GREETINGS[wording]}", *(line for one in given for line in one.lines())]


def notification(wording: str) -> bytes:
    """A bounce about a recipient whom a server of the same kind refused."""
    reply = replies.user_unknown(WRONG, wording)
    outcome = Outcome("failed", WRONG, reply, remote="mx.hibari.example", at=NOW, command="RCPT TO")
    return write(
        [outcome], original=ORIGINAL, host="mx.tsubame.example", queue_id="q0002", to="sender@tsubame.example",
        now=NOW, arrived=NOW, lang="en", wording=wording,
    )  # fmt: skip


def shown(wording: str) -> str:
    """Both, as the golden file has it."""
    return "\n".join([*said(wording), "", notification(wording).decode().replace("\r\n", "\n")])
