"""What a header field tells a reader, by the table in `fields.toml`."""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass
from importlib import resources

from ..locale import Text

MAX_VALUE = 2_000  # characters of a value that are looked at


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a field says, and the section of the RFC that has it so ("RFC 5321 §4.4")."""

    note: Text
    source: str


@dataclass(frozen=True, slots=True)
class _Rule:
    value: re.Pattern[str]
    note: Text
    source: str


@functools.cache
def table() -> dict[str, tuple[_Rule, ...]]:
    """The rules for each field, by its name in lower case; the first that fits the value holds."""
    data = tomllib.loads((resources.files(__package__) / "fields.toml").read_text("utf-8"))
    return {
        name.lower(): tuple(
            _Rule(
                re.compile(rule.get("value", ""), re.IGNORECASE),
                Text(rule["ja"], rule["en"]),
                rule["source"],
            )
            for rule in rules
        )
        for name, rules in data.items()
    }


def explain(name: str, value: str) -> Explanation | None:
    """What this field says with this value; None where the table does not know it.

    What the value's named groups caught stands in the text for their names: it is foreign.
    """
    for rule in table().get(name.lower(), ()):
        if found := rule.value.search(value[:MAX_VALUE]):
            return Explanation(rule.note.format(**found.groupdict("")), rule.source)
    return None
