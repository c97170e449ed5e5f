"""SORT, THREAD and SEARCH look into a message once; what they found then serves them from then on."""

from __future__ import annotations

import sqlite3

import pytest

from mailserver_lab.imap import search, summaries
from mailserver_lab.imap.search import And, Candidate, Dated, Header, Key, Not, Scope
from mailserver_lab.mime import headers
from mailserver_lab.mime.summary import TEXT_OF, summary
from mailserver_lab.store import Message, Transaction

from .conftest import ALICE, NOW, Start
from .odd_mails import ALL as ODD

COMMANDS = [
    "SORT (SUBJECT) UTF-8 ALL", "SORT (FROM TO CC DATE DISPLAYFROM DISPLAYTO) UTF-8 ALL", "THREAD REFERENCES UTF-8 ALL",
    "THREAD REFS UTF-8 ALL", "THREAD ORDEREDSUBJECT UTF-8 ALL", "SEARCH SUBJECT e", "SEARCH FROM a", "SEARCH TO a", "SEARCH CC a",
    'SEARCH HEADER Message-ID ""', "SEARCH SENTSINCE 1-Apr-2026", "SEARCH OR NOT SENTBEFORE 1-Apr-2026 SUBJECT e", 'SEARCH NOT BCC ""',
]  # fmt: skip
SCOPE = Scope(1, 1, frozenset(), NOW)


def never(*_: object, **__: object) -> None:
    pytest.fail("the message was looked into")


async def test_no_message_is_looked_into_a_second_time(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = await start(mails=[*ODD.values()])
    talker = await (await lab.connect()).sign_in()
    monkeypatch.setattr(summaries, "PAGE", 7)
    first = [await talker.say(command) for command in COMMANDS]
    assert all(answer[-1].startswith("a OK") for answer in first)
    monkeypatch.setattr(Transaction, "raw", never)
    monkeypatch.setattr(Transaction, "beginning", never)
    assert [await talker.say(command) for command in COMMANDS] == first


async def test_a_disk_that_is_full_is_no_reason_not_to_answer(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = await start(mails=[b"Subject: b\r\n\r\nx\r\n", b"Subject: a\r\n\r\nx\r\n"])
    talker = await (await lab.connect()).sign_in()

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(Transaction, "keep_summaries", full)
    assert (await talker.say("SORT (SUBJECT) UTF-8 ALL"))[0] == "* SORT 2 1"
    assert (await talker.say("SEARCH SUBJECT a"))[0] == "* SEARCH 2"


async def test_a_message_that_another_session_has_removed_is_sorted_as_empty_and_not_found(
    start: Start,
) -> None:
    lab = await start(mails=[b"Subject: b\r\n\r\nx\r\n", b"Subject: a\r\n\r\nx\r\n"])
    talker = await (await lab.connect()).sign_in()
    await lab.store.expunge(ALICE, "INBOX", [1])
    assert (await talker.say("SORT (SUBJECT) UTF-8 ALL"))[0] == "* SORT 1 2"
    assert (await talker.say('SEARCH SUBJECT ""'))[0] == "* SEARCH 2"
    assert (await talker.say("SEARCH NOT SUBJECT x"))[0] == "* SEARCH 2"


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("field", TEXT_OF)
def test_a_summary_says_what_the_fields_say(name: str, field: str) -> None:
    message = Message(1, 1, 1, frozenset(), NOW, None, 1)
    raw = ODD[name]
    content = Candidate(message, 1, raw=raw)
    summed_up = Candidate(message, 1, texts=summary(headers.split(raw)[0]).texts)
    values = content.values(field)
    words = {"", "nowhere", *values, *(word for value in values for word in value.split())}
    for word in words:
        key: Key = Header(field, word)
        expected = any(word in value for value in values)
        # A line end in what is looked for is not found in summaries, where it divides the fields.
        assert search.test_for(key, SCOPE)(content if "\n" in word else summed_up) is expected
        assert search.test_for(Not(key), SCOPE)(content if "\n" in word else summed_up) is not expected


def test_a_summary_is_asked_for_only_where_it_helps() -> None:
    message = Message(1, 1, 1, frozenset(), NOW, None, 1)
    known = Candidate(message, 1)
    for key in (
        Header("subject", "x"),
        Dated(True, "ON", NOW.date()),
        Header("x-other", "x"),
        Header("subject", "a\nb"),
    ):
        assert search.test_for(key, SCOPE)(known) is None
    assert search.test_for(Header("no name", "x"), SCOPE)(known) is False
    seen: Key = Not(Header("", ""))
    assert search.test_for(And((seen, seen)), SCOPE)(known) is True
