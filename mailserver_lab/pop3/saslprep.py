"""Names and passwords in Unicode, brought into the one form in which they can be compared (SASLprep, RFC 4013).

The same word can be typed in several ways: "ｇａ" on a Japanese keyboard, "é" as one character or as two.
"""

from __future__ import annotations

import stringprep
import unicodedata

# RFC 4013 §2.3, and §2.5 for what Unicode 3.2 had not assigned: a name that is looked up may have it, one that is kept may not
_PROHIBITED = (
    stringprep.in_table_c12, stringprep.in_table_c21_c22, stringprep.in_table_c3, stringprep.in_table_c4,
    stringprep.in_table_c5, stringprep.in_table_c6, stringprep.in_table_c7, stringprep.in_table_c8, stringprep.in_table_c9,
)  # fmt: skip


def prepared(text: str) -> str:
    """Return a name or password as a query string (RFC 3454 §7), for comparison; "", which nobody has, for what cannot be one."""
    if text.isascii() and text.isprintable():
        return text
    # RFC 4013 §2.1: other spaces become the ASCII one, what is commonly mapped to nothing goes.
    mapped = "".join(
        " " if stringprep.in_table_c12(each) else each for each in text if not stringprep.in_table_b1(each)
    )
    normal = unicodedata.ucd_3_2_0.normalize("NFKC", mapped)
    if any(table(each) for each in normal for table in _PROHIBITED):
        return ""
    # RFC 3454 §6: where there is text from right to left, there is none from left to right, and it is at both ends.
    if any(map(stringprep.in_table_d1, normal)) and (
        any(map(stringprep.in_table_d2, normal))
        or not (stringprep.in_table_d1(normal[0]) and stringprep.in_table_d1(normal[-1]))
    ):
        return ""
    return normal
