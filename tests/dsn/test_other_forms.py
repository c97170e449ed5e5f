"""Notices in forms that are hardly a report, and what stands in them beside the reason: summaries, footers, the writer's own words."""

from __future__ import annotations

import time

import pytest

from mailserver_lab.dsn import diagnose
from mailserver_lab.dsn.diagnosis import Cause
from mailserver_lab.dsn.scan import decoded

from .bounces import ORIGINAL, mail, report

DAEMON = "Return-Path: <>\nFrom: MAILER-DAEMON@hibari.example\nTo: anna@tsubame.example\nSubject: Mail delivery failed"


def told(raw: bytes) -> list[tuple[str, Cause]]:
    """Recipients and causes."""
    return [(verdict.recipient, verdict.cause) for verdict in diagnose(raw).recipients]


# -- which recipient


@pytest.mark.parametrize(
    "final",
    [
        "x400; /S=yuki/OU=hibari/PRMD=bird/ADMD= /C=JP/",
        "x400; /RFC-822=yuki(a)hibari.example/ADMD= /C=JP/",
        "LOCAL;<yuki>",
    ],
)
def test_a_name_of_another_system_gives_way_to_the_address_that_was_written(final: str) -> None:
    fields = f"Final-Recipient: {final}\nAction: failed\nStatus: 5.1.1"
    named = report("Failed.", f"Original-Recipient: rfc822; yuki@hibari.example\n{fields}")
    assert told(named) == [("yuki@hibari.example", "user-unknown")]
    assert told(report("Failed.", fields))[0][0] == final.partition(";")[2].strip("<> ")


@pytest.mark.parametrize(
    "final",
    ["@store7.hibari.example:yuki@lmtp-daemon", "<@store7.hibari.example,@hub.hibari.example:yuki@store7>"],
)
def test_a_source_route_gives_way_to_the_address_that_was_written(final: str) -> None:
    fields = f"Final-Recipient: rfc822; {final}\nAction: failed\nStatus: 5.2.2"
    named = report("Failed.", f"Original-Recipient: rfc822; yuki@hibari.example\n{fields}")
    assert told(named) == [("yuki@hibari.example", "mailbox-full")]
    assert told(report("Failed.", fields))[0][0].startswith("yuki@")


def test_an_address_within_an_x400_one_is_found() -> None:
    text = (
        "Your message\n\n  To:      Yuki\n  Subject: lunch\n\ndid not reach the following recipient(s):\n\n"
    )
    text += "c=JP;a= ;p=BIRD;o=Hibari;dda:SMTP=yuki@hibari.example; on Wed, 1 Apr 2026 09:00:00 +0900\n    The recipient name is not recognized\n"
    assert told(mail(DAEMON, text)) == [("yuki@hibari.example", "user-unknown")]


def test_bare_names_are_users_of_the_server_that_writes() -> None:
    text = "Dear anna@tsubame.example, your mail to these recipients could not be delivered because\ntheir mailbox is full:\n\n\tyuki\n\tkenji.t\n\nThat is all.\n"
    assert told(mail(DAEMON, text)) == [
        ("yuki@hibari.example", "mailbox-full"),
        ("kenji.t@hibari.example", "mailbox-full"),
    ]


def test_a_word_below_another_sentence_is_no_recipient() -> None:
    text = "Your message could not be delivered for this reason:\n\n    overquota\n"
    assert [address for address, _ in told(mail(DAEMON, text))] != ["overquota@hibari.example"]


def test_the_address_that_another_one_was_made_of_is_a_recipient_where_it_is_the_only_one() -> None:
    text = "A message could not be delivered to all of its recipients:\n\n  an address that is not shown\n    (generated from yuki@hibari.example)\n"
    assert told(mail(DAEMON, text))[0][0] == "yuki@hibari.example"
    text = text.replace("an address that is not shown", "yuki@suzume.example")
    assert [address for address, _ in told(mail(DAEMON, text))] == ["yuki@suzume.example"]


def test_of_many_addresses_in_a_text_the_returned_message_tells_which() -> None:
    text = "Addresses here look like first.last@hibari.example. Yours, yuki@hibari.example, was not found.\nPerhaps you mean Yuki Tori, see yuki.tori@hibari.example.\n\nOriginal message follows\n\n"
    for quoted in (ORIGINAL, "\n".join(f">{line}" for line in ORIGINAL.split("\n"))):
        assert told(mail(DAEMON, text + quoted)) == [("yuki@hibari.example", "user-unknown")]


# -- what it is


def rejected(words: str, disposition: str = "automatic-action/MDN-sent-automatically; deleted") -> bytes:
    """A notification in the form of a receipt."""
    return mail(
        "From: Mail <postmaster@hibari.example>\nTo: anna@tsubame.example\nSubject: About your message\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b",
        f"--b\nContent-Type: text/plain\n\n{words}\n--b\nContent-Type: message/disposition-notification\n\nReporting-UA: hibari.example\nFinal-Recipient: rfc822; yuki@hibari.example\nDisposition: {disposition}\n--b--\n",
    )


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ("Your message to <yuki@hibari.example> was automatically rejected:\nQuota exceeded", "mailbox-full"),
        (
            "Your message to <yuki@hibari.example> was automatically rejected:\nI only read postcards.",
            "refused-by-recipient",
        ),
        (
            "The message was refused by the recipient's mail filtering program. The reason given was:\n\nNo more of this.",
            "refused-by-recipient",
        ),
    ],
)
def test_a_filter_that_refuses_in_the_form_of_a_receipt_has_bounced_it(words: str, cause: Cause) -> None:
    found = diagnose(rejected(words))
    assert found.kind == "bounce"
    assert told(rejected(words)) == [("yuki@hibari.example", cause)]


def test_a_receipt_is_no_bounce_also_where_nobody_read_the_message() -> None:
    read = rejected("Your message was displayed.", "manual-action/MDN-sent-manually; displayed")
    unread = rejected("Your message was deleted without being read on Wednesday.")
    assert [diagnose(raw).kind for raw in (read, unread)] == ["receipt", "receipt"]


def test_who_has_no_address_is_no_person() -> None:
    head = "From: <>\nTo: anna@tsubame.example\nAuto-Submitted: auto-replied"
    raw = mail(head, "You wrote to yuki@hibari.example. That is not a valid user here.\n")
    assert diagnose(raw).kind == "bounce"
    assert told(raw) == [("yuki@hibari.example", "user-unknown")]


BARE = "From: Gateway <gateway@hibari.example>\nTo: anna@tsubame.example\nSubject: Delivery failure: lunch"


@pytest.mark.parametrize(
    "text",
    [
        "***\nYour message could not be delivered to\nyuki@hibari.example\n***\n",
        'Report\nThe e-mail below could not be delivered to this user:\n\n"Yuki" <yuki@hibari.example>\n',
    ],
)
def test_a_notice_without_any_mark_is_one_by_its_form(text: str) -> None:
    assert told(mail(BARE, text)) == [("yuki@hibari.example", "unclear")]


@pytest.mark.parametrize(
    "text",
    [
        "Hi Anna,\nthe message below could not be delivered to\nyuki@hibari.example\n",
        "The mail that I sent was not delivered to\nyuki@hibari.example\n",
        "The mail was not delivered to\nyuki@hibari.example\nWhat now?\n",
        "Your message was nice.\nWrite to\nyuki@hibari.example\n",
        "Mail comes back.\nIt is like this.\nThe third week now.\nAgain today.\nThe message could not be delivered to\nyuki@hibari.example\n",
    ],
)
def test_a_person_who_tells_of_one_has_written_none(text: str) -> None:
    assert diagnose(mail(BARE, text)).kind == "other"


def test_a_sentence_about_the_original_message_does_not_begin_it() -> None:
    text = "Your message could not be delivered to the following recipients:\n\nyuki@hibari.example\n\nPlease do not resend your original message.\nDelivery attempts will continue to be made for 5 day(s).\n"
    assert diagnose(mail(DAEMON, text)).kind == "delay"


@pytest.mark.parametrize(
    "subject", ["[Auto-Reply] lunch", "(Automatyczna odpowiedź) lunch", "Autosvar: lunch"]
)
def test_automatic_replies_are_known_by_their_subjects(subject: str) -> None:
    raw = mail(f"From: yuki@hibari.example\nTo: anna@tsubame.example\nSubject: {subject}", "I am away.\n")
    assert diagnose(raw).kind == "vacation"


# -- what does not speak for a cause

SUMMARY = "This is about a message with these header fields:\n\n  Message-id: <1@pc.tsubame.example>\n  Date: Wed, 1 Apr 2026 09:00:00 +0900\n  From: anna@tsubame.example\n  Subject: user unknown, host unknown\n\n"


def test_a_notice_goes_on_behind_the_header_that_it_shows() -> None:
    text = (
        SUMMARY
        + "Your message cannot be delivered to the following recipients:\n\n  Recipient address: yuki@hibari.example\n-E-WRITE, cannot write the file: over disk quota\n"
    )
    (verdict,) = diagnose(mail(DAEMON, text)).recipients
    assert (verdict.recipient, verdict.cause) == ("yuki@hibari.example", "mailbox-full")
    assert not any("host unknown" in one.line for one in verdict.evidence)


def test_a_returned_message_that_is_indented_is_still_the_senders() -> None:
    text = "Your message could not be delivered to:\n\n<yuki@hibari.example>\n\n" + SUMMARY
    text += "My own mailbox is full, and the virus is back.\n"
    assert told(mail(DAEMON, text)) == [("yuki@hibari.example", "unclear")]


FOOTER = "\n____\nThis message was scanned for viruses and dangerous content by Example.\nIt is confidential; unauthorised use is strictly prohibited and may be unlawful. No virus found.\n"


def test_what_a_gateway_puts_below_every_mail_is_no_reason() -> None:
    fields = "Final-Recipient: rfc822; yuki@hibari.example\nAction: failed\nStatus: 5.{}"
    assert told(report(f"Delivery failed.{FOOTER}", fields.format("1.1"))) == [
        ("yuki@hibari.example", "user-unknown")
    ]
    assert told(report(f"Delivery failed.{FOOTER}", fields.format("0.0")))[0][1] == "unclear"
    found = fields.format("7.1") + "\nDiagnostic-Code: smtp; 550 5.7.1 your message contains a virus"
    assert told(report(f"Delivery failed.{FOOTER}", found))[0][1] == "virus"


def test_the_label_of_an_address_is_no_reason() -> None:
    text = "Undeliverable address: yuki@hibari.example\nReason: the recipient is over disk quota.\n"
    assert told(mail(DAEMON, text)) == [("yuki@hibari.example", "mailbox-full")]


def test_what_a_program_printed_is_no_rule_of_form() -> None:
    text = '<yuki@hibari.example>: Command died with status 9: "/usr/local/bin/filter". Command output:\n    an undefined value\n'
    assert told(mail(DAEMON, text)) == [("yuki@hibari.example", "server-failure")]


def test_of_a_warning_the_reason_is_told_where_it_has_one() -> None:
    text = "Your message to yuki@hibari.example has not yet been delivered{}.\nDelivery attempts will continue.\n"
    for reason, cause in (
        (" because the server did not respond", "network-or-dns-failure"),
        ("", "undeliverable-for-too-long"),
    ):
        found = diagnose(mail(DAEMON, text.format(reason)))
        assert (found.kind, found.recipients[0].cause) == ("delay", cause)


# -- what stands around a server's answer


AFTER_THE_MESSAGE = "<yuki@hibari.example>: host mx.hibari.example[192.0.2.7] said: {} (in reply to\n    end of DATA command)\n"


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        ("550 no such user", "refused-by-recipient"),
        ("550 yuki: user unknown", "refused-by-recipient"),
        ("550 5.1.1 no such user", "user-unknown"),
        ("550 refused, there is no mailbox: user not found", "user-unknown"),
        ("552 1 We looked, mailbox not found", "user-unknown"),
        ("554 yuki@hibari.example does not exist", "user-unknown"),
    ],
)
def test_only_the_bare_words_of_carriers_hide_a_refusal(answer: str, cause: Cause) -> None:
    assert told(mail(DAEMON, AFTER_THE_MESSAGE.format(answer))) == [("yuki@hibari.example", cause)]


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        ("451 later: unresolvable RFC.5321 from domain", "sender-refused"),
        ("554 5.2.3 MailPolicy violation, not put into the mailbox", "policy"),
        ("553 <yuki@hibari.example>... Please receive your mail before sending", "relay-refused"),
        ("550 Usuario yuki no se encuentra en el Directorio de Domino", "user-unknown"),
        ("552 收件人空间不足", "mailbox-full"),
        ("550 用户未开通邮箱", "user-unknown"),
    ],
)
def test_an_answer_is_understood_beside_the_command_that_it_answered(answer: str, cause: Cause) -> None:
    text = f"<yuki@hibari.example>: host mx.hibari.example[192.0.2.7] said: {answer} (in reply to RCPT TO command)\n"
    assert told(mail(DAEMON, text)) == [("yuki@hibari.example", cause)]


def test_that_qmail_gives_up_on_a_server_is_no_reason() -> None:
    text = (
        "<yuki@hibari.example>:\n192.0.2.7 does not like recipient.\nRemote host said: 550 {}\n"
        "Giving up on 192.0.2.7.\n"
    )
    assert told(mail(DAEMON, text.format("go away"))) != [
        ("yuki@hibari.example", "undeliverable-for-too-long")
    ]
    assert told(mail(DAEMON, text.format("nobody of this name"))) == told(
        mail(DAEMON, text.format("nobody of this name").replace("Giving up on 192.0.2.7.\n", ""))
    )


def test_why_haraka_gave_up_goes_before_that_it_did() -> None:
    text = "<yuki@hibari.example>: Too many failures ({})\n"
    for reason, cause in (
        ("Tried all MXs", "undeliverable-for-too-long"),
        ("452 4.2.2 the mailbox is full", "mailbox-full"),
    ):
        assert told(mail(DAEMON, text.format(reason))) == [("yuki@hibari.example", cause)]


def test_gmail_tells_in_a_word_of_its_own_that_there_was_no_connection() -> None:
    fields = (
        "Final-Recipient: rfc822; yuki@hibari.example\nAction: delayed\nStatus: 4.4.1\nDiagnostic-Code: smtp; "
        "The recipient server did not accept our requests to connect. [192.0.2.7: generic::failed_precondition: connect error (0): error]"
    )
    assert told(report("Delivery incomplete.", fields)) == [("yuki@hibari.example", "network-or-dns-failure")]


# -- what the reporting server made of another's answer


def session(*lines: str, status: str, answer: str) -> bytes:
    """Sendmail's report with the session."""
    return report(
        f"   ----- The following addresses had permanent fatal errors -----\n<yuki@hibari.example>\n    (reason: {answer})\n\n   ----- Transcript of session follows -----\n"
        + "\n".join(lines),
        f"Final-Recipient: RFC822; yuki@hibari.example\nAction: failed\nStatus: {status}\nRemote-MTA: DNS; mx.hibari.example\nDiagnostic-Code: SMTP; {answer}",
    )


def test_sendmails_name_for_a_code_is_not_the_servers_word() -> None:
    answer = "550 Mailbox is suspended, please phone"
    lines = (
        "... while talking to mx.hibari.example.:",
        ">>> DATA",
        f"<<< {answer}",
        "550 5.1.1 <yuki@hibari.example>... User unknown",
        "<<< 503 need RCPT command",
    )
    assert told(session(*lines, status="5.1.1", answer=answer))[0][1] == "mailbox-disabled"
    alone = session(*lines, status="5.1.1", answer="550 no").replace(answer.encode(), b"550 no")
    assert told(alone)[0][1] == "user-unknown"


def test_a_code_that_was_filled_in_gives_way_to_the_servers_words() -> None:
    answer = "551 not our customer"
    lines = (
        "... while talking to mx1.hibari.example.:",
        "<<< 450 busy",
        "... while talking to mx2.hibari.example.:",
        ">>> DATA",
        f"<<< {answer}",
        "550 5.1.1 <yuki@hibari.example>... User unknown",
        "<<< 503 need RCPT command",
    )
    (verdict,) = diagnose(session(*lines, status="5.1.6", answer=answer)).recipients
    assert (verdict.cause, verdict.stage) == ("user-unknown", "rcpt")
    fields = (
        "Final-Recipient: rfc822; yuki@hibari.example\nAction: failed\nStatus: 5.1.6\nDiagnostic-Code: smtp; "
    )
    assert told(report("Failed.", f"{fields}551 5.1.6 gone"))[0][1] == "moved"
    assert told(report("Failed.", f"{fields}551 gone"))[0][1] == "moved"


def test_the_name_of_a_code_gives_way_to_the_answer_beside_it() -> None:
    named = "5.1.1 (bad destination mailbox address)"
    fields = f"Final-Recipient: rfc822; yuki@hibari.example\nAction: failed\nStatus: {named}"
    text = (
        f"yuki@hibari.example; Failed; {named}\n    SMTP diagnostic: 552 message larger than the size limit"
    )
    assert told(report(text, f"{fields}\nDiagnostic-Code: smtp; 552 message larger than the size limit")) == [
        ("yuki@hibari.example", "message-too-large")
    ]
    assert told(report(f"yuki@hibari.example; Failed; {named}", fields))[0][1] == "user-unknown"


# -- octets


def test_an_escape_alone_does_not_make_a_text_japanese() -> None:
    assert decoded("für \x1b$5 (\x1b()".encode(), "utf-8") == "für \x1b$5 (\x1b()"
    assert decoded("容量".encode("iso2022_jp"), "us-ascii") == "容量"


HOSTILE = {
    "names": "Your message was not delivered to these recipients:\n name\n" * 1_400,
    "long sentences": ("Your message was not delivered to these recipients " + "x " * 900 + ":\n") * 500,
    "summaries": (SUMMARY + "Your message was not delivered.\n") * 300,
    "addresses": "@".join(["a.b"] * 600) + "\n" + "yuki@hibari.example kenji@hibari.example\n" * 1_400,
    "Sendmail's words": "<<< 550 no\n" + "550 5.1.1 <yuki@hibari.example>... User unknown\n" * 2_900,
    "codes": "5.1.1 (" * 600 + "\n" + "5.1.1 (bad destination)\n" * 2_900,
    "quotes": '"' * 2_000 + "\n" + '"a" ' * 500 + "yuki@hibari.example\n",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_text_takes_long(text: str) -> None:
    before = time.process_time()
    diagnose(mail(BARE, text))
    diagnose(mail(DAEMON, text))
    diagnose(rejected(text))
    assert time.process_time() - before < 3
