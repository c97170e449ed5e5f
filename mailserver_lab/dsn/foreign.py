"""Files that people take for a message, and that are none: an Outlook item, a picture of the screen, an empty file.

Told by how they begin. Whoever chose one is told what it is and how to get at the message, not that it is "no bounce".
"""

from __future__ import annotations

import codecs

from ..locale import Text
from . import pasted

_EMPTY = Text(
    ja="中身がありません。エラーメールのソースか本文を、丸ごと渡してください。",
    en="There is nothing in it. Give the whole source or text of the bounce.",
)
_OUTLOOK = Text(
    ja="Outlook 独自の形式（.msg）のファイルなので、読めません。Outlook でそのメールを開き、本文を全部選んでコピーし、貼りつけてください。",
    en="This is a file in Outlook's own format (.msg), which cannot be read here. Open it in Outlook, select all of its text, and paste that.",
)
_PICTURE = Text(
    ja="画像のファイルなので、文字を読めません。メールの本文を選んでコピーし、貼りつけてください。",
    en="This is a picture, whose words cannot be read. Select the text of the message itself, and paste that.",
)
_DOCUMENT = Text(
    ja="メールではなく、文書のファイルです。開いて文字を選んでコピーし、貼りつけてください。",
    en="This is a document, not a message. Open it, select its text, and paste that.",
)
_ARCHIVE = Text(
    ja="圧縮されたファイルです。展開して、中のメールを渡してください。",
    en="This is a compressed file. Unpack it, and give the message inside.",
)
_OTHER = Text(
    ja="文字でできたファイルではないので、メールとして読めません。エラーメールの本文を選んでコピーし、貼りつけてください。",
    en="This is no file of text, so it cannot be read as a message. Select the text of the bounce, and paste that.",
)

_BEGINNINGS = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OUTLOOK),  # a compound file: .msg, and old Office documents
    (b"\x89PNG\r\n\x1a\n", _PICTURE),
    (b"\xff\xd8\xff", _PICTURE),
    (b"GIF8", _PICTURE),
    (b"%PDF-", _DOCUMENT),
    (b"{\\rtf", _DOCUMENT),
    (b"PK\x03\x04", _ARCHIVE),  # zip, and office documents of today
    (b"\x1f\x8b", _ARCHIVE),
    (b"BZh", _ARCHIVE),
    (b"\xfd7zXZ\x00", _ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", _ARCHIVE),
)
_LOOKED_AT = 1_024  # octets in which text has no NUL, and other files nearly always have one


def reason(raw: bytes) -> Text | None:
    """Return why octets in which no bounce was found can be no message at all; None where they may be one."""
    if not raw.strip():
        return _EMPTY
    for beginning, why in _BEGINNINGS:
        if raw.startswith(beginning):
            return why
    return _OTHER if b"\0" in raw[:_LOOKED_AT] else None


def narrowed(raw: bytes) -> bytes:
    """Return text that an editor saved in UTF-16 in UTF-8; anything else as it is."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return pasted.octets(raw.decode("utf-16", "replace"))
    return raw
