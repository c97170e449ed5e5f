"""TOP (RFC 1939 §7): the header and the first lines of the body."""

from __future__ import annotations

import pytest

from mailserver_lab.pop3.service import top

from .conftest import Start


async def test_the_header_comes_with_so_many_lines(start: Start) -> None:
    talker = await (await start()).signed_in()
    assert await talker.listing("TOP 3 2") == ["Subject: three", "", "line 0", "line 1"]
    assert await talker.listing("TOP 3 0") == ["Subject: three", ""]
    assert await talker.listing("TOP 3 999999999") == await talker.listing("RETR 3")


async def test_dots_are_doubled_here_too(start: Start) -> None:
    talker = await (await start()).signed_in()
    assert await talker.listing("TOP 2 3") == ["Subject: two", "", "..leading dot", "...two dots", ".."]


@pytest.mark.parametrize(
    ("raw", "lines", "expected"),
    [
        (b"a: b", 5, b"a: b"),
        (b"a: b\r\n", 0, b"a: b\r\n"),
        (b"a: b\r\n\r\n", 5, b"a: b\r\n\r\n"),
        (b"\r\nx\r\ny\r\n", 1, b"\r\nx\r\n"),
        (b"a: b\n\nx\ny", 1, b"a: b\n\nx\n"),
        (b"a: b\r\n\r\nx", 1, b"a: b\r\n\r\nx"),
        (b"", 1, b""),
    ],
)
def test_where_the_header_ends(raw: bytes, lines: int, expected: bytes) -> None:
    assert top(raw, lines) == expected


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("TOP 1", "wrong number of arguments for TOP"),
        ("TOP 1 1 1", "wrong number of arguments for TOP"),
        ("TOP 1 -1", "A number is needed"),
        ("TOP 1 x", "A number is needed"),
        ("TOP 9 1", "No such message: there are 3"),
    ],
)
async def test_both_numbers_are_wanted(start: Start, command: str, answer: str) -> None:
    assert await (await (await start()).signed_in()).say(command) == f"-ERR {answer}"
