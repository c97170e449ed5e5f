"""Summaries of headers lie beside their messages, go with them, and have room in stores that had none."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailserver_lab.mime.summary import Keys, Texts, summary
from mailserver_lab.store import Store
from mailserver_lab.store.schema import TABLES, UPGRADES

ALICE = "alice@tsubame.example"
NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)
HEAD = b"From: a@b.example\nSubject: Re: x\nDate: Wed, 1 Apr 2026 09:00:00 +0900\n"


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    store = Store.memory()
    await store.open_account(ALICE)
    for n in range(3):
        await store.append(ALICE, "INBOX", b"%d" % n, (), NOW)
    yield store
    await store.close()


async def ids(store: Store, folder: str = "INBOX") -> list[int]:
    return [message.id for message in await store.messages(ALICE, folder)]


async def test_what_is_kept_is_given_back_in_either_part(store: Store) -> None:
    first, second, third = await ids(store)
    made = {first: summary(HEAD), third: summary(b"")}
    await store.commit(lambda t: t.keep_summaries(made))
    asked = [first, second, third, 999]
    assert store.look(lambda t: t.summaries(asked, Keys)) == {key: each.keys for key, each in made.items()}
    assert store.look(lambda t: t.summaries(asked, Texts)) == {key: each.texts for key, each in made.items()}


async def test_a_summary_moves_with_its_message_and_goes_with_it(store: Store) -> None:
    first, second, third = await ids(store)
    made = {key: summary(HEAD) for key in (first, second, third)}
    await store.commit(lambda t: t.keep_summaries(made))
    await store.move(ALICE, "INBOX", [1], "Trash")
    await store.expunge(ALICE, "INBOX", [2])
    await store.delete_folder(ALICE, "Trash")
    assert [*store.look(lambda t: t.summaries([first, second, third], Keys))] == [third]


async def test_nothing_is_kept_of_a_message_that_is_gone_meanwhile_and_nothing_twice(store: Store) -> None:
    first, second, _ = await ids(store)
    await store.expunge(ALICE, "INBOX", [1])
    for _ in range(2):
        await store.commit(lambda t: t.keep_summaries({first: summary(b""), second: summary(b"")}))
    assert [*store.look(lambda t: t.summaries([first, second], Keys))] == [second]


CHARSETS = st.sampled_from(
    [b"utf-8", b"utf-7", b"utf-16", b"iso-2022-jp", b"shift_jis", b"latin-1", b"cp037", b"x"]
)
WORDS = st.builds(lambda charset, text: b"=?%b?q?%b?=" % (charset, text), CHARSETS, st.binary(max_size=9))
NAMES = st.sampled_from([b"From", b"To", b"Cc", b"Bcc", b"Subject", b"Date", b"Message-ID", b"References"])
FIELDS = st.builds(
    lambda name, value: name + b": " + value + b"\r\n",
    NAMES,
    st.one_of(
        WORDS,
        st.binary(max_size=30),
        st.sampled_from([b'"a\\" <b@c>', b"<\xff@b> <c\x85@d>", b"Re: [x] (fwd)"]),
    ),
)


@given(st.lists(FIELDS, max_size=8).map(b"".join))
async def test_any_header_can_be_summed_up_and_kept(head: bytes) -> None:
    store = Store.memory()
    await store.open_account(ALICE)
    await store.append(ALICE, "INBOX", head, (), NOW)
    (key,) = await ids(store)
    made = summary(head)
    await store.commit(lambda t: t.keep_summaries({key: made}))
    assert store.look(lambda t: t.summaries([key], Keys)) == {key: made.keys}
    assert store.look(lambda t: t.summaries([key], Texts)) == {key: made.texts}
    await store.close()


async def test_a_file_of_version_3_has_its_messages_and_room_for_summaries(tmp_path: Path) -> None:
    file = tmp_path / "s.sqlite"
    with sqlite3.connect(file) as old:
        old.executescript(";".join([TABLES, *UPGRADES[:3], "PRAGMA user_version = 3"]))
        old.execute(
            "INSERT INTO folder (account, name, uidvalidity, uidnext, messages, octets) VALUES (?, 'INBOX', 7, 3, 1, 3)",
            (ALICE,),
        )
        old.execute(
            "INSERT INTO message (folder, uid, size, flags, internaldate, raw) VALUES (1, 2, 3, '', ?, ?)",
            (NOW.isoformat(), b"old"),
        )
    old.close()
    for _ in range(2):  # the second time there is nothing to do
        store = Store.disk(file)
        (message,) = await store.messages(ALICE, "INBOX")
        assert await store.raw(message.id) == b"old"
        await store.commit(lambda t, key=message.id: t.keep_summaries({key: summary(HEAD)}))  # type: ignore[misc]
        assert [*store.look(lambda t, key=message.id: t.summaries([key], Keys))] == [message.id]  # type: ignore[misc]
        await store.close()
    with sqlite3.connect(file) as new:
        assert new.execute("PRAGMA user_version").fetchone() == (len(UPGRADES),)
        assert new.execute("PRAGMA foreign_key_check").fetchall() == []
    new.close()
