"""SQLite behind an event loop: jobs that write, jobs that read.

On disk one thread does all the writing. It takes every job that waits and commits them together (group commit), because
a synced commit costs as much for twenty messages as for one; each job stands in a savepoint, so one that fails takes
nothing else with it. What is asked for in one turn of the loop comes to the thread at once, and all whose jobs were in one
commit are told at once: each of these wakes the other side, which then wants Python's lock (GIL) from who is still at work.
Readers have a connection of their own and see what is committed (WAL).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from .schema import prepare

log = logging.getLogger(__name__)

T = TypeVar("T")
Job = Callable[[sqlite3.Connection], Any]
Then = Callable[[], None]

GROUP = 200  # jobs after which a commit takes in no more, so that the first of them need not wait for ever


def _in_savepoint(connection: sqlite3.Connection, job: Callable[[sqlite3.Connection], T]) -> T:
    connection.execute("SAVEPOINT job")
    try:
        result = job(connection)
    except BaseException:
        if connection.in_transaction:  # when the disk is full, SQLite has rolled all of it back by itself
            connection.execute("ROLLBACK TO job")
            connection.execute("RELEASE job")
        raise
    connection.execute("RELEASE job")
    return result


class Database(ABC):
    """Runs jobs against a SQLite connection."""

    @abstractmethod
    async def write(self, job: Callable[[sqlite3.Connection], T], then: Then) -> T:
        """Run a job that changes something; when this returns, the change is committed.

        `then` is called in the loop after the commit, even if whoever asked does not wait for it any more.
        """

    @abstractmethod
    def read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Run a job that only looks, at once; all that it sees is of one moment."""

    @abstractmethod
    async def close(self) -> None:
        """Finish the jobs that wait, and close."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A job on its way to the writer, and where its outcome is awaited."""

    job: Job
    future: asyncio.Future[Any]
    then: Then


_Outcome = tuple[_Asked, Any, BaseException | None]


class MemoryDatabase(Database):
    """Keeps everything in memory and runs every job where it was asked for."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        self._connection.execute("PRAGMA foreign_keys = ON")
        prepare(self._connection)

    async def write(self, job: Callable[[sqlite3.Connection], T], then: Then) -> T:
        result = _in_savepoint(self._connection, job)
        _go_on(then)
        return result

    def read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        return job(self._connection)

    async def close(self) -> None:
        self._connection.close()


class DiskDatabase(Database):
    """Keeps everything in one file, written by one thread for one loop."""

    def __init__(self, file: Path) -> None:
        self._reader = self._connect(file)
        prepare(self._reader)
        self._asked: list[_Asked] = []  # in this turn of the loop
        self._jobs: queue.SimpleQueue[list[_Asked]] = queue.SimpleQueue()  # an empty list: no more will come
        self._thread = threading.Thread(
            target=self._work, args=(file,), name=f"store {file.name}", daemon=True
        )
        self._thread.start()
        self._closed = False

    @staticmethod
    def _connect(file: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(file, isolation_level=None, timeout=30, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(
            "PRAGMA synchronous = FULL"
        )  # with NORMAL a power cut could take back an acknowledged message
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def _work(self, file: Path) -> None:
        connection = self._connect(file)
        stop = False
        while not stop:
            batch = more = self._jobs.get()
            with contextlib.suppress(queue.Empty):
                while more and len(batch) < GROUP:
                    more = self._jobs.get_nowait()
                    batch += more
            stop = not more
            if batch:
                self._commit(connection, batch)
        connection.close()

    @staticmethod
    def _commit(connection: sqlite3.Connection, batch: list[_Asked]) -> None:
        done: list[_Outcome] = []
        try:
            connection.execute("BEGIN IMMEDIATE")
            for asked in batch:
                try:
                    done.append((asked, _in_savepoint(connection, asked.job), None))
                except Exception as error:  # it is raised where the job was asked for
                    if not connection.in_transaction:
                        raise  # SQLite gave up the whole batch, not this job alone
                    done.append((asked, None, error))
            connection.execute("COMMIT")
        except (
            Exception
        ) as error:  # a full disk, say: nothing of this batch is committed, and all are told so
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            done = [(asked, None, error) for asked in batch]
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            batch[0].future.get_loop().call_soon_threadsafe(_tell, done)

    async def write(self, job: Callable[[sqlite3.Connection], T], then: Then) -> T:
        if self._closed:
            raise sqlite3.ProgrammingError("the store is closed")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        if not self._asked:
            loop.call_soon(self._hand_over)
        self._asked.append(_Asked(job, future, then))
        return await future  # whoever asked may be cancelled; the commit happens all the same

    def _hand_over(self) -> None:
        if self._asked:  # else it was done when the store was closed
            self._jobs.put(self._asked)
            self._asked = []

    def read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        self._reader.execute("BEGIN")
        try:
            return job(self._reader)
        finally:
            self._reader.execute("COMMIT")

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._hand_over()
            self._jobs.put([])
            self._thread.join()  # a commit or two; at the interpreter's end there is no executor any more to wait in
            self._reader.close()


def _tell(done: list[_Outcome]) -> None:
    for asked, result, problem in done:
        if problem is None:
            _go_on(asked.then)
        if asked.future.done():
            continue
        if problem is None:
            asked.future.set_result(result)
        else:
            asked.future.set_exception(problem)


def _go_on(then: Then) -> None:
    try:
        then()
    except Exception:  # what is committed is committed, and must not look refused to whoever asked
        log.exception("after a commit")
