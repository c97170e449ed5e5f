"""The panel of the opened message, as its Python tells it to the page."""

import json
from typing import Any

import pytest

from mailserver_lab.experiments import Reading
from mailserver_lab.widgets import strings
from mailserver_lab.widgets.letter import PIECE, SOURCE_SHOWN, Letter
from tests.mime.mails import BASE64, attack, in_base64, mail, multipart, part
from tests.mime.test_opened import HOSTILE

Sent = list[tuple[dict[str, Any], list[bytes]]]


def opened(raw: bytes) -> tuple[Letter, Sent]:
    letter = Letter("en", strings.LETTER)
    sent: Sent = []
    letter.send = lambda content, buffers=(): sent.append((content, [bytes(one) for one in buffers]))  # type: ignore[method-assign]
    letter.read(Reading(1, "aoi@tsubame.example", "../Plan\u202e", "", "", raw, ()))
    return letter, sent


def ask(letter: Letter, **content: Any) -> None:
    letter._handle_custom_msg(content, [])


def test_names_are_legible_on_the_page_and_harmless_on_the_disk() -> None:
    letter, _ = opened(attack())
    assert letter.reading["file"] == "_Plan.eml"
    files = {one["name"]: (one["file"], one["twice"]) for one in letter.reading["attachments"]}
    assert files["../../invoice.pdf.exe"] == ("_.._invoice.pdf.exe", True)
    assert files["gpj⟨U+202E⟩.exe"] == ("gpj.exe", False)
    assert [one["file"] for one in letter.reading["attachments"] if not one["name"]] == ["part-5.png", "part-8.eml"]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "file"),
    [("application/pdf", "part-1.pdf"), ("text/rfc822-headers", "part-1.txt"), ("message/delivery-status", "part-1.txt"), ("message/rfc822", "part-1.eml"), ("application/x-anything", "part-1.bin"), ("image/../../x", "part-1.bin")],
)  # fmt: skip
def test_a_file_without_a_name_gets_one(kind: str, file: str) -> None:
    outer, body = multipart("mixed", part(kind, "x"))
    letter, _ = opened(mail(outer, body=body))
    assert [one["file"] for one in letter.reading["attachments"]] == [file]


def test_a_file_goes_to_the_page_in_pieces_that_its_channel_takes() -> None:
    data = bytes(range(256)) * 40_000
    kind, body = multipart("mixed", part("application/pdf", in_base64(data), BASE64))
    letter, sent = opened(mail(kind, body=body))
    assert sent == []
    number = letter.reading["attachments"][0]["part"]
    for at in range(0, len(data), PIECE):
        ask(letter, kind="piece", part=number, at=at)
    assert b"".join(buffers[0] for _, buffers in sent) == data
    assert {content["total"] for content, _ in sent} == {len(data)}
    assert max(len(buffers[0]) for _, buffers in sent) <= PIECE


@pytest.mark.parametrize("question", [{"part": 99, "at": 0}, {"part": 1, "at": -1}, {"part": "1", "at": 0}, {"part": True, "at": 0}, {"at": "x"}, {"part": [1], "at": 0}])  # fmt: skip
def test_a_question_that_makes_no_sense_gets_no_answer(question: dict[str, Any]) -> None:
    letter, sent = opened(mail())
    ask(letter, kind="piece", **question)
    ask(letter, kind="unfold", part=question.get("part"))
    assert sent == []


def test_nothing_is_left_of_a_letter_that_was_shut() -> None:
    letter, sent = opened(attack())
    letter.shut()
    ask(letter, kind="piece", part=None, at=0)
    ask(letter, kind="unfold", part=8)
    assert sent == []
    assert letter.reading == {}


def test_the_source_is_cut_where_it_is_long() -> None:
    letter, _ = opened(mail(body="x" * 1_000_000))
    assert letter.reading["shownSize"] == len(letter.reading["raw"].encode().replace(b"\n", b"\r\n"))
    assert letter.reading["shownSize"] == SOURCE_SHOWN < letter.reading["size"]


@pytest.mark.parametrize("raw", [*HOSTILE.values(), attack(), b"Subject: \xff\xfe"])  # fmt: skip
def test_what_goes_to_the_page_can_go_there(raw: bytes) -> None:
    letter, _ = opened(raw)
    assert len(json.dumps(letter.reading).encode()) < 9_000_000


def test_broken_charsets_and_half_characters_are_replaced() -> None:
    letter, _ = opened(mail("Content-Type: text/html; charset=utf-7", body="+2D0-\0<b>x"))
    assert "\0" not in letter.reading["html"]
    letter.reading["html"].encode()
