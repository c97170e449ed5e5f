"""What only the store on disk has: a writer's thread, synced commits, and a file that can be full or left behind."""

from __future__ import annotations

import asyncio
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailserver_lab.store import Change, Store, Transaction
from mailserver_lab.store.database import DiskDatabase

ALICE = "alice@tsubame.example"
NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store.disk(tmp_path / "s.sqlite")
    await store.open_account(ALICE)
    yield store
    await store.close()


async def contents(store: Store) -> list[bytes]:
    return [await store.raw(message.id) for message in await store.messages(ALICE, "INBOX")]


class Held:
    """Keeps the writer busy until it is let go, so that what comes meanwhile is one group."""

    def __init__(self, store: Store) -> None:
        self._let_go = threading.Event()
        self._begun = asyncio.Event()
        loop = asyncio.get_running_loop()

        def wait(t: Transaction) -> None:
            loop.call_soon_threadsafe(self._begun.set)
            self._let_go.wait(5)

        self._task = asyncio.ensure_future(store.commit(wait))

    async def __aenter__(self) -> None:
        await self._begun.wait()

    async def __aexit__(self, *_: object) -> None:
        self._let_go.set()
        await self._task


async def settle() -> None:
    """Let tasks that were just made run up to where they wait."""
    for _ in range(3):
        await asyncio.sleep(0)


async def test_what_is_there_stays_there(tmp_path: Path) -> None:
    store = Store.disk(tmp_path / "s.sqlite")
    await store.open_account(ALICE)
    await store.append(ALICE, "INBOX", b"kept", ("\\Seen",), NOW, "q0012")
    await store.commit(
        lambda t: t.enqueue("q0013", "a@x.example", [("b@y.example", None, frozenset())], b"raw", NOW)
    )
    before = await store.folders(ALICE)
    await store.close()
    again = Store.disk(tmp_path / "s.sqlite")
    await again.open_account(ALICE)
    assert await again.folders(ALICE) == before
    assert await contents(again) == [b"kept"]
    assert again.look(lambda t: t.queued_ids()) == ["q0013"]
    assert again.look(lambda t: t.counted("queue id")) == 13
    await again.close()


async def test_every_commit_is_synced(store: Store) -> None:
    """With less, a power cut could take back a message that was acknowledged."""
    pragma = await store.commit(lambda t: t._sql.execute("PRAGMA synchronous").fetchone()[0])
    journal = await store.commit(lambda t: t._sql.execute("PRAGMA journal_mode").fetchone()[0])
    assert (pragma, journal) == (2, "wal")


async def test_what_waits_is_committed_together(store: Store) -> None:
    seen = []
    async with Held(store):
        jobs = [asyncio.ensure_future(store.append(ALICE, "INBOX", b"%d" % n, (), NOW)) for n in range(20)]
        jobs.append(
            asyncio.ensure_future(
                store.commit(lambda t: seen.append(len(store.look(lambda t: t.messages(ALICE, "INBOX")))))
            )
        )
        await settle()
    await asyncio.gather(*jobs)
    assert seen == [0]  # a reader saw nothing of the group while it was being written
    assert len(await contents(store)) == 20


async def test_what_is_asked_for_in_one_turn_of_the_loop_is_committed_together(store: Store) -> None:
    """Also where the writer has nothing else to do: it does not begin with the first before the others are there."""
    seen = []
    jobs = [store.append(ALICE, "INBOX", b"%d" % n, (), NOW) for n in range(20)]
    last = store.commit(lambda t: seen.append(store.look(lambda t: t.how_many(ALICE, "INBOX"))))
    await asyncio.gather(*jobs, last)
    assert seen == [0]
    assert len(await contents(store)) == 20


async def test_all_who_wait_for_one_commit_are_told_in_one_turn_of_the_loop(store: Store) -> None:
    """So that ten clients get their replies together, and what they send next is one group again."""
    told: list[int] = []
    a_turn_later: list[int] = []

    async def one(n: int) -> None:
        await store.append(ALICE, "INBOX", b"%d" % n, (), NOW)
        told.append(n)
        asyncio.get_running_loop().call_soon(lambda: a_turn_later.append(len(told)))

    await asyncio.gather(*(one(n) for n in range(20)))
    await settle()
    assert a_turn_later == [20] * 20


async def test_what_was_asked_for_just_before_closing_is_committed(tmp_path: Path) -> None:
    """Even in the same turn of the loop, before any of it has come to the writer."""
    store = Store.disk(tmp_path / "s.sqlite")
    await store.open_account(ALICE)
    asked = asyncio.ensure_future(store.append(ALICE, "INBOX", b"x", (), NOW))
    await asyncio.sleep(0)
    await store.close()
    assert await asked == 1


async def test_a_job_that_fails_takes_nothing_else_with_it(store: Store) -> None:
    def fails(t: Transaction) -> None:
        t.append(ALICE, "INBOX", b"half", (), NOW)
        t._sql.execute("INSERT INTO nowhere VALUES (1)")

    async with Held(store):
        jobs = [
            asyncio.ensure_future(job)
            for job in (
                store.append(ALICE, "INBOX", b"before", (), NOW),
                store.commit(fails),
                store.append(ALICE, "INBOX", b"after", (), NOW),
            )
        ]
        await settle()
    outcomes = await asyncio.gather(*jobs, return_exceptions=True)
    assert outcomes[0::2] == [1, 2]
    assert isinstance(outcomes[1], sqlite3.OperationalError)
    assert await contents(store) == [b"before", b"after"]


async def test_who_hangs_up_while_the_commit_is_under_way_does_not_undo_it(store: Store) -> None:
    told: list[Change] = []
    then: list[str] = []
    store.watch(ALICE, told.append)
    async with Held(store):
        asked = asyncio.ensure_future(
            store.commit(lambda t: t.append(ALICE, "INBOX", b"x", (), NOW), lambda: then.append("woken"))
        )
        await settle()
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
    await store.append(ALICE, "Sent", b"y", (), NOW)  # comes after it in the writer's thread
    assert await contents(store) == [b"x"]
    assert told[0] == Change(ALICE, "INBOX", "appended", (1,), count=1)
    assert then == ["woken"]


async def test_a_batch_that_sqlite_gives_up_fails_as_a_whole(store: Store) -> None:
    """After an I/O error SQLite may end the transaction itself; what comes next must not be committed by halves."""

    def given_up(t: Transaction) -> None:
        t._sql.execute("ROLLBACK")
        raise sqlite3.OperationalError("disk I/O error")

    async with Held(store):
        jobs = [
            asyncio.ensure_future(job)
            for job in (
                store.append(ALICE, "INBOX", b"1", (), NOW),
                store.commit(given_up),
                store.append(ALICE, "INBOX", b"2", (), NOW),
            )
        ]
        await settle()
    outcomes = await asyncio.gather(*jobs, return_exceptions=True)
    assert all(isinstance(outcome, sqlite3.Error) for outcome in outcomes)
    assert await contents(store) == []
    assert await store.append(ALICE, "INBOX", b"3", (), NOW) == 1
    assert await contents(store) == [b"3"]


async def test_a_full_disk_gives_an_error_and_loses_nothing(store: Store) -> None:
    await store.append(ALICE, "INBOX", b"before", (), NOW)

    def fill(t: Transaction) -> None:
        pages = t._sql.execute("PRAGMA page_count").fetchone()[0]
        t._sql.execute(f"PRAGMA max_page_count = {pages + 2}")

    await store.commit(fill)
    with pytest.raises(sqlite3.OperationalError, match="full"):
        await store.append(ALICE, "INBOX", b"x" * 100_000, (), NOW)
    assert await contents(store) == [b"before"]
    await store.set_flags(ALICE, "INBOX", [1], "add", ["\\Seen"])  # needs no room
    await store.commit(lambda t: t._sql.execute("PRAGMA max_page_count = 1000000") and None)
    assert await store.append(ALICE, "INBOX", b"after", (), NOW) == 2
    assert await contents(store) == [b"before", b"after"]


async def test_closing_finishes_what_was_asked_for(tmp_path: Path) -> None:
    store = Store.disk(tmp_path / "s.sqlite")
    await store.open_account(ALICE)
    jobs = [asyncio.ensure_future(store.append(ALICE, "INBOX", b"%d" % n, (), NOW)) for n in range(300)]
    await settle()
    await store.close()
    assert await asyncio.gather(*jobs) == list(range(1, 301))
    with pytest.raises(sqlite3.ProgrammingError):
        await store.append(ALICE, "INBOX", b"late", (), NOW)
    await store.close()


async def test_closing_ends_the_thread(tmp_path: Path) -> None:
    database = DiskDatabase(tmp_path / "s.sqlite")
    assert database._thread.is_alive()
    await database.close()
    assert not database._thread.is_alive()


CHILD = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from mailserver_lab.store import Store

async def main():
    store = Store.disk(Path(sys.argv[1]))
    await store.open_account("alice@tsubame.example")
    start = int(sys.argv[2])
    async def writer(offset):
        for n in range(start + offset, start + 1_000_000, 4):
            await store.append("alice@tsubame.example", "INBOX", b"%d" % n, (), datetime.now(UTC), f"q{n}")
            sys.stdout.write(f"{n}\\n")
            sys.stdout.flush()
    await asyncio.gather(*(writer(n) for n in range(4)))

asyncio.run(main())
"""


async def test_what_was_acknowledged_survives_a_kill_at_any_instant(tmp_path: Path, long: bool) -> None:
    file, dice, acknowledged = tmp_path / "s.sqlite", random.Random(1), set[bytes]()
    for round_ in range(100 if long else 4):
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", CHILD, str(file), str(1 + round_ * 1_000_000), stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        for _ in range(dice.randrange(1, 200)):
            line = await asyncio.wait_for(child.stdout.readline(), 20)
            acknowledged.add(line.strip())
        child.send_signal(signal.SIGKILL)
        rest = await child.stdout.read()
        acknowledged.update(line for line in rest.split(b"\n")[:-1] if line)
        await child.wait()
        store = Store.disk(file)
        stored = await contents(store)
        highest = store.look(lambda t: t.counted("queue id"))
        found = await store.messages(ALICE, "INBOX")
        await store.close()
        assert acknowledged <= set(stored)
        assert len(stored) == len(set(stored))
        assert [message.uid for message in found] == list(range(1, len(found) + 1))
        assert highest == max(map(int, stored))


async def test_a_file_of_an_earlier_version_is_brought_up_to_date_with_its_queue(tmp_path: Path) -> None:
    file = tmp_path / "old.sqlite"
    old = sqlite3.connect(file)
    old.execute(
        "CREATE TABLE queued (id TEXT PRIMARY KEY, reverse_path TEXT NOT NULL, arrived TEXT NOT NULL, ret TEXT, envid TEXT, raw BLOB NOT NULL)"
    )
    old.execute(
        "INSERT INTO queued VALUES ('q0007', 'a@x.example', ?, NULL, NULL, x'00')", (NOW.isoformat(),)
    )
    old.commit()
    old.close()
    for _ in range(2):
        store = Store.disk(file)
        queued = store.look(lambda t: t.queued("q0007"))
        assert queued is not None
        assert queued.followed == "q0007"
        await store.close()
