"""SMTP replies: one type, and the catalogue of what the lab's servers say.

The digits are standard (RFC 5321 section 4.2, RFC 3463); the texts are free. The default wording holds the four phrases
that users meet most often in bounces, verbatim; what other mail systems say in their place is in `wordings`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .wordings import DEFAULT, REPLIES

_LINE = re.compile(r"([2-5][0-9]{2})(?:([ -])(.*))?\Z", re.DOTALL)
_STATUS = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?:\s+|\Z)")


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply of one or several lines.

    Args:
        code: the three digits (RFC 5321 section 4.2).
        text: its lines, without code and enhanced status code, joined by newlines.
        status: the enhanced status code, such as "5.1.1", or "" where the reply has none (RFC 2034).
    """

    code: int
    text: str
    status: str = ""

    @property
    def temporary(self) -> bool:
        """Whether trying again later may succeed (4yz)."""
        return 400 <= self.code < 500

    @property
    def permanent(self) -> bool:
        """Whether trying again will not change the answer (5yz)."""
        return self.code >= 500

    @property
    def ok(self) -> bool:
        """Whether the command was accepted so far (2yz, 3yz)."""
        return self.code < 400

    def lines(self) -> list[str]:
        """The reply as lines of the protocol, without line ends."""
        head = f"{self.status} " if self.status else ""
        texts = self.text.split("\n")
        return [
            f"{self.code}{'-' if n < len(texts) - 1 else ' '}{head}{text}" for n, text in enumerate(texts)
        ]

    def __str__(self) -> str:
        """The reply on one line, as a bounce quotes it."""
        return " ".join(part for part in (str(self.code), self.status, self.text.replace("\n", " ")) if part)

    @classmethod
    def parse(cls, lines: list[str]) -> Reply:
        """Read a reply from its lines.

        Raises:
            ValueError: they are no reply.
        """
        code, status, texts = None, "", []
        for line in lines:
            match = _LINE.match(line)
            if match is None or (code is not None and code != match[1]):
                raise ValueError(f"not a line of an SMTP reply: {line[:80]!r}")
            code = match[1]
            text = match[3] or ""
            enhanced = _STATUS.match(text)
            if enhanced is not None and enhanced[1] == code[0]:
                status = status or enhanced[0].strip()
                text = text[enhanced.end() :]
            texts.append(text)
        if code is None:
            raise ValueError("an SMTP reply has at least one line")
        return cls(int(code), "\n".join(texts), status)


def parsed(line: str) -> dict[str, Any]:
    """What the record keeps of one reply line beside its text."""
    match = _LINE.match(line)
    if match is None:
        return {}
    enhanced = _STATUS.match(match[3] or "")
    told = enhanced is not None and enhanced[1] == line[0]
    return {"reply": int(match[1]), "status": enhanced[0].strip() if enhanced and told else None}


# -- what every server of the lab says

OK = Reply(250, "OK", "2.0.0")
SENDER_OK = Reply(250, "OK", "2.1.0")
RECIPIENT_OK = Reply(250, "OK", "2.1.5")
BYE = Reply(221, "Bye", "2.0.0")
NEED_LOGIN = Reply(530, "Authentication required", "5.7.0")
NEED_TLS = Reply(530, "Must issue a STARTTLS command first", "5.7.0")
BAD_LOGIN = Reply(535, "Authentication credentials invalid", "5.7.8")
BAD_ADDRESS = Reply(553, "That is not an address", "5.1.3")
BAD_PARAMETER = Reply(555, "Parameter not recognized or not implemented", "5.5.4")
TOO_MANY_RECIPIENTS = Reply(452, "Too many recipients", "4.5.3")
TOO_LONG_A_LINE = Reply(500, "Line too long", "5.5.2")
TIMED_OUT = Reply(421, "You said nothing for too long, closing the connection", "4.4.2")
LOCAL_TROUBLE = Reply(451, "Local error in processing", "4.3.0")
NO_ROOM_ON_DISK = Reply(452, "Insufficient system storage", "4.3.1")
LOOP = Reply(554, "Too many hops, this message is in a loop", "5.4.6")
BAD_BODY = Reply(501, "BODY is 7BIT or 8BITMIME", "5.5.4")


def _worded(cause: str, wording: str, **values: object) -> Reply:
    code, status, text = REPLIES[cause][wording]
    return Reply(code, text.format(**values), status)


def user_unknown(address: str, wording: str = DEFAULT) -> Reply:
    """No such user at this domain (X.1.1)."""
    return _worded("user-unknown", wording, address=address)


def host_unknown(address: str, wording: str = DEFAULT) -> Reply:
    """The DNS knows no such domain (X.1.2). Said by the sender's own server, which asked."""
    return _worded("host-unknown", wording, address=address, domain=address.rpartition("@")[2])


def mailbox_full(address: str, wording: str = DEFAULT, *, temporary: bool = False) -> Reply:
    """The recipient's mailbox has no room for it (X.2.2)."""
    return _worded("mailbox-full-now" if temporary else "mailbox-full", wording, address=address)


def too_large(limit: int, wording: str = DEFAULT) -> Reply:
    """The message is larger than this server takes (X.3.4). `limit` in octets."""
    return _worded("too-large", wording, limit=limit)


def no_relay(address: str, wording: str = DEFAULT) -> Reply:
    """This server does not carry mail to that domain for you (X.7.1)."""
    return _worded("no-relay", wording, address=address)


def not_your_address(address: str) -> Reply:
    """A login may use only its own address as reverse-path (RFC 6409 section 6.1; X.7.1)."""
    return Reply(553, f"<{address}>... That is not your address", "5.7.1")


def takes_no_mail(address: str) -> Reply:
    """The domain says by a null MX that it takes no mail (RFC 7505)."""
    domain = address.rpartition("@")[2]
    return Reply(556, f"<{address}>... {domain} does not accept mail (null MX)", "5.1.10")


def queued_as(queue_id: str) -> Reply:
    """The server has taken responsibility: what it said this of is committed."""
    return Reply(250, f"queued as {queue_id}", "2.0.0")
