"""Nothing in a message is trusted: any octets get an answer, soon, in bounded memory, that quotes only what stands there."""

from __future__ import annotations

import json
import random
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailserver_lab.dsn import Diagnosis, diagnose
from mailserver_lab.dsn.diagnosis import CAUSES, LARGEST
from mailserver_lab.dsn.explain import as_json, as_text
from mailserver_lab.dsn.scan import Scan, decoded_words
from mailserver_lab.mime.structure import MAX_DEPTH

from .bounces import ORIGINAL, SAMPLES, mail, report

HEAD = "From: MAILER-DAEMON@a.example\nTo: b@c.example\nSubject: Undelivered Mail\n"
MANY = 100_000


def seconds(raw: bytes) -> tuple[float, Diagnosis]:
    before = time.process_time()
    found = diagnose(raw)
    return time.process_time() - before, found


def whole(raw: bytes) -> Diagnosis:
    """Diagnose and show it in every way: none of it may raise."""
    found = diagnose(raw)
    for lang in ("ja", "en"):
        shown = as_text("x", found, "ja" if lang == "ja" else "en")
        assert not any(ord(letter) < 32 and letter != "\n" for letter in shown)
        assert not any(0x7F <= ord(letter) < 0xA0 or "\u202a" <= letter <= "\u202e" for letter in shown)
        json.dumps(as_json("x", 1, found, "ja" if lang == "ja" else "en"))
    for verdict in found.recipients:
        assert verdict.cause in CAUSES
    return found


def body(text: str, head: str = HEAD) -> bytes:
    return mail(head, "Your message could not be delivered.\n\n" + text)


LONG = {
    "one line of letters": body("a" * 2_000_000),
    "one line of @": body("@" * 2_000_000),
    "one line of local parts": body("a@" * 1_000_000),
    "one line of dots": body("a@" + "b." * 1_000_000),
    "one line of equals": body("=" * 1_000_000 + "@"),
    "one line of <": body("<" * 2_000_000),
    "one line of quotes": body('"' * 2_000_000),
    "one line of spaces": body(" " * 2_000_000 + "550"),
    "one line of digits": body("5" * 2_000_000),
    "one line of codes": body("550 " * 500_000),
    "one line of statuses": body("5.1.1." * 300_000),
    "one line of phrases": body("user mailbox is " * 120_000),
    "half a phrase": body("connect to " * 150_000),
    "brackets": body("[(<" * 500_000),
    "many lines of addresses": body("\n".join(f"u{n}@b.example" for n in range(MANY))),
    "many lines of replies": body("<<< 550 5.1.1 x\n" * MANY),
    "many empty lines": body("\n" * 2_000_000),
    "many headers in the text": body("Subject: x\n" * MANY),
    "tags that never close": mail(HEAD + "Content-Type: text/html\n", "<p " * 500_000),
    "comments that never close": mail(HEAD + "Content-Type: text/html\n", "<!-- " * 300_000),
    "styles that never close": mail(HEAD + "Content-Type: text/html\n", "<style>" * 200_000),
    "entities": mail(HEAD + "Content-Type: text/html\n", "&#" * 800_000),
    "encoded words": mail(HEAD.replace("Undelivered", "=?utf-8?q?" * 50_000), "x"),
    "header of colons": b":" * 2_000_000,
    "a field of parameters": mail(HEAD + "Content-Type: multipart/report" + "; a=b" * 100_000, "x"),
    "a field of spaces": mail(HEAD + "Content-Type: multipart/report;" + " " * 60_000 + "boundary", "x"),
    "many fields": mail(HEAD + "X: y\n" * MANY, "x"),
    "a boundary everywhere": mail(HEAD + "Content-Type: multipart/mixed; boundary=b", "--b\n" * 500_000),
    "boundaries that only begin alike": mail(HEAD + "Content-Type: multipart/mixed; boundary=b", "--bb\n" * 400_000),
    "nested multiparts": b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(30_000)),
    "nested multiparts of one boundary": b"Content-Type: multipart/mixed; boundary=x\n\n--x\n" * 50_000,
    "nested messages": b"Content-Type: message/rfc822\n\n" * 50_000,
    "nested messages in a multipart": b"Content-Type: multipart/digest; boundary=x\n\n--x\n\n" + b"Content-Type: message/rfc822\n\n" * 50_000,
    "many parts of text": mail(HEAD + "Content-Type: multipart/mixed; boundary=b", "--b\n\nuser unknown\n" * MANY),
    "many recipients": report("x", *(f"Final-Recipient: rfc822; u{n}@b.example\nAction: failed\nStatus: 5.1.1" for n in range(20_000))),
    "many recipients and a text about each": report("\n".join(f"<u{n}@b.example>: 550 5.1.1 user unknown" for n in range(3_000)), *(f"Final-Recipient: rfc822; u{n}@b.example\nAction: failed\nStatus: 5.1.1" for n in range(3_000))),
    "a report of one endless field": report("x", "Final-Recipient: rfc822; u@b.example\nDiagnostic-Code: smtp; " + "550 user\n " * MANY),
    "base64 that is none": mail(HEAD + "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n", "*" * 2_000_000),
    "JSON that nests": mail(HEAD, '{"notificationType":' + "[" * 200_000),
    "Japanese without end": mail(HEAD + "Content-Type: text/plain; charset=utf-8\n", "あ い" * 300_000),
    "many bounces in the text": body(ORIGINAL + "\nReturn-Path: <>\nFrom: MAILER-DAEMON@x\n" * 50_000),
}  # fmt: skip


@pytest.mark.parametrize("raw", LONG.values(), ids=LONG)
def test_no_message_takes_long(raw: bytes) -> None:
    taken, found = seconds(raw)
    assert taken < 3  # some 0.3 s on an idle machine; a search that goes astray takes minutes
    whole(raw) if taken < 1 else None
    assert len(found.recipients) <= 500


@pytest.mark.parametrize(
    "charset",
    ["nope", "idna", "punycode", "unicode_escape", "utf-7", "utf-16", "rot13", "base64", "\x00", "x" * 5_000],
)
def test_no_charset_raises(charset: str) -> None:
    raw = mail(
        f"{HEAD}Content-Type: text/plain; charset={charset}",
        "Could not be delivered: u@b.example user unknown",
    )
    whole(raw + bytes(range(256)) * 20)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_bounce_that_breaks_off_anywhere_raises_nothing(name: str) -> None:
    raw = SAMPLES[name].raw
    for cut in range(0, len(raw), 97):
        whole(raw[:cut])


@pytest.mark.parametrize("name", SAMPLES)
def test_changed_bounces_raise_nothing(name: str) -> None:
    chance = random.Random(name)
    raw = SAMPLES[name].raw
    others = [sample.raw for sample in SAMPLES.values()]
    for _ in range(25):
        octets = bytearray(raw)
        for _ in range(chance.randrange(1, 12)):
            at = chance.randrange(len(octets) + 1)
            what = chance.randrange(4)
            if what == 0:
                octets[at : at + chance.randrange(40)] = b""
            elif what == 1:
                octets[at:at] = bytes(chance.randrange(256) for _ in range(chance.randrange(20)))
            elif what == 2:
                other = chance.choice(others)
                start = chance.randrange(len(other))
                octets[at:at] = other[start : start + chance.randrange(300)]
            else:
                octets[at : at + 1] = chance.choice(
                    [b"\n", b"\r", b"\0", b":", b";", b"=?", b"--", b"\x1b$B", b"\xff", b"@"]
                )
        whole(bytes(octets))


@settings(max_examples=150)
@given(st.binary(max_size=2_000))
def test_no_octets_raise(raw: bytes) -> None:
    whole(raw)
    whole(HEAD.encode() + b"\n" + raw)


@settings(max_examples=150)
@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=60))
def test_evidence_is_quoted_from_the_message(told: str, said: str, address: str) -> None:
    clean = [" ".join(text.encode("utf-8", "replace").decode().split()) for text in (told, said, address)]
    raw = report(
        f"{clean[0]}\nuser unknown {clean[1]}",
        f"Final-Recipient: rfc822; {clean[2]}\nAction: failed\nDiagnostic-Code: smtp; {clean[1]}",
    )
    raw = raw.replace(b"charset=us-ascii", b"charset=utf-8")
    standing = " ".join(raw.decode("utf-8", "replace").split())
    for verdict in whole(raw).recipients:
        for one in verdict.evidence:
            assert " ".join(one.line.split()) in standing


def test_escapes_and_turned_writing_do_not_reach_a_terminal() -> None:
    said = "550 \x1b[2J\x07\u202euser unknown\u009b1m"
    found = whole(
        report("x", f"Final-Recipient: rfc822; u@b.example\nAction: failed\nDiagnostic-Code: smtp; {said}")
    )
    assert found.recipients[0].cause == "user-unknown"
    assert "\x1b" not in as_text("a\x1b]0;x\x07", found, "en")


def test_fifty_megabytes_take_no_time_and_no_memory() -> None:
    bounce = report(
        "x",
        "Final-Recipient: rfc822; u@b.example\nAction: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; 552 5.2.2 mailbox full",
    )
    line = b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0\n"
    at = bounce.rindex(b"--b/1--")
    raw = bounce[:at] + line * ((LARGEST - len(bounce)) // len(line)) + bounce[at:]
    tracemalloc.start()
    try:
        found = diagnose(raw)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [v.cause for v in found.recipients] == ["mailbox-full"]
    assert peak < 20_000_000
    taken, _ = seconds(raw)
    assert taken < 2


def test_what_is_larger_is_refused_with_a_way_out() -> None:
    found = diagnose(b"a" * (LARGEST + 1))
    assert found.kind == "refused"
    assert "50 MB" in found.remarks[0].en
    assert "50 MB" in found.remarks[0].ja


def test_a_limit_that_was_reached_is_told() -> None:
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(MAX_DEPTH * 2)
    )
    assert Scan(deep).cut
    assert diagnose(deep).remarks


def test_a_part_that_claims_to_be_large_is_read_in_part() -> None:
    raw = mail(
        HEAD + "Content-Type: text/plain",
        "Your message could not be delivered.\n\nu@b.example\n550 5.1.1 user unknown\n" + "x\n" * 2_000_000,
    )
    found = diagnose(raw)
    assert [v.cause for v in found.recipients] == ["user-unknown"]
    assert found.remarks


@pytest.mark.parametrize(
    "value",
    ["=?utf-8?b?" + "A" * 50_000 + "?=", "=?utf-8?q?=ZZ?=", "=?nope?b?AAA?=", "=?utf-8?b?*?=", "=?" * 10_000],
)
def test_broken_encoded_words_stay_as_they_are(value: str) -> None:
    assert isinstance(decoded_words(value), str)
