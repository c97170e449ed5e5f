"""What systems say that the book of phrases was not written from: `unseen.toml`, and what is said of what."""

from __future__ import annotations

import re
import time
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from mailserver_lab.dsn import diagnose
from mailserver_lab.dsn.cases import Case
from mailserver_lab.dsn.diagnosis import CAUSES, Cause
from mailserver_lab.dsn.notice import Field
from mailserver_lab.dsn.signs import plain
from mailserver_lab.dsn.states import SOURCE, states
from mailserver_lab.dsn.weigh import Weighed, weigh

UNSEEN = tomllib.loads((Path(__file__).parent / "unseen.toml").read_text("utf-8"))["from"]
LINES: list[tuple[Cause, str]] = [
    (cause, line) for block in UNSEEN for cause, lines in block["says"].items() for line in lines
]
CORE = {"user-unknown", "host-unknown", "mailbox-full", "message-too-large"}


def weighed(reply: str) -> Weighed:
    field = Field(f"smtp; {reply}", f"Diagnostic-Code: smtp; {reply}")
    return weigh(Case("a@b.example", {"diagnostic-code": field}))


def test_nearly_all_that_others_say_is_understood() -> None:
    told = [(cause, weighed(line).cause, line) for cause, line in LINES]
    right = Counter(cause for cause, got, _ in told if cause == got)
    said = Counter(got for _, got, _ in told)
    wanted = Counter(cause for cause, _ in LINES)
    wrong = "\n".join(f"{cause} <- {got}: {line}" for cause, got, line in told if cause != got)
    assert right.total() >= 0.95 * len(LINES), wrong
    assert sum(right[c] for c in CORE) >= 0.97 * sum(wanted[c] for c in CORE), wrong
    assert sum(right[c] for c in CORE) >= 0.97 * sum(said[c] for c in CORE), wrong


def test_the_lines_are_many_and_told_by_whom() -> None:
    assert len(LINES) == len({line for _, line in LINES}) > 900
    assert {cause for cause, _ in LINES} <= set(CAUSES)
    assert all(block["who"] and block["source"] for block in UNSEEN)


# -- the same within whole notices, whose own sentences must not speak for a cause

HEAD = "Return-Path: <>\nFrom: MAILER-DAEMON@mx.d.example\nTo: s@c.example\n"
RETURNED = (
    "Received: from x\nMessage-ID: <1@c>\nFrom: s@c.example\nSubject: mailbox full, user unknown\n\nspam\n"
)
FORMS = {
    "as Postfix writes it": HEAD
    + "Subject: Undelivered Mail Returned to Sender\nContent-Type: multipart/report; boundary=b\n\n--b\n\n"
    "This is the mail system at host mx.d.example.\n\nI'm sorry to have to inform you that your message could not\n"
    "be delivered to one or more recipients.\n\n<a@b.example>: host mx.b.example[192.0.2.1] said: {line} (in reply to RCPT TO command)\n\n"
    "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.d.example\n\nFinal-Recipient: rfc822; a@b.example\n"
    "Action: failed\nStatus: 5.0.0\nRemote-MTA: dns; mx.b.example\nDiagnostic-Code: smtp; {line}\n\n--b\nContent-Type: message/rfc822\n\n"
    + RETURNED
    + "\n--b--\n",
    "as qmail writes it": HEAD
    + "Subject: failure notice\n\nHi. This is the qmail-send program at mx.d.example.\nI'm afraid I wasn't able to deliver your message "
    "to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<a@b.example>:\n"
    "192.0.2.1 does not like recipient.\nRemote host said: {line}\n\n--- Below this line is a copy of the message.\n\n"
    + RETURNED,
    "as Exchange wrote it": HEAD
    + "Subject: Undeliverable: x\n\nYour message did not reach some or all of the intended recipients.\n\n"
    "The following recipient(s) cannot be reached:\n\n      a@b.example on 2026/04/01 10:00\n            {line}\n",
    "as a Japanese provider writes it": HEAD
    + "Subject: x\nContent-Type: text/plain; charset=utf-8\n\nお送りいただいたメールは、下記の宛先に配信できませんでした。\n\n"
    "宛先: a@b.example\n理由: {line}\n\nこのメールは自動的に送信されています。\n",
}
OTHER_ADDRESS = re.compile(r"\b[as]@[\w.]+")


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_within_a_notice_nearly_all_is_understood_as_well(form: str) -> None:
    wrong = list[str]()
    for cause, line in LINES[::6]:
        (verdict,) = diagnose(
            form.replace("{line}", OTHER_ADDRESS.sub("a@b.example", line)).encode()
        ).recipients
        assert verdict.recipient == "a@b.example"
        if verdict.cause != cause and weighed(line).cause == cause:
            wrong.append(f"{cause} <- {verdict.cause}: {line}")
    assert len(wrong) <= 0.02 * len(LINES[::6]), "\n".join(wrong)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("the mailbox that belongs to Anna is quite full", "mailbox-full"),
        ("this domain could nowhere be found: domain not found", "host-unknown"),
        ("unknown recipient of this house", "user-unknown"),
        ("the sender is unknown", "sender-refused"),
        ("your ip address is not known", "sending-host-blocked"),
        ("宛先はどこにも存在しません", "user-unknown"),
        ("ドメインはどこにも存在しません", "host-unknown"),
    ],
)
def test_the_thing_decides_what_its_state_means(text: str, cause: str) -> None:
    assert [said.sign.cause for said in states().find(plain(text))][:1] == [cause]


def test_the_nearest_thing_counts_and_only_in_the_same_sentence() -> None:
    (said,) = states().find("in this domain the recipient is unknown")
    assert said.sign.cause == "user-unknown"
    assert not list(states().find("we have a mailbox. unknown are its ways"))
    assert not list(states().find("mailbox " + "x" * 60 + " unknown"))
    assert not list(states().find("host mx.b.example said: unknown"))
    assert not list(states().find("552 no space left (in reply to rcpt to command)"))
    assert not list(states().find("unknown @: host mx.b.example"))
    assert not list(states().find("recipient: anna unknown"))


def test_a_state_that_must_stand_behind_does_not_speak_of_what_follows() -> None:
    assert not any(
        said.sign.cause == "network-or-dns-failure" for said in states().find("timed out: server greeting")
    )


def test_a_known_systems_phrase_goes_before() -> None:
    """ "in the queue too long" is no message that is too long."""
    found = weighed("this message has been in the queue too long")
    assert found.cause == "undeliverable-for-too-long"
    assert {one.cause for one in found.evidence} == {"undeliverable-for-too-long"}


def test_its_evidence_is_the_very_words() -> None:
    (one,) = (one for one in weighed("450 Der Empfänger Anna ist unbekannt").evidence if one.kind == "phrase")
    assert (one.words, one.source) == ("Empfänger Anna ist unbekannt", SOURCE)


def test_what_is_unknown_before_the_recipient_is_named_is_the_sender() -> None:
    reply = "550 5.1.0 address unknown"
    assert weighed(f"{reply} (in reply to RCPT TO command)").cause == "user-unknown"
    assert weighed(f"{reply} (in reply to MAIL FROM command)").cause == "sender-refused"


@pytest.mark.parametrize(
    "text", ["mailbox " * 2_500, "unknown " * 2_500, "mailbox full " * 1_500, "ip address " * 1_800]
)
def test_looking_takes_time_in_proportion_to_the_text(text: str) -> None:
    before = time.process_time()
    list(states().find(plain(text)))
    assert time.process_time() - before < 1
