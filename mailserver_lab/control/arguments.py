"""Whether an operation can be asked for so: there is one of that name, and it takes these arguments.

Checked before anything is done, on the asking side too, so that every handle refuses the same things in the same words.
"""

from __future__ import annotations

import functools
import inspect
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

from ..locale import Problem, Text


def check(operations: Mapping[str, Callable[..., Any]], name: str, given: Mapping[str, Any]) -> None:
    """Raise a Problem unless there is an operation of that name and it takes these arguments.

    Args:
        operations: methods by the operations' names; their annotations say which types they take.
        name: the operation.
        given: its arguments, as JSON values.
    """
    if name not in operations:
        names = ", ".join(sorted(operations))
        raise Problem(
            Text(ja=f"操作 {name} はありません。", en=f"There is no operation {name!r}."),
            Text(ja="名前が違います。", en="The name is wrong."),
            Text(ja=f"使える操作：{names}", en=f"There are: {names}."),
            status=404,
        )
    takes, needed = _parameters(operations[name])
    for key, value in given.items():
        if key not in takes:
            raise bad_request(f"{name} does not take {key!r}, it takes {', '.join(takes)}")
        if not _fits(value, takes[key]):
            raise bad_request(f"{key} cannot be {_shown(value)}")
    if missing := needed - given.keys():
        raise bad_request(f"{name} needs {' and '.join(sorted(missing))}")


@functools.cache
def _parameters(operation: Callable[..., Any]) -> tuple[dict[str, Any], frozenset[str]]:
    """The types of an operation's parameters by name, and the names of those that must be given."""
    hints = typing.get_type_hints(operation)
    parameters = [each for each in inspect.signature(operation).parameters.values() if each.name != "self"]
    needed = frozenset(each.name for each in parameters if each.default is inspect.Parameter.empty)
    return {each.name: hints[each.name] for each in parameters}, needed


def _fits(value: object, hint: Any) -> bool:
    if isinstance(hint, types.UnionType):
        return any(_fits(value, one) for one in typing.get_args(hint))
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:  # half a character, which nothing can be sent with
            return False
    kind: type = typing.get_origin(hint) or hint
    if isinstance(value, bool):  # for Python it is a number, for JSON it is not
        return kind is bool
    return isinstance(value, (int, float) if kind is float else kind)


def _shown(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def bad_request(why: str) -> Problem:
    """What is asked for cannot be done, and never could."""
    return Problem(
        Text(ja="その指示は実行できません。", en="That cannot be done."),
        Text(ja=f"理由：{why}", en=f"Because: {why}."),
        Text(ja="指示を直して、もう一度送ってください。", en="Correct the request and send it again."),
    )
