"""The panels of a bench: which of them an experiment has, where they stand, and how they show a session."""

from __future__ import annotations

from typing import Any

import ipywidgets

from ..experiments import Experiment, Session
from ..locale import Lang
from . import attaching, strings
from .breaking import Breaking
from .clock import Clock
from .compared import Compared
from .compose import Compose
from .console import Console
from .device import Device
from .dialogue import Dialogue
from .frame import Frame
from .letter import Letter
from .mailbox import Mailbox
from .map import Map
from .next import Next
from .panel import Panel
from .predict import Predict
from .signin import SignIn
from .switch import Switch
from .waiting import Waiting


class Panels:
    """The panels of one experiment. `view` is what is displayed: all of them, in the order of reading.

    Args:
        trial: the experiment.
        lang: the language of everything on the bench.
    """

    def __init__(self, trial: Experiment, lang: Lang) -> None:
        self._trial = trial
        self._lang: Lang = lang
        self.frame = Frame(
            lang, strings.FRAME, experiment=trial.id, title=trial.title[lang], group=strings.GROUPS[trial.group][lang]
        )  # fmt: skip
        self.predict = Predict(lang, strings.PREDICT, question=trial.question[lang], options=self._options())
        self.compose = Compose(
            lang, {**strings.COMPOSE, **strings.ATTACH}, draft=self._draft(), samples=self._samples()
        )
        self._by_hand = bool(trial.consoles)
        self._sends_by_hand = any(
            place.protocol == "smtp" for hand in trial.consoles for place in hand.places
        )
        self.map = Map(lang, strings.MAP_BY_HAND if self._sends_by_hand else strings.MAP)
        said = strings.DIALOGUE_BY_HAND if self._sends_by_hand else strings.DIALOGUE
        self.dialogue = Dialogue(lang, strings.DIALOGUE_TALK if trial.talk_alone else said)
        self.mailbox = Mailbox(lang, strings.MAILBOX, hides=self._by_hand)
        self.device = Device(lang, strings.DEVICE)
        self.letter = Letter(lang, strings.LETTER)
        self.next = Next(lang, strings.NEXT)
        self.consoles = {
            hand.id: Console(lang, strings.CONSOLE, title=hand.title[lang] if hand.title else "")
            for hand in trial.consoles
        }
        self.other_mailbox = Mailbox(lang, strings.MAILBOX) if trial.other else None
        self.other_device = self._other_device()
        self.sign_in = SignIn(lang, strings.SIGN_IN, trial.password) if trial.inbox == "signs-in" else None
        self.waiting = Waiting(lang, strings.WAITING) if trial.inbox == "waits" else None
        self.switch = Switch(lang, strings.SWITCH, trial.switch) if trial.switch else None
        self.breaking = Breaking(lang, trial.breaks) if trial.breaks else None
        self.compared = Compared(lang, trial.switch) if trial.compares and trial.switch else None
        self.clock = Clock(lang, strings.CLOCK) if trial.clock else None
        panels = [panel for panel in self._in_order() if panel is not None]
        self.view = ipywidgets.VBox(panels).add_class("mail-bench")

    def _other_device(self) -> Device | None:
        """The other person's device, where they have one."""
        trial = self._trial
        if "/" not in (trial.other or ""):
            return None
        signs_in = trial.inbox == "signs-in"
        texts = {**strings.DEVICE, "empty": strings.SIGN_IN["empty"]} if signs_in else strings.DEVICE
        return Device(self._lang, texts, deletes=trial.other_deletes, fetches=not signs_in)

    def _options(self) -> list[dict[str, str]]:
        return [{"id": one.id, "label": one.label[self._lang]} for one in self._trial.predictions]

    def _draft(self) -> dict[str, str]:
        draft = self._trial.draft
        return {"to": draft.to, "subject": draft.subject[self._lang], "body": draft.body[self._lang]}

    def _samples(self) -> list[dict[str, str]]:
        return [{"id": one, "label": strings.SAMPLES[one][self._lang]} for one in self._trial.samples]

    # -- where they stand

    def _in_order(self) -> list[ipywidgets.Widget | None]:
        writing = [*([] if self._sends_by_hand else [self.compose]), *self.consoles.values()]
        first = [self.frame, self.predict, self.switch, self.breaking, *writing]
        if self._trial.talk_alone:
            return [*first, self.next, self._evidence()]
        way = [self.clock, self.map, self._evidence(), self.letter]
        # who types line by line wants to see the next move beside the line
        if self._by_hand:
            return [*first, self.compared, self.next, self._others(), *way]
        return [*first, *way, self._others(), self.compared, self.next]

    def _evidence(self) -> ipywidgets.Box:
        """The record, and beside it where the mail lies that the experiment is about."""
        beside = [] if self._trial.talk_alone else self._beside()
        side = [ipywidgets.VBox(beside).add_class("mb-side")] if beside else []
        return ipywidgets.Box([self.dialogue, *side]).add_class("mb-evidence")

    def _beside(self) -> list[Panel]:
        if self._trial.inbox != "fetches":
            acting = [self.other_mailbox, self.sign_in, self.waiting, self.other_device]
            return [panel for panel in acting if panel]
        return [self.mailbox] if self._by_hand else [self.mailbox, self.device]

    def _others(self) -> ipywidgets.Box | None:
        """The other person's mailbox and device, where they do not stand beside the record."""
        if self._trial.inbox != "fetches" or not self.other_mailbox:
            return None
        pair = [panel for panel in (self.other_mailbox, self.other_device) if panel]
        return ipywidgets.Box(pair).add_class("mb-evidence").add_class("mb-others")

    @property
    def at_work(
        self,
    ) -> list[Frame | Compose | Device | Switch | Breaking | Clock | Console | SignIn | Waiting]:
        """Those that are ready as long as there is a session."""
        some = [self.other_device, self.switch, self.breaking, self.clock, self.sign_in, self.waiting]
        panels = [self.frame, self.compose, self.device, *self.consoles.values()]
        return [*panels, *(panel for panel in some if panel)]

    @property
    def devices(self) -> list[Device]:
        """The devices that messages can be opened on."""
        return [self.device, self.other_device] if self.other_device else [self.device]

    # -- what they show

    def show(self, session: Session) -> None:
        """Show a session as it stands. What is broken, and hints, are the bench's to show."""
        lang = self._lang
        legs = session.legs()
        self.dialogue.record(legs)
        if not self._trial.talk_alone:
            self.map.view(session.machines(), legs)
        self.mailbox.view(session.server_mailbox())
        self.device.view(session.device_inbox())
        self._show_other(session)
        for name, panel in self.consoles.items():
            panel.view(session.consoles[name])
        if self.switch:
            self.switch.chosen = session.switched
        if self.compared:
            self.compared.view(session.tried())
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
            explain=self._trial.explain[lang] if session.state == "passed" else "",
        )
        steps = [{"label": step.label[lang], "state": state} for step, state in session.steps()]
        self.frame.show(steps=steps, state=session.state)

    def _show_other(self, session: Session) -> None:
        other = session.other()
        if other is None or self.other_mailbox is None:
            return
        mailbox, device = other
        self.other_mailbox.view(mailbox)
        if device is None:
            return
        name = device.name[self._lang]
        if self.other_device:
            self.other_device.view(device)
        if self.sign_in:
            self.sign_in.show(name=name, user=mailbox.address, secret=session.password_of(mailbox.address))
        if self.waiting:
            self.waiting.show(name=name, on=session.waiting)

    def _outcome(self, prediction: str | None) -> list[dict[str, Any]]:
        """The option that was right and the one that was chosen: for when what happened is there to see."""
        return [
            {"label": one.label[self._lang], "why": one.why[self._lang], "right": one.right, "yours": one.id == prediction}
            for one in self._trial.predictions
            if one.right or one.id == prediction
        ]  # fmt: skip
