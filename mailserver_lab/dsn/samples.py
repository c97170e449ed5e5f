"""Bounces to try the doctor on, written at once by what writes all of the lab's notifications."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from typing import Literal, get_args

from ..locale import Lang
from ..replies import host_unknown, mailbox_full, user_unknown
from .write import Outcome, write

Sample = Literal["user-unknown", "host-unknown", "two-recipients"]
SAMPLES: tuple[Sample, ...] = get_args(Sample)

_SENDER, _HOST, _REMOTE = "sender@tsubame.example", "mx.tsubame.example", "mx.hibari.example"
_SUBJECT = "12:30"


def sample(which: Sample, lang: Lang, now: datetime) -> bytes:
    """A bounce of the lab's, about a message that was refused now."""
    outcomes = _outcomes(which, now)
    head = [
        f"Date: {format_datetime(now)}",
        f"From: {_SENDER}",
        f"To: {', '.join(outcome.address for outcome in outcomes)}",
        f"Subject: {_SUBJECT}",
    ]
    return write(
        outcomes, original="\r\n".join([*head, "", "See you there.", ""]).encode(), host=_HOST, queue_id="q0001", to=_SENDER, now=now,
        arrived=now, lang=lang,
    )  # fmt: skip


def _outcomes(which: Sample, now: datetime) -> list[Outcome]:
    unknown, nowhere, full = "recipent@hibari.example", "recipient@hibali.example", "small@hibari.example"
    misspelt = Outcome("failed", unknown, user_unknown(unknown), remote=_REMOTE, at=now)
    match which:
        case "user-unknown":
            return [misspelt]
        case "host-unknown":
            return [Outcome("failed", nowhere, host_unknown(nowhere), at=now)]
        case "two-recipients":
            return [misspelt, Outcome("failed", full, mailbox_full(full), remote=_REMOTE, at=now)]
