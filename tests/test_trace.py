"""The record."""

from __future__ import annotations

import json

import pytest

from mailserver_lab.clock import Clock
from mailserver_lab.trace import Errand, Event, Trace


def trace() -> Trace:
    return Trace("world", Clock())


def test_events_are_numbered_from_one_without_gaps() -> None:
    record = trace()
    for n in range(5):
        record.add("queue", str(n))
    assert [event.n for event in record.after()] == [1, 2, 3, 4, 5]
    assert [event.text for event in record.after(3)] == ["3", "4"]
    assert [event.text for event in record.after(1, limit=2)] == ["1", "2"]
    assert record.after(5) == record.after(99) == trace().after() == []


def test_only_the_latest_are_kept_and_numbers_go_on(monkeypatch) -> None:
    monkeypatch.setattr(Trace, "KEEP", 3)
    record = trace()
    for n in range(10):
        record.add("queue", str(n))
    assert [event.n for event in record.after()] == [8, 9, 10]
    assert [event.n for event in record.after(2)] == [8, 9, 10]
    assert [event.n for event in record.after(8, limit=1)] == [9]


def test_an_event_survives_json() -> None:
    record = trace()
    conn = record.connection("smtp", "pc", "mx", 587, errand=Errand("submit", "q0001"), tls=True)
    conn.said("server", "250 結構", 12, parsed={"reply": 250}, state=("MAIL", "MAIL"), step="mail")
    for event in record.after():
        again = Event.from_json(json.loads(json.dumps(event.as_json())))
        assert again.as_json() == event.as_json()
    assert again.state == ("MAIL", "MAIL")


def test_a_connection_is_recorded_with_what_it_is_made_for() -> None:
    record, errand = trace(), Errand("connect", None)
    conn = record.connection("smtp", "pc", "mx", 25, errand=errand)
    conn.about("q0007")
    conn.about(None)
    conn.said("client", "QUIT", 6)
    conn.secured()
    conn.close()
    conn.close()
    assert [(e.kind, e.queue_id, e.step, e.tls) for e in record.after()] == [
        ("open", None, "connect", False), ("line", "q0007", "connect", False), ("tls", "q0007", "connect", True), ("close", "q0007", "connect", True),
    ]  # fmt: skip
    assert errand.queue_id == "q0007"
    assert record.connection("smtp", "pc", "mx", 25).number == conn.number + 1


def test_long_lines_and_contents_are_cut() -> None:
    record = trace()
    conn = record.connection("imap", "pc", "mx", 143)
    conn.said("client", "x" * 50_000, 50_002)
    conn.content("client", b"\xff" * 10_000, size=9_999_999)
    line, content = record.after(1)
    assert (len(line.text) < 1_100, line.size) == (True, 50_002)
    assert (len(content.text), content.size, content.parsed) == (4_000, 9_999_999, {"cut": True})


def test_followers_hear_each_event_until_they_stop() -> None:
    record, heard = trace(), list[str]()
    stop = record.follow(lambda event: heard.append(event.text))
    record.add("queue", "one")
    stop()
    stop()
    record.add("queue", "two")
    assert heard == ["one"]


@pytest.mark.parametrize("protocol", ["smtp", "pop3", "imap", "http"])
def test_a_password_is_not_recorded_whichever_server_it_is_said_to(protocol: str) -> None:
    record = trace()
    conn = record.connection(protocol, "pc", "mx", 25)
    for line in ("PASS tsubame 2026", "a1 LOGIN me tsubame"):
        conn.said("client", line, len(line) + 2)
        conn.said("server", line, len(line) + 2)  # what a server says is no secret
    assert [event.text for event in record.after(1)] == [
        "PASS ***", "PASS tsubame 2026", "a1 LOGIN me ***", "a1 LOGIN me tsubame",
    ]  # fmt: skip
