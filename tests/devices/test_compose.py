import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailserver_lab.devices import Draft, File, Files, compose

HEADERS = [
    "Date",
    "From",
    "To",
    "Subject",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
]


def composed(
    *, to: str = "a@hibari.example", subject: str = "s", body: str = "b"
) -> tuple[bytes, EmailMessage]:
    draft = Draft("sender@tsubame.example", to, subject, body)
    raw = compose(draft, date=datetime(2026, 4, 1, tzinfo=UTC), message_id="<1@pc.example>")
    return raw, email.message_from_bytes(raw, policy=email.policy.default)


@pytest.mark.parametrize(
    "subject",
    [
        "x\r\nBcc: y@z.example",
        "x\nBcc: y",
        "x\r\n\r\nbody",
        "x\x85Bcc: y\u2028Bcc: z\u2029Bcc: w",
        "x\x0bBcc: y\x0cBcc: z\x1c\x1d\x1eBcc: w\0",
        "=?utf-8?q?x=0D=0ABcc:_y?=",
        "=?utf-8?b?eA0KQmNjOiB5?=",
        "\ud800",
    ],
)
def test_a_subject_adds_no_header(subject: str) -> None:
    _, message = composed(subject=subject)
    assert list(message) == HEADERS
    assert message.get_content() == "b\r\n"


@pytest.mark.parametrize(
    "to",
    [
        "a@b.example\r\nBcc: y",
        "日本\x85Bcc: x@b.example",
        "日\u2028x@b.example",
        "\ud800@b.example",
        "a@b.example <c@d.example>",
        "\0",
    ],
)
def test_an_address_adds_no_header(to: str) -> None:
    _, message = composed(to=to)
    assert list(message) == HEADERS


@pytest.mark.parametrize(
    "subject",
    [
        "打ち合わせの件",
        "打" * 500,
        "x" * 3_000,
        "a\u3000b",
        "=?utf-8?q?as_typed?=",
        "\u202egnp.exe",
        "a  b",
        "é",
    ],
)
def test_a_subject_arrives_as_typed(subject: str) -> None:
    raw, message = composed(subject=subject)
    assert message["Subject"] == subject
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 78


@pytest.mark.parametrize(
    "body",
    [
        "",
        "x",
        "x\n",
        "\n\n",
        ".\n..\n",
        "From x\n",
        "日本語\n",
        "あ" * 2_000 + "\nx\n",
        "x" * 5_000,
        "a\r\nb\rc\n",
    ],
)
def test_a_body_arrives_as_typed(body: str) -> None:
    raw, message = composed(body=body)
    expected = body.replace("\r\n", "\n").replace("\r", "\n")
    assert message.get_content().replace("\r\n", "\n") == (
        expected if expected.endswith("\n") else expected + "\n"
    )
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_what_no_message_can_hold_is_replaced() -> None:
    raw, message = composed(body="a\0b\ud800c")
    assert message.get_content() == "a\N{REPLACEMENT CHARACTER}b?c\r\n"
    assert b"\0" not in raw


@pytest.mark.parametrize(
    ("to", "recipients"),
    [
        ("", []),
        (" , ;\n", []),
        ("a@b.example, c@d.example", ["a@b.example", "c@d.example"]),
        (
            "a@b.example、c@d.example，e@f.example;g@h.example\n i@j.example ",
            ["a@b.example", "c@d.example", "e@f.example", "g@h.example", "i@j.example"],
        ),
    ],
)
def test_recipients_are_taken_apart_as_people_write_them(to: str, recipients: list[str]) -> None:
    assert Draft("s@t.example", to, "", "").recipients() == recipients


def test_every_recipient_stands_in_to() -> None:
    addresses = [*(f"r{n}@hibari.example" for n in range(100)), '"a b"@hibari.example']
    raw, message = composed(to=",".join(addresses))
    assert [one.addr_spec for one in message["To"].addresses] == addresses
    assert max(map(len, raw.split(b"\r\n"))) < 100


@settings(max_examples=100)
@given(st.text(), st.text(), st.text())
def test_nothing_that_is_typed_breaks_it(to: str, subject: str, body: str) -> None:
    raw, message = composed(to=to, subject=subject, body=body)
    assert list(message) == HEADERS
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_a_japanese_address_stands_in_to_as_it_is() -> None:
    raw, _ = composed(to="日本@hibari.example")
    assert "\r\nTo: 日本@hibari.example\r\n".encode() in raw


def attached(*files: tuple[str, bytes], body: str = "b") -> tuple[bytes, list[EmailMessage]]:
    draft = Draft("sender@tsubame.example", "a@hibari.example", "s", body)
    made = [File(f"f{n}", name, content) for n, (name, content) in enumerate(files)]
    raw = compose(draft, date=datetime(2026, 4, 1, tzinfo=UTC), message_id="<1@pc.example>", files=made)
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert message.get_content_type() == "multipart/mixed"
    assert [part.defects for part in message.walk()] == [[]] * (len(files) + 2)
    return raw, list(message.iter_parts())


@pytest.mark.parametrize(
    "name",
    [
        "report.pdf",
        "売上の一覧.csv",
        "売" * 100,
        "a b.txt",
        'quote".txt',
        "back\\slash",
        "'; filename=x.exe",
        "x" * 90,
        "percent%41.txt",
        "é ☃ 😀.zip",
        "a*0*=b.txt",
    ],
)
def test_a_file_arrives_under_its_name(name: str) -> None:
    raw, (_, part) = attached((name, b"x"))
    assert part.get_filename() == name
    assert part.get_content_disposition() == "attachment"
    assert list(part) == ["Content-Type", "Content-Transfer-Encoding", "Content-Disposition"]
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 78


@pytest.mark.parametrize("body", ["", "b", "--=_part\r\n--=_part_--\r\n", "日本語\n", "x" * 3_000, ".\n\n\n"])
@pytest.mark.parametrize("content", [b"", b"x", bytes(range(256)) * 100, b"\r\n.\r\n--=_part--\r\n"])
def test_files_arrive_as_they_are_behind_the_text(body: str, content: bytes) -> None:
    raw, parts = attached(("a.bin", content), ("b.txt", "日本".encode()), body=body)
    typed = body.replace("\r\n", "\n")
    assert parts[0].get_content().replace("\r\n", "\n") == (typed if typed.endswith("\n") else typed + "\n")
    assert parts[1].get_content() == content
    assert parts[2].get_content() == "日本"
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert raw.isascii() or b"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n--" in raw


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.csv", "日本".encode(), "text/csv"),
        ("a.csv", "日本".encode("shift_jis"), "application/octet-stream"),
        ("a.eml", b"Subject: x", "application/octet-stream"),
        ("a.zip", b"PK", "application/zip"),
        ("a.csv.gz", b"", "application/octet-stream"),
        ("a.bmp", b"BM", "image/bmp"),
        ("a", b"", "application/octet-stream"),
        ("a.html", b"<b>", "text/html"),
    ],
)
def test_the_type_of_a_file_follows_from_its_name(name: str, content: bytes, kind: str) -> None:
    _, (_, part) = attached((name, content))
    assert part.get_content_type() == kind
    assert part["Content-Transfer-Encoding"] == "base64"


@settings(max_examples=100)
@given(st.text(min_size=1), st.binary(), st.text())
def test_no_name_adds_a_header(name: str, content: bytes, body: str) -> None:
    files = Files()
    made = files.add(name, content)
    _, (_, part) = attached((made.name, content), body=body)
    assert list(part) == ["Content-Type", "Content-Transfer-Encoding", "Content-Disposition"]
    assert part.get_payload(decode=True) == content
