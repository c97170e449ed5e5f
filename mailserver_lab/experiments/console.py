"""A console: the reader's own side of a conversation with a server, typed by hand.

A console has no servers of its own and acts nothing out: `dial` opens a real connection from the reader's device, `say`
sends what was typed, and what the server says is read in the record, like all else on a bench. What was typed is kept here
for the reader alone; the record has secrets masked.

To have one in an experiment, name it there (`Experiment.consoles`): a `ByHand` with the places that it can be connected to.
The session has it as `session.consoles[id]`, the bench shows it, and a solution speaks through the session:
`("dial", {})`, `("say", {"text": "EHLO pc"})`, `("hang_up", {})`, with `"console": id` where there are several, and
`"place": n` for another place than the first. Predicates find what was said in `Facts.spoken`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from ..devices import BY_HAND, ENCRYPTED
from ..imap.talk import ImapTalk
from ..locale import Lang, Problem, Text
from ..pop3.talk import Pop3Talk
from ..smtp.talk import SmtpTalk
from ..talk import Talk
from ..trace import Event
from .lines import explain, handed

PATIENCE = 10.0  # seconds for an answer; whoever waits longer may type on
KEPT = 2_000  # lines of the dialogue that stay on show

_TALKS: dict[str, Callable[[int], Talk]] = {
    "smtp": lambda port: SmtpTalk(login=port != 25),
    "pop3": lambda _port: Pop3Talk(),
    "imap": lambda _port: ImapTalk(),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a console can be connected to."""

    host: str
    port: int
    protocol: str


@dataclass(frozen=True, slots=True)
class ByHand:
    """A console of an experiment.

    Args:
        device: whose hands type: "pc/sender@tsubame.example".
        places: where it can be connected to; the first is chosen at the beginning.
        id: what tells it from the experiment's other consoles.
        title: what stands above it where there are several.
    """

    device: str
    places: tuple[Place, ...]
    id: str = ""
    title: Text | None = None

    @property
    def owner(self) -> str:
        """The address of the device's owner."""
        return self.device.partition("/")[2]

    @property
    def host(self) -> str:
        """The device's name on the network."""
        name, _, owner = self.device.partition("/")
        return f"{name}.{owner.replace('@', '.')}"


@dataclass(frozen=True, slots=True)
class Said:
    """A line of the dialogue. `note` is the console's own word, where nobody said anything."""

    side: Literal["client", "server", "note"]
    text: str
    why: Text | None = None
    refused: bool = False
    mistake: Text | None = None


class World(Protocol):
    """What a console needs of a world."""

    async def dial(self, device: str, host: str, port: int) -> int: ...
    async def say(self, line: int, text: str) -> None: ...
    async def secure(self, line: int, host: str) -> None: ...
    async def hang_up(self, line: int) -> None: ...


class Console:
    """One console, connected or not.

    Args:
        hand: which.
        world: the world that it is in.
        values: what the names in the offered lines stand for, besides those that the console knows itself.
        lang: the reader's language.
        changed: is called when something that it shows is different.
        spawn: lets a coroutine run that nobody waits for.
    """

    def __init__(
        self, hand: ByHand, world: World, values: dict[str, str], lang: Lang, *, changed: Callable[[], None],
        spawn: Callable[[Any], None],
    ) -> None:  # fmt: skip
        self.hand = hand
        self.place = hand.places[0]
        self.talk: Talk = self._talk()
        self.lines: list[Said] = []
        self.count = 0
        """How many lines this dialogue has had; of very many, the latest are in `lines`."""
        self.dialogue = 0
        """The dialogue's number: each connection begins a new one."""
        self._world, self._lang = world, lang
        self._values = {"me": hand.owner, "host": hand.host, **values}
        self._changed, self._spawn = changed, spawn
        self._conn: int | None = None
        self._early: list[Event] | None = None
        self._heard = asyncio.Event()

    def _talk(self) -> Talk:
        made = _TALKS.get(self.place.protocol)
        return made(self.place.port) if made else Talk()

    # -- what the reader does

    @property
    def connected(self) -> bool:
        """Whether there is somebody to talk to; a server that has said goodbye listens no more."""
        return self._conn is not None and self.talk.mode != "closed"

    async def dial(self, place: int = 0) -> None:
        """Connect to a place, in a new dialogue; a connection that is open is hung up first.

        Raises:
            Problem: nobody answers there.
        """
        await self.hang_up()
        self.place = self.hand.places[place]
        self.talk = self._talk()
        self.dialogue += 1
        self.lines, self.count, self._early = [], 0, []
        try:
            self._conn = await self._world.dial(self.hand.device, self.place.host, self.place.port)
        except BaseException:
            self.talk.closed()
            raise
        finally:
            early, self._early = self._early, None
        if self.place.port in ENCRYPTED:
            self._add(Said("note", "", TLS_FIRST))
        self.learn(early)
        self._changed()
        await self._answered()

    async def say(self, text: str) -> None:
        """Send a line; while a letter is being handed over, as many as there are. Returns when the server has answered.

        Raises:
            Problem: the connection is closed.
        """
        if not self.connected or self._conn is None:
            raise _not_connected()
        if self.talk.mode == "command":
            text = text.partition("\n")[0].rstrip("\r")
        mode, conn, talk = self.talk.mode, self._conn, self.talk
        why = explain(self.place.protocol, "client", text, {}) if mode == "command" else None
        self._early = []  # the answer may be there before it is known that the line went out
        try:
            await self._world.say(conn, text)
            if talk is self.talk:
                for line in text.replace("\r\n", "\n").split("\n"):
                    talk.say(line)
                self._add(Said("client", text, why))
        finally:
            early, self._early = self._early, None
            self.learn(early or [])
        if mode == "content" and (silent := self.talk.silent) is not None:
            self._add(Said("note", "", silent))
        self._changed()
        await self._answered()

    async def hang_up(self) -> None:
        """End the connection without a word."""
        conn, self._conn = self._conn, None
        if conn is not None:
            self.talk.closed()
            self._changed()
            await self._world.hang_up(conn)

    async def _answered(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while self._conn is not None and self.talk.waiting:
                    self._heard.clear()
                    await self._heard.wait()

    # -- what the record says

    def learn(self, events: Sequence[Event]) -> None:
        """Take in what the record says next."""
        if self._early is not None:
            self._early += [event for event in events if event.conn is not None]
            return
        for event in events:
            if event.conn is not None and event.conn == self._conn:
                self._hear(event)

    def _hear(self, event: Event) -> None:
        if event.kind == "line" and event.side == "server":
            mistake = self.talk.hear(event.text, event.parsed)
            why = explain(self.place.protocol, "server", event.text, event.parsed)
            self._add(Said("server", event.text, why, self.talk.refusal(event.text, event.parsed), mistake))
            if self.talk.mode == "tls":
                self.talk.mode = "command"
                self._spawn(self._quietly(self._world.secure(self._conn or 0, self.place.host)))
        elif event.kind == "content" and event.side == "server":
            self._add(
                Said("server", event.text.replace("\r\n", "\n").rstrip("\n"), handed(self.place.protocol))
            )
        elif event.kind == "tls":
            self._add(Said("note", "", TLS))
        elif event.kind == "close":
            self._conn = None
            told = self.talk.state  # a farewell of its own has been explained already
            self.talk.closed()
            self._add(Said("note", "", ENDED if told == self.talk.state else CUT))
        self._heard.set()

    @staticmethod
    async def _quietly(work: Awaitable[None]) -> None:
        with contextlib.suppress(Problem, ConnectionError):  # the record tells that the connection is closed
            await work

    def _add(self, said: Said) -> None:
        self.lines.append(said)
        self.count += 1
        del self.lines[:-KEPT]

    # -- what fits now

    def offers(self) -> list[tuple[str, Text]]:
        """The lines that fit now, filled in, and what each is for."""
        return [(self.talk.fill(one.line, self._values), one.why) for one in self.talk.offers()]

    @property
    def account(self) -> tuple[str, str]:
        """The reader's own user ID and password."""
        return self.hand.owner, self._values["password"]

    @property
    def wants_word(self) -> bool:
        """Whether the next line may hold the word of AUTH PLAIN, which has to be made first."""
        return any("{plain}" in one.line for one in self.talk.offers())


TLS = Text(
    ja="ここから先は暗号化されています。サーバーは、これまでの話を忘れました。",
    en="Encrypted from here on. The server has forgotten what was said before.",
)
TLS_FIRST = Text(
    ja="最初の 1 文字から暗号化されています。ここには、元に戻したものが出ます。",
    en="Encrypted from the first letter on. What stands here has been decrypted.",
)
ENDED = Text(
    ja="接続が切れました。会話は終わりです。", en="The connection is closed. The conversation is over."
)
CUT = Text(
    ja="サーバーが接続を切りました。もう一度つなぐと、はじめから話せます。",
    en="The server hung up. Connect again to begin anew.",
)


def _not_connected() -> Problem:
    return Problem(
        Text(ja="まだつながっていません。", en="There is no connection."),
        Text(
            ja="会話は終わったか、まだ始まっていません。",
            en="The conversation is over, or has not begun.",
        ),
        Text(
            ja="「つなぐ」を押してください。書いた行は残っています。",
            en="Press Connect. What you typed is still there.",
        ),
    )


__all__ = ["BY_HAND", "ByHand", "Console", "Place", "Said"]
