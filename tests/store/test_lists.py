"""The list of a folder that all sessions share says what the database says, and what differs between two of them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mailserver_lab.store import FolderList, Message, MessageList, NoSuchFolder, Store, lists, message_list

ALICE = "alice@tsubame.example"
NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)
FOLDERS = st.sampled_from(["INBOX", "Work", "Trash"])
UIDS = st.lists(st.integers(1, 12), min_size=1, max_size=4)


@pytest.fixture(autouse=True, scope="module")
def _small_pieces() -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(message_list, "PIECE", 3)
        patch.setattr(lists, "PAGE", 2)
        patch.setattr(lists, "KEPT", 400)
        yield


def message(uid: int, flags: frozenset[str] = frozenset()) -> Message:
    return Message(uid, uid, 1, flags, NOW, None, 1)


FLAGS = st.frozensets(st.sampled_from(["a", "b", "c"]))
MESSAGES = st.dictionaries(st.integers(1, 30), FLAGS).map(
    lambda flags: [message(uid, flags[uid]) for uid in sorted(flags)]
)


@given(MESSAGES)
def test_a_list_finds_by_place_uid_and_flag(messages: list[Message]) -> None:
    made = MessageList().changed(messages)
    uids = [each.uid for each in messages]
    assert [*made] == messages
    assert [made[place] for place in range(len(made))] == messages
    assert made.last_uid == max(uids, default=0)
    for uid in range(32):
        assert made.place(uid) == (uids.index(uid) if uid in uids else None)
        assert made.place_from(uid) == sum(each < uid for each in uids)
    for start in range(len(messages) + 1):
        for stop in range(start, len(messages) + 2):
            assert made.part(start, stop) == messages[start:stop]
    assert made.flags == {each.flags for each in messages}
    assert made.having("a") == [each.uid for each in messages if "a" in each.flags]
    without = (place for place, each in enumerate(messages) if "a" not in each.flags)
    assert made.first_without("a") == next(without, None)
    for outside in (-1, len(messages)):
        with pytest.raises(IndexError):
            made[outside]


@given(MESSAGES, st.lists(st.tuples(MESSAGES, st.sets(st.integers(1, 30))), max_size=4))
def test_a_changed_list_leaves_the_one_before_and_knows_what_differs(
    first: list[Message], steps: list[tuple[list[Message], set[int]]]
) -> None:
    made = MessageList().changed(first)
    there = {each.uid: each for each in first}
    history = [(made, there)]
    for fresh, gone in steps:
        # What is new comes at the end, as UIDs only grow.
        new = [
            each for each in fresh if each.uid not in gone and (each.uid in there or each.uid > made.last_uid)
        ]
        made = made.changed(new, gone)
        there = {
            uid: each for uid, each in (there | {each.uid: each for each in new}).items() if uid not in gone
        }
        history.append((made, there))
    for old, was in history:
        assert [*old] == [was[uid] for uid in sorted(was)]
        for new, now in history:
            news = new.since(old)
            assert news.fresh == [now[uid] for uid in sorted(now) if was.get(uid) != now[uid]]
            assert news.gone == sorted(was.keys() - now.keys())


def test_a_change_leaves_all_other_pieces_as_they_are() -> None:
    before = MessageList().changed(message(uid) for uid in range(1, 10))
    after = before.changed([message(5, frozenset("a")), message(10)])
    assert [a is b for a, b in zip(before._pieces, after._pieces, strict=False)] == [True, False, True]


def test_what_comes_one_by_one_fills_a_piece_before_it_begins_another() -> None:
    made = MessageList()
    for uid in range(1, 11):
        made = made.changed([message(uid)])
    assert [len(piece.messages) for piece in made._pieces] == [3, 3, 3, 1]


class Folders(RuleBasedStateMachine):
    """Anything happens to three folders, while their lists are opened, read page by page, asked and closed."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.store = Store.memory()
        self.known: list[tuple[FolderList, MessageList]] = []

    def teardown(self) -> None:
        self.loop.run_until_complete(self.store.close())
        self.loop.close()

    @initialize()
    def begin(self) -> None:
        self.loop.run_until_complete(self.store.open_account(ALICE))
        self.loop.run_until_complete(self.store.create_folder(ALICE, "Work"))

    def _do(self, name: str, *arguments: object) -> None:
        with suppress(NoSuchFolder):
            self.loop.run_until_complete(getattr(self.store, name)(ALICE, *arguments))

    @rule(folder=FOLDERS, count=st.integers(1, 5))
    def append(self, folder: str, count: int) -> None:
        for _ in range(count):
            self._do("append", folder, b"x", (), NOW)

    @rule(folder=FOLDERS, uids=UIDS, mode=st.sampled_from(["add", "remove", "replace"]), flags=FLAGS)
    def mark(self, folder: str, uids: list[int], mode: str, flags: frozenset[str]) -> None:
        self._do("set_flags", folder, uids, mode, flags)

    @rule(folder=FOLDERS, uids=UIDS)
    def expunge(self, folder: str, uids: list[int]) -> None:
        self._do("expunge", folder, uids)

    @rule(folder=FOLDERS, uids=UIDS, to=FOLDERS, name=st.sampled_from(["copy", "move"]))
    def bring(self, folder: str, uids: list[int], to: str, name: str) -> None:
        self._do(name, folder, sorted(set(uids)), to)

    @rule()
    def delete_and_make_again(self) -> None:
        self._do("delete_folder", "Work")
        self._do("create_folder", "Work")

    @rule()
    def rename_to_and_fro(self) -> None:
        self._do("rename_folder", "Work", "Work2")
        self._do("append", "Work2", b"x", (), NOW)
        self._do("rename_folder", "Work2", "Work")

    @rule()
    def empty_the_inbox_by_renaming(self) -> None:
        self._do("rename_folder", "INBOX", f"{self.store.lists.version}")

    @rule(folder=FOLDERS, pages=st.integers(0, 3))
    def begin_to_open(self, folder: str, pages: int) -> None:
        opened = self.store.lists.open(self.loop.run_until_complete(self.store.folder(ALICE, folder)))
        for _ in range(pages):
            opened.read_more()
        self.known.append((opened, MessageList()))

    @rule(at=st.integers(0, 5))
    def close(self, at: int) -> None:
        if at < len(self.known):
            self.store.lists.close(self.known.pop(at)[0])

    @rule(at=st.integers(0, 5))
    def look(self, at: int) -> None:
        """One who has a folder open follows it by the news alone."""
        if at >= len(self.known):
            return
        opened, known = self.known[at]
        while opened.read_more():
            pass
        news, now = opened.news(known), opened.now()
        assert [*known.changed(news.fresh, news.gone)] == [*now]
        self.known[at] = opened, now
        folder = self.store.look(lambda t: t.folder_again(opened.folder))
        if folder is None:
            assert [*now] == []
        else:
            assert [*now] == self.loop.run_until_complete(self.store.messages(ALICE, folder.name))
            assert opened.folder.modseq == folder.modseq

    @invariant()
    def what_nobody_has_open_is_forgotten_beyond_a_limit(self) -> None:
        held = self.store.lists._lists.values()
        assert {id(opened) for opened, _ in self.known} == {id(each) for each in held if each.users}
        assert sum(each.users for each in held) == len(self.known)
        assert sum(each.size for each in held if not each.users) <= lists.KEPT


TestFolders = Folders.TestCase
TestFolders.settings = settings(max_examples=25, stateful_step_count=30)
