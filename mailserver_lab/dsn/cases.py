"""What a notice says, sorted by recipient: which of its words are about whom, and which of them a server said."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .notice import Group, Notice
from .recipients import addresses_in, named_in, recipient_of

TRANSCRIPT = 200  # lines of a dialogue


@dataclass(slots=True)
class Case:
    """What a notice says of one recipient.

    Args:
        address: the recipient.
        fields: of its report.
        said: the words about this recipient: a server's reply, or the writer's own words beside the address.
        told: the other words, for people.
        transcript: the lines of an SMTP dialogue, for all recipients.
    """

    address: str
    fields: Group = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    transcript: list[str] = field(default_factory=list)


def cases(notice: Notice) -> list[Case]:
    """What a notice says, recipient by recipient."""
    if notice.groups:
        found = [Case(recipient_of(group), group) for group in notice.groups]
    else:
        found = [Case(address) for address in named_in(notice)] or [Case("")]
    _share(notice.lines, found)
    subject = _REASON_IN_SUBJECT.match(notice.part.shown("subject"))
    if subject is not None:
        for case in found:
            case.told.append(subject[0])
    return found


# Sendmail and Domino put the reason here; others put the returned message's subject, which is the sender's own words
_REASON_IN_SUBJECT = re.compile(r"(?:returned mail|delivery failure):.{1,300}", re.IGNORECASE)


_REPLY = re.compile(
    r"(?:^|[\s:;('\"=<\[])([245]\d\d)(?:[- ]+|, |: ?)['\"#(<\[]{0,2}(?:([245]\.\d{1,3}\.\d{1,3})|(?=[A-Za-z<\[(:'\"=#\u3000-\u9fff-]))|^\W{0,8}[45]\d\d\s*$"
)
_INTRODUCED = re.compile(
    r"\bsaid:|\(reason:|<<<|diagnostic|remote host said|error message below|#[45]\.\d\.\d|server message|responded with|response (?:was|from)|returned:?$|the error that the other server returned|error_code",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"(?:subject|件名|betreff|objet|asunto|assunto|oggetto|тема)\s*[:：]", re.IGNORECASE)


def _share(lines: list[str], found: list[Case]) -> None:
    """Give each recipient the lines that are about it, and the others to all."""
    names = {case.address.lower(): case for case in reversed(found) if case.address}
    owner: Case | None = None
    speaking = False
    transcript = [line.strip() for line in lines if line.lstrip().startswith((">>>", "<<<"))][:TRANSCRIPT]
    for case in found:
        case.transcript = transcript
    for line in lines:
        text = line.strip()
        if not text or _SUBJECT.match(text):  # a subject is the sender's words, not a server's
            speaking = False
            continue
        here = {a.lower() for a in addresses_in(line)} & names.keys() if "@" in line else set()
        if len(here) == 1:
            owner, speaking = names[here.pop()], True
        elif text.startswith(("-----", "=====")):
            owner, speaking = None, False
        said = bool(_REPLY.search(line) or _INTRODUCED.search(line))
        speaking = speaking or said
        whose = [owner] if owner is not None and len(found) > 1 else found
        for case in whose:
            (
                case.said
                if speaking or (owner is case and not text.endswith(":") and len(found) > 1)
                else case.told
            ).append(text)
