"""Lists, readings and facts, made from whatever lies in a mailbox or stands in the record."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailserver_lab.clock import Clock
from mailserver_lab.experiments import views
from mailserver_lab.experiments.facts import Facts, Sent
from mailserver_lab.trace import Trace


def row(head: str, **more: Any) -> views.Row:
    return views.row({"uid": 1, "size": 5, "seen": False, "head": head, **more})


def test_a_row_shows_what_a_mail_program_would() -> None:
    shown = row(
        "From: =?utf-8?b?5pel5pys?= <a@b.example>\r\nSubject: =?utf-8?q?a=20?=\r\n =?utf-8?q?b?=\r\nDate: Wed, 01 Apr 2026 09:00:00 +0900"
    )
    assert (shown.sender, shown.subject, shown.date) == (
        "日本 <a@b.example>",
        "a b",
        "Wed, 01 Apr 2026 09:00:00 +0900",
    )
    assert not shown.seen


def test_a_row_knows_read_from_unread_on_device_and_server() -> None:
    head = "Subject: x"
    assert row(head, seen=True).seen
    assert views.row({"uid": 1, "size": 5, "flags": ["\\Seen"], "head": head}).seen
    assert not views.row({"uid": 1, "size": 5, "flags": [], "head": head}).seen


@pytest.mark.parametrize(
    ("head", "bounce"),
    [
        ("Return-Path: <>\r\nFrom: Mail Delivery System <MAILER-DAEMON@mx.a.example>", True),
        ("Return-Path: <x@y.example>\r\nFrom: MAILER-DAEMON@mx.a.example", False),
        ("Return-Path: <>\r\nFrom: list@a.example", False),
        ("X: y\r\nReturn-Path: <>\r\nFrom: MAILER-DAEMON@mx.a.example", False),
    ],
)
def test_only_the_null_reverse_path_makes_a_bounce(head: str, bounce: bool) -> None:
    assert row(head).bounce is bounce


HOSTILE = [
    "",
    "\0",
    ":",
    "From",
    "From: ",
    "From: <",
    "From: " + "(" * 5_000,
    "From: " + '"' * 3_000,
    "From: " + "<@" * 2_000,
    "From: =?utf-8?b?!!!?=",
    "From: =?no-such-charset?q?=FF?=",
    "From: =?utf-8?q?" + "=FF" * 1_000 + "?=",
    "From: a@[",
    "From: @",
    "From: :;",
    "Subject: " + "=?" * 3_000,
    "Subject: \ud800\udfff",
    "Subject: \N{RIGHT-TO-LEFT OVERRIDE}x\x85y\u2028z",
    "Subject: x\rBcc: y\x0bz\x0cw",
    "Subject: =?utf-8?q?a=0D=0ABcc:_y?=",
    "Date: " + "9" * 3_000,
    "Date: Thu, 99 Zzz 99999999999999999999 99:99:99 +9999999",
    "Date: =?utf-8?q?x?=",
    "Subject: x\r\n" * 500,
    "From: a@b.example,\r\n" * 400,
]


@pytest.mark.parametrize("head", HOSTILE, ids=lambda head: ascii(head)[:30])
def test_a_hostile_head_gives_a_row_of_one_line_each(head: str) -> None:
    shown = row(head)
    for value in (shown.sender, shown.subject, shown.date):
        assert len(value) <= 500
        assert not set(value) & set("\r\n\0\x0b\x0c\x85\u2028")


@settings(max_examples=100)
@given(st.lists(st.tuples(st.sampled_from(["From", "Subject", "Date", "Return-Path", "X"]), st.text(st.sampled_from("ab@<>()[]\"\\,;:.=?_ \t\r\n\0\x85é日\u202e09utf-8qb"), max_size=60)), max_size=6))  # fmt: skip
def test_any_head_gives_a_row(lines: list[tuple[str, str]]) -> None:
    shown = row("\r\n".join(f"{name}: {value}" for name, value in lines))
    assert not set(shown.sender + shown.subject + shown.date) & set("\r\n\0")


def trace_of(*events: tuple[str, dict[str, Any]]) -> Trace:
    trace = Trace("w", Clock())
    for kind, fields in events:
        trace.add(kind, **fields)  # type: ignore[arg-type]
    return trace


BOUNCE = ("bounce", {"queue_id": "q0001", "parsed": {"dsn": "q0002", "action": "failed", "status": "5.1.1", "recipients": ["A@B.example"]}})  # fmt: skip
STORED = ("mailbox", {"queue_id": "q0002", "parsed": {"change": "appended"}})


class TestFacts:
    def test_know_a_bounce_from_written_to_opened(self) -> None:
        facts = Facts()
        facts.learn(trace_of(BOUNCE).after())
        (bounce,) = facts.bounces
        assert (bounce.message, bounce.notice, bounce.status, bounce.recipients) == (
            "q0001",
            "q0002",
            "5.1.1",
            ("a@b.example",),
        )
        assert not bounce.stored
        facts.learn(trace_of(STORED).after())
        assert bounce.stored
        assert not facts.bounced("5.1.1")
        bounce.uid = 1
        assert facts.bounced("5.1.1", recipient="a@b.example")
        assert not facts.bounced("5.1.1", recipient="x@b.example")
        assert not facts.bounced("5.1.2")
        assert not facts.bounced("5.1.1", opened=True)
        bounce.opened = True
        assert facts.bounced("5.1.1", opened=True)

    def test_hold_each_bounce_once(self) -> None:
        facts = Facts()
        facts.learn(trace_of(BOUNCE, BOUNCE).after())
        assert len(facts.bounces) == 1

    def test_take_a_bounce_that_tells_nothing(self) -> None:
        facts = Facts()
        facts.learn(
            trace_of(("bounce", {"queue_id": "q1", "parsed": {}}), ("bounce", {"parsed": {}})).after()
        )
        assert [bounce.status for bounce in facts.bounces] == [""]

    def test_count_a_message_as_delivered_when_all_have_it(self) -> None:
        facts = Facts(sent=[Sent("q1", ("a@b.example", "c@d.example"), "s")])
        assert not facts.is_delivered(facts.sent[0])
        for address in ("A@B.example", "c@d.example"):
            facts.learn(
                trace_of(
                    ("queue", {"queue_id": "q1", "parsed": {"state": "delivered", "recipient": address}})
                ).after()
            )
        assert facts.is_delivered(facts.sent[0])
        assert not facts.is_delivered(Sent(None, (), "s"))

    def test_ask_for_the_same_subject_after_the_bounce(self) -> None:
        facts = Facts(sent=[Sent("q1", ("x@b.example",), "s"), Sent("q3", ("a@b.example",), "s")])
        facts.delivered.append(("q3", "a@b.example"))
        assert not facts.delivered_after_bounce("a@b.example", "5.1.1")
        facts.learn(
            trace_of(("bounce", {"queue_id": "q1", "parsed": {"dsn": "q2", "status": "5.1.1"}})).after()
        )
        assert not facts.delivered_after_bounce("a@b.example", "5.1.1")
        facts.bounces[0].uid = 1
        assert facts.delivered_after_bounce("a@b.example", "5.1.1")
        assert not facts.delivered_after_bounce("a@b.example", "5.1.2")
        facts.sent[1] = Sent("q3", ("a@b.example",), "other")
        assert not facts.delivered_after_bounce("a@b.example", "5.1.1")
        facts.sent.reverse()
        assert not facts.delivered_after_bounce("a@b.example", "5.1.1")
