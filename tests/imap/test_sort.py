"""SORT and THREAD (RFC 5256, RFC 5957)."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailserver_lab.mime.compare import base_subject, ids

from .conftest import Start, Talker
from .odd_mails import crlf


@pytest.mark.parametrize(
    ("subject", "base", "reply"),
    [
        ("Lunch", "Lunch", False), ("Re: Lunch", "Lunch", True), ("RE:re : Lunch", "Lunch", True), ("Fwd: Lunch", "Lunch", True), ("Fw: Lunch", "Lunch", True),
        ("[list] Lunch", "Lunch", False), ("[list] Re: [list] Lunch", "Lunch", True), ("Re[2]: Lunch", "Lunch", True), ("[only]", "[only]", False),
        ("Lunch (fwd)  (FWD)", "Lunch", True), ("[Fwd: Re: Lunch]", "Lunch", True), ("Re: ", "", True), ("Lunch   at\tnoon ", "Lunch at noon", False), ("Reason", "Reason", False),
    ],
)  # fmt: skip
def test_base_subjects(subject: str, base: str, reply: bool) -> None:
    assert base_subject(subject) == (base, reply)


@given(st.text(st.sampled_from("[]reRE:fwdFWD() x\t"), max_size=60))
def test_a_base_subject_is_its_own_base(subject: str) -> None:
    base = base_subject(subject)[0]
    assert base_subject(base)[0] == base


async def talker_with(start: Start, *heads: str) -> Talker:
    return await (await (await start(mails=[crlf(f"{head}\n\nx\n") for head in heads])).connect()).sign_in()


@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        ("SUBJECT", "3 1 2"), ("REVERSE SUBJECT", "2 1 3"), ("FROM", "2 1 3"), ("TO", "2 3 1"), ("CC", "1 2 3"), ("DATE", "2 3 1"),
        ("ARRIVAL", "1 2 3"), ("REVERSE ARRIVAL", "3 2 1"), ("SIZE", "2 1 3"), ("DISPLAYFROM", "3 2 1"), ("CC REVERSE SUBJECT", "2 1 3"),
    ],
)  # fmt: skip
async def test_sort(start: Start, criteria: str, found: str) -> None:
    talker = await talker_with(
        start,
        "From: Zoe <b@x.example>\nTo: c@x.example\nSubject: Re: Beta\nDate: Wed, 1 Apr 2026 09:00:00 +0000",
        "From: =?utf-8?q?=C3=89mile?= <a@x.example>\nSubject: gamma\nDate: Wed, 1 Apr 2026 16:00:00 +0900",
        'From: "Anna" <c@x.example>\nTo: a@x.example\nSubject: [x] alpha\nDate: Wed, 1 Apr 2026 08:00:00 +0000',
    )
    assert (await talker.say(f"SORT ({criteria}) UTF-8 ALL"))[0] == f"* SORT {found}"


async def test_sort_gives_uids_and_only_what_is_found(start: Start) -> None:
    talker = await talker_with(start, "Subject: c", "Subject: b", "Subject: a")
    await talker.say(r"STORE 1 +FLAGS \Deleted")
    await talker.say("EXPUNGE")
    assert (await talker.say("UID SORT (SUBJECT) UTF-8 ALL"))[0] == "* SORT 3 2"
    assert (await talker.say("SORT (SUBJECT) UTF-8 SUBJECT b"))[0] == "* SORT 1"
    assert (await talker.say("SORT (SUBJECT) KLINGON ALL"))[-1].startswith("a NO [BADCHARSET")
    for wrong in (
        "SORT () UTF-8 ALL",
        "SORT (COLOUR) UTF-8 ALL",
        "SORT (REVERSE) UTF-8 ALL",
        "SORT (SUBJECT) ALL",
        "THREAD JWZ UTF-8 ALL",
    ):
        assert (await talker.say(wrong))[-1].startswith("a BAD"), wrong


def head(key: str, references: str = "", subject: str = "x", day: int = 1) -> str:
    return f"Message-ID: <{key}@x>\nReferences: {references}\nSubject: {subject}\nDate: {day} Apr 2026 09:00:00 +0000"


@pytest.mark.parametrize(
    ("heads", "threads"),
    [
        ([head("a"), head("b", "<a@x>"), head("c", "<a@x> <b@x>"), head("d", "<a@x>")], "(1 (2 3)(4))"),
        ([head("a"), head("b", subject="y"), head("c", subject="Re: x", day=3)], "(1 3)(2)"),
        ([head("b", "<gone@x>", day=2), head("c", "<gone@x>")], "((2)(1))"),
        ([head("a", "<b@x>"), head("b", "<a@x>")], "(2 1)"),
        ([head("a", day=2), head("b", subject="y")], "(2)(1)"),
    ],
)  # fmt: skip
async def test_threads_by_references(start: Start, heads: list[str], threads: str) -> None:
    talker = await talker_with(start, *heads)
    assert (await talker.say("THREAD REFERENCES UTF-8 ALL"))[0] == f"* THREAD {threads}"


async def test_threads_by_subject(start: Start) -> None:
    talker = await talker_with(
        start,
        head("a", day=2),
        head("b", subject="y"),
        head("c", subject="Re: x", day=3),
        head("d", subject="X", day=4),
    )
    assert (await talker.say("THREAD ORDEREDSUBJECT UTF-8 ALL"))[0] == "* THREAD (2)(1 (3)(4))"
    assert (await talker.say("UID THREAD ORDEREDSUBJECT UTF-8 2:3"))[0] == "* THREAD (2)(3)"
    assert (await talker.say("THREAD ORDEREDSUBJECT UTF-8 SUBJECT none"))[0] == "* THREAD"


async def test_a_chain_of_a_thousand_is_one_thread(start: Start) -> None:
    talker = await talker_with(
        start, *(head(str(n), f"<{n - 1}@x>" if n else "", day=n % 28 + 1) for n in range(1000))
    )
    assert (await talker.say("THREAD REFERENCES UTF-8 ALL"))[
        0
    ] == f"* THREAD ({' '.join(map(str, range(1, 1001)))})"


@pytest.mark.parametrize(
    "field", [b"<" * 100_000, b'<"' * 50_000, b"<a@" * 50_000, b"<" + b"a" * 100_000, b'<""""' * 20_000]
)
def test_no_references_take_long(field: bytes) -> None:
    began = time.process_time()
    ids(field)
    assert time.process_time() - began < 1
