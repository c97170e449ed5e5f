"""The bench: an experiment on a page. It joins the panels to a session and knows no more than their names.

What the reader does comes from a panel as a message, starts a coroutine of the session, and returns. What changes in
the session comes back through `on_change`, and all panels are shown anew, once for changes that come together.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

from ..control import open_lab
from ..experiments import BadInput, Experiment, Session, experiment
from ..experiments.addresses import BODY_LIMIT, TooLarge
from ..locale import Lang, Problem
from . import attaching, strings
from .breaking import DEEDS
from .clock import STEPS
from .device import Device
from .legible import legible
from .page import current_page
from .panel import Content, Panel
from .panels import Panels
from .tasks import Tasks

log = logging.getLogger(__name__)

Opener = Callable[[Experiment, Lang], Awaitable[Session]]


async def open_session(trial: Experiment, lang: Lang) -> Session:
    """A session in a fresh world."""
    return await Session.start(trial, await open_lab(trial.world, lang=lang), lang)


def bench(experiment_id: str, lang: Lang = "ja") -> Bench:
    """The bench of one experiment, for display in a cell. It opens a world of its own.

    Args:
        experiment_id: which experiment, `user-unknown` for one.
        lang: the language that the page is in.
    """
    made = Bench(experiment(experiment_id), lang)
    if page := current_page():
        page.on_close(made.end)
    made.open()
    return made


class Bench:
    """The panels of one experiment and the session behind them.

    It has a widget and is none: a widget's own names (`open`, `send`, `close` …) would mean other things here.

    Args:
        trial: the experiment.
        lang: the language of everything on the bench.
        opener: opens the session.
    """

    def __init__(self, trial: Experiment, lang: Lang, opener: Opener = open_session) -> None:
        self.trial = trial
        self.session: Session | None = None
        self._lang: Lang = lang
        self._opener = opener
        self._tasks = Tasks(self._failed)
        self._refresh_due = False
        self._hints_shown = 0
        self._hints: list[str] = []
        self._deleting: set[int] = set()
        self._attaching = 0
        self._begun = asyncio.Event()  # what is done while the bench starts over is done in the new world
        self._begun.set()
        self._writing = asyncio.Lock()  # what is attached, set or broken before Send is so for the message
        self.panels = Panels(trial, lang)
        self._pieces = attaching.Pieces(self.panels.compose)
        self._turns = {name: asyncio.Lock() for name in self.panels.consoles}
        self._listen()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.panels.view._repr_mimebundle_(**kwargs)

    def _listen(self) -> None:
        """Each thing that the reader can do, and what it starts."""
        panels = self.panels
        panels.frame.when("hint", lambda _: self._hint())
        panels.frame.when("restart", lambda _: self._start_over())
        panels.frame.when("retry", lambda _: self.open())
        self._on(panels.predict, self._predict, "predict")
        self._on(panels.compose, self._send, "send")
        if self.trial.samples:
            self._on(panels.compose, self._attach, *attaching.KINDS)
        for name, console in panels.consoles.items():
            self._on(console, partial(self._connect, name), "connect")
            self._on(console, partial(self._say, name), "say")
            self._on(console, partial(self._hang_up, name), "hang-up")
        self._on(panels.switch, self._turn, "turn")
        self._on(panels.breaking, self._break, *DEEDS)
        self._on(panels.clock, self._advance, "advance")
        self._on(panels.sign_in, self._sign_in, "sign-in")
        self._on(panels.waiting, self._wait, "wait")
        self._on(panels.device, self._fetch, "fetch")
        self._on(panels.other_device, self._fetch_other, "fetch")
        self._on(panels.other_device, self._delete_other, "delete")
        for device in panels.devices:
            self._on(device, partial(self._read, device), "open")
            device.when("shut", lambda _: self._shut())
        self._on(panels.letter, self._reply, "reply")
        panels.letter.when("shut", lambda _: self._shut())

    def _on(
        self, panel: Panel | None, work: Callable[[Content], Coroutine[Any, Any, None]], *kinds: str
    ) -> None:
        """Start some work when the reader does one of these things on a panel, where the bench has it."""
        if panel is not None:
            for kind in kinds:
                panel.when(kind, lambda content: self._start(work(content)))

    # -- the session's life

    def open(self) -> None:
        """Open a session; the panels are quiet until it is there. One that has lost its world is left behind."""
        self.panels.frame.problem = {}
        self._tasks.spawn(self._open())

    async def _open(self) -> None:
        await self._leave()
        session = await self._opener(self.trial, self._lang)
        self.session = session
        session.on_change = self._changed
        self.panels.compose.upload = attaching.upload_path(session.world.name, self.trial.draft.device)
        for panel in self.panels.at_work:
            panel.ready = True
        self._refresh()

    async def end(self) -> None:
        """End the session and its world, and whatever is under way in it."""
        self._tasks.cancel()
        await self._leave()

    async def _leave(self) -> None:
        if self.session is not None:
            session, self.session = self.session, None
            session.on_change = lambda: None
            self.panels.predict.ready = False
            for panel in self.panels.at_work:
                panel.ready = False
            await session.close()

    async def settle(self) -> None:
        """Wait until everything that the reader has asked for is done."""
        await self._tasks.settle()
        await asyncio.sleep(0)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        if self.session is None:
            work.close()
            return
        self.panels.frame.show(problem={}, notice="")
        self._tasks.spawn(self._in_turn(work))

    async def _in_turn(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await self._begun.wait()
            if self.session is not None:  # it may have been lost while the bench started over
                await work
        finally:
            work.close()

    def _start_over(self) -> None:
        if self.session is not None and self._begun.is_set():  # pressed twice is once
            self._begun.clear()
            self.panels.frame.show(problem={}, notice="")
            self._tasks.spawn(self._restart())

    def _failed(self, trouble: Exception) -> None:
        self.panels.frame.problem = {
            **self._told(trouble),
            "retry": self.session is None or isinstance(trouble, OSError),
        }

    def _told(self, trouble: Exception) -> dict[str, str]:
        """The trouble in the reader's language."""
        if isinstance(trouble, Problem):
            return trouble.as_json(self._lang)
        # a warning would stand on the page, below the bench
        log.info("the bench of %s", self.trial.id, exc_info=trouble)
        if self.session is None or isinstance(trouble, OSError):  # so are ConnectionError and TimeoutError
            return strings.said(strings.NO_LAB, self._lang)
        told = strings.said(strings.UNEXPECTED, self._lang)
        return {**told, "why": told["why"].format(kind=type(trouble).__name__)}

    # -- what the reader does

    async def _predict(self, content: Content) -> None:
        assert self.session
        await self.session.predict(str(content.get("choice", "")))

    async def _turn(self, content: Content) -> None:
        session, switch = self.session, self.panels.switch
        assert session
        assert switch
        try:
            async with self._writing:
                await session.turn(str(content.get("choice", "")))
        finally:
            switch.chosen = session.switched
            switch.send_state("chosen")  # also where it is as before: the page shows what was clicked

    async def _break(self, content: Content) -> None:
        session, panel = self.session, self.panels.breaking
        assert session
        assert session.breaking
        assert panel
        if panel.busy:
            return
        panel.show(busy=True, problem={}, said="")
        try:
            async with self._writing:
                await panel.act(session.breaking, content)
            panel.view(session.breaking)  # while it is busy: the reader knows of this change
        except BadInput as trouble:  # told beside the field that it is about
            panel.problem = {**self._told(trouble), "field": trouble.field}
        finally:
            panel.busy = False

    async def _advance(self, content: Content) -> None:
        session, clock, seconds = self.session, self.panels.clock, content.get("seconds")
        assert session
        assert clock
        if seconds in STEPS and not clock.busy:
            clock.busy = True
            try:
                await session.advance(float(seconds))
            finally:
                clock.busy = False

    async def _sign_in(self, content: Content) -> None:
        session, panel = self.session, self.panels.sign_in
        assert session
        assert panel
        if panel.busy:
            return
        panel.show(busy=True, problem={}, said={})
        try:
            password, protocol = (str(content.get(name, "")) for name in ("password", "protocol"))
            panel.said = {"refused": legible(await session.sign_in(password, protocol), 200)}
        except Problem as trouble:  # told beside the field that it is about
            panel.problem = self._told(trouble)
        finally:
            panel.busy = False

    async def _wait(self, content: Content) -> None:
        session, panel = self.session, self.panels.waiting
        assert session
        assert panel
        if not panel.busy:
            panel.busy = True
            try:
                await session.wait(content.get("on") is True)
            finally:
                panel.busy = False

    async def _send(self, content: Content) -> None:
        session = self.session
        assert session
        if self.panels.compose.busy:
            return
        self.panels.compose.show(busy=True, problem={})
        to, subject, body = (str(content.get(name, "")) for name in ("to", "subject", "body"))
        try:
            async with self._writing:
                await session.send(to, subject, body)
        except Exception as trouble:  # told beside the button that was pressed
            if not self._begun.is_set():
                return  # it went to a world that is no more
            too_large = isinstance(trouble, TooLarge) or len(body) > BODY_LIMIT
            field = "to" if not too_large else "files" if session.attachments.items else "body"
            self.panels.compose.problem = {**self._told(trouble), "field": field}
        finally:
            self.panels.compose.busy = False

    async def _connect(self, name: str, content: Content) -> None:
        session, place = self.session, content.get("place")
        assert session
        places = session.consoles[name].hand.places
        if isinstance(place, int) and place in range(len(places)) and not self.panels.consoles[name].busy:
            await self._talking(name, lambda: session.dial(name, place))

    async def _say(self, name: str, content: Content) -> None:
        session, text = self.session, str(content.get("text", ""))
        assert session
        await self._talking(name, lambda: session.say(text, name))

    async def _hang_up(self, name: str, _content: Content) -> None:
        assert self.session
        await self.session.hang_up(name)

    async def _talking(self, name: str, talk: Callable[[], Awaitable[None]]) -> None:
        """Let a console do something that has an answer: one thing after the other. Trouble is told on it."""
        panel = self.panels.consoles[name]
        panel.busy = True
        async with self._turns[name]:
            panel.show(busy=True, problem={})
            try:
                await talk()
            except Exception as trouble:
                panel.problem = self._told(trouble)
            finally:
                panel.busy = False

    async def _attach(self, content: Content) -> None:
        session = self.session
        assert session
        self._attaching += 1
        self.panels.compose.show(attaching=True, problem={})
        try:
            async with self._writing:
                await attaching.act(session.attachments, content, self._pieces)
        except Exception as trouble:  # told in the form, beside what it is about
            self.panels.compose.problem = {**self._told(trouble), "field": "files"}
        finally:
            self._attaching -= 1
            self.panels.compose.attaching = self._attaching > 0
            self._refresh()

    async def _fetch(self, _content: Content) -> None:
        assert self.session
        await self._fetching(self.panels.device, self.session.fetch)

    async def _fetch_other(self, _content: Content) -> None:
        assert self.session
        assert self.panels.other_device
        await self._fetching(self.panels.other_device, self.session.fetch_other)

    async def _delete_other(self, content: Content) -> None:
        assert self.session
        assert self.panels.other_device
        uid = int(content.get("uid", 0))
        if uid not in self._deleting:  # pressed twice is deleted once
            self._deleting.add(uid)
            try:
                await self.session.delete_other(uid)
            finally:
                self._deleting.discard(uid)

    @staticmethod
    async def _fetching(device: Device, fetch: Callable[[], Awaitable[None]]) -> None:
        """Let a device fetch, unless it is at it already."""
        if not device.busy:
            device.busy = True
            try:
                await fetch()
            finally:
                device.busy = False

    async def _read(self, device: Device, content: Content) -> None:
        assert self.session
        opens = self.session.open_message if device is self.panels.device else self.session.open_other
        reading = await opens(int(content.get("uid", 0)))
        for one in self.panels.devices:  # one letter lies open at a time
            one.opened = reading.uid if one is device else 0
        self.panels.letter.replies = self.trial.replies and device is self.panels.device
        self.panels.letter.read(reading)

    async def _reply(self, content: Content) -> None:
        assert self.session
        self.panels.compose.fill(await self.session.reply(int(content.get("uid", 0))))

    def _shut(self) -> None:
        self.panels.letter.shut()
        for device in self.panels.devices:
            device.opened = 0

    async def _restart(self) -> None:
        assert self.session
        # the forms first: what is written after the press is not overwritten when the new world is there
        self.panels.compose.restore()
        if self.panels.sign_in:
            self.panels.sign_in.restore()
        self._shut()
        try:
            await self.session.reset()
            async with self._writing:  # what was on its way into the old world has come to its end
                pass
        finally:
            if self.panels.breaking:
                self.panels.breaking.restore()
            self._begun.set()
        self._hints_shown = 0
        self.panels.frame.notice = strings.FRAME["again"][self._lang]
        self._refresh()

    def _hint(self) -> None:
        """One more hint, or none at all after the last."""
        if self.session is not None:
            hints = self._fresh_hints(self.session)
            self._hints_shown = (self._hints_shown + 1) % (len(hints) + 1)
            self._show_hints()

    def _fresh_hints(self, session: Session) -> list[str]:
        hints = [text[self._lang] for text in session.hints()]
        if hints != self._hints:  # the situation is another one: those given so far do not fit it any more
            self._hints, self._hints_shown = hints, 0
        return hints

    def _show_hints(self) -> None:
        shown = self._hints[: self._hints_shown]
        self.panels.frame.show(hints=shown, more=len(shown) < len(self._hints))

    # -- what the session shows

    def _changed(self) -> None:
        """Something changed: show it soon, for a change seldom comes alone."""
        if not self._refresh_due:
            self._refresh_due = True
            asyncio.get_running_loop().call_soon(self._refresh)

    def _refresh(self) -> None:
        self._refresh_due = False
        session = self.session
        if session is None:
            return
        self._fresh_hints(session)
        self._show_hints()
        self.panels.show(session)
        breaking = self.panels.breaking
        if breaking and session.breaking and self._begun.is_set():  # a world that goes mends nothing
            breaking.view(session.breaking)
        if session.lost:
            self._failed(ConnectionError("the record is no longer followed"))
