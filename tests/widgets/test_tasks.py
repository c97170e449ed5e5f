import asyncio
import gc

from mailserver_lab.widgets.tasks import Tasks


async def test_a_task_that_nobody_else_holds_runs_to_its_end() -> None:
    done: list[str] = []

    async def work() -> None:
        await asyncio.sleep(0.01)
        done.append("done")

    tasks = Tasks(lambda trouble: None)
    tasks.spawn(work())
    gc.collect()
    await tasks.settle()
    assert done == ["done"]


async def test_what_a_task_raises_is_told() -> None:
    told: list[Exception] = []

    async def work() -> None:
        raise LookupError("gone")

    tasks = Tasks(told.append)
    tasks.spawn(work())
    await tasks.settle()
    assert [type(trouble) for trouble in told] == [LookupError]


async def test_cancelled_tasks_end_and_are_not_told() -> None:
    told: list[Exception] = []
    tasks = Tasks(told.append)
    tasks.spawn(asyncio.sleep(60))
    await asyncio.sleep(0)
    tasks.cancel()
    await asyncio.wait_for(tasks.settle(), 1)
    assert told == []


def test_without_an_event_loop_nothing_starts() -> None:
    Tasks(lambda trouble: None).spawn(asyncio.sleep(60))
