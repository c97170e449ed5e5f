"""The reader's own copies of the lab notebooks, in `work/` of the folder that JupyterLab shows.

The notebooks that come with the book stay as they are. A reader works in a copy, which is made once and then theirs:
starting over keeps it beside the new one, under a number.
"""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web

from mailserver_lab.control.routes import told
from mailserver_lab.locale import Problem, Text

_ROUTE = r"mailserver-lab/notebooks/(ja|en)/([a-z0-9-]{1,64})"
_FOLDER = "work"

ORIGINALS = Path(__file__).resolve().parents[2] / "labs"
"""The folder of the notebooks that come with the book."""


class WorkingCopy:
    """A reader's copy of one notebook.

    Args:
        root: the folder that JupyterLab shows.
        original: the notebook that comes with the book.
    """

    def __init__(self, root: Path, original: Path) -> None:
        self._root, self._original = root, original
        self.path = PurePosixPath(_FOLDER, original.parent.name, original.name)

    @property
    def exists(self) -> bool:
        """Whether the reader has begun."""
        return self._here.exists()

    @property
    def _here(self) -> Path:
        return self._root / self.path

    def make(self) -> None:
        """Make the copy; one that is there is left as it is."""
        if not self.exists:
            self._here.parent.mkdir(parents=True, exist_ok=True)
            unfinished = self._here.with_suffix(".new")
            unfinished.write_bytes(self._original.read_bytes())
            unfinished.replace(self._here)  # never half a notebook, even on a full disk

    def renew(self) -> PurePosixPath | None:
        """Put a fresh copy in the place of the reader's; return where theirs is kept."""
        kept = None
        if self.exists:
            names = (self.path.with_suffix(f".{number}.ipynb") for number in itertools.count(1))
            kept = next(name for name in names if not (self._root / name).exists())
            self._here.rename(self._root / kept)
        self.make()
        return kept


class _Notebook(APIHandler):  # type: ignore[misc]
    """GET: where a reader's copy is, or would be. PUT: make it where it is missing. POST: start over."""

    @web.authenticated
    async def get(self, lang: str, name: str) -> None:
        await self._answer(lang, name)

    @web.authenticated
    async def put(self, lang: str, name: str) -> None:
        await self._answer(lang, name)

    @web.authenticated
    async def post(self, lang: str, name: str) -> None:
        await self._answer(lang, name)

    async def _answer(self, lang: str, name: str) -> None:
        """Do what the method asks for, and tell where the copy is now."""
        try:
            answer = await self._do(self._copy(lang, name))
        except Problem as problem:
            self.set_status(problem.status)
            answer = told(problem, lang)
        self.finish(json.dumps(answer, ensure_ascii=False))

    def _copy(self, lang: str, name: str) -> WorkingCopy:
        original = ORIGINALS / lang / f"{name}.ipynb"
        if not original.is_file():
            raise Problem(
                Text(ja=f"ノートブック {name} はありません。", en=f"There is no notebook {name}."),
                Text(ja="この本には含まれていません。", en="It is not one of this book's."),
                Text(ja="本のページを読み込み直してください。", en="Load the book's page again."),
                status=404,
            )
        return WorkingCopy(Path(self.contents_manager.root_dir), original)

    async def _do(self, copy: WorkingCopy) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        try:
            if self.request.method == "PUT":
                copy.make()
            elif self.request.method == "POST":
                kept = copy.renew()
                answer["kept"] = str(kept) if kept else None
                await self._end_kernels(str(copy.path))
        except OSError as error:
            raise Problem(
                Text(ja="ノートブックを用意できませんでした。", en="The notebook could not be put in place."),
                Text(
                    ja=f"{copy.path} に書き込めません（{error.strerror}）。",
                    en=f"{copy.path} cannot be written ({error.strerror}).",
                ),
                Text(
                    ja="ディスクの空きと、フォルダーの書き込み権限を確かめて、もう一度お試しください。",
                    en="Check the free space and the permissions of that folder, then try again.",
                ),
                status=500,
            ) from error
        url = url_path_join(self.base_url, "lab/tree", quote(str(copy.path)))
        return answer | {"path": str(copy.path), "exists": copy.exists, "url": url}

    async def _end_kernels(self, path: str) -> None:
        """Let a fresh notebook begin with a fresh kernel: the old one remembers the old answers."""
        for session in await self.session_manager.list_sessions():
            if session["path"] == path:
                await self.session_manager.delete_session(session["id"])


def register(server: Any) -> None:
    """Answer at `<base_url>mailserver-lab/notebooks/<language>/<name>`."""
    base = re.escape(server.web_app.settings["base_url"])
    server.web_app.add_handlers(".*$", [(base + _ROUTE, _Notebook)])
