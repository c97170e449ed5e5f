"""What stands behind MAIL FROM: and RCPT TO: - a path and parameters (RFC 5321 section 4.1.2).

Also the parameters of the delivery status extension (RFC 3461 section 4).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# said by what they exclude, which Python compiles twenty times faster than ranges up to U+10FFFF
_ATOM = r"[^\x00-\x20\x7f()<>\[\]:;@\\,.\"]+"
_QUOTED = r'"(?:[^\x00-\x1f\x7f"\\]|\\[ -~])*"'
_ALNUM = r"[^\x00-/:-@\[-`{-\x7f]"
_LABEL = rf"{_ALNUM}(?:(?:{_ALNUM}|-)*{_ALNUM})?"
_LITERAL = r"\[[!-Z^-~]+\]"
_MAILBOX = re.compile(
    rf"(?P<local>{_ATOM}(?:\.{_ATOM})*|{_QUOTED})@(?P<domain>{_LABEL}(?:\.{_LABEL})*|{_LITERAL})"
)
_SOURCE_ROUTE = re.compile(r"(?:@[A-Za-z0-9.\-]+,?)+:")
_PARAMETER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)(?:=([^\x00-\x20=\x7f-\x9f\ud800-\udfff]+))?\Z")

LOCAL_PART_LIMIT = 64  # octets, RFC 5321 section 4.5.3.1.1
PATH_LIMIT = 256  # octets, section 4.5.3.1.3
NOTIFY = frozenset({"NEVER", "SUCCESS", "FAILURE", "DELAY"})


class BadPath(ValueError):
    """What stands there is no path, or its parameters are none."""


@dataclass(frozen=True, slots=True)
class Argument:
    """A path, '' for the null reverse-path, and its parameters by upper-case name."""

    address: str
    parameters: dict[str, str | None]


def is_mailbox(address: str) -> bool:
    """Tell whether this is a mailbox as SMTP knows it: local part, @, domain, within the limits."""
    match = _MAILBOX.fullmatch(address)
    try:
        return (
            match is not None
            and len(match["local"].encode()) <= LOCAL_PART_LIMIT
            and len(address.encode()) <= PATH_LIMIT - 2
        )
    except UnicodeEncodeError:  # half a character
        return False


def parse(argument: str, keyword: str) -> Argument:
    """Read `FROM:<path> parameters` or `TO:<path> parameters`.

    Args:
        argument: what followed the command's verb.
        keyword: "FROM" or "TO".

    Raises:
        BadPath: says what is wrong.
    """
    head, colon, rest = argument.partition(":")
    if not colon or head.strip().upper() != keyword:
        raise BadPath(f"{keyword}: is missing")
    rest = rest.lstrip(" ")  # RFC 5321 has no space here, but many clients send one
    if rest.startswith("<"):
        end = _closing(rest)
        path, tail = rest[1:end], rest[end + 1 :]
    else:
        path, _, tail = rest.partition(" ")  # without brackets, as old clients do
    if route := _SOURCE_ROUTE.match(path):
        path = path[route.end() :]  # obsolete, to be accepted and ignored (RFC 5321 appendix C)
    if path and path.lower() != "postmaster" and not is_mailbox(path):
        raise BadPath("that is not an address")
    parameters: dict[str, str | None] = {}
    for word in tail.split():
        match = _PARAMETER.match(word)
        if match is None or match[1].upper() in parameters:
            raise BadPath(f"{word[:40]} is no parameter, or is given twice")
        parameters[match[1].upper()] = match[2]
    return Argument(path, parameters)


def _closing(text: str) -> int:
    quoted = escaped = False
    for at, char in enumerate(text):
        if escaped:
            escaped = False
        elif char == "\\" and quoted:
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif char == ">" and not quoted:
            return at
    raise BadPath("the closing > is missing")


def notify(value: str | None) -> frozenset[str]:
    """Read the value of NOTIFY= (RFC 3461 section 4.1).

    Raises:
        BadPath: NEVER stands alone, and the rest is SUCCESS, FAILURE, DELAY.
    """
    words = frozenset((value or "").upper().split(","))
    if not words <= NOTIFY or ("NEVER" in words and len(words) > 1):
        raise BadPath("NOTIFY is NEVER, or any of SUCCESS, FAILURE and DELAY")
    return words


def canonical(address: str) -> str:
    """The form under which accounts are kept: the lab's local parts, and every domain, know no upper case."""
    return address.lower()
