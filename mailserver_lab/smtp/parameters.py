"""What MAIL and RCPT ask for: their arguments read and checked, or the reply that says what is wrong with them.

SIZE (RFC 1870), BODY (RFC 6152), SMTPUTF8 (RFC 6531), AUTH (RFC 4954 section 5), RET, ENVID, NOTIFY and ORCPT (RFC 3461).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .. import replies
from ..replies import Reply
from . import paths
from .envelope import Forward

ENVID_LIMIT = 100  # characters (RFC 3461 section 4.4)
ORCPT_LIMIT = 500  # characters (section 4.2)
NEEDS_SMTPUTF8 = Reply(553, "Addresses beyond ASCII need the parameter SMTPUTF8 of MAIL", "5.6.7")

_NUMBER = re.compile(r"[0-9]{1,20}")  # RFC 1870 section 4
_XTEXT = re.compile(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})+")  # RFC 3461 section 4
_ORCPT = re.compile(
    r"[A-Za-z0-9-]+;(?:[^\x00-\x20+=\x7f-\x9f\ud800-\udfff]|\+[0-9A-F]{2})+"
)  # RFC 6533 section 3 too


class Refused(Exception):
    """The command cannot be accepted; `reply` says why."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(str(reply))
        self.reply = reply


@dataclass(frozen=True, slots=True)
class Mail:
    """What MAIL FROM asked for."""

    address: str
    size: int | None
    ret: str | None
    envid: str | None
    smtputf8: bool


def of_mail(argument: str, too_large: Reply, size_limit: int) -> Mail:
    """Read what follows MAIL.

    Args:
        argument: what stands behind the command.
        too_large: what this server says of a larger message than it takes.
        size_limit: the largest that it takes, in octets.

    Raises:
        Refused: it is wrong, or asks for what this server does not do.
    """
    given, parameters = _parse(argument, "FROM", "5.1.7")
    size, body = parameters.pop("SIZE", "0"), parameters.pop("BODY", "7BIT") or ""
    told = "SIZE" in given.parameters
    ret, envid = parameters.pop("RET", "FULL"), parameters.pop("ENVID", "x")
    smtputf8 = "SMTPUTF8" in parameters
    if parameters.pop("SMTPUTF8", None) is not None:
        raise Refused(Reply(501, "SMTPUTF8 has no value", "5.5.4"))
    parameters.pop("AUTH", None)  # may be given, need not be believed
    if parameters:
        raise Refused(replies.BAD_PARAMETER)
    if body.upper() not in {"7BIT", "8BITMIME"}:
        raise Refused(replies.BAD_BODY)
    if size is None or not _NUMBER.fullmatch(size):
        raise Refused(Reply(501, "SIZE is a number of octets", "5.5.4"))
    if ret is None or ret.upper() not in {"FULL", "HDRS"}:
        raise Refused(Reply(501, "RET is FULL or HDRS", "5.5.4"))
    if envid is None or len(envid) > ENVID_LIMIT or not _XTEXT.fullmatch(envid):
        raise Refused(Reply(501, f"ENVID is at most {ENVID_LIMIT} characters of xtext", "5.5.4"))
    if not smtputf8 and not given.address.isascii():
        raise Refused(NEEDS_SMTPUTF8)
    if int(size) > size_limit:
        raise Refused(too_large)
    return Mail(
        given.address,
        int(size) if told else None,
        ret.upper() if "RET" in given.parameters else None,
        envid if "ENVID" in given.parameters else None,
        smtputf8,
    )


def of_rcpt(argument: str, *, smtputf8: bool) -> Forward:
    """Read what follows RCPT, in a transaction that was begun with SMTPUTF8 or without.

    Raises:
        Refused: it is wrong, or asks for what this server does not do.
    """
    given, parameters = _parse(argument, "TO", "5.1.3")
    try:
        wanted = paths.notify(parameters.pop("NOTIFY")) if "NOTIFY" in parameters else frozenset[str]()
    except paths.BadPath as error:
        raise Refused(Reply(501, str(error), "5.5.4")) from error
    original = parameters.pop("ORCPT", None)
    if parameters:
        raise Refused(replies.BAD_PARAMETER)
    if "ORCPT" in given.parameters and (
        original is None or len(original) > ORCPT_LIMIT or not _ORCPT.fullmatch(original)
    ):
        raise Refused(Reply(501, "ORCPT is a type, a semicolon and an address in xtext", "5.5.4"))
    if not given.address:
        raise Refused(replies.BAD_ADDRESS)
    if not smtputf8 and not (given.address + (original or "")).isascii():
        raise Refused(NEEDS_SMTPUTF8)
    return Forward(given.address, original, wanted)


def _parse(argument: str, keyword: str, bad_address: str) -> tuple[paths.Argument, dict[str, str | None]]:
    try:
        given = paths.parse(argument, keyword)
    except paths.BadPath as error:
        verb = "MAIL FROM" if keyword == "FROM" else "RCPT TO"
        status = bad_address if "address" in str(error) else "5.5.4"
        raise Refused(Reply(501, f"Syntax: {verb}:<address> - {error}", status)) from error
    return given, dict(given.parameters)
