"""Finding phrases: where words begin and end, over line ends, around addresses."""

from __future__ import annotations

import time

import pytest

from mailserver_lab.dsn.signs import Joined, Phrases, book, plain


def found(phrases: list[str], text: str) -> set[str]:
    return {phrase for _, phrase, _ in Phrases((phrase, True) for phrase in phrases).find(plain(text))}


@pytest.mark.parametrize(
    ("text", "compared"),
    [
        ("550 5.1.1 <a@b.example>... User\n\tUnknown", "550 5.1.1 @ user unknown"),
        ('user "a b"@c.example is', "user @ is"),
        ("can\u2019t", "can't"),
        ("容量\nを超え", "容量を超え"),
        ("a@[192.0.2.1] x", "@ x"),
    ],
)
def test_a_text_is_made_comparable(text: str, compared: str) -> None:
    assert plain(text) == compared


def test_phrases_begin_where_words_begin_and_short_ones_end_where_words_end() -> None:
    assert found(["spf", "blacklist", "full"], "SPFX failed; unspf; blacklisted, carefully") == {"blacklist"}
    assert found(["spf", "ube"], "(SPF) UBE,") == {"spf", "ube"}


def test_a_star_stands_for_a_few_letters_and_not_for_many() -> None:
    assert found(["mailbox * is full"], "the mailbox of Anna is full")
    assert not found(["mailbox * is full"], "the mailbox " + "x" * 200 + " is full")


def test_an_at_stands_for_any_address() -> None:
    assert found(["user @ unknown"], "User <a.b+c@d-e.example> unknown")
    assert not found(["user unknown"], "user-unknown@user.unknown.example")


def test_japanese_phrases_are_found_within_words() -> None:
    assert found(["宛先不明"], "このメールは宛先不明のため")


def test_it_is_known_on_which_line_a_phrase_stands() -> None:
    lines = ["first", "user", "unknown here", "容量を", "超えました"]
    joined = Joined(lines)
    at = joined.text.index("user unknown")
    assert joined.lines_of(at, len("user unknown")) == (1, 2)
    assert joined.lines_of(joined.text.index("容量を超え"), 5) == (3, 4)


def test_silent_phrases_are_passed_over_and_leave_the_rest_in_its_place() -> None:
    joined = Joined(["blocked by our spam firewall", "user unknown"], ["blocked by our spam firewall"])
    assert "spam" not in joined.text
    assert joined.lines_of(joined.text.index("user"), 4) == (1, 1)


def test_codes_are_known_by_number_and_by_range() -> None:
    for status, cause in (
        ("5.1.1", "user-unknown"),
        ("4.2.2", "mailbox-full"),
        ("5.7.620", "sending-host-blocked"),
        ("4.3.2", "server-failure"),
        ("5.3.2", "host-takes-no-mail"),
    ):
        sign = book().code(status)
        assert sign is not None
        assert sign.cause == cause
    for status in ("", "5", "5.9.99", "x.y.z", "5.7.9999999999"):
        assert book().code(status) is None


@pytest.mark.parametrize(
    "text", ["user " * 4_000, "mailbox " * 2_500, "a@" * 10_000, "connect to " * 1_800, '"' * 20_000]
)
def test_looking_takes_time_in_proportion_to_the_text(text: str) -> None:
    before = time.process_time()
    list(book().causes.find(plain(text)))
    assert time.process_time() - before < 1
