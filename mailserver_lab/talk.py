"""What it takes to talk a protocol by hand: one conversation, followed from what was typed and what was answered.

A `Talk` is told each line that a person types (`say`) and each line that the server answers (`hear`), and knows from the
protocol's own table of states where the conversation stands, which commands fit there, and why one was refused. It has no
connection and no widget; the words are data, kept by each protocol beside its core: `smtp.talk`, `pop3.talk`, `imap.talk`.
`Talk` itself is for lines of which nothing is known, such as HTTP's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from .locale import Text

Mode = Literal["command", "content", "secret", "tls", "closed"]
"""What comes next: a command, lines of a message or a literal, a word that nobody else may read, TLS, or nothing."""

OPENING = "OPENING"
TALKING = "TALKING"
CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class Offer:
    """A line that fits now, and what it is for. Names in braces, such as {me}, are filled in."""

    line: str
    why: Text


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why a line was refused: told where the reply and the line fit these regular expressions, from their beginning.

    Args:
        heard: what the server answered.
        said: what was typed.
        states: in which states; empty for any.
    """

    text: Text
    heard: str
    said: str = ""
    states: frozenset[str] = frozenset()

    def fits(self, state: str, said: str, heard: str) -> bool:
        """Whether it is this one."""
        return (
            re.match(self.heard, heard) is not None
            and re.match(self.said, said, re.IGNORECASE) is not None
            and (not self.states or state in self.states)
        )


@dataclass(frozen=True, slots=True)
class Move:
    """An arrow of the state diagram: what leads from one state to another."""

    tail: str
    head: str
    commands: tuple[str, ...]


class Talk:
    """A conversation of which only the lines are known.

    `state` is where it stands; `mode` what is to be typed next; `waiting` whether the server has still to answer.
    """

    protocol = ""
    names: ClassVar[Mapping[str, Text]] = {
        OPENING: Text("接続したところ", "connected"),
        TALKING: Text("会話中", "talking"),
        CLOSED: Text("終わった", "closed"),
    }
    """What each state is called, in the diagram's order."""
    labels: ClassVar[Mapping[str, str]] = {}
    """What is written beside an arrow where that is not the command itself."""
    mistakes: tuple[Mistake, ...] = ()

    def __init__(self) -> None:
        self.state = TALKING
        self.mode: Mode = "command"

    @property
    def waiting(self) -> bool:
        """Whether an answer is still to come."""
        return False

    def say(self, line: str) -> None:
        """The person has typed this line, or one of the lines of a message."""

    def hear(self, line: str, parsed: Mapping[str, Any]) -> Text | None:
        """The server has said this line; gives the reason where it refuses.

        Args:
            line: as the record has it.
            parsed: what the record knows of it.
        """
        return None

    @property
    def silent(self) -> Text | None:
        """Why the server says nothing to what was typed last, where that is as it should be."""
        return None

    def refusal(self, line: str, parsed: Mapping[str, Any]) -> bool:
        """Whether a server's line is a refusal: by its number, where it has one."""
        return int(parsed.get("reply") or 0) >= 400

    def fill(self, line: str, values: Mapping[str, str]) -> str:
        """An offered line with its names filled in."""
        return re.sub(r"\{(\w+)\}", lambda name: values.get(name[1], ""), line)

    def closed(self) -> None:
        """The connection is gone."""
        self.state, self.mode = CLOSED, "closed"

    def offers(self) -> tuple[Offer, ...]:
        """The lines that fit now, the usual one first."""
        return ()

    def moves(self) -> tuple[Move, ...]:
        """The arrows of the state diagram; none where there is none to draw."""
        return ()

    def _mistake(self, state: str, said: str, heard: str) -> Text | None:
        return next((one.text for one in self.mistakes if one.fits(state, said, heard)), None)


def arrows(rows: Mapping[str, Mapping[str, str]]) -> tuple[Move, ...]:
    """The arrows of a table {state: {command: next state}}; those that lead nowhere else are left out."""
    found: dict[tuple[str, str], list[str]] = {}
    for tail, commands in rows.items():
        for command, head in commands.items():
            if head != tail:
                found.setdefault((tail, head), []).append(command)
    return tuple(Move(tail, head, tuple(commands)) for (tail, head), commands in found.items())
