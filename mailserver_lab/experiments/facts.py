"""What has happened so far in one reader's go at an experiment, put together from the record and from the device.

Predicates of experiments (steps, hints, the goal) look at this and at nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ..devices import BY_HAND
from ..smtp.paths import canonical
from ..trace import Event
from .fetching import Fetching

_DONE = re.compile(r"[23]\d\d[ -]|\+(OK| |$)|\S+ OK\b")
_GOES_ON = re.compile(r"\d{3}-")  # a line of a reply that is not its last
_QUEUED = re.compile(r"250 2\.0\.0 queued as (\S+)")
_PATH = re.compile(r"<([^<>]*)>")
_SUBJECT = re.compile(r"^Subject:(.*)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the reader sent, with so many files. `queue_id` is None where their own server refused it.

    Addresses are here, and in all facts, in canonical form: who writes Recipient@Hibari.example means recipient@hibari.example.
    """

    queue_id: str | None
    recipients: tuple[str, ...]
    subject: str
    files: int = 0


@dataclass(slots=True)
class Bounce:
    """A notification that a server wrote about a message of the reader's."""

    message: str
    notice: str
    action: str
    status: str
    recipients: tuple[str, ...]
    writer: str = ""  # the server that wrote it, by its host name
    wording: str = ""  # the mail system that this server writes like
    stored: bool = False  # it lies in the sender's mailbox on the server
    uid: int | None = None  # on a device, once fetched
    owner: str = ""  # whose device that is
    opened: bool = False


@dataclass(slots=True)
class Spoken:
    """Something that the reader said to a server by hand, and the answer, as the record has them: without secrets.

    Args:
        conn: on which connection.
        said: the line; where a message was handed over, the message.
        heard: the line that answers it; empty until it has come.
        told: in IMAP, the lines without a tag that came before that one.
    """

    conn: int
    protocol: str
    port: int
    server: str
    said: str
    heard: str = ""
    content: bool = False
    told: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether the server did it."""
        return _DONE.match(self.heard) is not None

    def is_(self, *commands: str) -> bool:
        """Whether it is one of these commands; in IMAP, where it has a tag, behind that."""
        words = self.said.upper().split()[self.protocol == "imap" :][:1]
        return not self.content and words[:1] in [[command] for command in commands]


@dataclass(slots=True)
class Facts:
    """The state of things. Grows only; starting over makes a new one."""

    prediction: str | None = None
    sent: list[Sent] = field(default_factory=list)
    bounces: list[Bounce] = field(default_factory=list)
    delivered: list[tuple[str, str]] = field(default_factory=list)
    """(queue id, recipient) of what the recipients' servers have taken."""
    stored: list[tuple[str, str]] = field(default_factory=list)
    """(queue id, account) of what lies in a mailbox."""
    deferred: list[tuple[str, str, str]] = field(default_factory=list)
    """(queue id, recipient, reply) of each attempt that is to be repeated."""
    emptied: set[str] = field(default_factory=set)
    """Accounts from whose mailbox something was removed."""
    broken: list[tuple[str, str]] = field(default_factory=list)
    """(fault, host) of whatever was broken since the beginning; the host is empty for the DNS."""
    struck: list[tuple[str, str, str]] = field(default_factory=list)
    """(queue id, fault, host) of each time that a fault struck a message."""
    settings: dict[tuple[str, str], Any] = field(default_factory=dict)
    """What was changed in the settings of servers, by domain and name."""
    spoken: list[Spoken] = field(default_factory=list)
    """What was said by hand, on all connections, in order."""
    dialled: dict[int, bool] = field(default_factory=dict)
    """The connections that were made by hand, by number in the record, and whether each is still open."""
    fetching: Fetching = field(default_factory=Fetching)
    """What devices and their servers said to each other when mail was fetched."""

    def learn(self, events: Iterable[Event]) -> None:
        """Take in what the record says."""
        for event in events:
            self.fetching.learn(event)
            if event.kind == "open" and event.step == BY_HAND:
                self.dialled[event.conn or 0] = True
            elif event.conn in self.dialled and event.kind in {"line", "content", "close"}:
                self._overhear(event)
            elif event.kind == "bounce" and event.queue_id:
                about = event.parsed
                notice = about.get("dsn", "")
                if notice not in {bounce.notice for bounce in self.bounces}:
                    recipients = tuple(map(canonical, about.get("recipients", ())))
                    self.bounces.append(
                        Bounce(
                            event.queue_id,
                            notice,
                            about.get("action", ""),
                            about.get("status", ""),
                            recipients,
                            event.source,
                            about.get("wording", ""),
                        )
                    )
            elif event.kind == "queue" and event.queue_id and event.parsed.get("state") == "delivered":
                self.delivered.append((event.queue_id, canonical(event.parsed["recipient"])))
            elif event.kind == "queue" and event.queue_id and event.parsed.get("state") == "deferred":
                about = event.parsed
                self.deferred.append((event.queue_id, canonical(about["recipient"]), about["reply"]))
            elif event.kind == "mailbox" and event.parsed.get("change") == "expunged":
                self.emptied.add(canonical(event.parsed["account"]))
            elif event.kind == "fault":
                about = event.parsed
                if about["what"] == "begins":
                    self.broken.append((about["fault"], about["host"]))
                elif about["what"] == "strikes" and event.queue_id:
                    self.struck.append((event.queue_id, about["fault"], about["host"]))
            elif event.kind == "setting":
                domain = event.parsed["domain"]
                self.settings |= {
                    (domain, name): value for name, value in event.parsed.items() if name != "domain"
                }
            elif event.kind == "mailbox" and event.parsed.get("change") == "appended":
                if event.queue_id:
                    self.stored.append((event.queue_id, canonical(event.parsed.get("account", ""))))
                for bounce in self.bounces:
                    bounce.stored |= bounce.notice == event.queue_id

    def _overhear(self, event: Event) -> None:
        """Take in what was said on a connection by hand."""
        conn, content = event.conn or 0, event.kind == "content"
        if event.kind == "close":
            self.dialled[conn] = False
        elif event.side == "client":
            self.spoken.append(
                Spoken(conn, event.protocol, event.port, event.target, event.text, content=content)
            )
        elif not content and not _GOES_ON.match(event.text):
            tag = event.parsed.get("tag")
            if event.protocol == "imap" and tag is None:
                for one in [one for one in self.spoken if one.conn == conn][-1:]:
                    one.told.append(event.text)
            for one in self.spoken:
                if one.conn == conn and not one.heard and (tag is None or one.said.startswith(f"{tag} ")):
                    if one.protocol != "imap" or tag is not None:
                        one.heard = event.text
                        self._hand_in(one)
                    break

    def _hand_in(self, done: Spoken) -> None:
        """A message that a server took by hand was sent like any other."""
        queued = _QUEUED.match(done.heard) if done.content else None
        if queued is not None:
            talk = [one for one in self.spoken if one.conn == done.conn]
            talk = talk[: talk.index(done)]
            begin = max(n for n, one in enumerate(talk) if one.is_("MAIL") and one.ok)
            named = [_PATH.search(one.said) for one in talk[begin:] if one.is_("RCPT") and one.ok]
            subject = _SUBJECT.search(done.said.partition("\r\n\r\n")[0])
            self.sent.append(
                Sent(queued[1], tuple(canonical(path[1]) for path in named if path), subject[1].strip() if subject else "")
            )  # fmt: skip

    def fetched(self, owner: str, uid: int, head: str) -> None:
        """Take in that a message is on somebody's device now."""
        for bounce in self.bounces:
            if f"<{bounce.notice}@" in head:
                bounce.uid, bounce.owner = uid, owner

    def opened(self, owner: str, uid: int) -> None:
        """Take in that it was opened there."""
        for bounce in self.bounces:
            bounce.opened |= (bounce.owner, bounce.uid) == (owner, uid)

    # -- what predicates ask

    @property
    def double_bounces(self) -> list[Bounce]:
        """Notifications about notifications."""
        notices = {bounce.notice for bounce in self.bounces}
        return [bounce for bounce in self.bounces if bounce.message in notices]

    @property
    def last(self) -> Sent | None:
        """The message that was sent last."""
        return self.sent[-1] if self.sent else None

    def told(self, action: str, *, opened: bool = False) -> set[str]:
        """Of which messages a notice of that action was fetched (and opened): failed, delayed, delivered."""
        return {
            bounce.message
            for bounce in self.bounces
            if bounce.action == action and bounce.uid is not None and (bounce.opened or not opened)
        }

    def bounced(self, status: str, *, opened: bool = False, recipient: str | None = None) -> bool:
        """Whether a bounce with this status was fetched (and opened), for this recipient if one is named."""
        return any(
            bounce.status == status
            and bounce.uid is not None
            and (bounce.opened or not opened)
            and (recipient is None or recipient in bounce.recipients)
            for bounce in self.bounces
        )

    def delivered_after_bounce(self, recipient: str, status: str) -> bool:
        """Whether a message that bounced with this status was sent again, under the same subject, and lies with `recipient` now."""
        bounced = {
            bounce.message for bounce in self.bounces if bounce.status == status and bounce.uid is not None
        }
        for n, first in enumerate(self.sent):
            if first.queue_id in bounced:
                for again in self.sent[n + 1 :]:
                    if again.subject == first.subject and (again.queue_id, recipient) in self.delivered:
                        return True
        return False

    def is_delivered(self, sent: Sent) -> bool:
        """Whether all recipients of a message have it."""
        return bool(sent.recipients) and all(
            (sent.queue_id, recipient) in self.delivered for recipient in sent.recipients
        )
