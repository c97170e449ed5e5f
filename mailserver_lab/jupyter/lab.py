"""The lab's life beside the Jupyter server: a thread of its own, its address told to kernels, its API on this origin."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web

from mailserver_lab.control import routes
from mailserver_lab.control.host import LabHost
from mailserver_lab.control.opening import VARIABLE
from mailserver_lab.control.server import BODY_LIMIT

FOLDER = "MAILSERVER_LAB_DIR"
"""The environment variable that names the folder in which the world `main` lives; it is temporary without one."""
_HOST = "mailserver_lab_host"


def register(server: Any) -> None:
    """Add the control API's addresses at `<base_url>mailserver-lab/api/`; they answer once the lab runs."""
    base = url_path_join(server.web_app.settings["base_url"], "mailserver-lab/api/")
    handlers = [(base + path, _Operation, {"path": path}) for path in routes.ROUTES]
    server.web_app.add_handlers(".*$", handlers)


async def start(server: Any) -> None:
    """Start the lab of this server, and tell kernels where it is.

    Called once, on the server's loop, before any kernel can be asked for.
    """
    folder = os.environ.get(FOLDER)
    host = LabHost(Path(folder) if folder else None, main=True)
    await asyncio.get_running_loop().run_in_executor(None, host.start)
    os.environ[VARIABLE] = f"{host.control.door.url} {host.control.door.token}"
    server.web_app.settings[_HOST] = host
    atexit.register(host.stop)  # Jupyter Server has no hook for extensions at its end
    server.log.info("mailserver_lab: the lab runs, its control API at %s", host.control.door.url)


@web.stream_request_body
class _Operation(APIHandler):  # type: ignore[misc]
    """The API for pages of this origin: Jupyter's own login, its XSRF check and its check of Host stand before it.

    The body is read here, because only so the limit can be our own: a Jupyter server's is half a gigabyte.
    """

    SUPPORTED_METHODS = ("GET", "PUT", "POST", "PATCH", "DELETE")

    def initialize(self, path: str) -> None:
        self._path = path
        self._body = bytearray()
        self.request.connection.set_max_body_size(BODY_LIMIT)

    def data_received(self, chunk: bytes) -> None:
        self._body += chunk

    @web.authenticated
    async def _do(self, *groups: str) -> None:
        host: LabHost = self.settings[_HOST]
        query = {key: self.get_query_argument(key) for key in self.request.query_arguments if key != "token"}
        work = routes.answer(
            host.service, self.request.method or "", self._path, groups, query, bytes(self._body)
        )
        status, value = await asyncio.wrap_future(host.submit(work))
        self.set_status(status)
        self.finish(json.dumps(value, ensure_ascii=False))

    get = put = post = patch = delete = _do
