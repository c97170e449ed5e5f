"""What to ask of the next server, given what it offers; and what cannot be asked of it."""

from __future__ import annotations

from ..replies import Reply
from ..store import Queued, Recipient
from .content import header_section

Parameters = dict[str, str | int | None]


def international(queued: Queued, raw: bytes) -> bool:
    """Whether addresses or headers go beyond ASCII, so that only servers with SMTPUTF8 can take it (RFC 6531 section 3.2)."""
    addresses = "".join([queued.reverse_path, *(recipient.address for recipient in queued.recipients)])
    return not addresses.isascii() or not header_section(raw).isascii()


def lacking(offered: dict[str, str], queued: Queued, raw: bytes) -> Reply | None:
    """Why a server that offers this cannot be given the message, None where it can."""
    if "SMTPUTF8" not in offered and international(queued, raw):
        text = "Addresses or headers beyond ASCII, and the next server does not offer SMTPUTF8"
        return Reply(550, text, "5.6.7")
    if "8BITMIME" not in offered and not raw.isascii():
        text = "Text beyond ASCII, and the next server does not offer 8BITMIME (RFC 6152 section 3)"
        return Reply(554, text, "5.6.3")
    return None


def mail_parameters(offered: dict[str, str], queued: Queued, raw: bytes) -> Parameters:
    """The parameters of MAIL."""
    parameters: Parameters = {}
    if "SIZE" in offered:
        parameters["SIZE"] = len(raw)
    if "8BITMIME" in offered and not raw.isascii():
        parameters["BODY"] = "8BITMIME"
    if "SMTPUTF8" in offered and international(queued, raw):
        parameters["SMTPUTF8"] = None
    if "DSN" in offered and queued.ret:
        parameters["RET"] = queued.ret
    if "DSN" in offered and queued.envid:
        parameters["ENVID"] = queued.envid
    return parameters


def rcpt_parameters(offered: dict[str, str], recipient: Recipient) -> Parameters:
    """The parameters of RCPT: what the sender asked, passed on (RFC 3461 section 5.2.1)."""
    parameters: Parameters = {}
    if "DSN" in offered and recipient.notify:
        parameters["NOTIFY"] = ",".join(sorted(recipient.notify))
    if "DSN" in offered and recipient.orcpt:
        parameters["ORCPT"] = recipient.orcpt
    return parameters
