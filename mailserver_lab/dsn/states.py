"""What is said of what: "the mailbox … is full", in words that no manual lists.

`signs.toml` knows how systems word their refusals. Others say the same in their own words, and in many languages; but
they speak of few things (a user, a mailbox, a domain, a message's size), and say few things of them. `states.toml` has
both. Takes time linear in the text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

from .signs import Phrases, Sign

NEAR = 40  # characters between a thing and what is said of it
BEFORE = 16  # between an adjective and its thing
FADING = 50  # so many characters farther count as much as a weight of 1: the nearest thing is mostly the one that is meant
LONGEST_WORD = 40
SOURCE = "common words for it, in many languages"

_LABEL = {":", "："}
# "host … said: … (in reply to RCPT TO command)" are three
_SENTENCE_END = re.compile(r"[.!?;](?=\s)|[。！？；]|\bsaid:|\(in reply to\b")


@dataclass(frozen=True, slots=True)
class _Hit:
    start: int
    end: int
    words: str
    name: str  # of a thing
    state: int


@dataclass(frozen=True, slots=True)
class Said:
    """That something is said of a thing.

    Args:
        start: where it begins in the text.
        end: where it ends.
        state: where the state itself stands.
        phrase: thing and state as a phrase with a `*` between them.
        sign: what it means.
    """

    start: int
    end: int
    state: tuple[int, int]
    phrase: str
    sign: Sign


class States:
    """Things and states, to be found in a text in one go."""

    def __init__(
        self,
        things: Iterable[tuple[str, Iterable[str]]],
        states: Iterable[tuple[Iterable[str], bool, dict[str, Sign]]],
    ) -> None:
        self._means = list[tuple[int, dict[str, Sign]]]()
        phrases: dict[str, list[tuple[str, int]]] = {}
        for name, words in things:
            for word in words:
                phrases.setdefault(word, []).append((name, -1))
        for number, (words, behind, means) in enumerate(states):
            self._means.append((0 if behind else BEFORE, means))
            for word in words:
                phrases.setdefault(word, []).append(("", number))
        self._phrases = Phrases(phrases.items())

    def find(self, text: str) -> Iterator[Said]:
        """What is said of which thing, in a text that went through `signs.plain`."""
        things, states = self._hits(text)
        first = 0
        for state in states:
            while first < len(things) and things[first].end < state.start - NEAR - LONGEST_WORD:
                first += 1
            before, means = self._means[state.state]
            nearest: tuple[float, _Hit] | None = None
            for number in range(first, len(things)):
                thing = things[number]
                if thing.start > state.end + before:
                    break
                gap = max(thing.start - state.end, state.start - thing.end)
                if thing.end <= state.start and text[thing.end : thing.end + 1] in _LABEL:
                    continue  # "Recipient: …" names what follows
                if state.end <= thing.start and "@" in text[state.end : thing.start]:
                    continue  # what begins with an address is about that address
                if thing.name in means and 0 <= gap <= NEAR:
                    rank = means[thing.name].weight - gap / FADING
                    if (nearest is None or rank > nearest[0]) and not _SENTENCE_END.search(
                        text[min(thing.end, state.end) : max(thing.start, state.start)]
                    ):
                        nearest = rank, thing
            if nearest is not None:
                thing = nearest[1]
                one, other = sorted((thing, state), key=lambda hit: hit.start)
                yield Said(
                    one.start,
                    other.end,
                    (state.start, state.end),
                    f"{one.words}*{other.words}",
                    means[thing.name],
                )

    def _hits(self, text: str) -> tuple[list[_Hit], list[_Hit]]:
        things, states = list[_Hit](), list[_Hit]()
        for at, words, values in self._phrases.find(text):
            for name, number in values:
                (things if number < 0 else states).append(_Hit(at, at + len(words), words, name, number))
        return _longest(things), _longest(states)


def _longest(hits: list[_Hit]) -> list[_Hit]:
    """Without those that lie within a longer one: an "ip address" is no "address"."""
    kept, end = list[_Hit](), -1
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if hit.end > end or (kept and (hit.start, hit.end) == (kept[-1].start, kept[-1].end)):
            kept.append(hit)
            end = hit.end
    return kept


@cache
def states() -> States:
    """The things and states of `states.toml`, read once."""
    data = tomllib.loads(resources.files(__package__).joinpath("states.toml").read_text("utf-8"))
    return States(
        ((entry["name"], dict.fromkeys(entry["words"])) for entry in data["thing"]),
        (
            (
                dict.fromkeys(entry["words"]),
                entry.get("behind", False),
                {
                    name: Sign(words.split()[0], float(words.split()[1]), SOURCE)
                    for name, words in entry["means"].items()
                },
            )
            for entry in data["state"]
        ),
    )
