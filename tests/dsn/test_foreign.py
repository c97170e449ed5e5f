"""A file that is no message is called what it is; a bounce in an unusual dress is read."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest

from mailserver_lab.dsn import diagnose
from mailserver_lab.locale import LANGUAGES

from .bounces import mail

BOUNCE = mail(
    "From: MAILER-DAEMON@a.example\nTo: b@c.example\nSubject: Undelivered Mail\n",
    "<nobody@d.example>: 550 5.1.1 User unknown\n",
)


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bounce.eml", BOUNCE)
    return file.getvalue()


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (b"", "nothing in it"),
        (b" \r\n\r\n", "nothing in it"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)), ".msg"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "picture"),
        (b"%PDF-1.7\n%\xe2\xe3\n1 0 obj", "document"),
        (zipped(), "compressed"),
        (gzip.compress(BOUNCE), "compressed"),
        (b"\x7fELF\x02\x01\x01\0", "no file of text"),
    ],
    ids=["empty", "blank", "Outlook", "picture", "PDF", "zip", "gzip", "program"],
)
def test_what_is_no_message_is_refused_by_its_name_with_a_way_on(raw: bytes, word: str) -> None:
    found = diagnose(raw)
    assert found.kind == "refused"
    assert not found.recipients
    assert word in found.remarks[0]["en"]
    assert all(found.remarks[0][lang] for lang in LANGUAGES)


@pytest.mark.parametrize("form", ["utf-16", "utf-8-sig"])
def test_a_bounce_that_an_editor_saved_in_unicode_is_read(form: str) -> None:
    found = diagnose(BOUNCE.decode().encode(form))
    assert [(v.recipient, v.cause) for v in found.recipients] == [("nobody@d.example", "user-unknown")]


def test_a_japanese_bounce_that_an_editor_saved_in_utf_16_is_read() -> None:
    text = "From: MAILER-DAEMON@a.example\nSubject: Undelivered Mail\nContent-Type: text/plain; charset=ISO-2022-JP\n\n<nobody@d.example>：宛先のユーザーは存在しません。\n"
    found = diagnose(text.encode("utf-16"))
    assert [(v.recipient, v.cause) for v in found.recipients] == [("nobody@d.example", "user-unknown")]


def test_octets_that_are_no_text_do_not_hide_a_bounce() -> None:
    assert diagnose(BOUNCE.replace(b"Subject: ", b"Subject: \0")).kind == "bounce"


def test_an_ordinary_mail_is_still_called_ordinary() -> None:
    assert (
        diagnose(mail("From: a@b.example\nTo: c@d.example\nSubject: Lunch\n", "At noon?\n")).kind == "other"
    )
