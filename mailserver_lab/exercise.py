"""An exercise of a notebook: a function that the reader writes, and examples that tell in plain words what is wrong.

The examples stand in the notebook, where the reader sees them. What is here tries them and puts it into words.
"""

from __future__ import annotations

import reprlib
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .locale import Lang, Text

_RIGHT = Text(ja="✓ {label}：{value}", en="✓ {label}: {value}")
_WRONG = Text(
    ja="✗ {label}：正しい値は {wanted} ですが、{name} は {value} を返しました。{hint}",
    en="✗ {label}: should be {wanted}, but {name} returns {value}.{hint}",
)
_RAISED = Text(
    ja="✗ {label}：{name} が {line}{error} で止まりました。{hint}",
    en="✗ {label}: {name} stopped{line} with {error}.{hint}",
)
_LINE = Text(ja=" {number} 行目の ", en=" in line {number}")
_NOTHING = Text(
    ja="○ {name} はまだ何も返しません。上のセルに中身を書いて実行し、それからこのセルをもう一度実行してください。",
    en="○ {name} returns nothing yet. Write it in the cell above, run that cell, then run this one again.",
)
_ALL = Text(ja="{count} 個の例がすべて正解です。", en="All {count} examples are right.")
_SOME = Text(ja="{count} 個の例のうち {right} 個が正解です。", en="{right} of {count} examples are right.")


_SHOWN = reprlib.Repr()
_SHOWN.maxstring = _SHOWN.maxother = 100  # an address with its type is not cut; a whole message is


@dataclass(frozen=True)
class Verdict:
    """What came of the examples: true where all are right, and shown by a notebook as its text."""

    right: bool
    text: str

    def __bool__(self) -> bool:
        return self.right

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Example:
    """Arguments, the value that belongs to them, and what a reader may have missed where it comes out otherwise."""

    label: str
    arguments: tuple[Any, ...]
    wanted: Any
    hint: str = ""


class Exercise:
    """The examples of one function; call it with a function to try it."""

    def __init__(self, lang: Lang, examples: Sequence[Example]) -> None:
        self._lang = lang
        self._examples = examples

    def __call__(self, function: Callable[..., Any]) -> Verdict:
        """Try the function with every example; whatever it does, the answer is a verdict."""
        name = getattr(function, "__name__", str(function))
        lines, right, silent = [], 0, True
        for example in self._examples:
            hint = f"{'' if self._lang == 'ja' else ' '}{example.hint}" if example.hint else ""
            told: dict[str, object] = {"label": example.label, "name": name, "hint": hint}
            try:
                value = function(*example.arguments)
                same = bool(value == example.wanted)
            except Exception as error:
                silent = False
                told |= {"error": _named(error), "line": self._line(error)}
                lines.append(_RAISED.format(**told)[self._lang])
                continue
            silent = silent and value is None
            right += same
            told |= {"value": _SHOWN.repr(value), "wanted": _SHOWN.repr(example.wanted)}
            lines.append((_RIGHT if same else _WRONG).format(**told)[self._lang])
        count = len(self._examples)
        if silent and right < count:
            return Verdict(False, _NOTHING.format(name=name)[self._lang])
        summary = (_ALL if right == count else _SOME).format(count=count, right=right)
        return Verdict(right == count, "\n".join([*lines, summary[self._lang]]))

    def _line(self, error: Exception) -> str:
        """Where in the reader's function it stopped; nothing where it was not even entered."""
        frames = traceback.extract_tb(error.__traceback__)[1:]  # the first is ours
        return _LINE.format(number=frames[0].lineno)[self._lang] if frames else ""


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
