"""How mail systems word the same replies: data, filled in by `replies`.

Only the digits are standard, and even they differ (RFC 3463): a missing user is 5.1.1 for most and 5.1.10 for Exchange, and
Exim gives no enhanced status code at all. What is known of a system stands as it says it; the rest is worded in its manner.
"""

from __future__ import annotations

DEFAULT = "default"

# what a server calls itself when it greets, behind its name (RFC 5321 section 4.2)
GREETINGS = {
    DEFAULT: "ESMTP",
    "sendmail": "ESMTP Sendmail",
    "postfix": "ESMTP Postfix",
    "exim": "ESMTP Exim",
    "exchange": "Microsoft ESMTP MAIL Service ready",
    "gmail": "ESMTP - gsmtp",
}

# cause → wording → (code, enhanced status code, text)
REPLIES: dict[str, dict[str, tuple[int, str, str]]] = {
    "user-unknown": {
        DEFAULT: (550, "5.1.1", "<{address}>... User unknown"),
        "sendmail": (550, "5.1.1", "<{address}>... User unknown"),
        "postfix": (550, "5.1.1", "<{address}>: Recipient address rejected: User unknown in virtual mailbox table"),
        "exim": (550, "", "Unrouteable address"),
        "exchange": (550, "5.1.10", "RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup"),
        "gmail": (550, "5.1.1", "The email account that you tried to reach does not exist.\nLook for typing errors in the address. p=NoSuchUser - gsmtp"),
    },
    "host-unknown": {
        DEFAULT: (550, "5.1.2", "<{address}>... Host unknown (Name server: {domain}: host not found)"),
        "sendmail": (550, "5.1.2", "<{address}>... Host unknown (Name server: {domain}.: host not found)"),
        "postfix": (550, "5.4.4", "Host or domain name not found. Name service error for name={domain} type=MX: Host not found"),
        "exim": (550, "", "Unrouteable address"),
        "exchange": (550, "5.4.310", "DNS domain {domain} does not exist [Message=InfoDomainNonexistent]"),
        "gmail": (550, "4.0.0", "DNS Error: DNS type 'mx' lookup of {domain} responded with code NXDOMAIN"),
    },
    "mailbox-full": {
        DEFAULT: (552, "5.2.2", "<{address}>... Message size exceeds remaining quota"),
        "sendmail": (552, "5.2.2", "<{address}>... Mailbox full or quota exceeded"),
        "postfix": (554, "5.2.2", "<{address}>: Recipient address rejected: Quota exceeded (mailbox for user is full)"),
        "exim": (552, "", "mailbox is full"),
        "exchange": (550, "5.2.2", "STOREDRV.Deliver: mailbox full; MapiExceptionShutoffQuotaExceeded"),
        "gmail": (552, "5.2.2", "The recipient's inbox is out of storage space and inactive.\np=OverQuotaPerm - gsmtp"),
    },
    "mailbox-full-now": {  # temporary
        DEFAULT: (452, "4.2.2", "<{address}>... Message size exceeds remaining quota"),
        "sendmail": (452, "4.2.2", "<{address}>... Mailbox full or quota exceeded"),
        "postfix": (452, "4.2.2", "<{address}>: Recipient address rejected: Quota exceeded (mailbox for user is full)"),
        "exim": (452, "", "mailbox is full"),
        "exchange": (452, "4.2.2", "STOREDRV.Deliver: mailbox full"),
        "gmail": (452, "4.2.2", "The recipient's inbox is out of storage space.\np=OverQuotaTemp - gsmtp"),
    },
    "too-large": {
        DEFAULT: (552, "5.3.4", "Message exceeds maximum fixed size ({limit})"),
        "sendmail": (552, "5.2.3", "Message exceeds maximum fixed size ({limit})"),
        "postfix": (552, "5.3.4", "Message size exceeds fixed limit"),
        "exim": (552, "", "Message size exceeds maximum permitted"),
        "exchange": (550, "5.2.3", "RESOLVER.RST.RecipSizeLimit; message too large for this recipient"),
        "gmail": (552, "5.2.3", "Your message exceeded Google's message size limits.\np=MaxSizeError - gsmtp"),
    },
    "no-relay": {
        DEFAULT: (550, "5.7.1", "<{address}>... Relaying denied"),
        "sendmail": (550, "5.7.1", "<{address}>... Relaying denied"),
        "postfix": (554, "5.7.1", "<{address}>: Relay access denied"),
        "exim": (550, "", "relay not permitted"),
        "exchange": (550, "5.7.54", "SMTP; Unable to relay recipient in non-accepted domain"),
        "gmail": (550, "5.7.1", "Relaying denied - gsmtp"),
    },
}  # fmt: skip

WORDINGS = tuple(GREETINGS)
"""The names of the wordings."""
