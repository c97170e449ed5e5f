"""Handing one message to one server: MAIL, RCPT for each recipient, DATA, the message; and what becomes of each recipient.

All in one group where the server offers PIPELINING (RFC 2920), so that it costs one journey there and back instead of
three; or step by step, where somebody may want to hold the message in between. However early the conversation ends, what
the server has said of a recipient until then stands.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from ..replies import Reply
from .offers import Parameters
from .session import GOING_AWAY, SmtpSession


@dataclass(slots=True)
class Handover:
    """A message on its way to a server that has been greeted, as far as it has come.

    Args:
        session: the conversation.
        reverse_path: who sends it.
        parameters: those of MAIL.
        recipients: (forward-path, parameters) of each.
        message: its octets.
    """

    session: SmtpSession
    reverse_path: str
    parameters: Parameters
    recipients: Sequence[tuple[str, Parameters]]
    message: bytes
    _mail: list[Reply] = field(default_factory=list)  # what the server has answered so far, to each command
    _rcpt: list[Reply] = field(default_factory=list)
    _data: list[Reply] = field(default_factory=list)
    _end: list[Reply] = field(default_factory=list)

    async def in_one_go(self) -> None:
        """Say all of it without waiting for answers in between, and the message when they have come.

        All answers are read, whatever the first ones are. A server may say "go on" although it has taken no recipient:
        then a lone dot ends the message to nobody (RFC 2920 section 3.1).
        """
        heard: list[Reply] = []
        try:
            await self.session.say_all([self._say_mail, *self._say_rcpt, self.session.core.data], heard)
        finally:
            last = 1 + len(self.recipients)
            self._mail, self._rcpt, self._data = heard[:1], heard[1:last], heard[last:]
        if self._data[0].ok:
            self._end = [await self.session.content(self.message if self._accepted else b"")]

    async def step_by_step(self, gate: Callable[[str], Awaitable[None]]) -> None:
        """Say each when the one before is answered, and when the gate before it is open; MAIL's has been passed."""
        await self.session.say_all([self._say_mail], self._mail)
        if not self._mail[0].ok:
            return
        await gate("rcpt")
        await self.session.say_all(self._say_rcpt, self._rcpt)
        if not self._accepted:
            return
        await gate("data")
        await self.session.say_all([self.session.core.data], self._data)
        if self._data[0].ok:
            self._end = [await self.session.content(self.message)]

    @property
    def outcomes(self) -> list[tuple[Reply, str] | None]:
        """For each recipient the reply that decides, and to which command; None where nothing is decided."""
        if self._mail and not self._mail[0].ok:
            return [(self._mail[0], "MAIL FROM")] * len(self.recipients)
        for_all: tuple[Reply, str] | None = None
        if self._end:
            for_all = (self._end[0], "end of DATA")
        elif self._gone is not None:
            for_all = (self._gone, "RCPT TO")
        elif self._data and not self._data[0].ok:
            for_all = (self._data[0], "DATA")
        found: list[tuple[Reply, str] | None] = [
            for_all if reply.ok else (reply, "RCPT TO") for reply in self._rcpt
        ]
        return found + [None] * (len(self.recipients) - len(found))

    @property
    def _accepted(self) -> bool:
        """Whether there is anybody to send the message to, and a server that takes it."""
        return self._mail[0].ok and self._gone is None and any(reply.ok for reply in self._rcpt)

    @property
    def _gone(self) -> Reply | None:
        """What the server said when it went away amid the recipients: those before are not served either."""
        return next((reply for reply in self._rcpt if reply.code == GOING_AWAY), None)

    def _say_mail(self) -> bytes:
        return self.session.core.mail(self.reverse_path, **self.parameters)

    @property
    def _say_rcpt(self) -> list[Callable[[], bytes]]:
        return [partial(self.session.core.rcpt, path, **given) for path, given in self.recipients]
