import pytest

from mailserver_lab.mime import content
from mailserver_lab.mime.headers import in_charset
from mailserver_lab.mime.structure import Part, scan

from .mails import BASE64, in_base64, mail, part


def only(raw: bytes) -> tuple[Part, bytes]:
    return scan(raw), raw


def test_octets_come_without_their_transfer_encoding() -> None:
    data = bytes(range(256)) * 10
    assert content.octets(*only(mail(BASE64, body=in_base64(data)))) == data
    assert content.octets(*only(mail("Content-Transfer-Encoding: quoted-printable", body="a=3Db=\r\nc"))) == b"a=bc"  # fmt: skip
    assert content.octets(*only(mail(body="as it is"))) == b"as it is"


def test_a_limit_cuts_base64_between_its_groups() -> None:
    root, raw = only(mail(BASE64, body=in_base64(b"abc" * 1_000)))
    assert content.octets(root, raw, 101) == (b"abc" * 1_000)[: (101 - len("\r\n")) // 4 * 3]


@pytest.mark.parametrize("body", [b"***", b"=", b"YWJj=YWJj", b"\xff\xfe", b""])
def test_what_is_no_base64_still_gives_something(body: bytes) -> None:
    assert isinstance(content.octets(*only(mail(BASE64, body=body))), bytes)


@pytest.mark.parametrize("length", [0, 1, 2, 3, 57, 58, 1_000])
def test_the_size_is_told_without_taking_it_out(length: int) -> None:
    assert content.size(*only(mail(BASE64, body=in_base64(b"x" * length)))) == length


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ('Content-Disposition: attachment; filename="a b.pdf"', "a b.pdf"),
        ("Content-Disposition: attachment; filename*=utf-8''%E8%A6%8B%E7%A9%8D.pdf", "見積.pdf"),
        ("Content-Disposition: attachment; filename*0*=utf-8''%E8%A6%8B; filename*1*=%E7%A9%8D.pdf", "見積.pdf"),
        ('Content-Disposition: attachment; filename="=?utf-8?b?6KaL56mNLnBkZg==?="', "見積.pdf"),
        ('Content-Disposition: attachment; filename="../../etc/passwd"', "../../etc/passwd"),
        ('Content-Disposition: attachment; filename="a\r\n\tBcc: x.pdf"', "a\tBcc: x.pdf"),
        ("Content-Disposition: attachment; filename*=no-such''%ff", "\xff"),
        ("Content-Disposition: attachment; filename*" + "9" * 5_000 + "=x", ""),
        ("Content-Disposition: " + ";a*0=b" * 1_000, ""),
        ("Content-Disposition: attachment", ""),
    ],
)  # fmt: skip
def test_the_name_of_a_file_is_what_its_sender_wrote(line: str, name: str) -> None:
    raw = part("application/octet-stream", b"", line)
    assert content.file_name(scan(raw)) == name


def test_a_name_may_stand_in_the_type_alone() -> None:
    assert content.file_name(scan(part('application/pdf; name="a.pdf"', b""))) == "a.pdf"


def test_charsets_that_take_for_ever_are_not_taken() -> None:
    assert in_charset(b"a-b" * 300_000, "punycode") == "a-b" * 300_000
    assert in_charset("予定".encode("iso2022_jp"), "iso-2022-jp") == "予定"
    assert in_charset("予定".encode("shift_jis"), "Shift_JIS") == "予定"
    assert in_charset(b"\xffabc", "no-such\0") == "\ufffdabc"
