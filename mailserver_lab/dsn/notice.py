"""Reading a notification: its report fields (RFC 3464) and its text for people, apart from the message that it returns.

What is read here is not judged yet. A `Notice` holds what one message says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .scan import Part, Scan
from .signs import book, plain

LINES = 3_000  # lines of text for people; bounces have fifty
LINE = 2_000  # characters of one line
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
        disposition: of a receipt, what it says was done with the message (RFC 8098).
    """

    part: Part
    lines: list[str] = field(default_factory=list)
    rest: str = ""
    groups: list[Group] = field(default_factory=list)
    about: Group = field(default_factory=dict)
    returned: Part | None = None
    types: set[str] = field(default_factory=set)
    marked: bool = False
    disposition: str = ""


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
        elif leaf.type == "message/disposition-notification":
            _read_receipt(notice, scan.text(leaf))
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


def _read_receipt(notice: Notice, text: str) -> None:
    """What a receipt says was done with the message, and whose it was: where it was refused, that is all there is about the recipient."""
    for group in _groups(text.split("\n", LINES)):
        if "disposition" in group and not notice.disposition:
            notice.disposition = group["disposition"].value.lower()
            named = {name: field for name, field in group.items() if name in _OF_RECIPIENT}
            if named:
                notice.groups.append(named)


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
    lines = _without_summary([line[:LINE] for line in text.split("\n", LINES)[:LINES]])
    cut = _cut(lines)
    if cut < len(lines):
        notice.marked = True
        notice.rest = "\n".join(lines[cut:])
    kept = lines[:cut]
    _read_fields(notice, kept)
    notice.lines += kept


SUMMARY = 30  # lines of a header within a notice
AFTER = 10  # lines behind it that tell whether the notice goes on


def _without_summary(lines: list[str]) -> list[str]:
    """The lines without a header of the returned message that stands, indented, before the notice says what happened to it."""
    before = ""
    for number, line in enumerate(lines):
        if line[:1] in {" ", "\t"} and before.endswith(":") and _is_header(lines, number, 3):
            near = enumerate(lines[number : number + SUMMARY], number)
            end = next((n for n, one in near if one.strip() and one[0] not in " \t"), len(lines))
            goes_on = book().notice.any(plain(" ".join(lines[end : end + AFTER])))
            return lines[:number] + lines[end:] if goes_on else lines
        before = line.strip() or before
    return lines


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
            begins = ends or line.strip().startswith(_RULES) or _is_header(lines, number + 1, 1)
            if found and begins and "resend" not in text:  # "Do not resend your original message."
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
