"""ENVELOPE and BODYSTRUCTURE, and that no message can make them recurse, hang or eat memory."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailserver_lab.imap.bodystructure import bodystructure
from mailserver_lab.imap.envelope import envelope
from mailserver_lab.imap.values import Literal, pieces
from mailserver_lab.mime import content, headers, structure
from mailserver_lab.mime.addresses import Address, addresses

from .mails import ATTACHMENT, BOUNCE, PLAIN


def wire(value: object) -> str:
    return b"".join(p.data if isinstance(p, Literal) else p for p in pieces([value])).decode()  # type: ignore[list-item]


def described(raw: bytes, *, extended: bool = True) -> str:
    return wire(bodystructure(structure.scan(raw), raw, extended=extended))


def section(raw: bytes, *path: int) -> bytes | None:
    part = structure.scan(raw).find(path)
    return None if part is None else raw[part.body : part.end]


def test_a_plain_message() -> None:
    assert described(PLAIN) == '("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 24 1 NIL NIL NIL NIL)'
    assert section(PLAIN, 1) == b"Shall we meet at noon?\r\n"
    assert section(PLAIN, 2) is None
    assert section(PLAIN, 1, 1) is None


def test_an_attachment() -> None:
    text = '("text" "plain" ("charset" "utf-8") NIL NIL "base64" 12 0 NIL NIL NIL NIL)'
    html = '("text" "html" ("charset" "utf-8") NIL NIL "7bit" 20 0 NIL NIL NIL NIL)'
    pdf = '("application" "pdf" ("name" "a.pdf") "<pdf@hibari.example>" NIL "base64" 12 NIL ("attachment" ("filename" "a.pdf")) NIL NIL)'
    inner = f'({text}{html} "alternative" ("boundary" "inner") NIL NIL NIL)'
    assert described(ATTACHMENT) == f'({inner}{pdf} "mixed" ("boundary" "outer") NIL NIL NIL)'
    assert section(ATTACHMENT, 1, 2) == b"<p>spring flower</p>"
    assert section(ATTACHMENT, 2) == b"JVBERi0xLjQ="
    assert section(ATTACHMENT, 3) is None


def test_a_bounce_with_the_original_message_in_it() -> None:
    assert described(BOUNCE, extended=False) == (
        '(("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 15 1)'
        '("message" "delivery-status" NIL NIL NIL "7bit" 121)'
        '("message" "rfc822" NIL NIL NIL "7bit" 200'
        ' (NIL "the original" ((NIL NIL "alice" "tsubame.example")) ((NIL NIL "alice" "tsubame.example"))'
        ' ((NIL NIL "alice" "tsubame.example")) ((NIL NIL "nobody" "hibari.example")) NIL NIL NIL NIL)'
        ' (("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 5 0)("text" "csv" ("charset" "us-ascii") NIL NIL "7bit" 3 0)'
        ' "mixed") 14) "report")'
    )
    assert section(BOUNCE, 3, 1) == b"hello"
    assert section(BOUNCE, 3, 2) == b"1,2"
    assert section(BOUNCE, 3, 3) is None


def test_an_envelope_with_names_groups_and_comments() -> None:
    assert wire(envelope(PLAIN.split(b"\r\n\r\n")[0])) == (
        '("Wed, 1 Apr 2026 09:00:00 +0900" "Lunch" (("Bob B. Example" NIL "bob" "hibari.example"))'
        ' (("Bob B. Example" NIL "bob" "hibari.example")) (("Bob B. Example" NIL "bob" "hibari.example"))'
        ' ((NIL NIL "alice" "tsubame.example")(NIL NIL "Team" NIL)(NIL NIL "carol" "tsubame.example")'
        '("Dave" NIL "dave" "hibari.example")(NIL NIL NIL NIL)) (("Eve" NIL "eve" "hibari.example")) NIL NIL "<1@hibari.example>")'
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" , ,", []),
        ("a@b", [Address(None, None, "a", "b")]),
        ("root", [Address(None, None, "root", "")]),
        ("John Q. Public <j@x>", [Address("John Q. Public", None, "j", "x")]),
        ('"a, \\"b\\"" <"x y"@[192.0.2.1]>', [Address('a, "b"', None, "x y", "[192.0.2.1]")]),
        ("<@r1,@r2:a@b>", [Address(None, "@r1,@r2", "a", "b")]),
        ("a @ b . c (d (e) f)", [Address("d (e) f", None, "a", "b.c")]),
        (
            "undisclosed-recipients:;",
            [Address(None, None, "undisclosed-recipients", None), Address(None, None, None, None)],
        ),
        ("<>", [Address(None, None, "", "")]),
        ("=?utf-8?b?5p2x?= <a@b>", [Address("=?utf-8?b?5p2x?=", None, "a", "b")]),
    ],
)
def test_addresses(text: str, found: list[Address]) -> None:
    assert addresses(text) == found


def test_a_part_may_be_empty_and_have_no_header() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n--b\r\n\r\n--b\r\nContent-Type: text/html\r\n--b--\r\n"
    assert [part.type[1] for part in structure.scan(raw).children] == [b"plain", b"plain", b"html"]
    assert [section(raw, n) for n in (1, 2, 3)] == [b"", b"", b""]


def test_a_boundary_that_begins_like_another_is_not_the_other() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=bb\n\n"
        b"--bb\n\none\n--bb--\n--b\n\ntwo\n--b--\n"
    )
    assert section(raw, 1, 1) == b"one"
    assert section(raw, 2) == b"two"


def test_a_multipart_that_is_never_closed_ends_with_its_outer_one() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\none\n--o\n\ntwo\n"
    assert section(raw, 1, 1) == b"one"
    assert section(raw, 2) == b"two\n"


def test_a_multipart_without_parts_still_has_a_structure() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\nnothing\r\n"
    assert (
        described(raw, extended=False)
        == '(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0) "mixed")'
    )


@pytest.mark.parametrize(("encoding", "is_message"), [(b"8bit", True), (b"base64", False)])
def test_a_message_in_utf8_is_a_message_unless_it_is_encoded(encoding: bytes, is_message: bool) -> None:
    head = b"Content-Type: message/global\r\nContent-Transfer-Encoding: " + encoding
    part = structure.scan(head + b"\r\n\r\nSubject: \xc3\xa9\r\n\r\nx\r\n")
    assert (part.message is not None) == is_message
    assert part.type == (b"message", b"global")


def test_parts_of_a_digest_are_messages() -> None:
    raw = b"Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: in\n\ntext\n--b--\n"
    assert '"rfc822"' in described(raw)
    assert '"in"' in described(raw)


def nested(depth: int) -> bytes:
    opening = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(depth)
    )
    return opening + b"\r\ndeep\r\n" + b"".join(b"--b%d--\r\n" % n for n in reversed(range(depth)))


@pytest.mark.parametrize(
    "raw",
    [
        nested(3_000),
        b"Content-Type: message/rfc822\r\n\r\n" * 100_000,
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n" * 500_000,
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--bb\r\n" * 2_000_000,
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\nno blank line: ever\r\n" * 300_000,
        nested(49) + b"\n--" * 3_000_000,
        b"Subject: " + b"x" * 10_000_000,
        b"x: y\r\n" * 1_000_000,
        b"To: " + b"a@b, " * 500_000,
        b"To: " + b"(" * 1_000_000,
        b"Content-Type: text/plain" + b"; a=b" * 500_000,
        b'Content-Type: text/plain; x="' + b"\\" * 500_000,
        b"From: " + b'"' * 300_000,
        b'From: "' + b'\\"' * 300_000 + b"\\",
        b"From: " + b"[" * 300_000,
        b"Content-Type: (" + b"\\(" * 300_000,
        b"Subject: " + b"=?u?q?a" * 100_000,
        b"Content-Type: message/rfc822\r\n\r\nSubject: " + b"=?u?q?a" * 100_000,
        b"".join(b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (n, n) for n in range(49))
        + b"\n" * 20_000_000,
    ],
    ids=lambda raw: repr(raw[:30] + raw[-10:]),
)
def test_hostile_messages_are_described_in_time_and_space(raw: bytes) -> None:
    began = time.process_time()
    described(raw)
    wire(envelope(raw[: 1 << 20]))
    content.searchable(structure.scan(raw), raw)
    assert time.process_time() - began < 5


def test_fifty_megabytes_are_not_copied() -> None:
    raw = ATTACHMENT.replace(b"JVBERi0xLjQ=", b"JVBERi0xLjQ=\r\n" * 3_500_000)
    assert len(raw) > 45_000_000
    tracemalloc.start()
    described(raw)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4_000_000


@settings(max_examples=200)
@given(
    st.lists(
        st.sampled_from(
            [
                b"Content-Type: multipart/mixed; boundary=",
                b"Content-Type: message/rfc822",
                b"a",
                b"b",
                b"--",
                b"\r\n",
                b"\n",
                b"\r\n\r\n",
                b'"',
                b"(",
            ]
        )
    ).map(b"".join)
)
def test_any_message_has_a_structure_within_its_octets(raw: bytes) -> None:
    described(raw)
    wire(envelope(raw))
    for part in structure.walk(structure.scan(raw)):
        assert 0 <= part.start <= part.body <= part.end <= len(raw)


def test_a_header_without_some_of_its_fields_is_written_in_linear_time() -> None:
    head = b"a: b\r\nx: y\r\n" * 80_000 + b"\r\n"
    began = time.process_time()
    assert len(headers.without(head, ("x",))) == len(b"a: b\r\n") * 80_000 + 2
    assert time.process_time() - began < 2
