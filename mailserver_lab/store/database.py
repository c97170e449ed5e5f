"""SQLite behind an event loop: jobs that write, jobs that read.

On disk one thread does all the writing. It takes every job that waits and commits them together (group commit), because
a synced commit costs as much for twenty messages as for one; each job stands in a savepoint, so one that fails takes
nothing else with it. Readers have a connection of their own and see what is committed (WAL).
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from .schema import TABLES

T = TypeVar("T")
Job = Callable[[sqlite3.Connection], Any]

GROUP = 200  # jobs in one commit at the most, so that the first of them need not wait for ever


def _in_savepoint(connection: sqlite3.Connection, job: Callable[[sqlite3.Connection], T]) -> T:
    connection.execute("SAVEPOINT job")
    try:
        result = job(connection)
    except BaseException:
        connection.execute("ROLLBACK TO job")
        connection.execute("RELEASE job")
        raise
    connection.execute("RELEASE job")
    return result


class Database(ABC):
    """Runs jobs against a SQLite connection."""

    @abstractmethod
    async def write(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Run a job that changes something; when this returns, the change is committed."""

    @abstractmethod
    def read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Run a job that only looks, at once."""

    @abstractmethod
    async def close(self) -> None:
        """Finish the jobs that wait, and close."""


class MemoryDatabase(Database):
    """Keeps everything in memory and runs every job where it was asked for."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.executescript(TABLES)

    async def write(self, job: Callable[[sqlite3.Connection], T]) -> T:
        return _in_savepoint(self._connection, job)

    def read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        return job(self._connection)

    async def close(self) -> None:
        self._connection.close()


class DiskDatabase(Database):
    """Keeps everything in one file, written by one thread."""

    def __init__(self, file: Path) -> None:
        self._reader = self._connect(file)
        self._reader.executescript(TABLES)
        self._jobs: queue.SimpleQueue[tuple[Job, asyncio.Future[Any], asyncio.AbstractEventLoop] | None] = (
            queue.SimpleQueue()
        )
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
            batch = [self._jobs.get()]
            with contextlib.suppress(queue.Empty):
                while len(batch) < GROUP:
                    batch.append(self._jobs.get_nowait())
            stop = None in batch
            self._commit(connection, [job for job in batch if job is not None])
        connection.close()

    @staticmethod
    def _commit(
        connection: sqlite3.Connection,
        batch: list[tuple[Job, asyncio.Future[Any], asyncio.AbstractEventLoop]],
    ) -> None:
        done: list[tuple[asyncio.Future[Any], asyncio.AbstractEventLoop, Any, BaseException | None]] = []
        try:
            connection.execute("BEGIN IMMEDIATE")
            for job, future, loop in batch:
                try:
                    done.append((future, loop, _in_savepoint(connection, job), None))
                except Exception as error:  # it is raised where the job was asked for
                    done.append((future, loop, None, error))
            connection.execute("COMMIT")
        except (
            sqlite3.Error
        ) as error:  # a full disk, say: nothing of this batch is committed, and all are told so
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            done = [(future, loop, None, error) for _, future, loop in batch]
        for future, loop, result, problem in done:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(_tell, future, result, problem)

    async def write(self, job: Callable[[sqlite3.Connection], T]) -> T:
        if self._closed:
            raise sqlite3.ProgrammingError("the store is closed")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._jobs.put((job, future, loop))
        return await asyncio.shield(future)  # whoever asked may be cancelled; the commit happens all the same

    def read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        return job(self._reader)

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
            await asyncio.get_running_loop().run_in_executor(None, self._thread.join)
            self._reader.close()


def _tell(future: asyncio.Future[Any], result: Any, problem: BaseException | None) -> None:
    if future.done():
        return
    if problem is None:
        future.set_result(result)
    else:
        future.set_exception(problem)
