"""QUIT (RFC 1939 §6): the UPDATE state, the only one in which messages are removed."""

from __future__ import annotations

import asyncio

import pytest

from mailserver_lab.store import Change, StoreError

from .conftest import ALICE, Start


async def test_what_is_marked_is_removed_at_once_and_as_one_change(start: Start) -> None:
    lab = await start()
    changes: list[Change] = []
    lab.store.watch(ALICE, changes.append)
    talker = await lab.signed_in()
    assert await talker.say("DELE 3", "DELE 1", "QUIT") == "+OK mx.tsubame.example closing, 2 removed"
    assert await talker.ended()
    assert [(change.kind, change.uids) for change in changes] == [("expunged", (1, 3))]
    assert await lab.subjects() == ["two"]


async def test_before_signing_in_it_only_ends(start: Start) -> None:
    talker = await (await start()).greeted()
    assert await talker.say(f"USER {ALICE}", "QUIT") == "+OK mx.tsubame.example closing"
    assert await talker.ended()


async def test_the_mailbox_is_free_when_it_is_answered(start: Start) -> None:
    lab = await start()
    for _ in range(5):
        assert (await (await lab.signed_in()).say("QUIT")).startswith("+OK")


async def test_nothing_that_follows_it_is_heard(start: Start) -> None:
    lab = await start()
    talker = await lab.signed_in()
    assert (await talker.say("QUIT\r\nDELE 1\r\nNOOP")).startswith("+OK")
    assert await talker.ended()
    assert await lab.subjects() == ["one", "two", "three"]


async def test_who_is_gone_before_the_answer_has_said_quit_all_the_same(start: Start) -> None:
    lab = await start()
    talker = await lab.signed_in()
    gone = asyncio.Event()
    lab.store.watch(ALICE, lambda change: gone.set())
    await talker.say("DELE 1")
    talker.stream.write(b"QUIT\r\n")
    talker.stream.close()
    await asyncio.wait_for(gone.wait(), 5)
    assert await lab.subjects() == ["two", "three"]


@pytest.mark.parametrize("error", [StoreError("no"), OSError("disk full")])
async def test_where_removing_fails_it_says_so_and_removes_nothing(
    start: Start, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    lab = await start()

    async def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(lab.store, "expunge", fail)
    talker = await lab.signed_in()
    assert (await talker.say("DELE 1", "QUIT")).startswith("-ERR [SYS/TEMP] ")
    assert await talker.ended()
    assert await lab.subjects() == ["one", "two", "three"]
    assert (await (await lab.signed_in()).say("STAT")).startswith("+OK 3 ")
