"""Whom a notice is about: the addresses that its report, its header or its text names, and not those of its writer."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .notice import GROUPS, LINE, Group, Notice
from .scan import decoded_words
from .signs import ADDRESS, book, plain

# an address within an X.400 one, as Exchange writes it: "c=US;a= ;p=Firm;dda:SMTP=a@b.example;"
_SMTP = re.compile(r"smtp=", re.IGNORECASE)


def addresses_in(value: str) -> list[str]:
    """The addresses in a text, in order."""
    return [_address(found) for found in ADDRESS.finditer(value[:LINE])] if "@" in value else []


def _address(found: re.Match[str]) -> str:
    address = found[0].rstrip(".")
    if _SMTP.match(address):
        address = address[len("smtp=") :]
    return address if address.startswith('"') else address.strip('"')


def after_type(value: str) -> str:
    """The value behind `rfc822;`, `dns;` or `smtp;`."""
    kind, semicolon, rest = value.partition(";")
    return rest.strip() if semicolon and re.fullmatch(r"\s*[A-Za-z0-9-]{1,30}\s*", kind) else value.strip()


def recipient_of(group: Group) -> str:
    """The address that a group of fields is about: one for mail, where there is any; else a name of another system (X.400), or a local one.

    A source route ("@store.b.example:a@lmtp-daemon", RFC 5321 appendix C) is a server's own name for the mailbox: the original goes before.
    """
    named = [
        decoded_words(after_type(group[name].value))
        for name in ("final-recipient", "original-recipient", "x-actual-recipient")
        if name in group
    ]
    named.sort(key=lambda value: value.lstrip("<").startswith("@"))
    found = [address for value in named for address in addresses_in(value)]
    others = [value.strip("<> ")[:320] for value in named if value.strip("<> ")]
    return next(iter(found + others), "")


_NOT_A_RECIPIENT = re.compile(
    r"\b(?:mail from|envelope-from|(?<!generated )from|sender|reply-to|return-path|contact|e-?mail us|mailto|support|help ?desk|administrator|sent by|sender of|cc|on behalf of|errors-to|message-id)\b[^@]{0,40}$|連絡|問い?合わせ|差出人|送信者",
    re.IGNORECASE,
)
_ROBOTS = re.compile(
    r"(?:mailer-daemon|post-?_?master|abuse|support|no-?reply|do-?not-?reply|helpdesk|hostmaster|nobody)@",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"[\s>*|\-\u2022\u30fb]{0,12}(?:\d{1,3}[.)] )?(?:[^\s:@][^:@]{0,40}:\s{0,8})?[<(\[\"']{0,2}$"
)  # what may stand before an address that heads a line
_TO = re.compile(r"[\s>]*(?:to|cc|宛先|an|à|para)\s*[:：]", re.IGNORECASE)
_OF_A_SUMMARY = re.compile(r"[\s>]*(?:subject|sent|date|件名|送信日時)\s*[:：]", re.IGNORECASE)


def named_in(notice: Notice) -> list[str]:
    """The recipients that the header or the text of a notice names, where it has no report."""
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
            address = _address(found)
            before = line[: found.start()]
            if address.lower() in mine or _NOT_A_RECIPIENT.search(before[-80:]) or "://" in before[-40:]:
                continue
            if _ROBOTS.match(address):
                robots.append(address)
            elif not summary and _LABEL.fullmatch(before):
                heads.append(address)
            else:
                mentions.append(address)
    returned = _addressees(notice) if len(mentions) > 1 and not heads else set()
    if known := [a for a in mentions if a.lower() in returned]:
        mentions = known  # of many in running text, those that the returned message was for
    for group in (heads, mentions):
        others = [a for a in group if a.lower() not in sender]
        if others:
            return _unique(others)
    return _names(notice) or _unique(heads or mentions or robots)[:1]


# in a header: its fields for recipients, and "for <a@b.example>" in Received
_ADDRESSED = re.compile(
    r"^[>|\s]{0,4}(?:to|cc|delivered-to|envelope-to):.*|\bfor\s{1,9}<[^<>\s]{1,320}>",
    re.IGNORECASE | re.MULTILINE,
)
ORIGINAL = 20_000  # characters of a returned message, where its header is looked for


def _addressees(notice: Notice) -> set[str]:
    """Whom the returned message was for, as far as its header is there."""
    fields = notice.returned.fields if notice.returned is not None else []
    text = notice.rest[:ORIGINAL] + "".join(f"\n{name}: {value}" for name, value in fields)[:ORIGINAL]
    return {a.lower() for found in _ADDRESSED.finditer(text) for a in addresses_in(found[0])}


_NAME = re.compile(r"[ \t]{1,40}([A-Za-z0-9][\w.+-]{1,63})\s*")
ANNOUNCED_IN, PARAGRAPH = 100, 500  # lines of a text; characters of a sentence
_ANNOUNCED = re.compile(r"\b(?:recipients?|address|addresses|users?)\b", re.IGNORECASE)


def _names(notice: Notice) -> list[str]:
    """Bare names, indented below a sentence that announces recipients: users of the server that writes, whose domain they are given."""
    writer = addresses_in(notice.part.get("from"))
    domain = f"@{writer[0].rpartition('@')[2].lower()}" if writer else ""
    found, paragraph, listing = list[str](), "", False
    for line in notice.lines[:ANNOUNCED_IN]:
        if listing and (name := _NAME.fullmatch(line)):
            found.append(name[1] + domain)
        elif line.strip():
            paragraph = f"{paragraph} {line.strip()}"[-PARAGRAPH:]
            listing = paragraph.endswith(":") and bool(
                _ANNOUNCED.search(paragraph) and book().notice.any(plain(paragraph))
            )
        else:
            paragraph = ""
    return _unique(found)


def _unique(addresses: Iterable[str]) -> list[str]:
    return list({address.lower(): address for address in reversed(list(addresses))}.values())[::-1][:GROUPS]
