"""The handle over HTTP and WebSocket, for whoever does not share the lab's process."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote, urlencode

from tornado.httpclient import AsyncHTTPClient, HTTPError, HTTPRequest
from tornado.websocket import WebSocketClosedError, websocket_connect

from ..locale import Problem, Text
from .handle import Handle
from .routes import ROUTES

_TIME = 60.0  # seconds for one operation

# operation → (method, path with {} for each group, the groups' argument names)
_CALLS: dict[str, tuple[str, str, tuple[str, ...]]] = {}
for _path, _methods in ROUTES.items():
    for _method, (_operation, _names) in _methods.items():
        _pieces = _path.split("/")
        _template = "/".join("{}" if piece.startswith("(") else piece for piece in _pieces)
        _CALLS.setdefault(_operation, (_method, _template, _names))


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
        method, template, names = _CALLS.get(name, ("GET", f"no-such-operation-{name}", ()))
        path = template.format(*(quote(str(arguments.pop(key)), safe="") for key in names))
        given = {
            key: value for key, value in arguments.items() if value is not None or name == "change_account"
        }
        if method in {"GET", "DELETE"}:
            request = HTTPRequest(f"{self._url}{path}?{urlencode(given)}", method, self._headers)
        else:
            request = HTTPRequest(
                self._url + path,
                method,
                self._headers,
                body=json.dumps(given),
                allow_nonstandard_methods=True,
            )
        try:
            response = await self._client.fetch(request, raise_error=False)
        except (OSError, HTTPError) as error:
            raise ConnectionError(f"the lab does not answer: {error}") from error
        if response.code == 599:
            raise ConnectionError(f"the lab does not answer: {response.error}")
        value = json.loads(response.body or b"null")
        if response.code >= 400:
            told = (value or {}).get("error", {})
            what, why, do = (told.get(key, "") for key in ("what", "why", "do"))
            raise Problem(Text(what, what), Text(why, why), Text(do, do), status=response.code)
        return value

    async def events(self, world: str, after: int = 0) -> AsyncIterator[list[dict[str, Any]]]:
        """See Handle.events."""
        url = f"ws{self._url.removeprefix('http')}worlds/{quote(world, safe='')}/events?after={after}"
        try:
            socket = await websocket_connect(
                HTTPRequest(url, headers=self._headers, connect_timeout=5.0), max_message_size=64 << 20
            )
        except (OSError, HTTPError) as error:
            raise ConnectionError(f"the lab does not answer: {error}") from error
        try:
            while (message := await socket.read_message()) is not None:
                yield json.loads(message)
        except WebSocketClosedError:
            return
        finally:
            socket.close()

    async def close(self) -> None:
        """Close the connections to the lab."""
        self._client.close()
