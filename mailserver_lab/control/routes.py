"""Which HTTP request is which operation. One table, used by the lab's own server and by the Jupyter server alike."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ..locale import LANGUAGES, Problem, Text, is_lang
from .service import OCTETS, Service

NAME = r"([A-Za-z0-9._-]{1,80})"
ADDRESS = r"([^/]{1,256})"

# path pattern → method → (operation, the names of the path's groups)
ROUTES: dict[str, dict[str, tuple[str, tuple[str, ...]]]] = {
    r"worlds": {"GET": ("worlds", ())},
    rf"worlds/{NAME}": {
        "GET": ("describe", ("world",)),
        "PUT": ("open_world", ("world",)),
        "DELETE": ("close_world", ("world",)),
    },
    rf"worlds/{NAME}/reset": {"POST": ("reset", ("world",))},
    rf"worlds/{NAME}/clock": {"POST": ("clock", ("world",))},
    rf"worlds/{NAME}/pause": {"POST": ("pause", ("world",))},
    rf"worlds/{NAME}/continue": {"POST": ("go_on", ("world",))},
    rf"worlds/{NAME}/submit": {"POST": ("send", ("world",))},
    rf"worlds/{NAME}/queue": {"GET": ("queue", ("world",))},
    rf"worlds/{NAME}/queue/retry": {"POST": ("retry", ("world",))},
    rf"worlds/{NAME}/trace": {"GET": ("trace", ("world",))},
    rf"worlds/{NAME}/transcript/{NAME}": {"GET": ("transcript", ("world", "message"))},
    rf"worlds/{NAME}/mailboxes/{ADDRESS}": {"GET": ("mailbox", ("world", "address"))},
    rf"worlds/{NAME}/mailboxes/{ADDRESS}/([^/]+)/(\d+)": {
        "GET": ("message", ("world", "address", "folder", "uid"))
    },
    rf"worlds/{NAME}/accounts/{ADDRESS}": {"PATCH": ("change_account", ("world", "address"))},
    rf"worlds/{NAME}/domains/{NAME}": {"PATCH": ("change_domain", ("world", "domain"))},
    rf"worlds/{NAME}/domains/{NAME}/server": {"POST": ("server", ("world", "domain"))},
    rf"worlds/{NAME}/domains/{NAME}/faults": {
        "POST": ("fault", ("world", "domain")),
        "DELETE": ("lift", ("world", "domain")),
    },
    rf"worlds/{NAME}/devices/{ADDRESS}": {"GET": ("device", ("world", "device"))},
    rf"worlds/{NAME}/devices/{ADDRESS}/sync": {"POST": ("sync", ("world", "device"))},
    rf"worlds/{NAME}/devices/{ADDRESS}/sign-in": {"POST": ("sign_in", ("world", "device"))},
    rf"worlds/{NAME}/devices/{ADDRESS}/wait": {"POST": ("wait", ("world", "device"))},
    rf"worlds/{NAME}/devices/{ADDRESS}/send": {"POST": ("send", ("world", "device"))},
    rf"worlds/{NAME}/devices/{ADDRESS}/read": {"POST": ("read", ("world", "device"))},
    rf"worlds/{NAME}/devices/{ADDRESS}/delete": {"POST": ("delete", ("world", "device"))},
    rf"worlds/{NAME}/devices/{ADDRESS}/files": {
        "GET": ("files", ("world", "device")),
        "POST": ("attach", ("world", "device")),
    },
    rf"worlds/{NAME}/devices/{ADDRESS}/files/{NAME}": {
        "GET": ("file", ("world", "device", "file")),
        "DELETE": ("detach", ("world", "device", "file")),
    },
    rf"worlds/{NAME}/devices/{ADDRESS}/files/{NAME}/compress": {
        "POST": ("compress", ("world", "device", "file"))
    },
    rf"worlds/{NAME}/devices/{ADDRESS}/samples/{NAME}": {
        "POST": ("attach_sample", ("world", "device", "sample"))
    },
    rf"worlds/{NAME}/devices/{ADDRESS}/lines": {"POST": ("dial", ("world", "device"))},
    rf"worlds/{NAME}/lines/(\d+)": {
        "POST": ("say", ("world", "line")),
        "DELETE": ("hang_up", ("world", "line")),
    },
    rf"worlds/{NAME}/lines/(\d+)/tls": {"POST": ("secure", ("world", "line"))},
    rf"worlds/{NAME}/devices/{ADDRESS}/online": {"POST": ("online", ("world", "device"))},
}
EVENTS = rf"worlds/{NAME}/events"
WORLD_CLOSED = 1000
"""How a WebSocket of events is closed where the world came to its end; any other code says that the connection did."""
_NUMBERS = {"after", "limit", "uid", "line"}


def arguments(
    names: tuple[str, ...],
    groups: tuple[str, ...],
    query: dict[str, str],
    body: bytes,
    octets: str | None = None,
) -> dict[str, Any]:
    """Put an operation's arguments together from path, query and body; the path wins.

    Args:
        names: of the path's groups.
        groups: what the path has there.
        query: the rest of the address.
        body: a JSON object; or the argument `octets`, as it is.
        octets: the argument that the body is, where it is one.

    Raises:
        Problem: the body is no JSON object, or a number is none.
    """
    try:
        value = {octets: body} if octets else json.loads(body) if body.strip() else {}
        if not isinstance(value, dict):
            raise TypeError("the body is not a JSON object")
        value |= {key: int(text) if key in _NUMBERS else text for key, text in query.items()}
        return value | {
            name: int(text) if name in _NUMBERS else text for name, text in zip(names, groups, strict=True)
        }
    except (ValueError, TypeError, RecursionError) as error:
        raise Problem(
            Text(ja="その指示は読み取れません。", en="The request cannot be read."),
            Text(ja=f"理由：{error}", en=f"Because: {error}."),
            Text(ja="JSON の形を確かめてください。", en="Check the JSON."),
        ) from error


async def answer(
    service: Service, method: str, path: str, groups: tuple[str, ...], query: dict[str, str], body: bytes
) -> tuple[int, Any]:
    """Do what an HTTP request asks; gives (status, JSON value). For errors see `told`."""
    try:
        entry = ROUTES[path].get(method)
        if entry is None:
            raise _wrong_method(ROUTES[path])
        operation, names = entry
        rest = {key: value for key, value in query.items() if key != "lang"}
        return 200, await service.call(operation, arguments(names, groups, rest, body, OCTETS.get(operation)))
    except Problem as problem:
        return problem.status, told(problem, query.get("lang", ""))


def told(problem: Problem, lang: str) -> dict[str, Any]:
    """An error as JSON, its sentences in the asked language, English where none is asked.

    With `lang=all` each is an object by language, for programs that pass it on to a reader.
    """
    if lang != "all":
        return {"error": problem.as_json(lang if is_lang(lang) else "en")}
    sentences = {"what": problem.what, "why": problem.why, "do": problem.do}
    return {"error": {key: {one: text[one] for one in LANGUAGES} for key, text in sentences.items()}}


def problem_told(value: Any, status: int) -> Problem:
    """The reverse of `told` with `lang=all`; something that is no error of ours is told as far as it goes."""
    error = value.get("error") if isinstance(value, dict) else None
    sentences = []
    for key in ("what", "why", "do"):
        said = error.get(key) if isinstance(error, dict) else None
        sentences.append(Text(**said) if isinstance(said, dict) else Text(*[str(said or "")] * 2))
    return Problem(*sentences, status=status)


def _wrong_method(methods: Iterable[str]) -> Problem:
    return Problem(
        Text(ja="このアドレスでは使えないメソッドです。", en="That method is not for this address."),
        Text(ja=f"使えるメソッド：{', '.join(methods)}", en=f"It takes {', '.join(methods)}."),
        Text(ja="そのどれかを使ってください。", en="Use one of those."),
        status=405,
    )
