"""Serves the built book on the Jupyter server's own origin, where its pages can reach a kernel."""

from __future__ import annotations

import base64
import functools
import hashlib
import os
import re
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import web

FOLDER_VARIABLE = "MAILSERVER_LAB_BOOK"
"""Environment variable that names the folder of the built book."""

# Names or addresses with a digest of the content: what they name never changes.
_DIGEST_IN_NAME = re.compile(r"-[A-Z0-9]{8}\.(js|css)$")
_INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)

_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>The book is not built yet</title>
<style>:root {{ color-scheme: light dark; font-family: system-ui }} main {{ max-width: 34rem; margin: 15vh auto; padding: 0 1rem }}</style>
<main>
<h1>{title}</h1>
<p lang="ja">この本のフォルダーで <code>python3 course.py build</code> を実行して、このページを読み込み直してください。</p>
<p>Run <code>python3 course.py build</code> in the folder of this book, then load this page again.</p>
</main></html>
"""


class BookHandler(web.StaticFileHandler, JupyterHandler):  # type: ignore[misc]
    """Pages to readers who are logged in; their style sheets, scripts and fonts to anyone.

    A browser fetches modules and fonts in a mode in which JupyterHub takes them for unauthenticated and would answer
    with redirects without end. They hold nothing that is not in the project's repository.
    """

    def is_page(self, path: str) -> bool:
        """Tell whether `path` names a page, and not something that pages load."""
        return path == "" or path.endswith(("/", ".html"))

    @allow_unauthenticated  # type: ignore[untyped-decorator]
    async def head(self, path: str) -> None:
        """Answer as GET does, without the body."""
        await self.answer(path, include_body=False)

    @allow_unauthenticated  # type: ignore[untyped-decorator]
    async def get(self, path: str, include_body: bool = True) -> None:
        """Answer with the whole of it."""
        await self.answer(path, include_body)

    async def answer(self, path: str, include_body: bool) -> None:
        """Answer with a page or with something that a page loads."""
        if self.is_page(path):
            answered = self.get_page(path, include_body)
            if answered is not None:  # it is None after a redirect to the login
                await answered
        else:
            await super().get(path, include_body)

    @web.authenticated
    async def get_page(self, path: str, include_body: bool) -> None:
        """Answer with a page, and with the cookie that its client must repeat to be allowed to ask for a kernel."""
        _ = self.xsrf_token  # reading it sets the cookie
        if not (Path(self.root) / "index.html").is_file():
            self.set_header("Content-Type", "text/html; charset=utf-8")
            self.set_header("Cache-Control", "no-store")
            self.set_status(503)
            await self.finish(_NOT_BUILT.format(title="まだ本ができていません · The book is not built yet"))
            return
        await web.StaticFileHandler.get(self, path, include_body)

    def check_xsrf_cookie(self) -> None:
        """Nothing here changes anything, so nothing needs to be protected from other sites."""

    def compute_etag(self) -> str | None:
        """Give each file its digest as etag; Jupyter's handlers give none."""
        return web.StaticFileHandler.compute_etag(self)

    def set_extra_headers(self, path: str) -> None:
        """Have pages asked for anew each time (304 mostly), and kept for ever what has a digest in its address."""
        digest = (
            _DIGEST_IN_NAME.search(path) or self.get_argument("v", None) or self.get_argument("digest", None)
        )
        immutable = bool(digest) and not self.is_page(self.request.path)
        self.set_header("Cache-Control", "max-age=31536000, immutable" if immutable else "no-cache")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "same-origin")
        if self.is_page(path):
            self.set_header("Content-Security-Policy", self.page_policy(path))

    def page_policy(self, path: str) -> str:
        """Return the page's content security policy: this origin alone, and the inline scripts that the build wrote."""
        file = self.absolute_path or path
        scripts = " ".join(inline_script_digests(file, Path(file).stat().st_mtime_ns))
        host = self.request.host
        return "; ".join(
            (
                "default-src 'self'",
                # anywidget imports its modules from blobs; the graphs' layout is WebAssembly
                f"script-src 'self' blob: 'wasm-unsafe-eval' {scripts}".rstrip(),
                "style-src 'self' 'unsafe-inline' blob:",
                "img-src 'self' data: blob:",
                "font-src 'self' data:",
                f"connect-src 'self' blob: data: ws://{host} wss://{host}",
                "frame-src 'self' blob: data:",
                "object-src 'none'",
                "base-uri 'self'",
                "form-action 'self'",
                "frame-ancestors 'self'",
            )
        )


@functools.lru_cache(maxsize=256)
def inline_script_digests(file: str, _modified: int) -> tuple[str, ...]:
    """Return the source expressions that allow the inline scripts of a page, and no other inline script."""
    scripts = sorted(set(_INLINE_SCRIPT.findall(Path(file).read_bytes())))
    digests = (base64.b64encode(hashlib.sha256(script).digest()).decode() for script in scripts)
    return tuple(f"'sha256-{digest}'" for digest in digests)


def folder() -> Path:
    """Return the folder of the built book: the one that the environment names, else the one beside the package."""
    beside = Path(__file__).resolve().parents[2] / "build" / "html"
    return Path(os.environ.get(FOLDER_VARIABLE) or beside)


def register(server: Any) -> None:
    """Serve the book at `<base_url>book/`."""
    base = server.web_app.settings["base_url"]
    book = url_path_join(base, "book")
    static = {"path": str(folder()), "default_filename": "index.html"}
    handlers = [
        (re.escape(book), web.RedirectHandler, {"url": book + "/{0}", "permanent": False}),
        (re.escape(book) + "/(.*)", BookHandler, static),
    ]
    server.web_app.add_handlers(".*$", handlers)
    server.log.info("the book is at %s/", book)
