"""Notifications as written, as others read them, and as read back."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailserver_lab import replies
from mailserver_lab.dsn import Outcome, annotate, read, write
from mailserver_lab.dsn.read import parse
from mailserver_lab.replies import Reply

NOW = datetime(2026, 4, 1, 9, 0, 1, tzinfo=UTC)
ORIGINAL = b"From: sender@tsubame.example\r\nSubject: hello\r\nMessage-ID: <1@pc>\r\n\r\nHow are you?\r\n"


def outcome(address: str = "recipent@hibari.example", reply: Reply | None = None, **rest: Any) -> Outcome:
    return Outcome(
        rest.pop("action", "failed"),
        address,
        reply or replies.user_unknown(address),
        remote=rest.pop("remote", "mx.hibari.example"),
        at=NOW,
        **rest,
    )


def written(*outcomes: Outcome, original: bytes = ORIGINAL, **rest: Any) -> bytes:
    settled = {
        "host": "mx.tsubame.example",
        "queue_id": "q0008",
        "to": "sender@tsubame.example",
        "now": NOW,
        "arrived": NOW,
        "lang": "en",
        **rest,
    }
    return write(outcomes or [outcome()], original=original, **settled)


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    assert not any(part.defects for part in message.walk())
    return message


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_pythons_email_finds_the_three_parts(lang: str) -> None:
    message = parsed(written(lang=lang))
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "delivery-status"
    text, status, original = message.iter_parts()
    assert [part.get_content_type() for part in (text, status, original)] == [
        "text/plain",
        "message/delivery-status",
        "message/rfc822",
    ]
    about, recipient = status.get_payload()  # type: ignore[misc]
    assert about["Reporting-MTA"] == "dns; mx.tsubame.example"  # type: ignore[index]
    assert dict(recipient.items()) == {  # type: ignore[union-attr]
        "Final-Recipient": "rfc822; recipent@hibari.example",
        "Action": "failed",
        "Status": "5.1.1",
        "Remote-MTA": "dns; mx.hibari.example",
        "Diagnostic-Code": "smtp; 550 5.1.1 <recipent@hibari.example>... User unknown",
        "Last-Attempt-Date": "Wed, 01 Apr 2026 09:00:01 +0000",
    }
    assert original.get_payload()[0].as_bytes() == ORIGINAL.replace(b"\r\n", b"\n")  # type: ignore[union-attr,index]
    assert message["Auto-Submitted"] == "auto-replied"
    assert "<recipent@hibari.example>... User unknown" in text.get_content()  # type: ignore[attr-defined]


def test_japanese_comes_first_and_english_below_it() -> None:
    text = parsed(written(lang="ja")).get_body(("plain",))
    assert text is not None
    content = text.get_content()
    assert 0 <= content.index("配送できませんでした") < content.index("could not be delivered")
    assert "配送できませんでした" in parsed(written(lang="ja"))["Subject"]
    assert "配送" not in written(lang="en").decode()


def test_what_is_written_is_read_back() -> None:
    raw = written(outcome(), outcome("full@hibari.example", replies.mailbox_full("full@hibari.example")))
    report = read(raw)
    assert report is not None
    assert (report.reporting_mta, report.original_message_id) == ("mx.tsubame.example", "<1@pc>")
    assert [(r.address, r.action, r.status, r.remote_mta) for r in report.recipients] == [
        ("recipent@hibari.example", "failed", "5.1.1", "mx.hibari.example"),
        ("full@hibari.example", "failed", "5.2.2", "mx.hibari.example"),
    ]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_addresses_beyond_ascii_are_written_and_read_back(lang: str) -> None:
    raw = written(outcome("日本@hibari.example"), outcome("二@hibari.example"), lang=lang)
    assert b"Content-Type: message/global-delivery-status" in raw
    assert "Final-Recipient: utf-8; 日本@hibari.example".encode() in raw
    report = read(raw)
    assert report is not None
    assert report.reporting_mta == "mx.tsubame.example"
    assert [(r.address, r.status) for r in report.recipients] == [
        ("日本@hibari.example", "5.1.1"),
        ("二@hibari.example", "5.1.1"),
    ]


def test_an_8_bit_message_comes_back_octet_by_octet() -> None:
    original = (
        "Subject: 件名\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n本文\r\n".encode() + b"\xff\xfe\r\n"
    )
    raw = written(original=original)
    assert original in raw
    assert raw.count(b"Content-Transfer-Encoding: 8bit\r\n") == 2


def test_a_reply_cannot_inject_fields_or_parts() -> None:
    evil = Reply(
        550,
        "no\r\nAction: delivered\n\n--=_q0008\r\nBcc: x\x00\x1b[31m\x85Status: 2.0.0\u2028" + "長" * 5_000,
        "5.1.1",
    )
    raw = written(outcome(reply=evil))
    report = read(raw)
    assert report is not None
    assert [(r.action, r.status) for r in report.recipients] == [("failed", "5.1.1")]
    assert len(list(parsed(raw).iter_parts())) == 3
    assert not {0, 0x1B} & set(raw)
    assert "\x85" not in raw.decode()
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_decoded_xtext_cannot_inject_fields_either() -> None:
    raw = written(outcome(orcpt="rfc822;a+40x+0D+0AAction: delivered"), envid="Q+0D+0AX: y+FF")
    report = read(raw)
    assert report is not None
    assert [r.action for r in report.recipients] == ["failed"]
    assert b"\r\nX: y" not in raw
    assert b"Original-Recipient: rfc822; a@x  Action: delivered\r\n" in raw


def test_the_boundary_does_not_occur_in_the_original() -> None:
    original = ORIGINAL + b"--=_q0008\r\n--=_q0008_--\r\n--=_q0008--\r\n"
    _, _, returned = parsed(written(original=original)).iter_parts()
    assert returned.get_payload()[0].as_bytes() == original.replace(b"\r\n", b"\n")  # type: ignore[union-attr,index]


@pytest.mark.parametrize(
    ("original", "rest"),
    [(ORIGINAL + b"x" * 70_000, {}), (ORIGINAL, {"ret": "HDRS"})],
    ids=["large", "RET=HDRS"],
)
def test_sometimes_only_the_headers_come_back(original: bytes, rest: dict[str, Any]) -> None:
    raw = written(original=original, **rest)
    *_, returned = parsed(raw).iter_parts()
    assert returned.get_content_type() == "text/rfc822-headers"
    assert b"How are you?" not in raw
    report = read(raw)
    assert report is not None
    assert report.original_message_id == "<1@pc>"


@pytest.mark.parametrize(
    "original", [b"", b"\r\n", b"no header end", b"X: " + b"y" * 900_000 + b"\r\n\r\nbody", b"a" * 200_000]
)
def test_an_odd_original_makes_a_proper_and_small_notification(original: bytes) -> None:
    raw = written(original=original)
    assert len(raw) < 80_000
    assert len(email.message_from_bytes(raw).get_payload()) == 3
    assert read(raw) is not None


def test_a_delay_sends_only_the_headers_back_and_gives_no_advice() -> None:
    raw = written(
        outcome(
            reply=Reply(451, "mx.hibari.example cannot be reached", "4.4.1"), action="delayed", remote=None
        )
    )
    assert b"How are you?" not in raw
    assert b"What to do" not in raw
    assert b"The mail server of hibari.example cannot be reached." in raw
    assert b"Action: delayed\r\nStatus: 4.4.1\r\n" in raw


@pytest.mark.parametrize(
    ("action", "notify", "told"),
    [
        ("failed", "", True), ("failed", "FAILURE", True), ("failed", "NEVER", False), ("failed", "SUCCESS", False),
        ("delayed", "", True), ("delayed", "FAILURE", False), ("delayed", "DELAY", True),
        ("delivered", "", False), ("delivered", "SUCCESS", True), ("delivered", "NEVER", False),
    ],
)  # fmt: skip
def test_the_sender_is_told_what_the_sender_asked_for(action: str, notify: str, told: bool) -> None:
    assert outcome(action=action, notify=frozenset(notify.split())).to_be_told is told


def test_a_reply_without_enhanced_code_gets_one_of_its_class() -> None:
    assert outcome(reply=Reply(550, "no")).status == "5.0.0"
    assert outcome(reply=Reply(421, "no")).status == "4.0.0"


# -- taking apart what anybody sent


def test_a_bounce_is_explained_part_by_part() -> None:
    parts = {part.part: part for part in annotate(b"Return-Path: <>\r\n" + written())}
    assert set(parts) == {
        "return-path",
        "from",
        "subject",
        "auto-submitted",
        "text",
        "reporting-mta",
        "final-recipient",
        "action",
        "status",
        "remote-mta",
        "diagnostic-code",
        "original",
    }
    assert parts["return-path"].text == "Return-Path: <>"
    assert (
        parts["status"].note.en
        == "5 = permanent (sending the same again changes nothing); 1.1 = no such user."
    )
    assert "How are you?" in parts["original"].text


def test_words_that_no_other_server_said_are_the_writers_own() -> None:
    own = annotate(written(outcome(reply=replies.host_unknown("a@b"), remote=None)))
    parts = {part.part: part for part in own}
    assert "remote-mta" not in parts
    assert "very server that wrote" in parts["diagnostic-code"].note.en


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        ORIGINAL,
        b"Content-Type: multipart/report; boundary=x\r\n\r\n--x--",
        b"Content-Type: multipart/report\r\n\r\n",
    ],
)
def test_what_is_no_report_is_none(raw: bytes) -> None:
    assert read(raw) is None
    assert annotate(raw) == []


REPORT = b"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns;x\r\n\r\nFinal-Recipient: rfc822; a@b\r\n\r\n"
HOSTILE = {
    "nested multiparts": b"".join(b"Content-Type: multipart/report; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3_000)),
    "nested multiparts of one boundary": b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n" * 3_000,
    "nested multiparts inside": REPORT + b"--x\r\nContent-Type: message/rfc822\r\n\r\n" + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3_000)),
    "nested messages": REPORT + b"--x\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 3_000,
    "nested comments": b"From: " + b"(" * 5_000 + b"\r\nSubject: " + b"=?utf-8?q?" * 3_000 + b"\r\nReturn-Path: " + b"<" * 5_000 + b"\r\n" + REPORT,
    "unknown charset": REPORT + b"--x\r\nContent-Type: text/plain; charset=nope\r\nContent-Transfer-Encoding: base64\r\n\r\n***\r\n",
    "broken encodings": REPORT + b"--x\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nAAA\xff\r\n--x--",
    "no boundary end": REPORT,
    "nul and high octets": REPORT.replace(b"a@b", bytes(range(1, 10)) + bytes(range(128, 256))),
    "a status in base64": REPORT.replace(b"delivery-status\r\n", b"delivery-status\r\nContent-Transfer-Encoding: base64\r\n"),
    "odd boundary": b'Content-Type: multipart/report; boundary="x\r\n' + REPORT,
    "many addresses": b"From: " + b"a@b, " * 40_000 + b"\r\n" + REPORT,
    "parameters": b"Content-Type: multipart/report; boundary*0*=utf-8''x; boundary*1=" + b"y;" * 90_000 + b"\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_nothing_hostile_raises(raw: bytes) -> None:
    parse(raw)
    read(raw)
    annotate(raw)


@pytest.mark.parametrize("cut", range(0, 1_200, 60))
def test_a_bounce_that_breaks_off_anywhere_raises_nothing(cut: int) -> None:
    read(written()[:cut])
    annotate(written()[:cut])


@settings(max_examples=200)
@given(st.binary(max_size=400), st.integers(0, 1_200), st.integers(0, 200))
def test_no_octets_anywhere_in_a_bounce_raise(octets: bytes, at: int, dropped: int) -> None:
    raw = written()
    broken = raw[:at] + octets + raw[at + dropped :]
    annotate(broken)
    for part in annotate(broken):
        assert isinstance(part.text, str)


@settings(max_examples=150)
@given(st.text(max_size=200), st.binary(max_size=300), st.sampled_from(["ja", "en"]))
def test_whatever_was_said_and_sent_the_report_says_the_same(said: str, original: bytes, lang: str) -> None:
    said = said.encode("utf-8", "replace").decode()
    raw = written(outcome(reply=Reply(550, said, "5.1.1")), original=original, lang=lang)
    report = read(raw)
    assert report is not None
    assert [(r.address, r.action, r.status) for r in report.recipients] == [
        ("recipent@hibari.example", "failed", "5.1.1")
    ]


def test_what_exchange_says_of_a_missing_user_is_not_taken_for_a_null_mx() -> None:
    told = written(outcome(reply=replies.user_unknown("a@hibari.example", "exchange"))).decode()
    assert "Status: 5.1.10" in told
    assert "has no such user" in told
    null_mx = written(outcome(reply=replies.takes_no_mail("a@hibari.example"), remote=None)).decode()
    assert "takes no mail at all" in null_mx
