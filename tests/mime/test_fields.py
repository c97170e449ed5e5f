"""The table of header fields."""

import re
import time

import pytest

from mailserver_lab.mime.fields import explain, table

RULES = [
    pytest.param(name, n, rule, id=f"{name}-{n}") for name, rules in table().items() for n, rule in enumerate(rules)
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "words", "source"),
    [
        ("Return-Path", "<>", "nothing is sent back", "RFC 5321 §4.5.5"),
        ("return-path", "<a@tsubame.example>", "Where a bounce would go", "RFC 5321 §4.4"),
        ("Received", "from mx.one.example (x) by mx.two.example; date", "`mx.two.example`: it took the message from one that called itself `mx.one.example`", "RFC 5321 §4.4"),
        ("Received", "by mx.two.example id 1; date", "began on that server", "RFC 5321 §4.4"),
        ("From", "Mail System <MAILER-DAEMON@mx.one.example>", "not a person", "RFC 5322 §3.6.2"),
        ("From", "Aoi <aoi@tsubame.example>", "proves nothing", "RFC 5322 §3.6.2"),
        ("Auto-Submitted", "auto-replied", "never answer each other", "RFC 3834 §5"),
        ("Auto-Submitted", "no", "a person sent it", "RFC 3834 §5"),
        ("Content-Type", 'multipart/report; report-type=delivery-status; boundary="x"', "standard form of a bounce", "RFC 6522 §3, RFC 3464 §2"),
        ("Content-Type", 'text/plain; charset="iso-2022-jp"', "`iso-2022-jp`", "RFC 2046 §4.1.3"),
        ("Content-Type", "application/pdf", "`application/pdf`", "RFC 2045 §5"),
    ],
)  # fmt: skip
def test_what_a_field_says_depends_on_its_value(name: str, value: str, words: str, source: str) -> None:
    told = explain(name, value)
    assert told is not None
    assert words in told.note.en
    assert told.source == source


def test_a_field_that_the_table_does_not_know_is_left_alone() -> None:
    assert explain("X-Anything", "x") is None


def test_every_field_but_those_with_many_forms_says_something_of_any_value() -> None:
    silent = {name for name in table() if explain(name, "\0 {x} 日本語") is None}
    assert silent == {"precedence", "dkim-signature", "content-type"}


@pytest.mark.parametrize(("name", "n", "rule"), RULES)
def test_every_rule_speaks_both_languages_and_names_its_source(name: str, n: int, rule) -> None:  # type: ignore[no-untyped-def]
    filled = rule.note.format(**dict.fromkeys(rule.value.groupindex, "x"))
    assert re.search("[ぁ-ん]", filled.ja)
    assert not re.search("[ぁ-んァ-ヶ一-龠]", filled.en)
    assert re.fullmatch(r"RFC \d+( §[\d.]+)?(, RFC \d+( §[\d.]+)?)*", rule.source)
    last = n == len(table()[name]) - 1
    assert last or rule.value.pattern  # a rule that fits always hides those after it


@pytest.mark.parametrize("value", ["from " + "a" * 2_000, "from a" + " by" * 700, "from " + "( ;" * 600, "text/plain" + "charset" * 280, "!" * 2_000, " " * 2_000, "d = " * 500])  # fmt: skip
def test_no_value_takes_long(value: str) -> None:
    begun = time.process_time()
    for name in table():
        explain(name, value * 100)
    assert time.process_time() - begun < 0.5
