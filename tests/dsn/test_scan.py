"""The parts of a message as the doctor reads them: charsets that nobody tells, HTML, broken boundaries."""

from __future__ import annotations

import base64
import time

import pytest

from mailserver_lab.dsn.scan import Scan, decoded, decoded_words, parameter, with_escapes, without_tags

JAPANESE = "メールを配送できませんでした。宛先が見つかりません。"


@pytest.mark.parametrize("charset", ["utf-8", "cp932", "euc_jp", "iso2022_jp"])
@pytest.mark.parametrize("told", ["", "us-ascii", "iso-2022-jp", "nonsense"])
def test_japanese_is_read_whatever_the_header_tells(charset: str, told: str) -> None:
    assert decoded(JAPANESE.encode(charset), told) == JAPANESE


@pytest.mark.parametrize(
    ("octets", "charset", "text"),
    [
        ("Boîte pleine".encode("latin-1"), "iso-8859-1", "Boîte pleine"),
        ("邮箱已满".encode("gb18030"), "gb2312", "邮箱已满"),
        ("ящик".encode("koi8-r"), "KOI8-R", "ящик"),
        (b"plain", "idna", "plain"),
        ("①".encode("cp932"), "shift_jis", "①"),
    ],
)
def test_a_charset_is_believed_where_mail_may_have_it(octets: bytes, charset: str, text: str) -> None:
    assert decoded(octets, charset) == text


def test_the_encodings_of_a_part_are_undone() -> None:
    for encoding, octets in (("base64", base64.encodebytes(JAPANESE.encode())), ("8bit", JAPANESE.encode())):
        raw = (
            f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {encoding}\n\n".encode()
            + octets
        )
        scan = Scan(raw)
        assert scan.text(scan.message).strip() == JAPANESE


def test_html_becomes_lines_of_words() -> None:
    text = without_tags(
        "<style>b{}</style><p>User&nbsp;unknown</p><script>quota()</script>A<br>B &lt;a@b&gt;<!-- over quota -->"
    )
    assert [line.strip() for line in text.split("\n") if line.strip()] == ["User unknown", "A", "B <a@b>"]


def test_a_returned_message_is_no_part_of_the_notice() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nwhy\n--b\nContent-Type: message/rfc822\n\nSubject: x\n\nmine\n--b--\n"
    message = Scan(raw).message
    assert [part.type for part in message.walk()] == ["multipart/mixed", "text/plain", "message/rfc822"]
    assert [inner.get("subject") for inner in message.messages()] == ["x"]


@pytest.mark.parametrize("told", ["boundary=other", 'boundary="', "", "\nboundary=b"])
def test_a_boundary_that_stands_nowhere_is_guessed(told: str) -> None:
    raw = f"Content-Type: multipart/mixed; {told}\n\nx\n--b\nContent-Type: text/plain\n\none\n--b\nContent-Type: text/plain\n\ntwo\n--b--\n"
    scan = Scan(raw.encode())
    assert [scan.text(part).strip() for part in scan.message.parts] == ["one", "two"]


def test_parameters_and_words_are_read_and_broken_ones_left() -> None:
    assert parameter('text/plain; charset="utf-8"; x=y', "charset") == "utf-8"
    assert parameter("text/plain; charset=utf-8", "boundary") == ""
    assert decoded_words("=?utf-8?b?5a6b5YWI?= x") == "宛先 x"
    assert decoded_words("plain") == "plain"


def test_the_line_of_an_mbox_and_empty_lines_may_stand_before_the_header() -> None:
    assert Scan(b"\r\n\nFrom a@b Wed Apr  1 09:00:00 2026\nSubject: x\n\n").message.get("subject") == "x"


def test_japanese_without_its_escapes_is_mended_and_other_text_left_alone() -> None:
    words = "宛先のメールボックスが一杯です"
    lost = words.encode("iso2022_jp").replace(b"\x1b", b"").decode("ascii")
    assert with_escapes(f"550 {lost} <a@b.example> {lost}.") == f"550 {words} <a@b.example> {words}."
    for text in ("$Bills$ and $Bread (B)", "$B", "$BABCDEFGH(B", "a $B\u3042\u3044(B"):
        assert with_escapes(text) == text


@pytest.mark.parametrize("text", ["$B" * 500_000, "$BAB" * 250_000, "$BAB(B" * 200_000])
def test_mending_takes_little_time_whatever_stands_there(text: str) -> None:
    before = time.process_time()
    with_escapes(text)
    assert time.process_time() - before < 1
