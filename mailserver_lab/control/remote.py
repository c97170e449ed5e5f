"""The handle over HTTP and WebSocket, for whoever does not share the lab's process."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote, urlencode

from tornado.httpclient import AsyncHTTPClient, HTTPError, HTTPRequest, HTTPResponse
from tornado.websocket import WebSocketClientConnection, websocket_connect

from ..locale import Problem
from .arguments import check
from .handle import Handle
from .routes import ROUTES, WORLD_CLOSED, problem_told
from .service import OCTETS, OPERATIONS

_ALL = {"lang": "all"}  # who calls knows the reader's language, the handle does not
_TIME = 60.0  # seconds for one operation

# operation → (method, path with {} for each group, the groups' argument names)
_CALLS: dict[str, tuple[str, str, tuple[str, ...]]] = {}
for _path, _methods in ROUTES.items():
    for _method, (_operation, _names) in _methods.items():
        _CALLS.setdefault(_operation, (_method, re.sub(r"\([^)]*\)", "{}", _path), _names))


class RemoteHandle(Handle):
    """A lab behind a URL.

    Args:
        url: the API's base address, with its final slash.
        token: what it asks for.
    """

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"token {token}"}
        self._client = AsyncHTTPClient(
            force_instance=True, defaults={"request_timeout": _TIME, "connect_timeout": 5.0}
        )

    async def call(self, name: str, /, **arguments: Any) -> Any:
        """See Handle.call."""
        check(OPERATIONS, name, arguments)
        method, template, names = _CALLS[name]
        missing = inspect.signature(OPERATIONS[name]).parameters  # a path has no place for what is left out
        in_path = [str(arguments.pop(key, missing[key].default)) for key in names]
        path = template.format(*(quote(text, safe="") for text in in_path))
        given = {
            key: value for key, value in arguments.items() if value is not None or name == "change_account"
        }
        if method in {"GET", "DELETE"}:
            request = HTTPRequest(f"{self._url}{path}?{urlencode({**given, **_ALL})}", method, self._headers)
        else:
            octets = given.pop(OCTETS[name]) if name in OCTETS else None
            kind = (
                "json" if octets is None else "octet-stream"
            )  # tornado takes a body without type for a form
            request = HTTPRequest(
                f"{self._url}{path}?{urlencode(_ALL if octets is None else {**given, **_ALL})}",
                method,
                {**self._headers, "Content-Type": f"application/{kind}"},
                body=json.dumps(given) if octets is None else octets,
                allow_nonstandard_methods=True,
            )
        try:
            response = await self._client.fetch(request, raise_error=False)
        except (OSError, HTTPError) as error:
            raise ConnectionError(f"the lab does not answer: {error}") from error
        if response.code == 599:
            raise ConnectionError(f"the lab does not answer: {response.error}")
        if response.code >= 400:
            raise _problem(response)
        return json.loads(response.body)

    async def events(self, world: str, after: int = 0) -> AsyncIterator[list[dict[str, Any]]]:
        """See Handle.events."""
        url = f"ws{self._url.removeprefix('http')}worlds/{quote(world, safe='')}/events?"
        url += urlencode({"after": after, **_ALL})
        request = HTTPRequest(url, headers=self._headers, connect_timeout=5.0)
        connecting = asyncio.ensure_future(websocket_connect(request, max_message_size=64 << 20))
        try:
            socket = await asyncio.shield(connecting)
        except (
            asyncio.CancelledError
        ):  # the lab may have taken the connection already, and would send to nobody
            connecting.add_done_callback(_hang_up)
            raise
        except HTTPError as error:
            if error.response is not None and error.code != 599:
                raise _problem(error.response) from error
            raise ConnectionError(f"the lab does not answer: {error}") from error
        except OSError as error:
            raise ConnectionError(f"the lab does not answer: {error}") from error
        try:
            while (message := await socket.read_message()) is not None:
                yield json.loads(message)
            if socket.close_code != WORLD_CLOSED:
                raise ConnectionError("the connection to the lab broke")
        finally:
            socket.close()

    async def close(self) -> None:
        """Close the connections to the lab."""
        self._client.close()


def _hang_up(connecting: asyncio.Future[WebSocketClientConnection]) -> None:
    if not connecting.cancelled() and connecting.exception() is None:
        connecting.result().close()


def _problem(response: HTTPResponse) -> Problem:
    try:
        value = json.loads(response.body)
    except ValueError:  # something else answers at that address
        value = {"error": {"what": f"{response.code} {response.reason}"}}
    return problem_told(value, response.code)
