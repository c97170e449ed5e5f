"""Sets of message numbers or UIDs, as `2,4:7,9:*` (RFC 3501 §9, sequence-set)."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

_RANGE = re.compile(r"(\d{1,10}|\*)(?::(\d{1,10}|\*))?")
_MOST = 2**32 - 1


@dataclass(frozen=True, slots=True)
class SequenceSet:
    """Ranges, both ends included; None stands for `*`, the largest number in use. Never spelled out: 1:* is short.

    A `saved` set stands for what the last SEARCH kept, `$` (RFC 5182 §2.1), and has no ranges of its own.
    """

    ranges: tuple[tuple[int | None, int | None], ...]
    saved: bool = False

    @classmethod
    def parse(cls, text: str) -> SequenceSet:
        """Read a set; raise ValueError if it is none."""
        if text == "$":
            return cls((), saved=True)
        ranges = []
        for part in text.split(","):
            match = _RANGE.fullmatch(part)
            if match is None:
                raise ValueError(f"not a set of numbers: {part[:40]!r}")
            low, high = (_number(end) for end in (match[1], match[2] or match[1]))
            ranges.append((low, high))
        return cls(tuple(ranges))

    @classmethod
    def of(cls, numbers: Iterable[int]) -> SequenceSet:
        """Write numbers as a set, with ranges where they follow each other."""
        return cls.in_order(sorted(numbers))

    @classmethod
    def in_order(cls, numbers: Iterable[int]) -> SequenceSet:
        """Write numbers as they come, where their order means something (RFC 5267 §3)."""
        ranges: list[tuple[int, int]] = []
        for number in numbers:
            if ranges and ranges[-1][1] + 1 == number:
                ranges[-1] = (ranges[-1][0], number)
            else:
                ranges.append((number, number))
        return cls(tuple(ranges))

    @property
    def spelled_out(self) -> bool:
        """Whether it means the same whatever there is: no `*`, no `$`."""
        return not self.saved and not any(None in ends for ends in self.ranges)

    def within(self, largest: int) -> list[tuple[int, int]]:
        """Return the ranges with `*` resolved, in order, none touching another: `7:4,5` is `4:7` (RFC 3501 §9)."""
        merged: list[tuple[int, int]] = []
        for low, high in sorted(
            sorted(largest if end is None else end for end in ends) for ends in self.ranges
        ):
            if merged and low <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
            else:
                merged.append((low, high))
        return merged

    def __str__(self) -> str:
        if self.saved:
            return "$"

        def name(end: int | None) -> str:
            return "*" if end is None else str(end)

        return ",".join(
            name(low) if low == high else f"{name(low)}:{name(high)}" for low, high in self.ranges
        )


def contains(ranges: list[tuple[int, int]], number: int) -> bool:
    """Say whether the number is in any of the ranges, which are in order."""
    at = bisect_right(ranges, number, key=lambda pair: pair[0])
    return at > 0 and number <= ranges[at - 1][1]


def _number(text: str) -> int | None:
    if text == "*":
        return None
    if not 0 < (number := int(text)) <= _MOST:
        raise ValueError(f"not a message number: {text}")
    return number
