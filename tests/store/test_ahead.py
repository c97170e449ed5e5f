"""Contents that are read before they are asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from mailserver_lab.store import Message, ReadAhead, Store, StoreError, Transaction

ALICE = "alice@tsubame.example"
NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    store = Store.memory()
    await store.open_account(ALICE)
    yield store
    await store.close()


async def filled(store: Store, *contents: bytes) -> list[Message]:
    for raw in contents:
        await store.append(ALICE, "INBOX", raw, (), NOW)
    return await store.messages(ALICE, "INBOX")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many messages the store was asked for, each time."""
    counts: list[int] = []
    raws = Transaction.raws

    def counted(transaction: Transaction, messages: list[int]) -> dict[int, bytes]:
        counts.append(len(messages))
        return raws(transaction, messages)

    monkeypatch.setattr(Transaction, "raws", counted)
    return counts


async def test_each_message_comes_whole_and_most_were_read_before(store: Store, asked: list[int]) -> None:
    contents = [b"%d\r\n" % n * n for n in range(1, 61)]
    messages = await filled(store, *contents)
    ahead = ReadAhead(store)
    assert [ahead.raw(each, messages[n:]) for n, each in enumerate(messages, 1)] == contents
    assert asked == [25, 25, 10]


async def test_what_is_read_ahead_stays_small(store: Store, asked: list[int]) -> None:
    messages = await filled(store, b"a" * 30_000, b"b" * 30_000, b"c" * 30_000, b"d" * 200_000, b"e")
    ahead = ReadAhead(store)
    for n, each in enumerate(messages, 1):
        assert len(ahead.raw(each, messages[n:])) == each.size
    assert asked == [2, 1, 1, 1]


async def test_what_is_gone_meanwhile_is_not_given(store: Store) -> None:
    messages = await filled(store, b"one", b"two", b"three")
    ahead = ReadAhead(store)
    assert ahead.raw(messages[0], messages[1:]) == b"one"
    await store.expunge(ALICE, "INBOX", [messages[1].uid])
    with pytest.raises(StoreError):
        ahead.raw(messages[1], messages[2:])
    assert ahead.raw(messages[2]) == b"three"


async def test_nothing_is_read_ahead_of_who_asks_for_one(store: Store, asked: list[int]) -> None:
    messages = await filled(store, b"one", b"two", b"three")
    ahead = ReadAhead(store)
    assert [ahead.raw(each) for each in (messages[2], messages[0], messages[0])] == [b"three", b"one", b"one"]
    assert asked == [1, 1, 1]
