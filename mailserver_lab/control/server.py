"""The control API as a server of its own, on 127.0.0.1: what kernels and other programs talk to.

Every request needs the token, and a Host header that names this computer: a web page from elsewhere, which a browser may
be made to send here under another name, has neither.
"""

from __future__ import annotations

import hmac
import json
import secrets
from typing import Any

import tornado.httpserver
import tornado.netutil
import tornado.web
import tornado.websocket

from . import routes
from .service import Service

BODY_LIMIT = 64 << 20  # octets: a message with attachments, in base64
PREFIX = "/mailserver-lab/api/"


class ControlServer:
    """Listens for one lab.

    Args:
        service: what it does.
        port: where; a free port where 0.
    """

    def __init__(self, service: Service, *, port: int = 0) -> None:
        self.token = secrets.token_urlsafe(24)
        self._sockets = tornado.netutil.bind_sockets(port, "127.0.0.1")
        self.port: int = self._sockets[0].getsockname()[1]
        settings: dict[str, Any] = {
            "service": service,
            "token": self.token,
            "hosts": {f"{name}:{self.port}" for name in ("127.0.0.1", "localhost")},
        }
        handlers: list[Any] = [(f"{PREFIX}{path}", _Operation, {"path": path}) for path in routes.ROUTES]
        handlers.append((f"{PREFIX}{routes.EVENTS}", _Events))
        application = tornado.web.Application(
            handlers,
            default_handler_class=_Nothing,
            log_function=_quiet,
            websocket_ping_interval=30,
            **settings,
        )
        self._server = tornado.httpserver.HTTPServer(
            application, max_buffer_size=BODY_LIMIT, max_body_size=BODY_LIMIT
        )

    @property
    def url(self) -> str:
        """The base address of the API, with its final slash."""
        return f"http://127.0.0.1:{self.port}{PREFIX}"

    def start(self) -> None:
        """Begin to answer, on the event loop that runs."""
        self._server.add_sockets(self._sockets)

    def stop(self) -> None:
        """Answer no more."""
        self._server.stop()


def _quiet(handler: tornado.web.RequestHandler) -> None:
    """Log nothing for each request; the record says what happened."""


class _Guarded(tornado.web.RequestHandler):
    def prepare(self) -> None:
        if self.request.host not in self.settings["hosts"]:
            self._refuse(
                403,
                "This is not the host that you think it is.",
                f"The Host header says {self.request.host!r}.",
                "Use 127.0.0.1.",
            )
        elif not hmac.compare_digest(self._given_token().encode(), self.settings["token"].encode()):
            self._refuse(
                401,
                "The token is missing or wrong.",
                "Only who knows it may control the lab.",
                "Send it as 'Authorization: token …'.",
            )

    def _given_token(self) -> str:
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        return token.strip() if scheme.lower() in {"token", "bearer"} else ""

    def _refuse(self, status: int, what: str, why: str, do: str) -> None:
        self.set_status(status)
        self.finish({"error": {"what": what, "why": why, "do": do}})


class _Operation(_Guarded):
    SUPPORTED_METHODS = ("GET", "PUT", "POST", "PATCH", "DELETE")

    def initialize(self, path: str) -> None:
        self._path = path

    async def _do(self, *groups: str) -> None:
        query = {key: self.get_query_argument(key) for key in self.request.query_arguments}
        status, value = await routes.answer(
            self.settings["service"], self.request.method or "", self._path, groups, query, self.request.body
        )
        self.set_status(status)
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(json.dumps(value, ensure_ascii=False))

    get = put = post = patch = delete = _do


class _Nothing(_Guarded):
    def prepare(self) -> None:
        super().prepare()
        if not self._finished:
            self._refuse(
                404,
                "There is nothing at this address.",
                "The API has no such path.",
                "See control/routes.py.",
            )


class _Events(_Guarded, tornado.websocket.WebSocketHandler):
    async def open(self, world: str) -> None:
        service: Service = self.settings["service"]
        try:
            async for batch in service.follow(world, int(self.get_query_argument("after", "0"))):
                await self.write_message(json.dumps(batch, ensure_ascii=False))
        except tornado.websocket.WebSocketClosedError:
            return
        except Exception as error:  # told to the client, which is the one who can do something about it
            self.close(4000, str(error)[:100])
            return
        self.close(1000, "the world is closed")
