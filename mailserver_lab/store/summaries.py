"""Summaries of messages' headers (`mime.summary`), kept beside the messages once somebody has asked for them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import TypeVar

from mailserver_lab.mime.summary import Keys, Summary, Texts

K = TypeVar("K", Keys, Texts)

_COLUMNS = ("message", *Keys._fields, *Texts._fields)


class Summaries:
    """What a transaction can do with summaries."""

    _sql: sqlite3.Connection

    def summaries(self, messages: Sequence[int], kind: type[K]) -> dict[int, K]:
        """One part of the summaries of messages, by the messages' ids; some may be missing."""
        query = f"SELECT message, {', '.join(kind._fields)} FROM summary WHERE message IN ({marks(messages)})"
        return {row[0]: kind._make(row[1:]) for row in self._sql.execute(query, messages)}

    def keep_summaries(self, made: Mapping[int, Summary]) -> None:
        """Keep summaries of messages that are still there."""
        query = (
            f"INSERT OR IGNORE INTO summary ({', '.join(_COLUMNS)})"
            f" SELECT {marks(_COLUMNS)} WHERE EXISTS (SELECT 1 FROM message WHERE id = ?)"
        )
        self._sql.executemany(query, [(key, *each.keys, *each.texts, key) for key, each in made.items()])


def marks(values: Sequence[object]) -> str:
    """A place in a query for each value."""
    return ", ".join("?" * len(values))
