"""One reader's go at an experiment, in a world of its own. Knows no widget: a bench shows it, a test replays it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Literal, Protocol

from ..devices import Draft as Typed
from ..locale import Lang, Problem, Text
from ..smtp.paths import canonical
from ..trace import Event
from . import addresses, attachments, breaking, console, desk, titles
from .attachments import Attachments
from .breaking import Breaking
from .compared import Tried, compared
from .console import Console
from .desk import Desk
from .experiment import Experiment, Situation, Step
from .facts import Facts, Sent
from .legs import Leg, Legs
from .reply import reply
from .views import DeviceView, Machines, MailboxView, Reading

log = logging.getLogger(__name__)

State = Literal["fresh", "running", "passed"]
StepState = Literal["done", "now", "todo"]
SHOWN_MESSAGES = 20  # of the latest messages, whose way is kept on show


class World(attachments.World, breaking.World, console.World, desk.World, Protocol):
    """What a session needs of a world; `mailserver_lab.control.World` is one."""

    name: str

    def events(self, after: int = 0) -> Any: ...
    async def send(
        self, device: str, to: str, subject: str = "", body: str = "", *, files: list[str] | None = None
    ) -> dict[str, Any]: ...
    async def change_domain(self, domain: str, **settings: Any) -> None: ...
    async def server(self, domain: str, *, on: bool) -> None: ...
    async def advance(self, seconds: float) -> None: ...
    async def reset(self) -> None: ...
    async def close(self) -> None: ...


class Session:
    """A go at an experiment.

    Args:
        experiment: which.
        world: fresh, and nobody else's; closed with the session.
        lang: the reader's language.

    `on_change` is called whenever something that the properties and methods below tell is different.
    """

    def __init__(self, experiment: Experiment, world: World, lang: Lang) -> None:
        self.experiment = experiment
        self.lang: Lang = lang
        self.world = world
        self.on_change: Callable[[], None] = lambda: None
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._begin()

    @classmethod
    async def start(cls, experiment: Experiment, world: World, lang: Lang) -> Session:
        """A session that follows its world's record."""
        session = cls(experiment, world, lang)
        session._spawn(session._follow())
        await session._look_at_mailboxes()
        return session

    def _begin(self) -> None:
        self.facts = Facts()
        self.lost = False
        self.now = str(self.world.description["now"])
        """Lab time when something last happened, in ISO's form."""
        self._legs = Legs()
        self._desk = self._desk_of(self.experiment.draft.device, desk.SENDERS)
        self.attachments = Attachments(self.world, self.experiment.draft.device)
        other = self.experiment.other
        self._other = self._desk_of(other, desk.names_of_other(other)) if other else None
        self.consoles = {hand.id: self._console(hand) for hand in self.experiment.consoles}
        breaks = self.experiment.breaks
        self.breaking = Breaking(self.world, breaks, changed=self._tell) if breaks else None

    def _desk_of(self, device: str, names: dict[str, Text]) -> Desk:
        return Desk(device, names, self.world, self.facts, self._tell)

    def _console(self, hand: console.ByHand) -> Console:
        local, _, domain = hand.owner.partition("@")
        account = self.world.description["domains"][domain]["accounts"][local]
        draft = self.experiment.draft
        values = {
            "them": draft.to, "subject": draft.subject[self.lang], "body": draft.body[self.lang],
            "password": account["password"],
        }  # fmt: skip
        return Console(hand, self.world, values, self.lang, changed=self._tell, spawn=self._spawn)

    @property
    def sender(self) -> str:
        """The address of the person who sends."""
        return self.experiment.draft.sender

    @property
    def _desks(self) -> list[Desk]:
        return [self._desk, self._other] if self._other else [self._desk]

    @property
    def domains(self) -> list[str]:
        """The domains of this world."""
        return sorted(self.world.description["domains"])

    # -- what the reader does

    async def predict(self, choice: str) -> None:
        """Give an answer beforehand; it can be changed until something was sent."""
        if (
            not self.facts.sent
            and not self.judged
            and choice in {prediction.id for prediction in self.experiment.predictions}
        ):
            self.facts.prediction = choice
            self._tell()

    async def send(self, to: str, subject: str | None = None, body: str | None = None) -> None:
        """Send a mail from the sender's device, with what is attached; returns when the sender's server has it, or has refused it.

        Raises:
            Problem: it was not sent; says why, and nothing is lost.
            ConnectionError: the lab does not answer.
        """
        draft = self.experiment.draft
        subject = draft.subject[self.lang] if subject is None else subject
        body = draft.body[self.lang] if body is None else body
        recipients = Typed(self.sender, to, subject, body).recipients()
        addresses.check(recipients, body, self.domains)
        facts = self.facts
        files = [one.id for one in self.attachments.items]
        result = await self.world.send(draft.device, to, subject, body, files=files)
        if facts is not self.facts:
            return  # the reader has started over meanwhile
        facts.sent.append(
            Sent(result["queue_id"], tuple(map(canonical, recipients)), subject.strip(), len(files))
        )
        self._tell()
        if result["queue_id"] is None:
            limit = self.world.description["domains"][self.sender.partition("@")[2]]["size_limit"]
            raise addresses.refused(result["refused"][0], result["size"], limit, attached=bool(files))

    async def dial(self, console: str = "", place: int = 0) -> None:
        """Connect a console to one of its places.

        Raises:
            Problem: nobody answers there.
        """
        await self.consoles[console].dial(place)

    async def say(self, text: str, console: str = "") -> None:
        """Say something on a console; returns when the server has answered.

        Raises:
            Problem: it is not connected.
        """
        await self.consoles[console].say(text)

    async def hang_up(self, console: str = "") -> None:
        """End a console's connection without a word."""
        await self.consoles[console].hang_up()

    async def fetch(self) -> None:
        """Let the sender's device fetch what is new.

        Raises:
            Problem: it cannot.
        """
        await self._desk.fetch()

    async def fetch_other(self) -> None:
        """Let the other device fetch what is new.

        Raises:
            Problem: it cannot.
        """
        if self._other is not None:
            await self._other.fetch()

    async def sign_in(self, password: str, protocol: str) -> str:
        """Sign in on the other device with a password, and fetch; gives what the server said if it refused, else "".

        Raises:
            Problem: it cannot be tried.
        """
        assert self._other is not None
        return await self._other.sign_in(password, protocol)

    async def wait(self, on: bool) -> None:
        """Let the other device wait for mail on an open line, or stop.

        Raises:
            Problem: it cannot.
        """
        assert self._other is not None
        await self._other.wait(on)

    async def delete_other(self, uid: int) -> None:
        """Delete a message on the other device, and with it on the server.

        Raises:
            Problem: it has none of that number, or the server cannot be reached.
        """
        if self._other is not None:
            await self._other.delete(uid)

    async def open_message(self, uid: int) -> Reading:
        """Open a message that the device has fetched.

        Raises:
            Problem: it has none of that number.
        """
        return await self._desk.open(uid)

    async def open_other(self, uid: int) -> Reading:
        """Open a message that the other device has fetched.

        Raises:
            Problem: it has none of that number.
        """
        assert self._other is not None
        return await self._other.open(uid)

    async def reply(self, uid: int) -> Typed:
        """What the mail program puts into the form for a reply to a message that the device has fetched.

        Raises:
            Problem: it has none of that number.
        """
        return reply(await self._desk.open(uid), self.sender, self.lang)

    async def turn(self, choice: str) -> None:
        """Set the experiment's switch."""
        switch = self.experiment.switch
        if switch is not None and choice in dict(switch.options):
            for domain in (switch.domain, *switch.also):
                if switch.setting == "server":
                    await self.world.server(domain, on=choice == "on")
                else:
                    await self.world.change_domain(domain, **{switch.setting: choice})
            self._tell()

    async def advance(self, seconds: float) -> None:
        """Move lab time forward, where the experiment lets the reader do so."""
        if self.experiment.clock:
            await self.world.advance(seconds)
            self._tell()

    async def reset(self) -> None:
        """Start over, in a fresh world."""
        await self._stop()
        await self.world.reset()
        self._begin()
        self._spawn(self._follow())
        await self._look_at_mailboxes()
        self._tell()

    async def close(self) -> None:
        """End, and close the world."""
        await self._stop()
        with contextlib.suppress(ConnectionError):
            await self.world.close()

    # -- what is shown

    @property
    def state(self) -> State:
        """Where the go stands."""
        if self.experiment.goal(self.facts):
            return "passed"
        begun = self.facts.prediction or self.facts.sent or self.facts.spoken
        return "running" if begun else "fresh"

    def steps(self) -> list[tuple[Step, StepState]]:
        """The steps with their state; the first that is not done is the one to do now."""
        states: list[tuple[Step, StepState]] = []
        now = True
        for step in self.experiment.steps:
            if step.done(self.facts):
                states.append((step, "done"))
            else:
                states.append((step, "now" if now else "todo"))
                now = False
        return states

    def hints(self) -> list[Text]:
        """Hints for this situation, from gentle to plain."""
        return list(self._situation.hints)

    def next_move(self) -> Text:
        """What to do now."""
        return self._situation.move

    @property
    def _situation(self) -> Situation:
        return next(one for one in self.experiment.situations if one.when(self.facts))

    def server_mailbox(self) -> MailboxView:
        """The sender's mailbox on the server."""
        return self._desk.mailbox

    def device_inbox(self) -> DeviceView:
        """What the sender's device has fetched."""
        return self._desk.inbox

    def other(self) -> tuple[MailboxView, DeviceView | None] | None:
        """The mailbox of the other person, if there is one, and the device where the reader acts as that person."""
        other = self._other
        return (other.mailbox, other.inbox if other.device else None) if other else None

    def password_of(self, address: str) -> str:
        """An account's password: readers need it to sign in."""
        local, _, domain = address.partition("@")
        return str(self.world.description["domains"][domain]["accounts"][local]["password"])

    @property
    def switched(self) -> str:
        """How the experiment's switch is set; empty where it has none."""
        switch = self.experiment.switch
        return str(self.world.description["domains"][switch.domain][switch.setting]) if switch else ""

    def machines(self) -> Machines:
        """The machines of this world, as far as the sender's mail can meet them."""
        device = self.experiment.draft.device.partition("/")[0]
        local, _, domain = self.sender.partition("@")
        domains = self.world.description["domains"]
        others = tuple(
            host for name in sorted(domains) if name != domain for host in (domains[name]["host"], *domains[name]["also"])
        )  # fmt: skip
        return Machines(f"{device}.{local}.{domain}", self._home, others, self.sender, self.acting)

    def legs(self) -> list[Leg]:
        """The way of the messages sent so far, leg by leg."""
        messages = [sent.queue_id for sent in self.facts.sent[-SHOWN_MESSAGES:] if sent.queue_id]
        return [titles.seen_from(self._home, leg) for leg in self._legs.of(messages, self.talking)]

    def tried(self) -> list[Tried]:
        """The wordings of bounces that were tried so far, where the experiment compares them."""
        compares = self.experiment.compares
        bounces = filter(compares, self.facts.bounces) if compares else ()
        return compared(bounces, self._refusals, self._desk.inbox.messages)

    def _refusals(self, message: str) -> tuple[str, ...]:
        """What the recipient's server said against a message."""
        legs = [leg for leg in self._legs.of([message]) if leg.step == "deliver" and leg.source == self._home]
        return tuple(
            line.text for leg in legs for line in leg.lines if line.refused and line.side == "server"
        )

    @property
    def acting(self) -> str:
        """The host name of the other person's device, where the experiment is about how mail comes onto it."""
        by_hand = [hand.host for hand in self.experiment.consoles if hand.owner != self.sender]
        if by_hand:
            return by_hand[0]
        return self._other.host if self._other and self.experiment.inbox != "fetches" else ""

    @property
    def talking(self) -> str:
        """The host name of the device whose talks with servers are shown, mail or no mail; empty where there is none."""
        return self.experiment.consoles[0].host if self.experiment.talk_alone else self.acting

    @property
    def waiting(self) -> bool:
        """Whether the other device waits for mail on an open line."""
        return self._other is not None and self.facts.fetching.waits(self._other.host)

    @property
    def _home(self) -> str:
        """The host name of the sender's server."""
        return str(self.world.description["domains"][self.sender.partition("@")[2]]["host"])

    @property
    def prediction(self) -> str | None:
        """What the reader predicted."""
        return self.facts.prediction

    @property
    def judged(self) -> bool:
        """Whether what has happened tells how good the prediction was."""
        return self.experiment.judged(self.facts)

    # -- following the record

    async def wait_until(self, true: Callable[[Facts], bool], *, wait: float = 10.0) -> None:
        """Wait until the facts are so.

        Raises:
            TimeoutError: they are not, after `wait` seconds.
        """
        async with asyncio.timeout(wait):
            while not true(self.facts):
                self._changed.clear()
                await self._changed.wait()

    async def _follow(self) -> None:
        after = 0
        try:
            async for batch in self.world.events(after):
                events = [Event.from_json(one) for one in batch if one.get("kind") != "lost"]
                self.now = events[-1].at if events else self.now
                self._legs.learn(events)
                self.facts.learn(events)
                for hand in self.consoles.values():
                    hand.learn(events)
                if self.breaking and any(event.kind == "fault" for event in events):
                    self._spawn(self._quietly(self.breaking.look))
                self._tell()
                # beside this: the record goes on while a fetch is held, or fails
                for one in self._desks:
                    changes = one.changes(events)
                    if "appended" in changes and not (one is self._other and self.acting):
                        self._spawn(self._quietly(one.fetch))
                    if changes:
                        self._spawn(self._quietly(one.look_at_mailbox))
                    if any(event.kind == "device" and event.source == one.host for event in events):
                        self._spawn(self._quietly(one.look_at_device))
        except asyncio.CancelledError:
            raise
        except Exception as error:  # whatever it was, the reader is told that nobody follows the record now
            log.warning("the record of an experiment is lost: %s", error)
        self.lost = True
        self._tell()

    @staticmethod
    async def _quietly(look: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do what nobody asked for: where it cannot be done, the reader can still ask for it and is told why."""
        with contextlib.suppress(Problem, ConnectionError):
            await look()

    async def _look_at_mailboxes(self) -> None:
        for one in self._desks:
            await one.look_at_mailbox()

    def _tell(self) -> None:
        self._changed.set()
        self.on_change()

    def _spawn(self, coroutine: Any) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _stop(self) -> None:
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
