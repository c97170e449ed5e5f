"""The console's panel without a page, and the diagram that it draws."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from mailserver_lab.experiments import experiment
from mailserver_lab.imap.talk import ImapTalk
from mailserver_lab.locale import LANGUAGES, Lang
from mailserver_lab.pop3.talk import Pop3Talk
from mailserver_lab.smtp.talk import SmtpTalk
from mailserver_lab.talk import Talk
from mailserver_lab.widgets import Bench, diagram
from mailserver_lab.widgets.console import Console

from .test_bench import do, until


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    monkeypatch.setattr(Console, "send", lambda self, content, buffers=None: messages.append(content))
    return messages


@pytest.fixture
async def bench(told: list[dict[str, Any]]) -> AsyncIterator[Bench]:
    made = Bench(experiment("smtp-by-hand"), "en")
    made.open()
    await made.settle()
    yield made
    await made.end()


def lines(told: list[dict[str, Any]]) -> list[str]:
    """What the page has now."""
    shown: list[str] = []
    for message in told:
        if message["kind"] == "lines":
            shown = [] if message["replace"] else shown
            shown += [line["text"] for line in message["lines"]]
    return shown


async def test_the_senders_mailbox_is_there_only_once_something_has_come_back(bench: Bench) -> None:
    assert bench.panels.mailbox.hides
    assert not Bench(experiment("user-unknown"), "en").panels.mailbox.hides


async def test_a_console_says_in_which_protocol_it_is(told: list[dict[str, Any]]) -> None:
    made = Bench(experiment("http-too"), "en")
    made.open()
    await made.settle()
    panel = made.panels.consoles[""]
    do(panel, "connect", place=1)
    await until(lambda: panel.connected)
    assert panel.protocol == "http"
    await made.end()


async def test_a_reader_connects_types_and_hangs_up(bench: Bench, told: list[dict[str, Any]]) -> None:
    panel = bench.panels.consoles[""]
    assert panel.ready
    assert panel.places == [
        "mx.tsubame.example 587 (SMTP)", "mx.hibari.example 25 (SMTP)", "mx.tsubame.example 465 (SMTP)",
    ]  # fmt: skip
    assert (panel.connected, panel.mode, panel.offers, panel.state) == (False, "closed", [], "")
    do(panel, "connect", place=0)
    await until(lambda: panel.offers)
    assert panel.offers[0]["line"] == "EHLO pc.sender.tsubame.example"
    do(panel, "say", text="EHLO pc")
    await until(lambda: panel.login)
    assert panel.login == {"user": "sender@tsubame.example", "password": "tsubame-2026"}
    assert panel.state == "introduced"
    assert "▶ introduced" in panel.graph
    assert lines(told)[:2] == ["220 mx.tsubame.example ESMTP", "EHLO pc"]
    told.clear()
    do(panel, "all")
    assert told[0]["replace"]
    assert lines(told)[:2] == ["220 mx.tsubame.example ESMTP", "EHLO pc"]
    do(panel, "hang-up")
    await until(lambda: not panel.connected)
    assert (panel.mode, panel.offers, panel.login) == ("closed", [], {})


async def test_trouble_is_told_on_the_console_and_one_thing_is_done_at_a_time(bench: Bench) -> None:
    panel = bench.panels.consoles[""]
    do(panel, "say", text="EHLO pc")
    await bench.settle()
    assert panel.problem["what"] == "There is no connection."
    for wrong in (7, -1, "0", None):
        do(panel, "connect", place=wrong)
    await bench.settle()
    assert not panel.connected
    do(panel, "connect", place=1)
    do(panel, "connect", place=0)
    await bench.settle()
    assert (panel.problem, panel.place, panel.connected) == ({}, 1, True)


async def test_lines_that_are_typed_ahead_are_said_one_after_the_other(
    bench: Bench, told: list[dict[str, Any]]
) -> None:
    panel = bench.panels.consoles[""]
    do(panel, "connect", place=0)
    await until(lambda: panel.connected)
    for text in ("EHLO pc", "NOOP", "RSET", "QUIT", "NOOP"):
        do(panel, "say", text=text)
    await bench.settle()
    mine = [text for text in lines(told) if text[:1].isalpha()]
    assert mine == ["EHLO pc", "NOOP", "RSET", "QUIT"]
    assert panel.problem["what"] == "There is no connection."  # the page has kept the last one


async def test_starting_over_empties_the_console(bench: Bench, told: list[dict[str, Any]]) -> None:
    panel = bench.panels.consoles[""]
    do(panel, "connect", place=0)
    await until(lambda: panel.connected and lines(told))
    do(bench.panels.frame, "restart")
    await bench.settle()
    assert lines(told) == []
    assert (panel.connected, panel.state) == (False, "")


TALKS = [SmtpTalk(), SmtpTalk(login=False), Pop3Talk(), ImapTalk()]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("talk", TALKS, ids=lambda talk: talk.protocol)
def test_a_diagram_has_every_state_marks_one_and_says_the_same_in_words(talk: Talk, lang: Lang) -> None:
    graph = diagram.dot(talk, lang)
    ends = {end for move in talk.moves() for end in (move.tail, move.head)}
    assert len(re.findall(r"mb-state-now", graph)) == 1
    assert graph.count("fixedsize") == len(ends)
    assert graph.count("->") == len(talk.moves()) == len(diagram.sentences(talk, lang))
    assert "mb-state-now" not in diagram.dot(talk, lang, marked=False)
    for state in ends:
        assert talk.names[state][lang] in graph
    assert diagram.dot(Talk(), lang) == ""
