"""What aiosmtpd says of its own accord, in the lab's words and with an enhanced status code (RFC 2034)."""

from __future__ import annotations

import re

from .. import replies
from ..replies import Reply
from .guard import TOO_MANY_REFUSALS

EHLO_FIRST = Reply(503, "Say EHLO first", "5.5.1")
MAIL_FIRST = Reply(503, "MAIL FROM comes first", "5.5.1")
RCPT_FIRST = Reply(503, "RCPT TO comes first", "5.5.1")
TOO_LONG_A_TEXT_LINE = Reply(
    554, "A line of the message is longer than 998 octets (RFC 5322 section 2.1.1)", "5.6.0"
)

# what aiosmtpd says of its own accord → what the lab says
_OWN_WORDS = {
    "250 OK": replies.OK,
    "221 Bye": replies.BYE,
    "500 Command line too long": replies.TOO_LONG_A_LINE,
    "500 Error: bad syntax": Reply(500, "That is no command", "5.5.2"),
    "502 5.5.1 Too many unrecognized commands, goodbye.": TOO_MANY_REFUSALS,
    "503 Error: send HELO first": EHLO_FIRST,
    "503 Error: send EHLO first": EHLO_FIRST,
    "503 Already authenticated": Reply(503, "You are signed in already", "5.5.1"),
    "530 5.7.0 Authentication required": replies.NEED_LOGIN,
    "530 Must issue a STARTTLS command first": replies.NEED_TLS,
    "454 TLS not available": Reply(454, "TLS is not available", "4.7.0"),
}  # fmt: skip
_FALLBACK = {
    "2": "2.0.0",
    "4": "4.0.0",
    "500": "5.5.2",
    "501": "5.5.4",
    "502": "5.5.1",
    "503": "5.5.1",
    "504": "5.5.4",
    "5": "5.0.0",
}
_HAS_STATUS = re.compile(r"\d{3} \d\.\d+\.\d+")
_NO_STATUS = re.compile(
    r"(220 |334|354|250[- ](?:SIZE|8BITMIME|SMTPUTF8|STARTTLS|AUTH|HELP|PIPELINING|DSN|ENHANCED))"
)


def worded(status: str | bytes | Reply, hostname: str) -> list[str]:
    """The lines of a reply, whether it is one of ours or one of aiosmtpd's.

    Args:
        status: the reply.
        hostname: the server's own name, which alone is a whole reply to HELO.
    """
    if isinstance(status, Reply):
        return status.lines()
    text = status.decode("utf-8", "replace") if isinstance(status, bytes) else status
    if text.startswith(
        "500 Error: command"
    ):  # which it quotes, and which may be a secret said at the wrong moment
        text = "500 Error: bad syntax"
    if text in _OWN_WORDS:
        return _OWN_WORDS[text].lines()
    if _NO_STATUS.match(text) or text[3:4] == "-" or _HAS_STATUS.match(text) or text == f"250 {hostname}":
        return [text]
    code = text[:3]
    status_code = _FALLBACK.get(code) or _FALLBACK.get(code[0], "5.0.0")
    return [f"{code} {status_code} {text[4:].removeprefix('Error: ')}"]
