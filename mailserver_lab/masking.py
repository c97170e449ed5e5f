"""Passwords that are part of a command, kept out of the record.

All of the lab's protocols in one place: who talks by hand may say a password to the wrong server.
"""

from __future__ import annotations

import re

_VERBS = frozenset({"PASS", "AUTH", "APOP", "LOGIN", "AUTHENTICATE"})
_SECRET = re.compile(
    r"""\A(\s* (?:
        PASS                                                             # RFC 1939 §7
        | APOP \s+ \S+
        | AUTH \s+ \S+                                                   # RFC 4954 §4, RFC 5034 §4
        | \S+ \s+ AUTHENTICATE \s+ \S+                                 # RFC 3501 §6.2.2
        | \S+ \s+ LOGIN (?! \s+ \{\d+\+?\} \Z )                       # §6.2.3; what follows a literal's size is not in this line
            (?: \s+ (?: "(?:[^"\\]|\\.)*" | [^\s"{]+ ) (?= \s+ \S ) )?
    )) \s .+""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)


def masked(line: str) -> str:
    """A command with `***` in place of its password; any other line as it is."""
    words = line.split(None, 2)[:2]  # decide nearly every line, at a tenth of what the pattern takes
    if _VERBS.isdisjoint(map(str.upper, words)):
        return line
    return _SECRET.sub(r"\1 ***", line)
