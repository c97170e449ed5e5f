"""A client core and a server core, joined by bytes in pieces of any size."""

from __future__ import annotations

from mailserver_lab.imap.client import ImapClient
from mailserver_lab.imap.core import Server
from mailserver_lab.imap.events import ClientEvent, Response, ServerEvent, Status, Wait
from mailserver_lab.imap.states import Outcome
from mailserver_lab.imap.values import Value

OK = Outcome.OK


class Joined:
    def __init__(self, step: int = 0) -> None:
        self.client, self.server, self.step = ImapClient(), Server(), step
        self.to_client(Status(None, OK, "ready"))

    def _feed(self, end: ImapClient | Server, data: bytes) -> None:
        step = self.step or max(1, len(data))
        for at in range(0, len(data), step):
            end.receive_data(data[at : at + step])
            if at + step < len(data):
                assert isinstance(end.next_event(), Wait)

    def to_server(self, data: bytes) -> ServerEvent:
        self._feed(self.server, data)
        event = self.server.next_event()
        assert not isinstance(event, Wait)
        return event

    def to_client(self, response: Response) -> ClientEvent:
        self._feed(self.client, self.server.send(response))
        event = self.client.next_event()
        assert not isinstance(event, Wait)
        return event

    def give(self, name: str, *arguments: Value, uid: bool = False) -> ServerEvent:
        return self.to_server(self.client.send(name, *arguments, uid=uid))

    def answer(self, outcome: Outcome = OK, text: str = "done", code: str | None = None) -> ClientEvent:
        return self.to_client(Status(self.client.tag, outcome, text, code))

    def sign_in(self) -> Joined:
        self.give("LOGIN", "alice", "x")
        self.answer()
        return self


def raw_server(state: str = "") -> Server:
    """A server that has greeted, and for "in" and "selected" let the client come so far."""
    server = Server()
    server.send(Status(None, OK, "ready"))
    for wanted, line in (("in selected", b"x LOGIN a b\r\n"), ("selected", b"x SELECT INBOX\r\n")):
        if state and state in wanted:
            server.receive_data(line)
            server.next_event()
            server.send(Status("x", OK, "done"))
    return server


def hear(server: Server, data: bytes) -> ServerEvent | Wait:
    server.receive_data(data)
    return server.next_event()
