"""Foreign text made safe to look at.

Mail is written by anybody. Control characters, invisible characters and those that turn the reading direction
around can make a subject or an address look like another one; here they are made visible. Whatever is returned can
be encoded as UTF-8, which a lone surrogate could not.
"""

from __future__ import annotations

import re

_CONTROL_PICTURES = 0x2400  # U+2400 to U+2420 are pictures of U+0000 to U+0020
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')
# Windows takes these for something else
_DEVICE_NAMES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|\Z)", re.IGNORECASE)
# an ending that people trust, and another one behind it
_TWO_ENDINGS = re.compile(
    r"\.(pdf|docx?|xlsx?|pptx?|txt|rtf|csv|jpe?g|png|gif|mp[34]|html?|eml|zip)[\s.]*\.[a-z0-9]{1,5}\Z",
    re.IGNORECASE,
)
_NAME_LENGTH = 120
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and line feed, C1
    "\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"  # direction, invisible
    "\U000e0000-\U000e007f"  # tags
    "\ud800-\udfff]"  # halves of pairs
)


def _shown(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(_CONTROL_PICTURES + code)
    if code == 0x7F:
        return "\u2421"
    if 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    return f"⟨U+{code:04X}⟩"


def legible(text: str, limit: int = 1_000) -> str:
    """One line of foreign text: nothing in it is hidden, breaks the line or turns the direction."""
    return legible_lines(text, limit).replace("\n", "␊").replace("\t", "␉")


def legible_lines(text: str, limit: int = 200_000) -> str:
    """Foreign text of several lines, likewise. What is beyond `limit` characters is cut and said to be."""
    cut = f"… (+{len(text) - limit})" if len(text) > limit else ""
    return _HIDDEN.sub(_shown, text[:limit].replace("\r\n", "\n")) + cut


def file_name(name: str, otherwise: str) -> str:
    """A file name from a mail, fit to save a file under: a name alone and never a path, on any system.

    Args:
        name: what the sender wrote.
        otherwise: the name where nothing is left of it.
    """
    plain = _HIDDEN.sub("", name[:1_000].replace("\r", " ").replace("\n", " "))
    plain = " ".join(_NOT_IN_NAMES.sub("_", plain).split()).strip(". ")
    if not plain.strip("_"):
        return otherwise
    if _DEVICE_NAMES.match(plain):
        plain = f"_{plain}"
    if len(plain) > _NAME_LENGTH:  # its end tells its kind
        plain = f"{plain[: _NAME_LENGTH - 21]}…{plain[-20:]}"
    return plain


def has_two_endings(name: str) -> bool:
    """Whether a name looks like one kind of file and is another: `invoice.pdf.exe`."""
    return bool(_TWO_ENDINGS.search(name))
