"""The control API as a server of its own, on 127.0.0.1: what kernels and other programs talk to.

Every request needs the token, and a Host header that names this computer: a web page from elsewhere, which a browser may
be made to send here under another name, has neither.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
from typing import Any

import tornado.httpserver
import tornado.web
import tornado.websocket

from ..locale import Problem, Text
from . import routes
from .arguments import bad_request
from .door import PREFIX, Door
from .service import Service

BODY_LIMIT = 64 << 20  # octets: a message with attachments, in base64


class ControlServer:
    """Answers for one lab.

    Args:
        service: what it does.
        door: where; a port of its own where None.
        ping: seconds after which a follower of events that has gone away is noticed.
    """

    def __init__(self, service: Service, *, door: Door | None = None, ping: float = 30) -> None:
        self.service = service
        self.door = door or Door()
        settings: dict[str, Any] = {
            "service": service,
            "token": self.door.token,
            "hosts": {f"{name}:{self.door.port}" for name in ("127.0.0.1", "localhost")},
        }
        handlers: list[Any] = [(f"{PREFIX}{path}", _Operation, {"path": path}) for path in routes.ROUTES]
        handlers.append((f"{PREFIX}{routes.EVENTS}", _Events))
        application = tornado.web.Application(
            handlers,
            default_handler_class=_Nothing,
            log_function=_quiet,
            websocket_ping_interval=ping,
            **settings,
        )
        self._server = tornado.httpserver.HTTPServer(
            application, max_buffer_size=BODY_LIMIT, max_body_size=BODY_LIMIT
        )

    def start(self) -> None:
        """Begin to answer, on the event loop that runs."""
        self._server.add_socket(self.door.socket)

    async def stop(self) -> None:
        """Answer no more, and hang up."""
        self._server.stop()
        await self._server.close_all_connections()


def _quiet(handler: tornado.web.RequestHandler) -> None:
    """Log nothing for each request; the record says what happened."""


class _Guarded(tornado.web.RequestHandler):
    def prepare(self) -> None:
        if self.request.host not in self.settings["hosts"]:
            self._refuse(_wrong_host(self.request.host))
        elif not hmac.compare_digest(self._given_token().encode(), self.settings["token"].encode()):
            self._refuse(_WRONG_TOKEN)

    def _given_token(self) -> str:
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        return token.strip() if scheme.lower() in {"token", "bearer"} else ""

    def _refuse(self, problem: Problem) -> None:
        self.set_status(problem.status)
        lang = self.request.query_arguments.get("lang", [b""])[-1].decode("ascii", "replace")
        self.finish(routes.told(problem, lang))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Tell what tornado itself refuses, or what broke, in the same form as everything else."""
        self._refuse(_trouble(status_code, self._reason))


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
            self._refuse(_NOTHING)


class _Events(_Guarded, tornado.websocket.WebSocketHandler):
    def prepare(self) -> None:
        super().prepare()
        if self._finished:
            return
        try:
            self._after = int(self.get_query_argument("after", "0"))
            self.settings["service"].world(self.path_args[0])
        except ValueError:
            self._refuse(bad_request("after is a number"))
        except Problem as problem:
            self._refuse(problem)

    def open(self, world: str) -> None:
        # tornado reads what the client says, its pongs and its farewell, only when this has returned
        self._following = asyncio.get_running_loop().create_task(self._follow(world))

    def on_close(self) -> None:
        self._following.cancel()

    async def _follow(self, world: str) -> None:
        service: Service = self.settings["service"]
        try:
            async with contextlib.aclosing(service.follow(world, self._after)) as batches:
                async for batch in batches:
                    await self.write_message(json.dumps(batch, ensure_ascii=False))
        except tornado.websocket.WebSocketClosedError:
            return
        except Problem:  # closed between the handshake and now
            pass
        self.close(routes.WORLD_CLOSED, "the world is closed")


_WRONG_TOKEN = Problem(
    Text(ja="トークンがないか、違っています。", en="The token is missing or wrong."),
    Text(ja="ラボを操作できるのは、トークンを知っているプログラムだけです。", en="Only who knows it may control the lab."),
    Text(ja="「Authorization: token …」として送ってください。", en="Send it as 'Authorization: token …'."),
    status=401,
)  # fmt: skip
_NOTHING = Problem(
    Text(ja="このアドレスには何もありません。", en="There is nothing at this address."),
    Text(ja="API にそのようなパスはありません。", en="The API has no such path."),
    Text(ja="control/routes.py の一覧を見てください。", en="See control/routes.py."),
    status=404,
)


def _wrong_host(host: str) -> Problem:
    return Problem(
        Text(ja="ここは、あなたが思っているホストではありません。", en="This is not the host that you think it is."),
        Text(ja=f"Host ヘッダーが {host!r} です。", en=f"The Host header says {host!r}."),
        Text(ja="127.0.0.1 を使ってください。", en="Use 127.0.0.1."),
        status=403,
    )  # fmt: skip


def _trouble(status: int, reason: str) -> Problem:
    do = (
        Text(ja="指示を直してください。", en="Correct the request.")
        if status < 500
        else Text(ja="ラボの記録（ログ）を見てください。", en="See the lab's log.")
    )
    return Problem(
        Text(ja="その指示は実行できませんでした。", en="That could not be done."),
        Text(ja=f"理由：{reason}", en=f"Because: {reason}."),
        do,
        status=status,
    )
