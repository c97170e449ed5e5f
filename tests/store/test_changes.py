"""What has changed in a folder since a mod-sequence, subscriptions, what is recent; and files of an older version."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailserver_lab.store import Since, Store, StoreError
from mailserver_lab.store.schema import TABLES

ALICE = "alice@tsubame.example"
NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    store = Store.memory({ALICE: 1000}.get)
    await store.open_account(ALICE)
    for n in range(3):
        await store.append(ALICE, "INBOX", b"%d" % n, (), NOW)
    yield store
    await store.close()


def since(store: Store, modseq: int, folder: str = "INBOX") -> Since:
    return store.look(lambda t: t.since(t.folder(ALICE, folder), modseq))


async def test_each_change_is_told_since_any_earlier_one(store: Store) -> None:
    start = since(store, 0).modseq
    assert [message.uid for message in since(store, 0).changed] == [1, 2, 3]
    await store.set_flags(ALICE, "INBOX", [2, 3], "add", ["x"])
    await store.expunge(ALICE, "INBOX", [1, 3])
    await store.append(ALICE, "INBOX", b"new", (), NOW)
    found = since(store, start)
    assert [(message.uid, set(message.flags)) for message in found.changed] == [(2, {"x"}), (4, set())]
    assert (found.gone, found.modseq) == ([1, 3], start + 3)
    assert since(store, found.modseq) == Since(found.modseq, [], [])


async def test_flags_that_stay_as_they_are_change_nothing(store: Store) -> None:
    before = since(store, 0).modseq
    await store.set_flags(ALICE, "INBOX", [1], "remove", ["x"])
    assert since(store, 0).modseq == before


async def test_a_message_that_has_changed_is_not_marked_unseen(store: Store) -> None:
    known = since(store, 0).modseq
    await store.set_flags(ALICE, "INBOX", [2], "add", ["x"])
    assert await store.set_flags(ALICE, "INBOX", [1, 2, 9], "add", ["y"], known) == [2]
    assert [set(message.flags) for message in await store.messages(ALICE, "INBOX")] == [{"y"}, {"x"}, set()]


async def test_moving_leaves_the_one_folder_and_enters_the_other(store: Store) -> None:
    before = since(store, 0).modseq
    ids = [message.id for message in await store.messages(ALICE, "INBOX")]
    assert await store.move(ALICE, "INBOX", [3, 1, 99], "Trash") == [(3, 1), (1, 2)]
    assert since(store, before).gone == [1, 3]
    assert [message.id for message in await store.messages(ALICE, "Trash")] == [ids[2], ids[0]]
    with pytest.raises(StoreError):
        await store.move(ALICE, "INBOX", [2], "nowhere")


async def test_a_copy_of_several_fits_whole_or_not_at_all(store: Store) -> None:
    await store.append(ALICE, "INBOX", b"x" * 600, (), NOW)
    with pytest.raises(StoreError, match="holds 603 of 1000 octets, and 601 more do not fit"):
        await store.copy(ALICE, "INBOX", [1, 4], "Sent")
    assert await store.messages(ALICE, "Sent") == []


async def test_subscriptions_are_names_that_need_no_folder(store: Store) -> None:
    assert await store.subscriptions(ALICE) == ["INBOX", "Sent", "Trash"]
    await store.create_folder(ALICE, "new")
    assert "new" not in await store.subscriptions(ALICE)
    await store.delete_folder(ALICE, "Sent")
    await store.subscribe(ALICE, "inbox", False)
    await store.subscribe(ALICE, "Trash", True)
    assert await store.subscriptions(ALICE) == ["Sent", "Trash"]


async def test_what_is_recent_is_claimed_once(store: Store) -> None:
    folder = await store.folder(ALICE, "INBOX")
    assert await store.commit(lambda t: t.claim_recent(folder, 3)) == 1
    assert await store.commit(lambda t: t.claim_recent(folder, 4)) == 3
    assert await store.commit(lambda t: t.claim_recent(folder, 2)) == 4
    await store.append(ALICE, "INBOX", b"new", (), NOW)
    assert await store.commit(lambda t: t.claim_recent(folder, 5)) == 4


async def test_a_folder_that_is_gone_is_not_taken_for_a_new_one(store: Store) -> None:
    await store.create_folder(ALICE, "Work")
    old = await store.folder(ALICE, "Work")
    await store.delete_folder(ALICE, "Work")
    await store.create_folder(ALICE, "Other")
    assert (await store.folder(ALICE, "Other")).id == old.id, "SQLite gives the id of a last row again"
    assert store.look(lambda t: t.folder_again(old)) is None


async def test_a_file_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    file = tmp_path / "s.sqlite"
    with sqlite3.connect(file) as old:
        old.executescript(TABLES)
        old.execute(
            "INSERT INTO folder (account, name, uidvalidity, uidnext, subscribed) VALUES (?, 'INBOX', 7, 3, 1)",
            (ALICE,),
        )
        old.execute(
            "INSERT INTO folder (account, name, uidvalidity, subscribed) VALUES (?, 'Hidden', 8, 0)", (ALICE,)
        )
        old.execute(
            "INSERT INTO message (folder, uid, size, flags, internaldate, raw) VALUES (1, 2, 3, '\\Seen', ?, ?)",
            (NOW.isoformat(), b"old"),
        )
        old.execute("INSERT INTO counter VALUES ('uidvalidity', 8)")
    old.close()
    for _ in range(2):  # the second time there is nothing to do
        store = Store.disk(file)
        folder = await store.folder(ALICE, "INBOX")
        assert (folder.uidvalidity, folder.uidnext, folder.modseq, folder.recent) == (7, 3, 1, 3)
        assert (folder.messages, folder.octets) == (1, 3)
        assert await store.subscriptions(ALICE) == ["INBOX"]
        (message,) = await store.messages(ALICE, "INBOX")
        assert (message.uid, message.flags, message.modseq) == (2, {"\\Seen"}, 1)
        assert await store.raw(message.id) == b"old"
        await store.close()
    store = Store.disk(file)
    await store.set_flags(ALICE, "INBOX", [2], "replace", ["x"])
    assert [each.uid for each in since(store, 1).changed] == [2]
    await store.close()


@pytest.mark.parametrize("many", [20_000])
async def test_one_change_costs_the_same_in_a_large_folder(tmp_path: Path, many: int) -> None:
    store = Store.disk(tmp_path / "s.sqlite")
    await store.open_account(ALICE)
    await store.commit(lambda t: [t.append(ALICE, "INBOX", b"x" * 500, (), NOW) for _ in range(many)])
    modseq = since(store, 0).modseq
    began = time.process_time()
    for n in range(20):
        await store.set_flags(ALICE, "INBOX", [many // 2], "add", [str(n)])
        modseq = since(store, modseq).modseq
    assert (time.process_time() - began) / 20 < 0.05  # listing the folder takes longer
    await store.close()


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.sampled_from(["append", "flag", "expunge", "move"]), st.integers(1, 8)), max_size=25
    )
)
async def test_whoever_follows_the_changes_knows_what_is_there(steps: list[tuple[str, int]]) -> None:
    store = Store.memory()
    await store.open_account(ALICE)
    known: dict[int, frozenset[str]] = {}
    modseq = 0
    for n, (what, uid) in enumerate(steps):
        if what == "append":
            await store.append(ALICE, "INBOX", b"x", (), NOW)
        elif what == "flag":
            await store.set_flags(ALICE, "INBOX", [uid, uid + 1], "replace", [str(n)])
        elif what == "expunge":
            await store.expunge(ALICE, "INBOX", [uid])
        else:
            await store.move(ALICE, "INBOX", [uid], "Trash")
        if n % 3 == 0:
            news = since(store, modseq)
            known |= {message.uid: message.flags for message in news.changed}
            known = {key: value for key, value in known.items() if key not in news.gone}
            modseq = news.modseq
            assert known == {message.uid: message.flags for message in await store.messages(ALICE, "INBOX")}
    await store.close()


STEPS = st.tuples(st.sampled_from(["append", "copy", "expunge", "move", "rename"]), st.integers(1, 8))


@settings(max_examples=50)
@given(st.lists(STEPS, max_size=25))
async def test_a_folder_and_each_change_know_how_much_is_in_it(steps: list[tuple[str, int]]) -> None:
    store = Store.memory()
    await store.open_account(ALICE)
    told: dict[str, int] = {}
    store.watch(ALICE, lambda change: told.update({change.folder: change.count}))
    for n, (what, uid) in enumerate(steps):
        if what == "append":
            await store.append(ALICE, "INBOX", b"x" * uid, (), NOW)
        elif what == "copy":
            await store.copy(ALICE, "INBOX", [uid, uid + 1], "Trash")
        elif what == "expunge":
            await store.expunge(ALICE, "INBOX", [uid, uid, uid + 1])
        elif what == "move":
            await store.move(ALICE, "INBOX", [uid, uid + 1], "Trash")
        else:
            await store.rename_folder(ALICE, "INBOX", str(n))
        for folder in await store.folders(ALICE):
            there = await store.messages(ALICE, folder.name)
            assert (folder.messages, folder.octets) == (len(there), sum(each.size for each in there))
            assert told.get(folder.name, 0) == len(there)
    assert (await store.usage(ALICE))[0] == sum(folder.octets for folder in await store.folders(ALICE))
    await store.close()


@pytest.mark.parametrize("many", [20_000])
async def test_a_message_more_costs_the_same_in_a_large_mailbox(tmp_path: Path, many: int) -> None:
    store = Store.disk(tmp_path / "s.sqlite", lambda _: 1_000_000_000)

    async def took() -> float:
        began = time.process_time()
        for _ in range(100):
            await store.append(ALICE, "INBOX", b"x", (), NOW)
        return time.process_time() - began

    await store.open_account(ALICE)
    few = min([await took() for _ in range(3)])
    await store.commit(lambda t: [t.append(ALICE, "INBOX", b"x" * 500, (), NOW) for _ in range(many)])
    assert min([await took() for _ in range(3)]) < 3 * few
    await store.close()
