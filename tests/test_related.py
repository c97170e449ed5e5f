"""Which events have to do with a message, also in a record that grows."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mailserver_lab.clock import Clock
from mailserver_lab.related import Index, related
from mailserver_lab.trace import Event, Trace

IDS = st.sampled_from([None, "q1", "q2", "q3", "q4"])


def record(*entries: dict[str, Any]) -> list[Event]:
    trace = Trace("world", Clock())
    return [trace.add(**entry) for entry in entries]


def numbers(events: list[Event]) -> list[int]:
    return [event.n for event in events]


def test_a_connection_belongs_whole_to_a_message_that_is_named_late() -> None:
    events = record(
        {"kind": "open", "conn": 1},
        {"kind": "line", "conn": 2, "queue_id": "q2"},
        {"kind": "queue", "conn": 1, "queue_id": "q1"},
        {"kind": "close", "conn": 1},
    )
    assert numbers(related(events, "q1")) == [1, 3, 4]


def test_what_happens_to_a_notification_about_a_notification_belongs_to_the_message() -> None:
    events = record(
        {"kind": "bounce", "queue_id": "q1", "parsed": {"dsn": "q2"}},
        {"kind": "line", "conn": 7, "queue_id": "q2"},
        {"kind": "bounce", "queue_id": "q2", "parsed": {"dsn": "q3"}},
        {"kind": "mailbox", "queue_id": "q3"},
        {"kind": "mailbox", "queue_id": "q4"},
    )
    assert numbers(related(events, "q1")) == [1, 2, 3, 4]
    assert numbers(related(events, "q3")) == [4]


def test_a_message_that_is_a_notification_about_itself_ends() -> None:
    events = record({"kind": "bounce", "queue_id": "q1", "parsed": {"dsn": "q1"}})
    assert numbers(related(events, "q1")) == [1]


def test_of_an_unknown_message_there_is_nothing() -> None:
    assert related(record({"kind": "line", "conn": 1}), "q9") == []


@st.composite
def records(draw: st.DrawFn) -> list[Event]:
    entries: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(0, 30))):
        conn = draw(st.none() | st.integers(1, 3))
        dsn = draw(IDS) if conn is None else None
        entry: dict[str, Any] = {"kind": "bounce" if dsn else "line", "conn": conn, "queue_id": draw(IDS)}
        entries.append(entry | ({"parsed": {"dsn": dsn}} if dsn else {}))
    return record(*entries)


@given(records(), st.integers(0, 30))
def test_it_makes_no_difference_when_the_record_comes_in_portions(events: list[Event], cut: int) -> None:
    index = Index(events[:cut])
    index.conversations("q1"), index.deeds("q1")
    index.add(events[cut:])
    found = [event for spoken in index.conversations("q1").values() for event in spoken]
    assert sorted(numbers(found + index.deeds("q1"))) == numbers(related(events, "q1"))


@given(records())
def test_nothing_of_a_message_is_left_out_and_nothing_foreign_taken_in(events: list[Event]) -> None:
    ids = {"q1"}
    for _ in events:  # as often as a chain of notifications can be long
        ids |= {e.parsed["dsn"] for e in events if e.kind == "bounce" and e.queue_id in ids}
    conns = {e.conn for e in events if e.conn is not None and e.queue_id in ids}
    wanted = [e.n for e in events if (e.conn in conns if e.conn is not None else e.queue_id in ids)]
    assert numbers(related(events, "q1")) == wanted
