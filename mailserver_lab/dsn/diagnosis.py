"""What the bounce doctor answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from ..locale import Text

LARGEST = 50 * 1024 * 1024  # octets of a message that is looked at

Cause = Literal[
    "user-unknown", "host-unknown", "mailbox-full", "message-too-large", "mailbox-disabled", "moved", "refused-by-recipient",
    "host-takes-no-mail", "undeliverable-for-too-long", "network-or-dns-failure", "server-failure", "sender-refused", "relay-refused",
    "sending-host-blocked", "rate-limited", "sender-authentication-failed", "policy", "malformed", "spam", "virus", "content-refused",
    "vacation-reply", "delivered", "unclear",
]  # fmt: skip
CAUSES: tuple[Cause, ...] = get_args(Cause)

# bounce: given up · delay: still being tried · delivered: a success notice · vacation: an automatic answer · complaint: an abuse
# report (ARF) · receipt: a read receipt · reply: what a server said, without a message around it · other: ordinary mail
# refused: too large to be looked at, or a file that is no message
Kind = Literal[
    "bounce", "delay", "delivered", "vacation", "complaint", "receipt", "reply", "other", "refused"
]
# own: the sender's own server or provider · recipient: the recipient's server · forwarder: one between, that passes mail on
Author = Literal["own", "recipient", "forwarder", "unknown"]
Stage = Literal["connect", "helo", "mail", "rcpt", "data", ""]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words that stand in the message, and what they point to.

    Args:
        line: the words, exactly as they stand there but for spaces.
        kind: a phrase, an enhanced status code, an SMTP reply code, or the field that tells the action.
        cause: what they point to by themselves.
        weight: how far they were believed; 4 is "one cause and no other", 1 a hint.
        source: who writes so.
        words: the very words of the line that say it; "" where it is the line as a whole.
    """

    line: str
    kind: Literal["phrase", "status", "reply", "action", "stage", "category"]
    cause: Cause
    weight: float
    source: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a message for one recipient.

    Args:
        recipient: the address; "" where the message does not say.
        cause: why, as far as the message says.
        status: the enhanced status code that was believed, "" where there is none.
        reply: the SMTP reply code, "" where there is none.
        permanent: whether the server has given up; None where the message does not say.
        hard: whether sending the same again is useless.
        waiting: whether the server is still trying.
        author: who wrote the notice.
        reporter: the host that wrote it, as far as it says.
        refuser: the host that refused, where another one did.
        stage: at which command it was refused.
        evidence: the words that were believed first, then the others.
        doubts: where the message contradicts itself, and what is believed.
    """

    recipient: str
    cause: Cause
    status: str = ""
    reply: str = ""
    permanent: bool | None = None
    hard: bool = False
    waiting: bool = False
    author: Author = "unknown"
    reporter: str = ""
    refuser: str = ""
    stage: Stage = ""
    evidence: tuple[Evidence, ...] = ()
    doubts: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a message is, and what it tells of each recipient.

    Args:
        kind: what sort of message it is.
        recipients: one verdict for each; empty for ordinary mail.
        forwarded: whether the bounce stood inside another mail.
        remarks: what a reader should know of how it was read.
    """

    kind: Kind
    recipients: tuple[Verdict, ...] = ()
    forwarded: bool = False
    remarks: tuple[Text, ...] = field(default=())

    @property
    def bounce(self) -> bool:
        """Whether it tells of a failure or a delay."""
        return self.kind in {"bounce", "delay"}
