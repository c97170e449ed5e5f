"""A message that was pasted as text, as octets again.

Whoever copies a message's source from a mail program copies letters: what its header says of their encoding
(`charset=Shift_JIS`) was true of the octets that the mail program had, and no longer is of ours.
"""

from __future__ import annotations

import re

_BLOCKS = re.compile(r"(\r?\n[ \t]*\r?\n)")
_CHARSET = re.compile(r"(?i)(\bcharset\s{0,9}=\s{0,9})(?:\"[^\"\r\n]{0,60}\"|[^\s;\"]{1,60})")
_OWN_LETTERS = re.compile(r"(?i)content-transfer-encoding\s{0,9}:\s{0,9}(?:base64|quoted-printable)")
_HEAD = 20_000  # characters of one header; what is longer is text, and has no charset to tell


def octets(text: str) -> bytes:
    """The text in UTF-8, and said to be so. What is in base64 or quoted-printable came as it was, and so did ISO-2022-JP with its escapes."""
    if not text.isascii() and "\x1b" not in text:
        text = "".join(
            piece if len(piece) > _HEAD or _OWN_LETTERS.search(piece) else _CHARSET.sub(r"\1utf-8", piece)
            for piece in _BLOCKS.split(text)
        )
    return text.encode("utf-8", "replace")
