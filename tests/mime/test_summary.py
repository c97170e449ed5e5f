"""What a header says, ready to be compared."""

from __future__ import annotations

from datetime import date

import pytest

from mailserver_lab.mime.summary import Keys, Texts, summary

HEAD = b"""\
From: =?utf-8?q?=C3=89mile?= <Emile@x.example>, b@x.example
To: list: a@y.example, b@y.example;
Cc: "Q. Uoted" (note) <q@z.example>
Cc: second@z.example
Subject: Re: [x] =?iso-2022-jp?b?GyRCQEE1YT1xGyhC?=
 folded
Date: Wed, 1 Apr 2026 01:00:00 +0900
Message-ID: <1@x.example>
In-Reply-To: <0@x.example>
References: <a@x.example>
\t<b@x.example>
"""


def test_a_header_is_summed_up() -> None:
    keys, texts = summary(HEAD)
    assert keys == Keys(
        sent=1774972800.0,
        subject="請求書 FOLDED",
        reply=True,
        sender="EMILE",
        recipient="LIST",
        copied="Q",
        sender_shown="E\N{COMBINING ACUTE ACCENT}MILE",
        recipient_shown="LIST",
        own="1@x.example",
        others="a@x.example\nb@x.example",
    )
    assert texts == Texts(
        subject_text="re: [x] 請求書 folded",
        from_text="e\N{COMBINING ACUTE ACCENT}mile <emile@x.example>, b@x.example",
        to_text="list: a@y.example, b@y.example;",
        cc_text='"q. uoted" (note) <q@z.example>\nq. uoted <q@z.example>\nsecond@z.example',
        bcc_text=None,
        id_text="<1@x.example>",
        day=date(2026, 4, 1).toordinal(),
    )


def test_an_empty_header_says_nothing() -> None:
    assert summary(b"") == (
        Keys(None, "", False, "", "", "", "", "", None, ""),
        Texts(None, None, None, None, None, None, None),
    )


@pytest.mark.parametrize("charset", ["utf-7", "utf-16-le", "utf-8"])
def test_half_a_character_becomes_a_question_mark(charset: str) -> None:
    word = {"utf-7": "+2AA-", "utf-16-le": "=00=D8", "utf-8": "=ED=A0=80"}[charset]
    keys, texts = summary(f"Subject: a=?{charset}?q?{word}?=b\nFrom: =?{charset}?q?{word}?= <a@b>\n".encode())
    for text in (keys.subject, keys.sender_shown, texts.subject_text, texts.from_text):
        assert text
        text.encode()


@pytest.mark.parametrize(
    "when",
    [
        "Mon, 1 Jan 0001 00:00:00 +1400",
        "Fri, 31 Dec 9999 23:59:59 -1200",
        "1",
        "\xff",
        "99999999999 Jan 2026",
    ],
)
def test_an_impossible_date_is_none_or_far_away(when: str) -> None:
    summary(f"Date: {when}\n".encode("latin-1"))
