"""What an experiment is: data, with small predicates over facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..locale import Text
from .console import ByHand
from .facts import Bounce, Facts

Group = Literal["tutorial", "useful", "weird"]
Inbox = Literal["fetches", "signs-in", "waits"]
Predicate = Callable[[Facts], bool]
Action = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Prediction:
    """One answer that a reader may give beforehand; `why` is told once the evidence is there."""

    id: str
    label: Text
    why: Text
    right: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way; `done` tells from the facts whether it is behind the reader."""

    id: str
    label: Text
    done: Predicate


@dataclass(frozen=True, slots=True)
class Situation:
    """Where the reader may be: what to do next, and hints for who does not see how, from gentle to plain."""

    when: Predicate
    move: Text
    hints: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Switch:
    """A setting of a domain's server that the reader may change: one word of a few (`mailserver_lab.world.CHOICES`).

    It is set so in the domains `also` too. The setting `server` is the power switch: `on` or `off`.
    """

    domain: str
    setting: str
    label: Text
    options: tuple[tuple[str, Text], ...]
    also: tuple[str, ...] = ()


def bounced(facts: Facts) -> bool:
    """A server has given up on something, and said so."""
    return bool(facts.bounces)


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the compose form at the start. `device` is the one that sends, such as "pc/sender@tsubame.example"."""

    device: str
    to: str
    subject: Text
    body: Text

    @property
    def sender(self) -> str:
        """The address of the device's owner."""
        return self.device.partition("/")[2]


@dataclass(frozen=True, slots=True)
class Experiment:
    """A claim that the reader tries.

    Args:
        id: also the name on the page (`data-experiment`).
        group: tutorial, useful or weird.
        chapter: the file name of the chapter in which it stands.
        rfc: where the standards say what is shown.
        world: the world that it runs in, of those that come with the package.
        other: a second device with which the reader acts too, as its owner; or the address of a mailbox that is shown and
            that nobody fetches from; None in most experiments.
        other_deletes: whether messages are deleted there, instead of opened.
        inbox: how mail comes onto the other device: it fetches by itself what arrives; the reader signs in there, with a
            password; or the reader decides whether it waits on an open line (IDLE). In the latter two, the experiment is about
            the other person's mailbox and device, and the sender's are not shown.
        password: what stands in the password's field at the start, where the reader signs in.
        samples: files that the lab offers for attaching; where there are none, nothing can be attached.
        goal: when it is passed.
        replies: whether a letter on the sender's device can be replied to.
        clock: whether the reader may move lab time forward.
        consoles: where the reader talks to servers by hand; see `console`. Where one of them speaks SMTP, that takes the place of
            the form for a message.
        talk_alone: whether talking to servers is all that it is about: then the record has what was said on the consoles, and there
            is no mail to follow.
        judged: when the prediction can be told right or wrong by what has happened.
        switch: a setting of a server that the reader may change.
        compares: of which bounces a table is shown, with a row for each wording that was tried; None in most experiments.
        breaks: the domain whose servers, and whose entry in the DNS, the reader may break; empty in most experiments.
        situations: the first whose `when` is true is the reader's; the last one always is.
        solution: calls of `Session` methods that reach the goal.
        wrong: attempts that do not.
    """

    id: str
    group: Group
    chapter: str
    rfc: str
    world: str
    title: Text
    question: Text
    predictions: tuple[Prediction, ...]
    draft: Draft
    steps: tuple[Step, ...]
    goal: Predicate
    situations: tuple[Situation, ...]
    explain: Text
    solution: tuple[Action, ...]
    wrong: tuple[tuple[Action, ...], ...]
    other: str | None = None
    samples: tuple[str, ...] = ()
    other_deletes: bool = False
    inbox: Inbox = "fetches"
    password: str = ""
    switch: Switch | None = None
    breaks: str = ""
    compares: Callable[[Bounce], bool] | None = None
    replies: bool = False
    clock: bool = False
    consoles: tuple[ByHand, ...] = ()
    talk_alone: bool = False
    judged: Predicate = bounced
