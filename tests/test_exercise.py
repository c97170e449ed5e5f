"""Exercises tell a reader in plain words what is wrong with a function."""

from typing import Any

import pytest

from mailserver_lab.exercise import Example, Exercise

EXAMPLES = [
    Example("the first digit of 5.1.1", ("5.1.1",), "5", "It is what stands before the first dot."),
    Example("the first digit of 4.2.2", ("4.2.2",), "4"),
]
ENGLISH, JAPANESE = Exercise("en", EXAMPLES), Exercise("ja", EXAMPLES)


def first(status: str) -> str:
    return status.partition(".")[0]


def always_five(status: str) -> str:
    return "5"


def nothing(status: str) -> None:
    pass


def test_a_right_function_passes() -> None:
    verdict = ENGLISH(first)
    assert verdict
    assert repr(verdict).splitlines() == [
        "✓ the first digit of 5.1.1: '5'",
        "✓ the first digit of 4.2.2: '4'",
        "All 2 examples are right.",
    ]


def test_a_wrong_value_is_told_beside_the_right_one() -> None:
    verdict = ENGLISH(always_five)
    assert not verdict
    assert "✗ the first digit of 4.2.2: should be '4', but always_five returns '5'." in verdict.text
    assert "1 of 2 examples are right." in verdict.text


def test_a_hint_stands_with_what_is_wrong_alone() -> None:
    assert "before the first dot" not in ENGLISH(first).text
    assert "'4.2.2'. It" not in ENGLISH(lambda status: status).text
    assert "returns '5.1.1'. It is what stands before the first dot." in ENGLISH(lambda status: status).text


def test_a_function_that_is_still_to_be_written_is_no_mistake() -> None:
    verdict = ENGLISH(nothing)
    assert not verdict
    assert verdict.text.startswith("○ nothing returns nothing yet.")
    assert "✗" not in verdict.text


def test_nothing_may_be_the_right_value() -> None:
    exercise = Exercise("en", [Example("a field that is missing", ("X",), None)])
    assert exercise({}.get)
    assert not Exercise("en", [*EXAMPLES, Example("missing", ("X",), None)])(nothing)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda status: {}[status], r"stopped in line \d+ with KeyError: '5.1.1'."),
        (lambda: None, r"stopped with TypeError: .* takes 0 positional arguments"),
        (lambda status: status[99], r"IndexError: string index out of range"),
        (5, r"5 stopped with TypeError: 'int' object is not callable"),
    ],
)
def test_an_error_is_named_with_its_line_where_it_has_one(function: Any, said: str) -> None:
    verdict = ENGLISH(function)
    assert not verdict
    with pytest.raises(AssertionError, match=said):
        raise AssertionError(verdict.text)


def test_endless_recursion_is_an_error_as_any_other() -> None:
    def again(status: str) -> Any:
        return again(status)

    assert "RecursionError" in ENGLISH(again).text


def test_a_value_that_cannot_be_compared_is_an_error_too() -> None:
    class Odd:
        def __eq__(self, other: object) -> bool:
            raise ValueError("not with that")

        __hash__ = None  # type: ignore[assignment]

    assert "ValueError: not with that" in ENGLISH(lambda status: Odd()).text


def test_a_long_value_is_shortened() -> None:
    assert len(ENGLISH(lambda status: "x" * 10_000).text) < 500


def test_braces_in_what_is_told_are_not_ours_to_fill() -> None:
    assert "'{name}'" in ENGLISH(lambda status: "{name}").text


def test_the_interrupt_button_still_works() -> None:
    def interrupted(status: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ENGLISH(interrupted)


def test_it_speaks_japanese_too() -> None:
    assert "always_five は '5' を返しました。" in JAPANESE(always_five).text
    assert "2 個の例がすべて正解です。" in JAPANESE(first).text
    assert "まだ何も返しません" in JAPANESE(nothing).text
    assert "KeyError: '5.1.1' で止まりました。" in JAPANESE(lambda status: {}[status]).text
