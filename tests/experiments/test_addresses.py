import pytest

from mailserver_lab.experiments.addresses import BODY_LIMIT, MOST_RECIPIENTS, check
from mailserver_lab.locale import Problem

DOMAINS = ["hibari.example", "tsubame.example"]


def refusal(*recipients: str, body: str = "") -> Problem:
    with pytest.raises(Problem) as told:
        check(recipients, body, DOMAINS)
    for lang in ("ja", "en"):
        assert all(told.value.as_json(lang).values())
    return told.value


@pytest.mark.parametrize(
    "address",
    [
        "recipient@hibari.example",
        "Recipient@Hibari.Example",
        "x@no-such.invalid",
        "x@other.test",
        "x@whatever.example",
        "x@hibari.exampel",
        "x@hibary.example",
        "x@hibari.exmple",
        "x@hibariexample",
        '"a b"@hibari.example',
        "a+b@hibari.example",
        "日本語@hibari.example",
    ],
)
def test_lets_through_what_a_server_can_answer(address: str) -> None:
    check([address], "", DOMAINS)


@pytest.mark.parametrize(
    "address",
    [
        "x@gmail.com",
        "x@example.com",
        "x@hibari.jp",
        "x@localhost",
        "x@127.0.0.1",
        "x@[192.0.2.1]",
        "x@example.com.evil.jp",
    ],
)
def test_stops_what_is_outside_and_says_what_is_inside(address: str) -> None:
    problem = refusal(address)
    assert address.partition("@")[2] in problem.what.en
    assert all(domain in problem.why.en and domain in problem.why.ja for domain in DOMAINS)


@pytest.mark.parametrize(
    "address",
    ["recipient", "hibari.example", "recipient at hibari.example", "受信者", "recipient＠hibari.example"],
)
def test_asks_for_an_at_sign(address: str) -> None:
    assert "@" in refusal(address).what.en


@pytest.mark.parametrize(
    "address",
    [
        "@hibari.example",
        "recipient@",
        "a@b@hibari.example",
        "a b@hibari.example",
        "a@hibari..example",
        ".a@hibari.example",
        "a.@hibari.example",
        "a@-hibari.example",
        "<recipient@hibari.example>",
        "a@hibari.example\r\nBcc: b@hibari.example",
        "a\0@hibari.example",
        f"{'x' * 65}@hibari.example",
        f"x@{'a' * 250}.example",
        "\ud800@hibari.example",
    ],
)
def test_refuses_what_has_not_the_form_of_an_address(address: str) -> None:
    assert "form of an address" in refusal(address).what.en


@pytest.mark.parametrize(
    "char", ["\u202e", "\u2066", "\u200b", "\u200f", "\ufeff", "\u00ad", "\u3000", "\u2028", "\x85"]
)
def test_refuses_characters_that_cannot_be_seen_and_shows_them(char: str) -> None:
    problem = refusal(f"reci{char}pient@hibari.example")
    assert char not in problem.what.ja + problem.what.en
    assert f"reci[U+{ord(char):04X}]pient@hibari.example" in problem.what.en


def test_shows_a_long_address_cut() -> None:
    problem = refusal("x" * 100_000)
    assert len(problem.what.ja) < 200


def test_refuses_no_recipient_at_all() -> None:
    assert "no recipient" in refusal().what.en


def test_takes_as_many_recipients_as_a_server_and_not_one_more() -> None:
    recipients = [f"r{n}@hibari.example" for n in range(MOST_RECIPIENTS)]
    check(recipients, "", DOMAINS)
    assert "1001" in refusal(*recipients, "one@hibari.example").what.en


def test_takes_a_text_up_to_its_limit_and_says_that_nothing_is_lost_beyond() -> None:
    check(["a@hibari.example"], "x" * BODY_LIMIT, DOMAINS)
    problem = refusal("a@hibari.example", body="x" * (BODY_LIMIT + 1))
    assert "5,000,001" in problem.why.ja
    assert "そのまま" in problem.do.ja


def test_one_bad_address_among_good_ones_stops_all() -> None:
    assert "gmail.com" in refusal("a@hibari.example", "b@gmail.com").what.en
