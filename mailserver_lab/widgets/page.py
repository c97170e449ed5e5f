"""Pages of the book in their kernel: what a page opens here ends when the page ends.

One kernel serves the whole book. Each load of a page is a `Page`: a namespace of its own for its cells, and whatever was
made on its behalf: widgets, subscriptions, worlds. The page's client opens one comm for it. When that comm closes, or its
client has not answered for a minute, the page is put away. It is the kernel that asks for a sign of life, not the
client that gives one unasked: browsers slow the timers of hidden tabs down, answers they never delay.

A widget that must be told when its page ends asks for the page::

    page = current_page()
    if page is not None:
        page.on_close(subscription.cancel)
"""

from __future__ import annotations

import ast
import asyncio
import builtins
import contextlib
import inspect
import linecache
import sys
import traceback
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from types import CodeType, TracebackType
from typing import Any

from comm import get_comm_manager
from IPython.core.getipython import get_ipython
from IPython.display import display
from ipywidgets import Widget

TARGET = "mailserver_lab.page"
"""Name of the comm target, and key of the page's id in the metadata of each message that its client sends."""

ASK_EVERY = 20.0
SILENCE = 60.0
GOODBYE = 2.0

_running: ContextVar[Page | None] = ContextVar("mailserver_lab_page", default=None)


class Page:
    """One load of one page: a namespace for its cells, and everything that ends with it."""

    def __init__(
        self, page_id: str, show: Callable[[object], None], fail: Callable[[list[str]], None]
    ) -> None:
        self.id = page_id
        self.namespace: dict[str, Any] = {"__name__": "__page__", "__builtins__": builtins}
        self._show = show
        self._fail = fail
        self._closing: list[Callable[[], object]] = []
        self._widgets: list[Any] = []
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._farewells: set[asyncio.Task[None]] = set()
        self._files: set[str] = set()
        self.closed = False

    def on_close(self, callback: Callable[[], object]) -> None:
        """Have `callback` called when the page ends, the latest first; one that returns an awaitable is awaited."""
        self._closing.append(callback)

    def adopt(self, widget: Any) -> None:
        """Close `widget` when the page ends."""
        self._widgets.append(widget)

    def run(self, cell: int, source: str, done: Callable[[], None]) -> None:
        """Run a cell in the page's namespace; `done` is called when it has ended, however it ended.

        A cell that awaits goes on as a task, so that neither other pages nor this page's widgets wait for it.
        """
        token = _running.set(self)
        try:
            codes = self._compiled(cell, source)
            if any(code.co_flags & inspect.CO_COROUTINE for code in codes):
                self.stop(cell)
                task = asyncio.get_running_loop().create_task(self._waiting(codes, done))
                self._tasks[cell] = task
                task.add_done_callback(lambda ended: self._forget(cell, ended))
                return
            value = None
            for code in codes:
                value = eval(code, self.namespace)
            if value is not None:
                self._show(value)
        except BaseException as error:  # a cell may raise anything; the kernel goes on
            self._fail(told(error))
        finally:
            _running.reset(token)
        done()

    def stop(self, cell: int) -> None:
        """Cancel the cell's task, if it waits in one."""
        if task := self._tasks.get(cell):
            task.cancel()

    def close(self) -> None:
        """End the page: its callbacks, widgets, tasks and namespace, whatever one of them may raise."""
        if self.closed:
            return
        self.closed = True
        for task in self._tasks.values():
            task.cancel()
        for callback in reversed(self._closing):
            self._farewell(callback)
        for widget in reversed(self._widgets):
            self._farewell(widget.close)
        for name in self._files:
            linecache.cache.pop(name, None)
        self._closing.clear()
        self._widgets.clear()
        self.namespace.clear()

    def _compiled(self, cell: int, source: str) -> list[CodeType]:
        """Compile all but the last expression, and that one apart: its value is what the cell shows."""
        name = f"<cell {cell} of {self.id[:8]}>"
        self._files.add(name)
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        tree = ast.parse(source, name)
        last = tree.body[-1] if tree.body else None
        parts: list[tuple[ast.Module | ast.Expression, str]] = [(tree, "exec")]
        if isinstance(last, ast.Expr):
            tree.body.pop()
            parts.append((ast.Expression(last.value), "eval"))
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        return [compile(part, name, mode, flags=flags, dont_inherit=True) for part, mode in parts]

    async def _waiting(self, codes: Iterable[CodeType], done: Callable[[], None]) -> None:
        try:
            value = None
            for code in codes:
                value = eval(code, self.namespace)
                if code.co_flags & inspect.CO_COROUTINE:
                    value = await value
            if value is not None:
                self._show(value)
        except asyncio.CancelledError:
            if not self.closed:
                self._fail(["CancelledError"])
        except Exception as error:
            self._fail(told(error))
        finally:
            if not self.closed:
                done()

    def _forget(self, cell: int, task: asyncio.Task[None]) -> None:
        if self._tasks.get(cell) is task:
            del self._tasks[cell]

    def _farewell(self, callback: Callable[[], object]) -> None:
        """Call one clean-up; its failure must not keep the others from running, and nobody is left to read of it."""
        try:
            result = callback()
        except Exception:
            traceback.print_exc()
            return
        if inspect.isawaitable(result):
            task = asyncio.ensure_future(_awaited(result))
            self._farewells.add(task)  # a task that nobody holds may be collected before it has run
            task.add_done_callback(self._farewells.discard)


class Pages:
    """All open pages of a kernel, each with the comm of its client."""

    def __init__(
        self, *, ask_every: float = ASK_EVERY, silence: float = SILENCE, goodbye: float = GOODBYE
    ) -> None:
        self._pages: dict[str, Page] = {}
        self._ask_every = ask_every
        self._silence = silence
        self._goodbye = goodbye
        self._watches: dict[str, asyncio.Task[None]] = {}

    def __contains__(self, page_id: str) -> bool:
        return page_id in self._pages

    def __len__(self) -> int:
        return len(self._pages)

    def get(self, page_id: str) -> Page | None:
        """Return an open page."""
        return self._pages.get(page_id)

    def open(self, comm: Any, message: dict[str, Any]) -> None:
        """Open the page that a client asks for by opening `comm`. This is the comm target."""
        page_id = str(message["content"]["data"]["page"])
        page = Page(page_id, _show, _fail)
        self._pages[page_id] = page
        signs = _Signs()

        def receive(received: dict[str, Any]) -> None:
            data = received["content"]["data"]
            if "leaving" in data:
                signs.leaving.set()
                return
            signs.heard.set()
            if "run" in data:
                cell = int(data["run"])
                page.run(cell, str(data["source"]), lambda: comm.send({"done": cell}))
            elif "stop" in data:
                page.stop(int(data["stop"]))
            elif "ask" in data:
                comm.send({"answer": True})

        comm.on_msg(receive)
        comm.on_close(lambda _message: self.close(page_id))
        comm.send({"opened": page_id})
        watch = asyncio.get_running_loop().create_task(self._watch(page_id, comm, signs))
        self._watches[page_id] = watch

    def close(self, page_id: str) -> None:
        """Put a page away."""
        if watch := self._watches.pop(page_id, None):
            watch.cancel()
        if page := self._pages.pop(page_id, None):
            page.close()

    async def _watch(self, page_id: str, comm: Any, signs: _Signs) -> None:
        """Ask the client for a sign of life, and put its page away when none has come for too long.

        A client that says it may be leaving is asked at once. Its last word, that it has left, often gets lost: the
        Jupyter server drops what it has not passed on when the page's line closes.
        """
        loop = asyncio.get_running_loop()
        latest = loop.time()
        count = 0
        while loop.time() - latest < self._silence:
            count += 1
            leaving = signs.leaving.is_set()
            signs.leaving.clear()
            signs.heard.clear()
            comm.send({"ping": count})
            if leaving:
                await asyncio.sleep(self._goodbye)
                if not signs.heard.is_set():
                    break
            else:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(signs.leaving.wait(), self._ask_every)
            if signs.heard.is_set():
                latest = loop.time()
        comm.close()
        del self._watches[page_id]  # this very task: it must not be cancelled by what it calls
        self.close(page_id)


class _Signs:
    """What a page's client lets the kernel know of its life."""

    def __init__(self) -> None:
        self.heard = asyncio.Event()
        self.leaving = asyncio.Event()


pages = Pages()
"""The pages of this process, which is the book's kernel."""


def install() -> None:
    """Let clients open pages in this kernel. Every page asks for it first; once is enough."""
    get_comm_manager().register_target(TARGET, pages.open)
    Widget.on_widget_constructed(_adopt)


def current_page() -> Page | None:
    """Return the page on whose behalf code runs now; None outside of a page, as in a notebook or a test.

    A cell and its tasks know their page. The callback of a widget runs for the message that called it, and every message
    of a page's client names its page.
    """
    page = _running.get()
    if page is not None:
        return page
    kernel = getattr(get_ipython(), "kernel", None)
    parent = kernel.get_parent() if kernel is not None else None
    return pages.get((parent or {}).get("metadata", {}).get(TARGET, ""))


def told(error: BaseException) -> list[str]:
    """Return the lines of a traceback as its reader needs them: from their own cell on."""
    here: TracebackType | None = error.__traceback__
    while here is not None and here.tb_frame.f_code.co_filename == __file__:
        here = here.tb_next
    if isinstance(error, SyntaxError):
        here = None
    return "".join(traceback.format_exception(type(error), error, here)).rstrip().splitlines()


async def _awaited(result: Any) -> None:
    await result


def _adopt(widget: Any) -> None:
    page = current_page()
    if page is not None:
        page.adopt(widget)


def _show(value: object) -> None:
    display(value)


def _fail(lines: list[str]) -> None:
    """Send a cell's error to the cell, in the form in which kernels send errors."""
    kernel = get_ipython().kernel
    name, _, text = lines[-1].partition(": ")
    sys.stdout.flush()  # what was printed before the error stands before it
    content = {"ename": name, "evalue": text, "traceback": lines}
    kernel.send_response(kernel.iopub_socket, "error", content)
