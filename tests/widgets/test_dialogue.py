"""What goes to the page of a record: all of it once, in batches, and then only what is new."""

from typing import Any

import pytest

from mailserver_lab.experiments import Leg, Line
from mailserver_lab.locale import Text
from mailserver_lab.widgets import strings
from mailserver_lab.widgets.dialogue import BATCH, Dialogue


def leg(name: str, *texts: str, ms: float = 1.0) -> Leg:
    lines = tuple(
        Line(n, "server", text, text.startswith("5"), Text("理由", "why")) for n, text in enumerate(texts)
    )
    return Leg(name, "deliver", Text("配送", "Delivery"), "smtp", 25, "a.example", "b.example", lines, ms)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    monkeypatch.setattr(Dialogue, "send", lambda self, content, buffers=None: messages.append(content))
    return messages


@pytest.fixture
def dialogue() -> Dialogue:
    return Dialogue("en", strings.DIALOGUE)


def test_only_what_is_new_is_told(dialogue: Dialogue, told: list[dict[str, Any]]) -> None:
    dialogue.record([leg("one", "220 hello")])
    dialogue.record([leg("one", "220 hello")])
    dialogue.record([leg("one", "220 hello", "550 no"), leg("two", "220 hello")])
    assert [message["lines"] for message in told] == [
        [("one", "server", "220 hello", False, "why")],
        [("one", "server", "550 no", True, "why"), ("two", "server", "220 hello", False, "why")],
    ]
    assert [[head["id"] for head in message["legs"]] for message in told] == [["one"], ["two"]]
    assert all(message["live"] for message in told)


def test_a_leg_whose_head_changed_is_told_again(dialogue: Dialogue, told: list[dict[str, Any]]) -> None:
    dialogue.record([leg("one", "220 hello", ms=1)])
    dialogue.record([leg("one", "220 hello", ms=2)])
    assert [head["ms"] for head in told[-1]["legs"]] == [2]
    assert told[-1]["lines"] == []


def test_a_page_that_asks_gets_everything_and_no_replay(
    dialogue: Dialogue, told: list[dict[str, Any]]
) -> None:
    dialogue.record([leg("one", "220 hello")])
    told.clear()
    dialogue._handle_custom_msg({"kind": "all"}, [])
    assert [message["replace"] for message in told] == [True, False]
    assert not any(message["live"] for message in told)
    assert len(told[-1]["lines"]) == 1


def test_a_long_record_goes_in_batches(dialogue: Dialogue, told: list[dict[str, Any]]) -> None:
    dialogue.record([leg("one", *["250 ok"] * (2 * BATCH + 1))])
    assert [len(message["lines"]) for message in told] == [BATCH, BATCH, 1]
    assert [len(message["legs"]) for message in told] == [1, 0, 0]


def test_a_record_that_began_anew_replaces_the_old_one(
    dialogue: Dialogue, told: list[dict[str, Any]]
) -> None:
    dialogue.record([leg("one", "220 hello")])
    dialogue.record([])
    assert told[-1]["replace"]
    assert told[-1]["lines"] == []


def test_lines_of_strangers_cannot_hide_anything(dialogue: Dialogue, told: list[dict[str, Any]]) -> None:
    dialogue.record([leg("one", "250 \u202egood")])
    assert told[-1]["lines"][0][2] == "250 ⟨U+202E⟩good"
