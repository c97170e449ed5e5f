"""Passwords that are part of a command."""

from __future__ import annotations

import time

import pytest

from mailserver_lab.masking import masked


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("PASS tsubame 2026", "PASS ***"),
        ("pass  ", "pass ***"),  # a password of one space
        (" PASS tsubame", " PASS ***"),
        ("PASS\ttsubame", "PASS ***"),
        ("APOP me c4c9334bac560ecc", "APOP me ***"),
        ("auth plain AHRzdWJhbWU=", "auth plain ***"),
        ("a1 AUTHENTICATE PLAIN AHRzdWJhbWU=", "a1 AUTHENTICATE PLAIN ***"),
        ("a1 LOGIN alice secret", "a1 LOGIN alice ***"),
        ('a1 login "al ice" "sec ret"', 'a1 login "al ice" ***'),
        (r'a1 LOGIN "al\"ice" secret', r'a1 LOGIN "al\"ice" ***'),
        ('a1 LOGIN "al"ice secret', "a1 LOGIN ***"),
        ("a1 LOGIN alice secret more", "a1 LOGIN alice ***"),
        ("a1 LOGIN alice secret\r\nmore", "a1 LOGIN alice ***"),
        ("a1 LOGIN secret", "a1 LOGIN ***"),
        ("a1 LOGIN secret{3", "a1 LOGIN ***"),
    ],
)
def test_a_password_is_masked_however_it_is_written(line: str, shown: str) -> None:
    assert masked(line) == shown


@pytest.mark.parametrize(
    "line",
    [
        "", " ", "PASS", "PASS ", "AUTH PLAIN", "APOP me", "a1 AUTHENTICATE PLAIN", "a1 LOGIN", "LOGIN", "RETR 1",
        "a1 LOGIN {5}", "a1 LOGIN {5+}", "MAIL FROM:<a@b.example> AUTH=<>", "a1 SEARCH SUBJECT LOGIN", "***",
    ],
)  # fmt: skip
def test_what_has_no_password_stays_as_it_is(line: str) -> None:
    assert masked(line) == line


@pytest.mark.parametrize("line", ["a LOGIN{}x", 'a LOGIN "{}', "AUTH {}", "PASS{}", "x LOGIN {5}{}"])
@pytest.mark.parametrize("filler", [" ", "x", "\\", '"', " x"])
def test_a_line_without_end_takes_no_time(line: str, filler: str) -> None:
    began = time.process_time()
    masked(line.replace("{}", filler * 50_000))
    assert time.process_time() - began < 1
