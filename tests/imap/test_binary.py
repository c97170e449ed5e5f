"""BINARY (RFC 3516): parts without their transfer encoding."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailserver_lab.imap import binary, events, fetch
from mailserver_lab.mime import structure

from . import odd_mails
from .conftest import Start


@pytest.mark.parametrize(
    ("item", "heard"),
    [
        ("BINARY.PEEK[1]", "BINARY[1] {11}\r\nhello world"),
        ("BINARY.PEEK[1]<6.3>", "BINARY[1]<6> {3}\r\nwor"),
        ("BINARY.PEEK[1]<99.3>", "BINARY[1]<99> {0}\r\n"),
        ("BINARY.PEEK[2]", "BINARY[2] ~{6}\r\n\0\1\2\3\0\0"),
        ("BINARY.PEEK[3]", "BINARY[3] {9}\r\na=bc  \r\nd"),
        ("BINARY.SIZE[1]", "BINARY.SIZE[1] 11"),
        ("BINARY.SIZE[2]", "BINARY.SIZE[2] 6"),
        ("BINARY.PEEK[5.1]", "BINARY[5.1] {5}\r\ninner"),
        ("BINARY.PEEK[9]", "BINARY[9] NIL"),
        ("BINARY.PEEK[5.TEXT]", "BINARY[5.TEXT] {5}\r\ninner"),
        ("BINARY.SIZE[5.TEXT]", "BINARY.SIZE[5.TEXT] 5"),
        (
            "BINARY.PEEK[5.HEADER.FIELDS (subject)]",
            "BINARY[5.HEADER.FIELDS (subject)] {18}\r\nSubject: inner\r\n\r\n",
        ),
        ("BINARY.PEEK[1.TEXT]", "BINARY[1.TEXT] NIL"),
        (
            "BINARY.PEEK[5]",
            "BINARY[5] {58}\r\nSubject: inner\r\nContent-Transfer-Encoding: binary\r\n\r\ninner",
        ),
    ],
)
async def test_parts_come_decoded(start: Start, item: str, heard: str) -> None:
    talker = await (await (await start(mails=[odd_mails.ENCODED])).connect()).sign_in()
    answer = await talker.say(f"FETCH 1 {item}")
    assert "\r\n".join(answer[:-1]) == f"* 1 FETCH ({heard})"


async def test_an_unknown_encoding_is_said_and_binary_marks_as_seen(start: Start) -> None:
    lab = await start(mails=[odd_mails.ENCODED])
    talker = await (await lab.connect()).sign_in()
    assert (await talker.say("FETCH 1 BINARY.PEEK[4]"))[-1].startswith("a NO [UNKNOWN-CTE]")
    assert (await talker.say("FETCH 1 (BINARY.SIZE[4] UID)"))[-1].startswith("a NO [UNKNOWN-CTE]")
    assert await lab.flags(1) == set()
    assert r"FLAGS (\Recent \Seen)" in "".join(await talker.say("FETCH 1 BINARY[1]"))
    assert await lab.flags(1) == {r"\Seen"}


@pytest.mark.parametrize("encoding", [b"x\ry", b"x\r\n y", b"\xff", b'"x (y', b"x {3}", b"\x01"])
async def test_an_encoding_that_nobody_could_name_is_told_in_one_line(start: Start, encoding: bytes) -> None:
    raw = b"Content-Transfer-Encoding: " + encoding + b"\r\n\r\nx\r\n"
    talker = await (await (await start(mails=[raw])).connect()).sign_in()
    answer = (await talker.say("FETCH 1 BINARY.PEEK[1]"))[-1]
    assert answer.startswith("a NO [UNKNOWN-CTE] a part is encoded as '")
    assert answer.isascii()


def decoded(encoding: str, body: bytes) -> bytes:
    raw = f"Content-Transfer-Encoding: {encoding}\r\n\r\n".encode() + body
    return binary.decoded(structure.scan(raw), raw)


@given(st.binary(max_size=200), st.integers(1, 80))
def test_any_base64_comes_back_however_its_lines_are_cut(data: bytes, width: int) -> None:
    letters = base64.b64encode(data)
    lines = b"\r\n".join(letters[at : at + width] for at in range(0, len(letters), width))
    assert decoded("Base64 (comment)", lines + b"\r\n") == data


@given(st.binary(max_size=200), st.sampled_from(["base64", "quoted-printable", "8bit", "binary", "7BIT"]))
def test_nothing_breaks_decoding(body: bytes, encoding: str) -> None:
    assert len(decoded(encoding, body)) <= len(body)


def test_a_part_is_decoded_once_for_its_size_and_all_its_pieces() -> None:
    content = fetch.Content(odd_mails.ENCODED)
    size = events.Section("BINARY.SIZE", (1,), "", (), None, True, "BINARY.SIZE[1]")
    piece = events.Section("BINARY", (1,), "", (), (3, 4), False, "BINARY[1]<3>")
    assert content.decoded(size) is content.decoded(piece)
    assert content.decoded(size) == b"hello world"


def test_blanks_at_the_ends_of_lines_are_no_part_of_quoted_printable() -> None:
    assert (
        decoded("quoted-printable", b"a \t\r\nb= \r\nc=20\t\r\n d\te=\r\n\r\n=09 ")
        == b"a\r\nbc \r\n d\te\r\n\t"
    )
    assert decoded("quoted-printable", b"a \nb=\t\nc\n") == b"a\nbc\n"


async def test_what_is_binary_is_given_in_base64_to_those_who_do_not_ask_for_binary(start: Start) -> None:
    lab = await start(mails=[])
    talker = await (await lab.connect()).sign_in()
    raw = odd_mails.BINARY["whole"]
    answer = await talker.say(b"APPEND INBOX ~{%d+}\r\n%s" % (len(raw), raw))
    assert answer[-1].startswith("a OK")
    assert (await talker.say("FETCH 1 BODY.PEEK[1]"))[:2] == ["* 1 FETCH (BODY[1] {12}", "YQBiDQpjCmQ=)"]
    assert (await talker.say("FETCH 1 BINARY.PEEK[1]"))[0] == "* 1 FETCH (BINARY[1] ~{8}"
    head = "\n".join(await talker.say("FETCH 1 BODY.PEEK[HEADER]"))
    assert "Content-Transfer-Encoding: base64\nSubject: NUL\n" in head


async def test_no_literal_holds_nul_unless_it_says_so(start: Start) -> None:
    lab = await start(mails=[])
    talker = await (await lab.connect()).sign_in()
    for number, raw in enumerate(odd_mails.BINARY.values(), 1):
        talker.stream.write(b"a APPEND INBOX CATENATE (TEXT ~{%d+}\r\n%s)\r\n" % (len(raw), raw))
        assert (await talker.until("a "))[-1].startswith("a OK")
        talker.stream.write(
            b"a FETCH %d (BODY.PEEK[] RFC822.HEADER RFC822.TEXT ENVELOPE BODYSTRUCTURE)\r\n" % number
        )
        heard = b""
        while b"a OK" not in heard:
            heard += await talker.stream.read()
        assert b"\0" not in heard


@given(
    st.lists(
        st.sampled_from([b"\r\n", b"\n", b"--b", b"--", b"\0", b"x", b"Content-Transfer-Encoding: binary"])
    )
)
def test_storing_what_is_binary_loses_nothing(pieces: list[bytes]) -> None:
    head = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    raw = head + b"".join(pieces)
    kept = binary.storable(raw)
    here, there = ([*structure.walk(structure.scan(each))] for each in (raw, kept))
    assert [part.type for part in here] == [part.type for part in there]
    for before, after in zip(here, there, strict=True):
        if not before.children:
            assert binary.decoded(before, raw).replace(b"\r\n", b"\n") == binary.decoded(after, kept).replace(
                b"\r\n", b"\n"
            )
