"""What systems say that the book of phrases was not written from: `unseen.toml`, and what is said of what."""

from __future__ import annotations

import time
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from mailserver_lab.dsn.diagnosis import CAUSES, Cause
from mailserver_lab.dsn.notice import Case, Field
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
