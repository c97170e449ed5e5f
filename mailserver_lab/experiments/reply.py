"""What a mail program puts into the form when its user presses Reply."""

from __future__ import annotations

import re
from email.utils import parseaddr

from ..devices import Draft
from ..locale import Lang, Text
from .views import Reading

QUOTED = 20_000  # characters of the letter that are quoted
_WROTE = Text(ja="{date} {sender} からのメール：", en="On {date}, {sender} wrote:")
_REPLIED = re.compile(r"re\s*:", re.IGNORECASE)


def reply(letter: Reading, sender: str, lang: Lang) -> Draft:
    """A reply to whoever the letter says it is from (RFC 5322 section 3.6.3), with the letter quoted below.

    Mail programs go by From and not by Return-Path: it is people who reply, and programs that send errors back.
    """
    to = parseaddr(letter.sender)[1]
    subject = letter.subject if _REPLIED.match(letter.subject) else f"Re: {letter.subject}"
    quoted = "\n".join(f"> {line}".rstrip() for line in letter.text[:QUOTED].strip().splitlines())
    wrote = _WROTE[lang].format(date=letter.date, sender=to)
    return Draft(sender, to, subject, f"\n\n{wrote}\n{quoted}\n")
