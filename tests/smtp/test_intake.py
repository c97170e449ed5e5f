"""The octets after DATA, however they are cut: compared with a reading line by line, as RFC 5321 section 4.5.2 tells it."""

from __future__ import annotations

import asyncio
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailserver_lab.smtp.intake import content, has_long_line, undotted

KEPT = 64  # octets that the reader keeps, few enough for a message of several pieces


async def reading(wire: bytes, cuts: list[int], limit: int = 1_000) -> tuple[bytes | None, bytes]:
    """What is read of it, and what is left for the next command, where it comes in pieces."""
    reader = asyncio.StreamReader(limit=KEPT)
    task = asyncio.ensure_future(content(reader, limit))
    places = [0, *sorted(cut % (len(wire) + 1) for cut in cuts), len(wire)]
    for start, end in itertools.pairwise(places):
        reader.feed_data(wire[start:end]) if end > start else None
        for _ in range(3):
            await asyncio.sleep(0)
    read = await asyncio.wait_for(task, 5)
    reader.feed_eof()
    return read, await reader.read()


def by_lines(wire: bytes) -> tuple[bytes, bytes]:
    """The same, slowly."""
    read = b""
    while True:
        line, end, wire = wire.partition(b"\r\n")
        assert end
        if line == b".":
            return read, wire
        read += line + end


LINES = st.lists(
    st.one_of(
        st.sampled_from([b"", b".", b"..", b"\r", b"\n", b"\n.", b"\r.", b".\r", b"\r\r", b"a"]),
        st.binary(max_size=200).filter(lambda line: b"\r\n" not in line),
    ),
    max_size=8,
)


@given(LINES, st.lists(st.integers(0, 2_000), max_size=6), st.binary(max_size=80))
async def test_any_message_however_it_comes_ends_at_the_first_lone_dot(
    lines: list[bytes], cuts: list[int], rest: bytes
) -> None:
    wire = b"".join(line + b"\r\n" for line in lines) + b".\r\n" + rest
    assert await reading(wire, cuts, 5_000) == by_lines(wire)


@pytest.mark.parametrize("size", [997, 998, 999, 1_000, 5_000])
async def test_what_is_too_large_is_read_to_its_end_and_is_none(size: int) -> None:
    text = b"x" * (size - 2) + b"\r\n"
    assert await reading(text + b".\r\nNOOP\r\n", [500], 998) == (text if size <= 998 else None, b"NOOP\r\n")


async def test_an_empty_message_is_none_that_is_too_large() -> None:
    assert await reading(b".\r\nNOOP\r\n", [], 0) == (b"", b"NOOP\r\n")


@pytest.mark.parametrize(
    ("line", "long"),
    [(b"x" * 998, False), (b"x" * 999, True), (b"." + b"x" * 998, False), (b"." + b"x" * 999, True)],
)
@pytest.mark.parametrize("before", [b"", b"short\r\n", b"x" * 998 + b"\r\n", b"\r\n" * 700])
@pytest.mark.parametrize("after", [b"", b"short\r\n"])
def test_a_line_holds_998_octets_and_the_dot_that_was_doubled(
    before: bytes, line: bytes, after: bytes, long: bool
) -> None:
    assert has_long_line(before + line + b"\r\n" + after) is long


@given(
    st.lists(
        st.binary(max_size=20).filter(lambda line: b"\r\n" not in line and not line.endswith(b"\r")),
        max_size=6,
    )
)
def test_dots_are_taken_off_where_they_were_put(lines: list[bytes]) -> None:
    sent = b"".join(b"." * line.startswith(b".") + line + b"\r\n" for line in lines)
    assert undotted(sent) == b"".join(line + b"\r\n" for line in lines)
