"""Reading a notification: its report fields (RFC 3464) and its text for people, apart from the message that it returns.

What is read here is not judged yet. A `Notice` holds what one message says; `cases` sorts it by recipient.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .scan import Part, Scan, decoded_words
from .signs import ADDRESS, book, plain

LINES = 3_000  # lines of text for people; bounces have fifty
LINE = 2_000  # characters of one line
TRANSCRIPT = 200  # lines of a dialogue
GROUPS = 500  # recipients of one report
RETURNED = {
    "message/rfc822",
    "text/rfc822-headers",
    "message/global",
    "message/global-headers",
    "message/partial",
    "message/rfc822-headers",
}
REPORTS = {"message/delivery-status", "message/global-delivery-status"}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a report: its value, and the line that it stands on."""

    value: str
    line: str


Group = dict[str, Field]


@dataclass(slots=True)
class Notice:
    """What one message says.

    Args:
        part: the message, for its header.
        lines: the text for people, up to where the returned message begins.
        rest: what follows in the text: mostly the returned message.
        groups: of a report, the fields about each recipient.
        about: of a report, the fields about the message.
        returned: the header of the returned message.
        types: the media types of its parts.
        marked: whether the text says where the returned message begins.
    """

    part: Part
    lines: list[str] = field(default_factory=list)
    rest: str = ""
    groups: list[Group] = field(default_factory=list)
    about: Group = field(default_factory=dict)
    returned: Part | None = None
    types: set[str] = field(default_factory=set)
    marked: bool = False


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


# -- a message into a notice


def read_notice(scan: Scan, part: Part) -> Notice:
    """What a message says, without judging."""
    notice = Notice(part)
    plain_parts, html_parts = list[Part](), list[Part]()
    for leaf in part.walk():
        notice.types.add(leaf.type)
        if leaf.type.startswith("multipart/"):
            continue
        if leaf.type in REPORTS:
            _read_report(notice, scan.text(leaf))
        elif leaf.type in RETURNED:
            if notice.returned is None:
                notice.returned = leaf.parts[0] if leaf.parts else _headers_of(leaf)
        elif leaf.type == "text/html":
            html_parts.append(leaf)
        elif (leaf.type.startswith("text/") or leaf is part) and notice.returned is None:
            plain_parts.append(leaf)
    for leaf in plain_parts or html_parts:
        _read_text(notice, scan.text(leaf))
    if not any(line.strip() for line in notice.lines) and plain_parts:
        for leaf in html_parts:
            _read_text(notice, scan.text(leaf))
    return notice


def _headers_of(leaf: Part) -> Part | None:
    """The header that a text/rfc822-headers part shows."""
    inner = Scan(leaf.raw[leaf.start : min(leaf.end, leaf.start + 65_536)])
    return inner.message if inner.message.fields else None


_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,60})[ \t]{0,4}:[ \t]{0,8}(.*)")
_KNOWN = {
    "reporting-mta", "original-envelope-id", "dsn-gateway", "received-from-mta", "arrival-date", "final-recipient", "original-recipient",
    "action", "status", "remote-mta", "diagnostic-code", "last-attempt-date", "final-log-id", "will-retry-until",
}  # fmt: skip
_OF_RECIPIENT = {"final-recipient", "original-recipient", "action", "status", "remote-mta", "diagnostic-code"}


def _read_report(notice: Notice, text: str) -> None:
    for group in _groups(text.split("\n", LINES)):
        if _OF_RECIPIENT & group.keys() and len(notice.groups) < GROUPS:
            notice.groups.append(group)
        if "reporting-mta" in group or not notice.about:
            notice.about.update({name: value for name, value in group.items() if name not in _OF_RECIPIENT})


def _groups(lines: Iterable[str]) -> Iterator[Group]:
    """Fields, group by group: an empty line ends one, and so does a recipient's second address."""
    group: Group = {}
    name = ""
    for line in lines:
        text = line[:LINE].rstrip()
        if not text.strip():
            if group:
                yield group
            group, name = {}, ""
        elif text[0] in " \t" and name:
            if len(group[name].value) < LINE:
                group[name] = Field(
                    f"{group[name].value} {text.strip()}".strip(), f"{group[name].line} {text.strip()}"
                )
        elif found := _FIELD.match(text):
            name = found[1].lower()
            if name in group and name in {"final-recipient", "action"}:
                yield group
                group = {}
            group.setdefault(name, Field(found[2].strip(), text))
    if group:
        yield group


# -- the text for people

_HEADER_LINE = re.compile(r"[ \t>|]{0,4}([A-Za-z][A-Za-z0-9-]{1,40}):(?:\s|$|[^/\s])")
_OF_MAIL = {"received", "return-path", "message-id", "mime-version", "content-type", "date", "from", "to", "subject", "dkim-signature", "x-mailer", "delivered-to"}  # fmt: skip
_SURE = {"received", "return-path", "message-id", "mime-version", "dkim-signature"}


def _read_text(notice: Notice, text: str) -> None:
    if notice.marked:
        return
    lines = [line[:LINE] for line in text.split("\n", LINES)[:LINES]]
    cut = _cut(lines)
    if cut < len(lines):
        notice.marked = True
        notice.rest = "\n".join(lines[cut:])
    kept = lines[:cut]
    _read_fields(notice, kept)
    notice.lines += kept


def _cut(lines: list[str]) -> int:
    """Where the returned message begins: behind a line that says so, or where a mail's header stands."""
    original = book().original
    for number, line in enumerate(lines):
        if number and len(line) < 200:
            text = plain(line)
            found = [phrase for _, phrase, _ in original.find(text)]
            # a sentence may mention the original message; a line that ends so, or has a rule, or stands above a header, begins it
            ends = any(
                "*" in phrase or text.rstrip(" .:-=*").endswith(phrase.rstrip(" .:-")) for phrase in found
            )
            if found and (ends or line.strip().startswith(_RULES) or _is_header(lines, number + 1, 1)):
                return number
        if _is_header(lines, number, 3):
            return number
    return len(lines)


_RULES = ("-", "*", "=", "|", "#", ">")


def _is_header(lines: list[str], start: int, wanted: int) -> bool:
    """Whether a mail's header begins at a line: several of its fields, one of which no person writes."""
    first = _HEADER_LINE.match(lines[start]) if start < len(lines) else None
    if first is None or (wanted > 1 and first[1].lower() not in _OF_MAIL):
        return False
    names = [found[1].lower() for line in lines[start : start + 12] if (found := _HEADER_LINE.match(line))]
    return sum(name in _OF_MAIL for name in names) >= wanted and any(name in _SURE for name in names)


def _read_fields(notice: Notice, lines: list[str]) -> None:
    """Report fields that stand in the text, where no part has them."""
    if notice.groups:
        return
    first = next(
        (
            n
            for n, line in enumerate(lines)
            if (found := _FIELD.match(line)) and found[1].lower() in _KNOWN - {"action", "status"}
        ),
        None,
    )
    if first is None:
        return
    merged: Group = {}
    for group in _groups(lines[first:]):
        if not _KNOWN & group.keys():
            break
        if {"final-recipient", "original-recipient"} & group.keys() and "final-recipient" in merged:
            notice.groups.append(merged)
            merged = {}
        merged = {**group, **merged}
    if "final-recipient" in merged or "original-recipient" in merged:
        notice.groups.append(merged)
        notice.about = merged


# -- a notice, recipient by recipient

_NOT_A_RECIPIENT = re.compile(
    r"\b(?:mail from|envelope-from|from|sender|reply-to|return-path|contact|e-?mail us|mailto|support|help ?desk|administrator|sent by|sender of|cc|on behalf of|errors-to|message-id)\b[^@]{0,40}$|連絡|問い?合わせ|差出人|送信者",
    re.IGNORECASE,
)
_ROBOTS = re.compile(
    r"(?:mailer-daemon|post-?_?master|abuse|support|no-?reply|do-?not-?reply|helpdesk|hostmaster|nobody)@",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"[\s>*|\-\u2022\u30fb]{0,12}(?:\d{1,3}[.)] )?(?:[^\s:@][^:@]{0,40}:\s{0,8})?[<(\[\"']{0,2}$"
)  # what may stand before an address that heads a line
_REPLY = re.compile(
    r"(?:^|[\s:;('\"=<\[])([245]\d\d)(?:[- ]+|, |: ?)['\"#(<\[]{0,2}(?:([245]\.\d{1,3}\.\d{1,3})|(?=[A-Za-z<\[(:'\"=#\u3000-\u9fff-]))|^\W{0,8}[45]\d\d\s*$"
)
_INTRODUCED = re.compile(
    r"\bsaid:|\(reason:|<<<|diagnostic|remote host said|error message below|#[45]\.\d\.\d|server message|responded with|response (?:was|from)|returned:?$|the error that the other server returned|error_code",
    re.IGNORECASE,
)


_SUBJECT = re.compile(r"(?:subject|件名|betreff|objet|asunto|assunto|oggetto|тема)\s*[:：]", re.IGNORECASE)


_TO = re.compile(r"[\s>]*(?:to|cc|宛先|an|à|para)\s*[:：]", re.IGNORECASE)
_OF_A_SUMMARY = re.compile(r"[\s>]*(?:subject|sent|date|件名|送信日時)\s*[:：]", re.IGNORECASE)


def addresses_in(value: str) -> list[str]:
    """The addresses in a text, in order."""
    return (
        [
            found[0].strip('"').rstrip(".") if not found[0].startswith('"') else found[0].rstrip(".")
            for found in ADDRESS.finditer(value[:LINE])
        ]
        if "@" in value
        else []
    )


def after_type(value: str) -> str:
    """The value behind `rfc822;`, `dns;` or `smtp;`."""
    kind, semicolon, rest = value.partition(";")
    return rest.strip() if semicolon and re.fullmatch(r"\s*[A-Za-z0-9-]{1,30}\s*", kind) else value.strip()


def recipient_of(group: Group) -> str:
    """The address that a group of fields is about."""
    for name in ("final-recipient", "original-recipient", "x-actual-recipient"):
        if name in group:
            value = decoded_words(after_type(group[name].value))
            found = addresses_in(value)
            if found:
                return found[0]
            if value.strip("<> "):
                return value.strip("<> ")[:320]
    return ""


def cases(notice: Notice) -> list[Case]:
    """What a notice says, recipient by recipient."""
    if notice.groups:
        found = [Case(recipient_of(group), group) for group in notice.groups]
    else:
        found = [Case(address) for address in _recipients(notice)] or [Case("")]
    _share(notice.lines, found)
    subject = _REASON_IN_SUBJECT.match(notice.part.shown("subject"))
    if subject is not None:
        for case in found:
            case.told.append(subject[0])
    return found


# Sendmail and Domino put the reason here; others put the returned message's subject, which is the sender's own words
_REASON_IN_SUBJECT = re.compile(r"(?:returned mail|delivery failure):.{1,300}", re.IGNORECASE)


def _recipients(notice: Notice) -> list[str]:
    """The recipients that the header or the text names."""
    failed = notice.part.get("x-failed-recipients")
    if failed and (named := addresses_in(failed)):
        return _unique(named)
    mine = {
        a.lower()
        for name in ("from", "sender", "reply-to", "return-path")
        for a in addresses_in(notice.part.get(name))
    }
    sender = {a.lower() for a in addresses_in(notice.part.get("to"))}
    heads, mentions, robots = list[str](), list[str](), list[str]()
    for number, line in enumerate(notice.lines):
        if "@" not in line:
            continue
        # "To:" beside "Subject:" and "Sent:" tells whom the message was for, among them those whom it did reach
        summary = _TO.match(line) is not None and any(
            _OF_A_SUMMARY.match(near) for near in notice.lines[max(0, number - 2) : number + 3]
        )
        for found in ADDRESS.finditer(line):
            address = found[0].rstrip(".")
            before = line[: found.start()]
            if address.lower() in mine or _NOT_A_RECIPIENT.search(before[-80:]) or "://" in before[-40:]:
                continue
            if _ROBOTS.match(address):
                robots.append(address)
            elif not summary and _LABEL.fullmatch(before):
                heads.append(address)
            else:
                mentions.append(address)
    for group in (heads, mentions):
        others = [a for a in group if a.lower() not in sender]
        if others:
            return _unique(others)
    return _unique(heads or mentions or robots)[:1]


def _unique(addresses: Iterable[str]) -> list[str]:
    return list({address.lower(): address for address in reversed(list(addresses))}.values())[::-1][:GROUPS]


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
