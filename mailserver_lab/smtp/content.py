"""A message's octets on their way between the wire and the queue: lines, dots, and what a header section tells."""

from __future__ import annotations

import re

HOPS = 50  # Received headers after which a message is in a loop; RFC 5321 section 6.3 asks for at least 100 tolerated, small worlds need fewer
_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:", re.MULTILINE)
_RETURN_PATH = re.compile(rb"^return-path[ \t]*:.*\r\n(?:[ \t].*\r\n)*", re.IGNORECASE | re.MULTILINE)
_RECEIVED = re.compile(rb"^received[ \t]*:", re.IGNORECASE | re.MULTILINE)


def proper_lines(message: bytes) -> bytes:
    """Every line ended by CR LF.

    A CR or LF by itself is none of a message's octets (RFC 5321 section 2.3.8). Left in, the next program may take it for
    the end of a line, and a dot behind it for the end of the message: mail is smuggled so (CVE-2023-51764).
    """
    if message.count(b"\r\n") == message.count(b"\n") == message.count(b"\r"):
        return message
    return message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")


def dotted(message: bytes) -> bytes:
    """The message as it is sent after DATA: leading dots doubled, and the lone dot that ends it (section 4.5.2)."""
    body = proper_lines(message)
    if body and not body.endswith(b"\r\n"):
        body += b"\r\n"
    body = body.replace(b"\r\n.", b"\r\n..")
    if body.startswith(b"."):
        body = b"." + body
    return body + b".\r\n"


def header_section(message: bytes) -> bytes:
    """What stands before the first empty line, the last line's end included."""
    if message.startswith(b"\r\n"):
        return b""
    end = message.find(b"\r\n\r\n")
    return message if end < 0 else message[: end + 2]


def looping(message: bytes) -> bool:
    """Whether the message has been through more servers than any message needs."""
    return len(_RECEIVED.findall(header_section(message))) >= HOPS


def without_return_path(message: bytes) -> bytes:
    """The message without Return-Path: only the server of final delivery writes one (RFC 5321 section 4.4)."""
    head = header_section(message)
    return _RETURN_PATH.sub(b"", head) + message[len(head) :] if _RETURN_PATH.search(head) else message


def completed(message: bytes, *, date: str, message_id: str) -> bytes:
    """The message with the Date and the Message-ID that its author's program left out (RFC 6409 sections 8.2, 8.3)."""
    names = {match[1].lower() for match in _FIELD.finditer(header_section(message))}
    added = b"" if b"date" in names else f"Date: {date}\r\n".encode()
    added += b"" if b"message-id" in names else f"Message-ID: <{message_id}>\r\n".encode()
    if not message.startswith(b"\r\n") and not _FIELD.match(message):
        added += b"\r\n"  # what came is a body alone
    return added + message
