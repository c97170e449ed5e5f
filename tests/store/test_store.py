"""The store in memory and on disk: the same suite for both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from mailserver_lab.store import Change, NoSuchFolder, OverQuota, Store, StoreError, Transaction

ALICE, BOB = "alice@tsubame.example", "bob@tsubame.example"
NOW = datetime(2026, 4, 1, 9, 0, 0, 123_456, tzinfo=timezone(timedelta(hours=9)))
QUOTAS = {BOB: 100}


@pytest.fixture(params=["memory", "disk"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    store = (
        Store.memory(QUOTAS.get)
        if request.param == "memory"
        else Store.disk(tmp_path / "s.sqlite", QUOTAS.get)
    )
    await store.open_account(ALICE)
    await store.open_account(BOB)
    yield store
    await store.close()


async def put(store: Store, raw: bytes = b"x", account: str = ALICE, folder: str = "INBOX") -> int:
    return await store.append(account, folder, raw, (), NOW, None)


async def uids(store: Store, folder: str = "INBOX", account: str = ALICE) -> list[int]:
    return [message.uid for message in await store.messages(account, folder)]


async def test_a_message_comes_back_as_it_was_put_in(store: Store) -> None:
    raw = bytes(range(256)) * 300
    uid = await store.append(ALICE, "inbox", raw, ("\\Seen", "$Label"), NOW, "q0001")
    (message,) = await store.messages(ALICE, "INBOX")
    assert (message.uid, message.size, message.queue_id) == (uid, len(raw), "q0001")
    assert message.flags == {"\\Seen", "$Label"}
    assert message.internaldate == NOW
    assert message.internaldate.utcoffset() == timedelta(hours=9)
    assert await store.raw(message.id) == raw


async def test_uids_grow_and_are_never_used_again(store: Store) -> None:
    first = [await put(store) for _ in range(3)]
    await store.expunge(ALICE, "INBOX", [first[-1], first[0]])
    assert await put(store) == first[-1] + 1
    await store.expunge(ALICE, "INBOX", await uids(store))
    assert await put(store) == first[-1] + 2
    assert (await store.folder(ALICE, "INBOX")).uidnext == first[-1] + 3


async def test_a_failed_append_uses_no_room_and_changes_nothing(store: Store) -> None:
    before = await store.folder(BOB, "INBOX")
    with pytest.raises(OverQuota) as caught:
        await put(store, b"x" * 101, BOB)
    assert (caught.value.used, caught.value.quota, caught.value.size) == (0, 100, 101)
    assert await store.folder(BOB, "INBOX") == before
    assert await store.usage(BOB) == (0, 100)


async def test_the_last_octet_of_a_quota_can_be_used(store: Store) -> None:
    await put(store, b"x" * 60, BOB)
    await put(store, b"x" * 40, BOB, "Sent")
    with pytest.raises(OverQuota):
        await put(store, b"x", BOB)
    await store.expunge(BOB, "Sent", [1])
    await put(store, b"x" * 40, BOB)


async def test_a_copy_needs_room_too_and_fails_as_a_whole(store: Store) -> None:
    for _ in range(3):
        await put(store, b"x" * 30, BOB)
    with pytest.raises(OverQuota):
        await store.copy(BOB, "INBOX", [1, 2, 3], "Trash")
    assert await uids(store, "Trash", BOB) == []


async def test_copies_keep_flags_and_date_and_say_which_is_which(store: Store) -> None:
    await put(store)
    await store.append(ALICE, "INBOX", b"second", ("\\Flagged",), NOW, None)
    assert await store.copy(ALICE, "INBOX", [2, 77], "Trash") == [(2, 1)]
    (copy,) = await store.messages(ALICE, "Trash")
    assert (copy.flags, copy.internaldate) == ({"\\Flagged"}, NOW)
    assert await store.raw(copy.id) == b"second"


async def test_renaming_inbox_moves_its_mail_and_leaves_it_empty(store: Store) -> None:
    await store.append(ALICE, "INBOX", b"one", ("\\Seen",), NOW, "q0001")
    await put(store, b"two")
    before = await store.folder(ALICE, "INBOX")
    await store.rename_folder(ALICE, "inbox", "Old")
    assert await uids(store) == []
    assert (await store.folder(ALICE, "INBOX")).uidvalidity == before.uidvalidity
    moved = await store.messages(ALICE, "Old")
    assert [await store.raw(message.id) for message in moved] == [b"one", b"two"]
    assert [message.uid for message in moved] == [1, 2]
    assert moved[0].flags == {"\\Seen"}
    assert await put(store) == 3


async def test_renaming_inbox_needs_no_room(store: Store) -> None:
    await put(store, b"x" * 100, BOB)
    await store.rename_folder(BOB, "INBOX", "Old")
    assert await store.usage(BOB) == (100, 100)
    assert await uids(store, "Old", BOB) == [1]


async def test_renaming_to_a_name_that_is_there_changes_nothing(store: Store) -> None:
    await put(store)
    for name in ("INBOX", "Sent"):
        with pytest.raises(StoreError):
            await store.rename_folder(ALICE, name, "Trash")
    assert await uids(store) == [1]
    assert [folder.name for folder in await store.folders(ALICE)] == ["INBOX", "Sent", "Trash"]


async def test_a_folder_made_again_has_another_uidvalidity(store: Store) -> None:
    seen = set()
    for _ in range(3):
        await store.create_folder(ALICE, "Work")
        seen.add((await store.folder(ALICE, "Work")).uidvalidity)
        await put(store, folder="Work")
        await store.delete_folder(ALICE, "Work")
    assert len(seen) == 3
    with pytest.raises(NoSuchFolder):
        await store.messages(ALICE, "Work")


async def test_inbox_cannot_be_deleted_or_made_twice(store: Store) -> None:
    with pytest.raises(StoreError):
        await store.delete_folder(ALICE, "Inbox")
    with pytest.raises(StoreError):
        await store.create_folder(ALICE, "inbox")


async def test_flags_are_added_removed_and_replaced(store: Store) -> None:
    await put(store)
    for mode, flags, left in [
        ("add", ["\\Seen", "a"], {"\\Seen", "a"}),
        ("remove", ["a", "b"], {"\\Seen"}),
        ("replace", ["b"], {"b"}),
        ("replace", [], set()),
    ]:
        await store.set_flags(ALICE, "INBOX", [1, 99], mode, flags)  # type: ignore[arg-type]
        assert (await store.messages(ALICE, "INBOX"))[0].flags == left


async def test_watchers_hear_of_a_change_when_it_is_there(store: Store) -> None:
    heard: list[tuple[Change, int]] = []

    def watcher(change: Change) -> None:
        heard.append((change, len(store.look(lambda t: t.messages(ALICE, "INBOX")))))

    stop = store.watch(ALICE, watcher)
    await store.append(ALICE, "INBOX", b"x", (), NOW, "q0001")
    assert heard == [(Change(ALICE, "INBOX", "appended", (1,), "q0001", count=1), 1)]
    await store.set_flags(ALICE, "INBOX", [1], "add", ["a"])
    await store.set_flags(ALICE, "INBOX", [1], "add", ["a"])  # nothing changes: nobody is told
    await store.expunge(ALICE, "INBOX", [1])
    assert [(change.kind, count) for change, count in heard[1:]] == [("flags", 1), ("expunged", 0)]
    await put(store, account=BOB)
    stop()
    await put(store)
    assert len(heard) == 3


async def test_watchers_hear_nothing_of_what_failed(store: Store) -> None:
    heard: list[Change] = []
    store.watch("*", heard.append)

    def work(t: Transaction) -> None:
        t.append(ALICE, "INBOX", b"x", (), NOW)
        raise LookupError

    with pytest.raises(LookupError):
        await store.commit(work)
    assert heard == []
    assert await uids(store) == []


async def test_a_watcher_that_fails_does_not_make_a_commit_look_refused(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Change] = []

    def broken(change: Change) -> None:
        raise ZeroDivisionError

    store.watch(ALICE, broken)
    store.watch(ALICE, heard.append)
    assert await put(store) == 1
    assert len(heard) == 1
    assert "a watcher of alice@tsubame.example" in caplog.text


async def test_the_queue_keeps_a_message_until_its_last_recipient_is_settled(store: Store) -> None:
    recipients = [
        ("a@x.example", "rfc822;A@x.example", frozenset({"NEVER"})),
        ("b@x.example", None, frozenset[str]()),
    ]
    await store.commit(lambda t: t.enqueue("q0007", "", recipients, b"raw", NOW, ret="HDRS", envid="E1"))
    queued = store.look(lambda t: t.queued("q0007"))
    assert queued is not None
    assert (queued.reverse_path, queued.arrived, queued.ret, queued.envid) == ("", NOW, "HDRS", "E1")
    assert [(r.address, r.orcpt, r.notify, r.attempts, r.delayed) for r in queued.recipients] == [
        ("a@x.example", "rfc822;A@x.example", frozenset({"NEVER"}), 0, False),
        ("b@x.example", None, frozenset(), 0, False),
    ]
    first, second = queued.recipients
    later = NOW + timedelta(hours=1)
    await store.commit(lambda t: t.postpone(second.id, later, "451 later", delayed=True))
    await store.commit(lambda t: t.settle("q0007", [first.id]))
    queued = store.look(lambda t: t.queued("q0007"))
    assert queued is not None
    assert [(r.id, r.attempts, r.due, r.delayed, r.last) for r in queued.recipients] == [
        (second.id, 1, later, True, "451 later")
    ]
    assert store.look(lambda t: t.queued_raw("q0007")) == b"raw"
    await store.commit(lambda t: t.settle("q0007", [second.id]))
    assert store.look(lambda t: t.queued("q0007")) is None
    assert store.look(lambda t: t.queued_ids()) == []


async def test_the_queue_id_counter_remembers_the_highest_it_has_seen(store: Store) -> None:
    await store.commit(lambda t: t.enqueue("q0041", "", [], b"", NOW))
    await store.append(ALICE, "INBOX", b"x", (), NOW, "q0039")
    await store.append(ALICE, "INBOX", b"x", (), NOW, "another kind of id")
    assert store.look(lambda t: t.counted("queue id")) == 41
    await store.commit(lambda t: t.settle("q0041", []))
    await store.append(ALICE, "INBOX", b"x", (), NOW, "q10000")
    assert store.look(lambda t: t.counted("queue id")) == 10_000


async def test_jobs_at_the_same_time_each_have_their_own_outcome(store: Store) -> None:
    def job(n: int) -> asyncio.Future[int]:
        def work(t: Transaction) -> int:
            t.append(ALICE, "INBOX", b"%d" % n, (), NOW)
            if n % 3 == 0:
                raise ValueError(n)
            return n

        return asyncio.ensure_future(store.commit(work))

    outcomes = await asyncio.gather(*map(job, range(30)), return_exceptions=True)
    assert [n for n, outcome in enumerate(outcomes) if outcome == n] == [n for n in range(30) if n % 3]
    assert all(isinstance(outcome, ValueError) for n, outcome in enumerate(outcomes) if n % 3 == 0)
    stored = [await store.raw(message.id) for message in await store.messages(ALICE, "INBOX")]
    assert stored == [b"%d" % n for n in range(30) if n % 3]
    assert await uids(store) == list(range(1, 21))


async def test_an_account_that_is_opened_again_keeps_its_mail(store: Store) -> None:
    await put(store)
    await store.open_account(ALICE)
    assert await uids(store) == [1]


async def test_dates_of_other_offsets_survive(store: Store) -> None:
    for when in (
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(1999, 12, 31, 23, 59, 59, tzinfo=timezone(-timedelta(hours=3))),
    ):
        await store.append(ALICE, "Sent", b"x", (), when, None)
        assert (await store.messages(ALICE, "Sent"))[-1].internaldate.isoformat() == when.isoformat()
