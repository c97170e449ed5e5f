"""What is shown of a message, and that no message can make it hang or grow."""

import time
import tracemalloc

import pytest

from mailserver_lab.mime.opened import MAX_FIELDS, MAX_HTML, MAX_LISTED, MAX_TEXT, Opened, Shown

from .mails import BASE64, PIXEL, attack, in_base64, mail, multipart, part


def shown(raw: bytes) -> Shown:
    message = Opened(raw).message()
    assert message is not None
    return message


def test_a_plain_message_is_its_text_and_its_header() -> None:
    message = shown(mail("Subject: =?utf-8?b?5LqI5a6a?="))
    assert (message.text, message.html, message.attachments) == ("Shall we meet at noon?\r\n", "", ())
    assert message.field("subject") == "予定"
    assert message.fields[0] == ("From", "news@evil.example")


def test_text_html_pictures_files_and_messages_are_told_apart() -> None:
    opened = Opened(attack())
    message = opened.message()
    assert message is not None
    assert message.text == "Dear customer, in plain text."
    assert "<script>" in message.html
    assert message.pictures == {"logo@hibari.example": ("image/png", PIXEL)}
    assert [(one.type, one.name, one.size, one.message) for one in message.attachments] == [
        ("image/png", "", len(PIXEL), False),
        ("application/pdf", "../../invoice.pdf.exe", 10_000, False),
        ("text/plain", "gpj\u202e.exe", 6, False),
        ("message/rfc822", "", message.attachments[3].size, True),
    ]
    assert opened.octets(message.attachments[1].part) == b"MZ" * 5_000
    inner = opened.message(message.attachments[3].part)
    assert inner is not None
    assert (inner.text, inner.field("Subject")) == ("The inner text.", "An inner message")


def test_what_is_not_there_is_none() -> None:
    opened = Opened(mail())
    assert [opened.octets(-1), opened.octets(1), opened.message(0), opened.message(7), opened.message(-1)] == [None] * 5  # fmt: skip


def test_a_message_may_be_a_file_and_nothing_else() -> None:
    message = shown(mail("Content-Type: application/pdf", BASE64, body=in_base64(b"%PDF")))
    assert (message.text, [one.type for one in message.attachments]) == ("", ["application/pdf"])


def test_several_texts_are_read_one_after_the_other() -> None:
    kind, body = multipart(
        "mixed", part("text/plain", "one"), part("text/csv", "1,2"), part("text/plain", "two")
    )
    message = shown(mail(kind, body=body))
    assert message.text == "one\n\ntwo"
    assert [one.type for one in message.attachments] == ["text/csv"]


def test_only_pictures_that_the_html_asks_for_and_that_hold_no_script_go_with_it() -> None:
    ids = {"a@b": "image/png", "b": "image/png", "c": "image/svg+xml"}
    pictures = [part(kind, in_base64(PIXEL), BASE64, f"Content-ID: <{name}>") for name, kind in ids.items()]
    kind, body = multipart("related", part("text/html", '<img src="cid:a%40b"><img src="cid:c">'), *pictures)
    assert list(shown(mail(kind, body=body)).pictures) == ["a%40b"]


def test_long_texts_are_cut_and_said_to_be() -> None:
    message = shown(mail(body="x" * (MAX_TEXT + 1)))
    assert (len(message.text), message.cut) == (MAX_TEXT, True)
    message = shown(mail("Content-Type: text/html", BASE64, body=in_base64(b"x" * 40_000_000)))
    assert (len(message.html), message.cut) == (MAX_HTML, True)
    assert not shown(mail(body="x" * MAX_TEXT)).cut


NESTED = b"".join(
    b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(3_000)
)
HOSTILE = {
    "3,000 nested multiparts": NESTED,
    "one boundary for 3,000 multiparts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 3_000,
    "3,000 nested messages": b"Content-Type: message/rfc822\r\n\r\n" * 3_000,
    "100,000 parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 100_000,
    "100,000 texts": b"Content-Type: multipart/alternative; boundary=b\r\n\r\n"
    + b"--b\r\nContent-Type: text/html\r\n\r\n<img src=cid:x>\r\n" * 100_000,
    "100,000 fields": b"X: y\r\n" * 100_000 + b"\r\n",
    "one field of 10 MB": b"Subject: " + b"=?utf-8?q?a?= " * 700_000 + b"\r\n\r\n",
    "a header without end": b"a" * 10_000_000,
    "10,000 parameters": b"Content-Type: text/plain" + b'; a="b"' * 10_000 + b"\r\n\r\n",
    "NUL and nothing else": b"\0" * 1_000_000,
    "nothing": b"",
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_no_message_takes_long_or_much(raw: bytes) -> None:
    tracemalloc.start()
    begun = time.process_time()
    message = shown(raw)
    taken = time.process_time() - begun
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken < 8  # under tracemalloc, on a busy machine; a second of it is usual
    assert most < 60_000_000
    assert len(message.attachments) <= MAX_LISTED
    assert len(message.fields) <= MAX_FIELDS
    assert len(message.text) <= MAX_TEXT
    assert len(message.html) <= MAX_HTML


def test_what_is_not_listed_is_counted() -> None:
    kind, body = multipart("mixed", *[part("application/pdf", "x")] * (MAX_LISTED + 5))
    message = shown(mail(kind, body=body))
    assert (len(message.attachments), message.unlisted) == (MAX_LISTED, 5)
