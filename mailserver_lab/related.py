"""Which events of a record have to do with which message.

A message's own are those that carry its queue id, whole connections at a time, and those of the notifications about it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from .trace import Event


class Index:
    """Events by message. It grows with the record, so that finding a message's costs what it has, not what was ever said."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        # by connection; then by queue id: its connections, what was done on none, the notifications about it
        self._spoken: defaultdict[int, list[Event]] = defaultdict(list)
        self._conns: defaultdict[str, dict[int, None]] = defaultdict(dict)
        self._deeds: defaultdict[str, list[Event]] = defaultdict(list)
        self._notices: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._made: defaultdict[str, dict[int, None]] = defaultdict(
            dict
        )  # by host: the connections that it made
        self.add(events)

    def add(self, events: Iterable[Event]) -> None:
        """Take in what the record says next."""
        for event in events:
            message = event.queue_id
            if event.conn is not None:
                self._spoken[event.conn].append(event)
                self._made[event.source][event.conn] = None
                if message is not None:
                    self._conns[message][event.conn] = None
            elif message is not None:
                self._deeds[message].append(event)
            if event.kind == "bounce" and message is not None and "dsn" in event.parsed:
                self._notices[message][event.parsed["dsn"]] = None

    def conversations(self, message: str) -> dict[int, list[Event]]:
        """The events of each connection that a message or a notification about it took, by the connection's number."""
        return {
            conn: self._spoken[conn] for one in self._family(message) for conn in self._conns.get(one, ())
        }

    def made_by(self, host: str) -> dict[int, list[Event]]:
        """The events of each connection that a host made, whatever for, by the connection's number."""
        return {conn: self._spoken[conn] for conn in self._made.get(host, ())}

    def deeds(self, message: str) -> list[Event]:
        """What was done about a message or a notification about it outside of connections, in order."""
        found = [event for one in self._family(message) for event in self._deeds.get(one, ())]
        return sorted(found, key=lambda event: event.n)

    def _family(self, message: str) -> list[str]:
        """A message, the notifications about it, those about them, and so on."""
        family = [message]
        for one in family:
            family += [notice for notice in self._notices.get(one, ()) if notice not in family]
        return family


def related(events: Iterable[Event], message: str | None, host: str | None = None) -> list[Event]:
    """The events that have to do with a message or with a notification about it, in order, whole connections at a time.

    With a host, also those of all connections that it made; without a message, those alone.
    """
    index = Index(events)
    conversations = {
        **(index.conversations(message) if message else {}),
        **(index.made_by(host) if host else {}),
    }
    found = [event for spoken in conversations.values() for event in spoken]
    return sorted(found + (index.deeds(message) if message else []), key=lambda event: event.n)
