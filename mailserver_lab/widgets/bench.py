"""The bench: an experiment on a page. It joins the panels to a session and knows no more than their names.

What the reader does comes from a panel as a message, starts a coroutine of the session, and returns. What changes in
the session comes back through `on_change`, and all panels are shown anew, once for changes that come together.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import ipywidgets

from ..control import open_lab
from ..experiments import BadInput, Experiment, Session, experiment
from ..experiments.addresses import BODY_LIMIT, TooLarge
from ..locale import Lang, Problem
from . import attaching, strings
from .breaking import DEEDS, Breaking
from .clock import STEPS, Clock
from .compared import Compared
from .compose import Compose
from .console import Console
from .device import Device
from .dialogue import Dialogue
from .frame import Frame
from .legible import legible
from .letter import Letter
from .mailbox import Mailbox
from .map import Map
from .next import Next
from .page import current_page
from .panel import Content, Panel
from .predict import Predict
from .signin import SignIn
from .switch import Switch
from .tasks import Tasks
from .waiting import Waiting

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
    """The panels of one experiment and the session behind them. `view` is what is displayed.

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
        self.frame = Frame(
            lang, strings.FRAME, experiment=trial.id, title=trial.title[lang], group=strings.GROUPS[trial.group][lang]
        )  # fmt: skip
        self.predict = Predict(lang, strings.PREDICT, question=trial.question[lang], options=self._options())
        self.compose = Compose(
            lang, {**strings.COMPOSE, **strings.ATTACH}, draft=self._draft(), samples=self._samples()
        )
        self._pieces = attaching.Pieces(self.compose)
        by_hand = bool(trial.consoles)
        sends_by_hand = any(place.protocol == "smtp" for hand in trial.consoles for place in hand.places)
        self.map = Map(lang, strings.MAP_BY_HAND if sends_by_hand else strings.MAP)
        said = strings.DIALOGUE_BY_HAND if sends_by_hand else strings.DIALOGUE
        self.dialogue = Dialogue(lang, strings.DIALOGUE_TALK if trial.talk_alone else said)
        self.mailbox = Mailbox(lang, strings.MAILBOX, hides=by_hand)
        self.device = Device(lang, strings.DEVICE)
        self.letter = Letter(lang, strings.LETTER)
        self.next = Next(lang, strings.NEXT)
        self.consoles = {
            hand.id: Console(lang, strings.CONSOLE, title=hand.title[lang] if hand.title else "")
            for hand in trial.consoles
        }
        self._turns = {name: asyncio.Lock() for name in self.consoles}
        writing = [*([] if sends_by_hand else [self.compose]), *self.consoles.values()]
        self.other_mailbox = Mailbox(lang, strings.MAILBOX) if trial.other else None
        self.other_device = self._other_device()
        self.sign_in = SignIn(lang, strings.SIGN_IN, trial.password) if trial.inbox == "signs-in" else None
        self.waiting = Waiting(lang, strings.WAITING) if trial.inbox == "waits" else None
        beside = self._beside()
        side = [ipywidgets.VBox(beside).add_class("mb-side")] if beside else []
        evidence = ipywidgets.Box([self.dialogue, *side]).add_class("mb-evidence")
        # who types line by line wants to see the next move beside the line
        panels = [self.frame, self.predict, *writing, *([self.next] if by_hand else [])]
        panels += [evidence] if trial.talk_alone else [self.map, evidence, self.letter]
        panels += [] if by_hand else [self.next]
        self.switch = Switch(lang, strings.SWITCH, trial.switch) if trial.switch else None
        if self.switch:
            panels.insert(panels.index(writing[0]), self.switch)
        self.breaking = Breaking(lang, trial.breaks) if trial.breaks else None
        if self.breaking:
            panels.insert(panels.index(writing[0]), self.breaking)
        self.compared = Compared(lang, trial.switch) if trial.compares and trial.switch else None
        if self.compared:
            panels.insert(panels.index(self.next), self.compared)
        self.clock = Clock(lang, strings.CLOCK) if trial.clock else None
        if self.clock:
            panels.insert(panels.index(self.map), self.clock)
        if self.other_mailbox and trial.inbox == "fetches":
            pair = [panel for panel in (self.other_mailbox, self.other_device) if panel]
            others = ipywidgets.Box(pair).add_class("mb-evidence")
            panels.insert(
                panels.index(self.next if by_hand else self.letter) + 1, others.add_class("mb-others")
            )
        self.view = ipywidgets.VBox(panels).add_class("mail-bench")
        self._listen()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.view._repr_mimebundle_(**kwargs)

    def _other_device(self) -> Device | None:
        """The other person's device, where they have one."""
        trial = self.trial
        if "/" not in (trial.other or ""):
            return None
        signs_in = trial.inbox == "signs-in"
        texts = {**strings.DEVICE, "empty": strings.SIGN_IN["empty"]} if signs_in else strings.DEVICE
        return Device(self._lang, texts, deletes=trial.other_deletes, fetches=not signs_in)

    def _beside(self) -> list[Panel]:
        """What stands beside the record: where the mail lies that the experiment is about."""
        if self.trial.talk_alone:
            return []
        if self.trial.inbox != "fetches":
            acting = [self.other_mailbox, self.sign_in, self.waiting, self.other_device]
            return [panel for panel in acting if panel]
        return [self.mailbox] if self.trial.consoles else [self.mailbox, self.device]

    def _options(self) -> list[dict[str, str]]:
        return [{"id": one.id, "label": one.label[self._lang]} for one in self.trial.predictions]

    def _draft(self) -> dict[str, str]:
        draft = self.trial.draft
        return {"to": draft.to, "subject": draft.subject[self._lang], "body": draft.body[self._lang]}

    def _samples(self) -> list[dict[str, str]]:
        return [{"id": one, "label": strings.SAMPLES[one][self._lang]} for one in self.trial.samples]

    def _listen(self) -> None:
        """Each thing that the reader can do, and what it starts."""
        self.frame.when("hint", lambda _: self._hint())
        self.frame.when("restart", lambda _: self._start_over())
        self.frame.when("retry", lambda _: self.open())
        self.predict.when("predict", lambda content: self._start(self._predict(content)))
        self.compose.when("send", lambda content: self._start(self._send(content)))
        for kind in attaching.KINDS if self.trial.samples else ():
            self.compose.when(kind, lambda content: self._start(self._attach(content)))
        for name in self.consoles:
            self._listen_to(name)
        self.device.when("fetch", lambda _: self._start(self._fetch()))
        self.device.when("open", lambda content: self._start(self._read(self.device, content)))
        self.device.when("shut", lambda _: self._shut())
        self.letter.when("shut", lambda _: self._shut())
        self.letter.when("reply", lambda content: self._start(self._reply(content)))
        if self.switch is not None:
            self.switch.when("turn", lambda content: self._start(self._turn(content)))
        if self.breaking is not None:
            for kind in DEEDS:
                self.breaking.when(kind, lambda content: self._start(self._break(content)))
        if self.clock is not None:
            self.clock.when("advance", lambda content: self._start(self._advance(content)))
        if self.sign_in is not None:
            self.sign_in.when("sign-in", lambda content: self._start(self._sign_in(content)))
        if self.waiting is not None:
            self.waiting.when("wait", lambda content: self._start(self._wait(content)))
        if self.other_device is not None:
            self.other_device.when("fetch", lambda _: self._start(self._fetch_other()))
            other = self.other_device
            other.when("open", lambda content: self._start(self._read(other, content)))
            other.when("shut", lambda _: self._shut())
            self.other_device.when("delete", lambda content: self._start(self._delete_other(content)))

    def _listen_to(self, name: str) -> None:
        console = self.consoles[name]
        console.when("connect", lambda content: self._start(self._connect(name, content)))
        console.when("say", lambda content: self._start(self._say(name, content)))
        console.when("hang-up", lambda _: self._start(self._hang_up(name)))

    # -- the session's life

    def open(self) -> None:
        """Open a session; the panels are quiet until it is there. One that has lost its world is left behind."""
        self.frame.problem = {}
        self._tasks.spawn(self._open())

    async def _open(self) -> None:
        await self._leave()
        session = await self._opener(self.trial, self._lang)
        self.session = session
        session.on_change = self._changed
        self.compose.upload = attaching.upload_path(session.world.name, self.trial.draft.device)
        for panel in self._at_work():
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
            self.predict.ready = False
            for panel in self._at_work():
                panel.ready = False
            await session.close()

    def _at_work(
        self,
    ) -> list[Frame | Compose | Device | Switch | Breaking | Clock | Console | SignIn | Waiting]:
        """The panels that are ready as long as there is a session."""
        some = [self.other_device, self.switch, self.breaking, self.clock, self.sign_in, self.waiting]
        panels = [self.frame, self.compose, self.device, *self.consoles.values()]
        return [*panels, *(panel for panel in some if panel)]

    async def settle(self) -> None:
        """Wait until everything that the reader has asked for is done."""
        await self._tasks.settle()
        await asyncio.sleep(0)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        if self.session is None:
            work.close()
            return
        self.frame.show(problem={}, notice="")
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
            self.frame.show(problem={}, notice="")
            self._tasks.spawn(self._restart())

    def _failed(self, trouble: Exception) -> None:
        self.frame.problem = {
            **self._told(trouble),
            "retry": self.session is None or isinstance(trouble, OSError),
        }

    def _told(self, trouble: Exception) -> dict[str, str]:
        """The trouble in the reader's language."""
        if isinstance(trouble, Problem):
            return trouble.as_json(self._lang)
        log.info(
            "the bench of %s", self.trial.id, exc_info=trouble
        )  # a warning would stand on the page, below the bench
        if self.session is None or isinstance(
            trouble, OSError
        ):  # ConnectionError and TimeoutError are OSErrors too
            return strings.said(strings.NO_LAB, self._lang)
        told = strings.said(strings.UNEXPECTED, self._lang)
        return {**told, "why": told["why"].format(kind=type(trouble).__name__)}

    # -- what the reader does

    async def _predict(self, content: Content) -> None:
        assert self.session
        await self.session.predict(str(content.get("choice", "")))

    async def _turn(self, content: Content) -> None:
        session, switch = self.session, self.switch
        assert session
        assert switch
        try:
            async with self._writing:
                await session.turn(str(content.get("choice", "")))
        finally:
            switch.chosen = session.switched
            switch.send_state("chosen")  # also where it is as before: the page shows what was clicked

    async def _break(self, content: Content) -> None:
        session, panel = self.session, self.breaking
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
        session, clock, seconds = self.session, self.clock, content.get("seconds")
        assert session
        assert clock
        if seconds in STEPS and not clock.busy:
            clock.busy = True
            try:
                await session.advance(float(seconds))
            finally:
                clock.busy = False

    async def _sign_in(self, content: Content) -> None:
        session, panel = self.session, self.sign_in
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
        session, panel = self.session, self.waiting
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
        if self.compose.busy:
            return
        self.compose.show(busy=True, problem={})
        to, subject, body = (str(content.get(name, "")) for name in ("to", "subject", "body"))
        try:
            async with self._writing:
                await session.send(to, subject, body)
        except Exception as trouble:  # told beside the button that was pressed
            if not self._begun.is_set():
                return  # it went to a world that is no more
            too_large = isinstance(trouble, TooLarge) or len(body) > BODY_LIMIT
            field = "to" if not too_large else "files" if session.attachments.items else "body"
            self.compose.problem = {**self._told(trouble), "field": field}
        finally:
            self.compose.busy = False

    async def _connect(self, name: str, content: Content) -> None:
        session, place = self.session, content.get("place")
        assert session
        places = session.consoles[name].hand.places
        if isinstance(place, int) and place in range(len(places)) and not self.consoles[name].busy:
            await self._talking(name, lambda: session.dial(name, place))

    async def _say(self, name: str, content: Content) -> None:
        session, text = self.session, str(content.get("text", ""))
        assert session
        await self._talking(name, lambda: session.say(text, name))

    async def _hang_up(self, name: str) -> None:
        assert self.session
        await self.session.hang_up(name)

    async def _talking(self, name: str, talk: Callable[[], Awaitable[None]]) -> None:
        """Let a console do something that has an answer: one thing after the other. Trouble is told on it."""
        panel = self.consoles[name]
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
        self.compose.show(attaching=True, problem={})
        try:
            async with self._writing:
                await attaching.act(session.attachments, content, self._pieces)
        except Exception as trouble:  # told in the form, beside what it is about
            self.compose.problem = {**self._told(trouble), "field": "files"}
        finally:
            self._attaching -= 1
            self.compose.attaching = self._attaching > 0
            self._refresh()

    async def _fetch(self) -> None:
        assert self.session
        await self._fetching(self.device, self.session.fetch)

    async def _fetch_other(self) -> None:
        assert self.session
        assert self.other_device
        await self._fetching(self.other_device, self.session.fetch_other)

    async def _delete_other(self, content: Content) -> None:
        assert self.session
        assert self.other_device
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
        opens = self.session.open_message if device is self.device else self.session.open_other
        reading = await opens(int(content.get("uid", 0)))
        for one in self._devices():  # one letter lies open at a time
            one.opened = reading.uid if one is device else 0
        self.letter.replies = self.trial.replies and device is self.device
        self.letter.read(reading)

    async def _reply(self, content: Content) -> None:
        assert self.session
        self.compose.fill(await self.session.reply(int(content.get("uid", 0))))

    def _shut(self) -> None:
        self.letter.shut()
        for device in self._devices():
            device.opened = 0

    def _devices(self) -> list[Device]:
        return [self.device, self.other_device] if self.other_device else [self.device]

    async def _restart(self) -> None:
        assert self.session
        # the forms first: what is written after the press is not overwritten when the new world is there
        self.compose.restore()
        if self.sign_in:
            self.sign_in.restore()
        self._shut()
        try:
            await self.session.reset()
            async with self._writing:  # what was on its way into the old world has come to its end
                pass
        finally:
            if self.breaking:
                self.breaking.restore()
            self._begun.set()
        self._hints_shown = 0
        self.frame.notice = strings.FRAME["again"][self._lang]
        self._refresh()

    def _hint(self) -> None:
        """One more hint, or none at all after the last."""
        if self.session is not None:
            hints = self._fresh_hints(self.session)
            self._hints_shown = (self._hints_shown + 1) % (len(hints) + 1)
            self._show_hints()

    def _fresh_hints(self, session: Session) -> list[str]:
        hints = [text[self._lang] for text in session.hints()]
        if (
            hints != self._hints
        ):  # the situation is another one: the hints given so far do not fit it any more
            self._hints, self._hints_shown = hints, 0
        return hints

    def _show_hints(self) -> None:
        shown = self._hints[: self._hints_shown]
        self.frame.show(hints=shown, more=len(shown) < len(self._hints))

    # -- what the session shows

    def _changed(self) -> None:
        """Something changed: show it soon, for a change seldom comes alone."""
        if not self._refresh_due:
            self._refresh_due = True
            asyncio.get_running_loop().call_soon(self._refresh)

    def _refresh(self) -> None:
        self._refresh_due = False
        session, lang = self.session, self._lang
        if session is None:
            return
        self._fresh_hints(session)
        self._show_hints()
        legs = session.legs()
        self.dialogue.record(legs)
        if not self.trial.talk_alone:
            self.map.view(session.machines(), legs)
        self.mailbox.view(session.server_mailbox())
        self.device.view(session.device_inbox())
        other = session.other()
        if other and self.other_mailbox:
            self.other_mailbox.view(other[0])
            if other[1] and self.other_device:
                self.other_device.view(other[1])
        for name, panel in self.consoles.items():
            panel.view(session.consoles[name])
        if self.switch:
            self.switch.chosen = session.switched
        if self.compared:
            self.compared.view(session.tried())
        if self.breaking and session.breaking and self._begun.is_set():  # a world that goes mends nothing
            self.breaking.view(session.breaking)
        if other and other[1] and self.sign_in:
            user = other[0].address
            self.sign_in.show(name=other[1].name[lang], user=user, secret=session.password_of(user))
        if other and other[1] and self.waiting:
            self.waiting.show(name=other[1].name[lang], on=session.waiting)
        if self.clock:
            self.clock.view(session.now)
        attached = [attaching.listed(file) for file in session.attachments.items]
        self.compose.show(sender=session.sender, host=self.mailbox.host, files=attached)
        self.predict.show(
            ready=not legs,
            chosen=session.prediction or "",
            outcome=self._outcome(session.prediction) if session.judged else [],
        )
        self.next.show(
            move=session.next_move()[lang],
            explain=self.trial.explain[lang] if session.state == "passed" else "",
        )
        steps = [{"label": step.label[lang], "state": state} for step, state in session.steps()]
        self.frame.show(steps=steps, state=session.state)
        if session.lost:
            self._failed(ConnectionError("the record is no longer followed"))

    def _outcome(self, prediction: str | None) -> list[dict[str, Any]]:
        """The option that was right and the one that was chosen: for when what happened is there to see."""
        return [
            {"label": one.label[self._lang], "why": one.why[self._lang], "right": one.right, "yours": one.id == prediction}
            for one in self.trial.predictions
            if one.right or one.id == prediction
        ]  # fmt: skip
