"""The bounce doctor on bounces in the manner of many systems, on the lab's own, and on what is none."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from mailserver_lab import replies
from mailserver_lab.dsn import Outcome, diagnose, pasted, write
from mailserver_lab.dsn.advice import ADVICE, KINDS, author, certainty, do, doubt, movers
from mailserver_lab.dsn.cases import Case
from mailserver_lab.dsn.diagnosis import CAUSES, Kind
from mailserver_lab.dsn.notice import Field
from mailserver_lab.dsn.scan import Scan
from mailserver_lab.dsn.signs import book, plain
from mailserver_lab.dsn.weigh import weigh
from mailserver_lab.locale import LANGUAGES
from mailserver_lab.replies import Reply

from .bounces import SAMPLES, Sample, mail, report

NOW = datetime(2026, 4, 1, 9, 0, 1, tzinfo=UTC)
REPLIES = tomllib.loads((Path(__file__).parent / "replies.toml").read_text("utf-8"))


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_each_system_is_understood(sample: Sample) -> None:
    found = diagnose(sample.raw)
    assert found.kind == sample.kind
    assert [(v.recipient, v.cause, v.status, v.reply) for v in found.recipients] == sample.recipients
    if sample.author:
        assert {v.author for v in found.recipients} == {sample.author}


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_line_ends_make_no_difference(sample: Sample) -> None:
    assert diagnose(sample.raw.replace(b"\n", b"\r\n")) == diagnose(sample.raw)


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_the_evidence_stands_in_the_message(sample: Sample) -> None:
    scan = Scan(sample.raw)
    text = " ".join(" ".join(scan.text(part) for part in scan.message.walk()).split())
    text += " ".join(f"{name}: {value} {value}" for name, value in scan.message.fields)
    inner = " ".join(sample.raw.decode("utf-8", "replace").split())
    for verdict in diagnose(sample.raw).recipients:
        for one in verdict.evidence:
            quoted = " ".join(one.line.split())
            assert quoted in text or quoted in inner or quoted == scan.message.shown("subject"), one


@pytest.mark.parametrize(
    ("cause", "reply"),
    [(cause, reply) for cause, found in REPLIES.items() for reply in found],
    ids=lambda value: value[:60],
)
def test_a_reply_is_understood_by_itself(cause: str, reply: str) -> None:
    line = f"Diagnostic-Code: smtp; {reply}"
    assert weigh(Case("a@b.example", {"diagnostic-code": Field(f"smtp; {reply}", line)})).cause == cause


def test_the_replies_cover_every_cause_that_a_reply_can_have() -> None:
    assert REPLIES.keys() == set(CAUSES) - {"vacation-reply", "delivered"}


# -- the lab's own notifications

LAB = {
    "user-unknown": replies.user_unknown("u@hibari.example"),
    "host-unknown": replies.host_unknown("u@hibari.example"),
    "mailbox-full": replies.mailbox_full("u@hibari.example", temporary=True),
    "message-too-large": replies.too_large(10_000_000),
    "relay-refused": replies.no_relay("u@hibari.example"),
    "host-takes-no-mail": replies.takes_no_mail("u@hibari.example"),
    "sender-refused": replies.not_your_address("anna@tsubame.example"),
    "server-failure": replies.NO_ROOM_ON_DISK,
    "network-or-dns-failure": replies.LOOP,
    "rate-limited": replies.TOO_MANY_RECIPIENTS,
    "undeliverable-for-too-long": Reply(
        551,
        "delivery time expired; the last answer was: 451 4.4.1 mx.hibari.example cannot be reached",
        "5.4.7",
    ),
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("cause", "reply"), LAB.items())
def test_the_labs_own_bounces_are_understood(cause: str, reply: Reply, lang: str) -> None:
    remote = None if cause == "host-unknown" else "mx.hibari.example"
    raw = write(
        [Outcome("failed", "u@hibari.example", reply, remote=remote, at=NOW)],
        original=b"From: anna@tsubame.example\r\nSubject: lunch\r\n\r\nHello\r\n",
        host="mx.tsubame.example",
        queue_id="q1",
        to="anna@tsubame.example",
        now=NOW,
        arrived=NOW,
        lang="ja" if lang == "ja" else "en",
    )
    found = diagnose(raw)
    assert found.bounce
    assert [(v.recipient, v.cause, v.status, v.author) for v in found.recipients] == [
        ("u@hibari.example", cause, reply.status, "own")
    ]


# -- what it goes by


def test_what_the_sender_wrote_is_no_evidence() -> None:
    """Subject and text of the returned message speak of quota, virus and unknown hosts."""
    for name in ("qmail", "Exim", "Yahoo", "old free text, no MIME"):
        for verdict in diagnose(SAMPLES[name].raw).recipients:
            assert not any("mine" in one.line or "virus" in one.line for one in verdict.evidence)


def test_an_address_cannot_speak_for_itself() -> None:
    raw = report(
        "Failed.",
        "Final-Recipient: rfc822; mailbox-full@quota.example\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 <mailbox-full.user-unknown@spam.virus.example> refused",
    )
    assert [v.cause for v in diagnose(raw).recipients] == ["unclear"]


def test_a_contradiction_is_told_in_both_languages_with_words_that_stand_there() -> None:
    verdict = diagnose(SAMPLES["the code says one thing, the words another"].raw).recipients[0]
    assert verdict.cause == "mailbox-full"
    told = [doubt(one) for one in verdict.doubts]
    assert any("5.1.1" in one.en and "No such user" in one.en and "Mailbox full" in one.en for one in told)
    assert any("宛先のユーザーがいない" in one.ja for one in told)
    assert not any("{" in one.en + one.ja for one in told)


def test_the_refused_line_and_its_command_are_named() -> None:
    verdict = diagnose(SAMPLES["docomo: unknown only after DATA"].raw).recipients[0]
    assert (verdict.stage, verdict.refuser) == ("data", "mfsmax.docomo.example")
    assert "mfsmax.docomo.example" in author(verdict).en


def test_temporary_and_permanent_are_told_apart() -> None:
    first, second = diagnose(SAMPLES["Postfix, two recipients"].raw).recipients
    assert (first.permanent, first.hard, second.permanent, second.hard) == (True, True, False, False)
    assert diagnose(SAMPLES["old free text, no MIME"].raw).recipients[0].permanent is None
    assert diagnose(SAMPLES["Postfix, a delay"].raw).recipients[0].permanent is False


def test_nobody_is_asked_to_send_again_what_is_still_being_tried() -> None:
    delayed = diagnose(SAMPLES["Postfix, a delay"].raw).recipients[0]
    assert delayed.waiting
    assert movers(delayed) == ("nobody",)
    assert "Wait" in do(delayed).en
    assert "待って" in do(delayed).ja
    failed = diagnose(SAMPLES["Yahoo"].raw).recipients[0]
    assert do(failed) == ADVICE["user-unknown"].do


def test_a_refusal_behind_unknown_user_is_told_with_its_uncertainty() -> None:
    told = [
        doubt(one) for one in diagnose(SAMPLES["docomo: unknown only after DATA"].raw).recipients[0].doubts
    ]
    assert any("hides a refusal" in one.en and "may still be wrong" in one.en for one in told)
    assert any("受信設定で断る" in one.ja for one in told)


def test_a_forwarded_bounce_is_told_to_be_one() -> None:
    assert diagnose(SAMPLES["a bounce that a person attached"].raw).forwarded
    assert not diagnose(SAMPLES["Postfix, two recipients"].raw).forwarded


def test_a_person_who_only_mentions_an_error_has_sent_no_bounce() -> None:
    raw = mail("From: yuki@hibari.example\nSubject: hi", "My mail says user unknown. What is that?\n")
    assert diagnose(raw).kind == "other"


# -- the book and the advice


def test_every_cause_and_kind_has_its_words_in_both_languages() -> None:
    assert set(ADVICE) == set(CAUSES)
    assert set(KINDS) == set(get_args(Kind))
    for told in ADVICE.values():
        assert told.movers
        for text in (told.name, told.meaning, told.do):
            assert text.ja
            assert text.en.isascii() or "“" in text.en


def test_every_phrase_can_be_found_and_names_a_cause() -> None:
    data = tomllib.loads((Path(weigh.__code__.co_filename).parent / "signs.toml").read_text("utf-8"))
    phrases = [phrase for entry in data["sign"] for phrase in entry["phrases"]]
    assert len(phrases) == len(set(phrases))
    for entry in data["sign"]:
        assert entry["class"] in CAUSES
        assert entry["source"]
        for phrase in entry["phrases"]:
            spoken = phrase.replace("*", "x").replace("@", "a@b.example")
            assert phrase == phrase.lower().strip()
            assert any(found == phrase for _, found, _ in book().causes.find(plain(f"so: {spoken} ."))), (
                phrase
            )


def test_the_very_words_are_marked_in_the_line_that_they_stand_in() -> None:
    for name, one in SAMPLES.items():
        for verdict in diagnose(one.raw).recipients:
            for evidence in verdict.evidence:
                assert evidence.words in evidence.line, name
    microsoft = diagnose(SAMPLES["Microsoft 365"].raw).recipients[0].evidence
    assert [one.words for one in microsoft] == [
        "RESOLVER.ADR.RecipientNotFound",
        "wasn't found at",
        "5.1.10",
    ]


def test_words_within_the_words_that_are_believed_are_no_contradiction() -> None:
    verdict = diagnose(SAMPLES["OpenSMTPD"].raw).recipients[0]
    assert {one.cause for one in verdict.evidence} == {"host-unknown", "user-unknown"}  # "not exist"
    assert verdict.doubts == ()


def test_it_says_how_sure_it_is() -> None:
    def said(raw: bytes) -> str:
        return certainty(diagnose(raw).recipients[0]).en

    assert "plainly" in said(SAMPLES["Postfix, two recipients"].raw)
    assert "Most likely" in said(SAMPLES["the code says one thing, the words another"].raw)
    # Microsoft 365 says this of a user who is not there, but not in so many words
    coded = report("x", "Final-Recipient: rfc822; u@b.example\nAction: failed\nStatus: 5.4.1\nDiagnostic-Code: smtp; 550 5.4.1 Recipient address rejected: Access denied")  # fmt: skip
    assert diagnose(coded).recipients[0].cause == "user-unknown"
    assert "Most likely" in said(coded)
    assert "No words" in said(SAMPLES["says nothing of the cause"].raw)
    hint = report("x", "Final-Recipient: rfc822; u@b.example\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 552 no")  # fmt: skip
    assert "guess" in said(hint)


# -- a reply without a message around it


@pytest.mark.parametrize(
    ("text", "cause", "refuser"),
    [
        ("550 5.1.1 user unknown", "user-unknown", ""),
        ("452-4.2.2 The recipient's inbox is\n452 4.2.2 out of storage space", "mailbox-full", ""),
        ("host mx.b.example[192.0.2.1] said: 552 5.3.4 too big", "message-too-large", "mx.b.example"),
        ("宛先のメールボックスの容量が超過しています", "mailbox-full", ""),
        ("Diagnostic-Code: smtp; 550 5.1.2 Host unknown", "host-unknown", ""),
    ],
)
def test_a_pasted_reply_is_read_as_what_it_is(text: str, cause: str, refuser: str) -> None:
    found = diagnose(pasted.octets(text))
    assert (found.kind, found.bounce) == ("reply", False)
    assert [(v.cause, v.refuser) for v in found.recipients] == [(cause, refuser)]


@pytest.mark.parametrize(
    "text",
    ["250 2.0.0 OK", "Dear all,\nlunch at 12?\n", "From: a@b.example\n\n550 people came", "x" * 5_000],
)
def test_other_lines_are_no_reply(text: str) -> None:
    assert diagnose(text.encode()).kind == "other"


def test_japanese_whose_escapes_were_lost_is_read_and_said_to_have_been_mended() -> None:
    words = "宛先のメールボックスの容量が超過しているため、配信できませんでした。"
    lost = words.encode("iso2022_jp").replace(b"\x1b", b"")
    found = diagnose(b"From: MAILER-DAEMON@a.example\nSubject: x\n\n" + lost + b"\n")
    assert [v.cause for v in found.recipients] == ["mailbox-full"]
    assert found.recipients[0].evidence[0].line == words
    assert "escape characters were lost" in found.remarks[0].en
    assert not diagnose(
        b"From: MAILER-DAEMON@a.example\n\n$Bills$ cost $Big money (B and user unknown\n"
    ).remarks


# -- who wrote it


def written(by: str, *received: str) -> str:
    """Who is told to have written a notice to s@c.example about a@b.example."""
    raw = report(
        "x",
        f"Reporting-MTA: dns; {by}\n\nFinal-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1",
    )
    head = "".join(f"Received: {one}\n" for one in received)
    return (
        diagnose(head.encode() + raw.replace(b"sender@tsubame.example", b"s@c.example")).recipients[0].author
    )


def test_who_wrote_it_is_told_by_the_hosts_own_name_or_the_way_of_the_notice() -> None:
    assert written("mx.d.example") == "unknown"
    assert written("a1.smtp-out.d.example") == "own"
    assert written("inbound-smtp.d.example") == "recipient"
    assert written("mx.d.example", "from localhost by mx.d.example (Postfix)") == "own"
    assert written("mx.d.example", "from mx.d.example by mx.c.example (Postfix)") == "unknown"


def test_a_nameless_writer_that_was_refused_stands_on_the_senders_side() -> None:
    text = "Your message to <a@b.example> could not be delivered:\nmx.b.example [192.0.2.1] did not like our RCPT TO:\n550 5.1.1 User unknown\n"
    (verdict,) = diagnose(mail("From: MAILER-DAEMON <>\nSubject: Mail delivery failed", text)).recipients
    assert (verdict.author, verdict.reporter, verdict.refuser) == ("own", "", "mx.b.example")
    assert "gives no name" in author(verdict).en
    assert "名乗っていません" in author(verdict).ja


# -- contradictions


def test_what_says_the_same_from_another_side_is_no_contradiction() -> None:
    def doubts(reply: str) -> int:
        return len(weigh(Case("a@b.example", {"diagnostic-code": Field(f"smtp; {reply}", reply)})).doubts)

    assert doubts("550 Host or domain name not found. Name service error for name=b.example type=AAAA: Host found but no data record") == 0  # fmt: skip
    assert doubts("550 5.7.1 message content rejected, UBE") == 0
    assert doubts("550 user unknown. Giving up.") == 0
    assert doubts("550 user unknown: relaying denied") == 1
