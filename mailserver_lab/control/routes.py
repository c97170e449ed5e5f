"""Which HTTP request is which operation. One table, used by the lab's own server and by the Jupyter server alike."""

from __future__ import annotations

import json
from typing import Any

from ..locale import Lang, Problem, Text, is_lang
from .service import Service

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
    rf"worlds/{NAME}/trace": {"GET": ("trace", ("world",))},
    rf"worlds/{NAME}/transcript/{NAME}": {"GET": ("transcript", ("world", "message"))},
    rf"worlds/{NAME}/mailboxes/{ADDRESS}": {"GET": ("mailbox", ("world", "address"))},
    rf"worlds/{NAME}/mailboxes/{ADDRESS}/([^/]+)/(\d+)": {
        "GET": ("message", ("world", "address", "folder", "uid"))
    },
    rf"worlds/{NAME}/accounts/{ADDRESS}": {"PATCH": ("change_account", ("world", "address"))},
    rf"worlds/{NAME}/domains/{NAME}": {"PATCH": ("change_domain", ("world", "domain"))},
    rf"worlds/{NAME}/domains/{NAME}/server": {"POST": ("server", ("world", "domain"))},
    rf"worlds/{NAME}/devices/{ADDRESS}": {"GET": ("device", ("world", "device"))},
    rf"worlds/{NAME}/devices/{ADDRESS}/sync": {"POST": ("sync", ("world", "device"))},
    rf"worlds/{NAME}/devices/{ADDRESS}/send": {"POST": ("send", ("world", "device"))},
    rf"worlds/{NAME}/devices/{ADDRESS}/read": {"POST": ("read", ("world", "device"))},
    rf"worlds/{NAME}/devices/{ADDRESS}/online": {"POST": ("online", ("world", "device"))},
}
EVENTS = rf"worlds/{NAME}/events"
_NUMBERS = {"after", "limit", "uid"}


def arguments(
    names: tuple[str, ...], groups: tuple[str, ...], query: dict[str, str], body: bytes
) -> dict[str, Any]:
    """Put an operation's arguments together from path, query and body; the path wins.

    Raises:
        Problem: the body is no JSON object, or a number is none.
    """
    try:
        value = json.loads(body) if body.strip() else {}
        if not isinstance(value, dict):
            raise TypeError("the body is not a JSON object")
        value |= {key: int(text) if key in _NUMBERS else text for key, text in query.items()}
        return value | {
            name: int(text) if name in _NUMBERS else text for name, text in zip(names, groups, strict=True)
        }
    except (ValueError, TypeError) as error:
        raise Problem(
            Text(ja="その指示は読み取れません。", en="The request cannot be read."),
            Text(ja=f"理由：{error}", en=f"Because: {error}."),
            Text(ja="JSON の形を確かめてください。", en="Check the JSON."),
        ) from error


async def answer(
    service: Service, method: str, path: str, groups: tuple[str, ...], query: dict[str, str], body: bytes
) -> tuple[int, Any]:
    """Do what an HTTP request asks; gives (status, JSON value). Errors come in the language of `lang` in the query."""
    lang: Lang = wanted if is_lang(wanted := query.get("lang", "")) else "en"
    entry = ROUTES[path].get(method)
    if entry is None:
        return 405, {
            "error": {
                "what": "That method is not for this address.",
                "why": f"It takes {', '.join(ROUTES[path])}.",
                "do": "Use one of those.",
            }
        }
    operation, names = entry
    try:
        rest = {key: value for key, value in query.items() if key != "lang"}
        return 200, await service.call(operation, arguments(names, groups, rest, body))
    except Problem as problem:
        return problem.status, {"error": problem.as_json(lang)}
