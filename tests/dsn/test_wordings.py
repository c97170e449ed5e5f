"""The same cause in the words and the form of each mail system."""

import email
import email.policy
import re
from collections.abc import Callable

import pytest

from mailserver_lab import replies
from mailserver_lab.dsn import Outcome, annotate, diagnose, read, write
from mailserver_lab.replies import Reply
from mailserver_lab.wordings import REPLIES, WORDINGS
from mailserver_lab.world import WorldError, bundled, parse

from .wordings import FOLDER, NOW, ORIGINAL, WRONG, notification, said, shown

each = pytest.mark.parametrize("wording", WORDINGS)
systems = pytest.mark.parametrize("wording", [name for name in WORDINGS if name != "default"])


@each
def test_it_says_what_its_golden_file_has(wording: str) -> None:
    assert shown(wording) == (FOLDER / f"{wording}.txt").read_text("utf-8")


def test_every_cause_is_worded_by_all_of_them() -> None:
    for cause, worded in REPLIES.items():
        assert tuple(worded) == WORDINGS, cause
        classes = {code // 100 for code, _, _ in worded.values()}
        assert classes == ({4} if cause == "mailbox-full-now" else {5}), cause


@each
def test_its_lines_are_replies(wording: str) -> None:
    lines = said(wording)
    assert all(re.match(r"[245]\d\d[ -]", line) for line in lines)
    unknown = replies.user_unknown(WRONG, wording)
    assert Reply.parse(unknown.lines()) == unknown
    assert unknown.permanent


@each
def test_its_notification_is_read_back(wording: str) -> None:
    raw = notification(wording)
    report = read(raw)
    assert report is not None
    assert report.reporting_mta == "mx.tsubame.example"
    (recipient,) = report.recipients
    assert (recipient.address, recipient.action, recipient.status[0]) == (WRONG, "failed", "5")
    assert report.original_message_id == "<1@pc>"
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert not any(part.defects for part in message.walk())
    text = next(part.text for part in annotate(raw) if part.part == "text")
    assert WRONG in text
    assert replies.user_unknown(WRONG, wording).text.partition("\n")[0] in text


def test_no_two_have_the_same_from_and_subject() -> None:
    heads = set()
    for wording in WORDINGS:
        message = email.message_from_bytes(notification(wording))
        heads.add((message["From"], message["Subject"]))
    assert len(heads) == len(WORDINGS)


def report(wording: str, *outcomes: Outcome, original: bytes = ORIGINAL) -> bytes:
    return write(
        outcomes, original=original, host="mx.a.example", queue_id="q1", to="s@a.example", now=NOW, arrived=NOW,
        lang="ja", wording=wording,
    )  # fmt: skip


@systems
@pytest.mark.parametrize("action", ["failed", "delayed", "delivered"])
def test_it_tells_of_many_recipients_and_of_its_own_words(wording: str, action: str) -> None:
    outcomes = [
        Outcome(action, f"user{n}@b.example", Reply(451, "{later} <b>\nagain", "4.4.1"))  # type: ignore[arg-type]
        for n in range(200)
    ]
    raw = report(wording, *outcomes)
    told = read(raw)
    assert told is not None
    assert [one.address for one in told.recipients] == [one.address for one in outcomes]
    assert max(map(len, raw.split(b"\r\n"))) < 998
    assert b"<b>\r\nagain" not in raw


@systems
def test_what_the_sender_wrote_cannot_break_it(wording: str) -> None:
    head = b"Subject: =?x? {host} " + b"\xff\x00\r\n\t" + b"y" * 900 + b"\r\nMessage-ID: \r\n\r\n--=_q1\r\n"
    raw = report(wording, Outcome("failed", "--=_q1_@b.example", Reply(550, "no")), original=head)
    told = read(raw)
    assert told is not None
    assert told.recipients[0].status == "5.0.0"
    fields = raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert sum(field.lower().startswith(b"subject:") for field in fields) == 1
    assert all(re.match(rb"[A-Za-z-]+: |[ \t]", field) for field in fields)


def test_html_is_text_that_stays_text() -> None:
    raw = report("gmail", Outcome("failed", "u@b.example", Reply(550, "<script>alert(1)</script>", "5.1.1")))
    message = email.message_from_bytes(raw, policy=email.policy.default)
    html = message.get_body(("html",))
    assert html is not None
    assert "&lt;script&gt;" in html.get_content()
    assert "<script>" not in html.get_content()


CAUSES: dict[str, Callable[[str], Reply]] = {
    "user-unknown": lambda wording: replies.user_unknown("u@b.example", wording),
    "mailbox-full": lambda wording: replies.mailbox_full("u@b.example", wording),
    "message-too-large": lambda wording: replies.too_large(1_000, wording),
    "relay-refused": lambda wording: replies.no_relay("u@b.example", wording),
}


@each
@pytest.mark.parametrize("cause", CAUSES)
def test_whoever_reads_bounces_from_anywhere_sees_the_same_cause(wording: str, cause: str) -> None:
    raw = report(wording, Outcome("failed", "u@b.example", CAUSES[cause](wording), remote="mx.b.example"))
    (verdict,) = diagnose(raw).recipients
    assert (verdict.cause, verdict.permanent, verdict.refuser) == (cause, True, "mx.b.example")


@pytest.mark.parametrize(
    "wording", [name for name in WORDINGS if name != "exim"]
)  # whose words leave it open
def test_a_missing_domain_is_told_apart_from_a_missing_user(wording: str) -> None:
    unknown = replies.host_unknown("u@no-such.invalid", wording)
    (verdict,) = diagnose(report(wording, Outcome("failed", "u@no-such.invalid", unknown))).recipients
    assert (verdict.cause, verdict.permanent) == ("host-unknown", True)


def test_a_world_names_one_of_them() -> None:
    spec = bundled("user-unknown").as_json()
    spec["domains"]["hibari.example"]["wording"] = "postfix"
    assert parse(spec).domains["hibari.example"].wording == "postfix"
    spec["domains"]["hibari.example"]["wording"] = "qmail"
    with pytest.raises(WorldError, match="wording is default or sendmail or"):
        parse(spec)
