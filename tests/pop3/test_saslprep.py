"""Names and passwords in one form (RFC 4013)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailserver_lab.pop3.saslprep import prepared


@pytest.mark.parametrize(
    ("typed", "form"),
    [  # the examples of RFC 4013 §3, and some from here
        ("I\u00adX", "IX"),
        ("user", "user"),
        ("USER", "USER"),
        ("\u00aa", "a"),
        ("\u2168", "IX"),
        ("\u0007", ""),
        ("\u0627\u0031", ""),
        ("ｇａ", "ga"),
        ("か\u3099", "が"),
        ("春の\u3000花", "春の 花"),
        ("a\u0308", "ä"),
        ("a b  c", "a b  c"),
        ("\ue000", ""),
        ("a\0b", ""),
        ("\u0627x\u0628", ""),
        ("\u0627\u0628", "\u0627\u0628"),
        ("\u00ad", ""),
        ("\ufffd", ""),
    ],
)
def test_what_is_typed_in_several_ways_is_one_word(typed: str, form: str) -> None:
    assert prepared(typed) == form


@given(st.text())
def test_what_is_in_form_stays_so(text: str) -> None:
    once = prepared(text)
    assert prepared(once) in (once, "")
