"""Twisted's IMAP server with mailboxes in memory, for `imap.py`; run by an interpreter that has Twisted. Says its port, and serves.

Twisted has the protocol, and leaves what a mailbox is to whoever uses it. This is the least that its server asks for.
"""

# Names, arguments and what each method is for are Twisted's (twisted.mail.interfaces).
# ruff: noqa: A002, D102, N802

from __future__ import annotations

from email import message_from_bytes
from email.utils import formatdate
from io import BytesIO

from twisted.cred import checkers, portal
from twisted.internet import defer, protocol, reactor
from twisted.mail import imap4
from zope.interface import implementer

USER, PASSWORD = b"user", b"secret"


@implementer(imap4.IMessage, imap4.IMessageFile)
class Message:
    """A message."""

    def __init__(self, uid, raw, flags):
        self.uid, self.raw, self.flags, self.date = uid, raw, set(flags), formatdate()

    def getUID(self):
        return self.uid

    def getFlags(self):
        return sorted(self.flags)

    def getInternalDate(self):
        return self.date

    def open(self):
        return BytesIO(self.raw)

    def getHeaders(self, negate, *names):
        wanted = {name.lower() if isinstance(name, str) else name.decode().lower() for name in names}
        found = message_from_bytes(self.raw).items()
        return {
            name.lower(): value for name, value in found if not names or (name.lower() in wanted) != negate
        }

    def getBodyFile(self):
        return BytesIO(self.raw.partition(b"\r\n\r\n")[2])

    def getSize(self):
        return len(self.raw)

    def isMultipart(self):
        return False

    def getSubPart(self, part):
        raise IndexError(part)


@implementer(imap4.IMailbox)
class Mailbox:
    """A mailbox, and those who want to hear of it."""

    def __init__(self):
        self.messages, self.listeners = [], []

    def getHierarchicalDelimiter(self):
        return "/"

    def getFlags(self):
        return ["\\Seen", "\\Flagged", "\\Deleted", "\\Answered", "\\Draft"]

    def getMessageCount(self):
        return len(self.messages)

    def getRecentCount(self):
        return 0

    def getUnseenCount(self):
        return sum("\\Seen" not in each.flags for each in self.messages)

    def getUIDValidity(self):
        return 1

    def getUIDNext(self):
        return len(self.messages) + 1

    def getUID(self, number):
        return self.messages[number - 1].uid

    def isWriteable(self):
        return True

    def destroy(self):
        pass

    def requestStatus(self, names):
        return imap4.statusRequestHelper(self, names)

    def addListener(self, listener):
        self.listeners.append(listener)

    def removeListener(self, listener):
        self.listeners.remove(listener)

    def addMessage(self, message, flags=(), date=None):
        self.messages.append(Message(len(self.messages) + 1, message.read(), flags))
        for listener in self.listeners:
            listener.newMessages(len(self.messages), None)
        return defer.succeed(len(self.messages))

    def _chosen(self, numbers):
        numbers.last = len(self.messages)
        return [(number, self.messages[number - 1]) for number in numbers if number <= len(self.messages)]

    def fetch(self, messages, uid):
        return self._chosen(messages)

    def store(self, messages, flags, mode, uid):
        told = {}
        for number, message in self._chosen(messages):
            given = set(flags)
            message.flags = (
                message.flags | given if mode > 0 else message.flags - given if mode < 0 else given
            )
            told[number] = message.getFlags()
        return told

    def expunge(self):
        return []


class Account(imap4.MemoryAccount):
    """The one account."""

    def _emptyMailbox(self, name, id):
        return Mailbox()


ACCOUNT = Account("user")
ACCOUNT.create("INBOX")


class Realm:
    """Gives everybody the one account."""

    def requestAvatar(self, name, mind, *interfaces):
        return imap4.IAccount, ACCOUNT, lambda: None


class Server(imap4.IMAP4Server):
    """A connection, without the delay that Nagle and the client's late acknowledgement make together."""

    def connectionMade(self):
        self.transport.setTcpNoDelay(True)
        super().connectionMade()


class Factory(protocol.Factory):
    """Makes connections."""

    def buildProtocol(self, address):
        server = Server()
        server.portal = portal.Portal(
            Realm(), [checkers.InMemoryUsernamePasswordDatabaseDontUse(**{USER.decode(): PASSWORD})]
        )
        return server


port = reactor.listenTCP(0, Factory(), interface="127.0.0.1", backlog=1000)
print(port.getHost().port, flush=True)
reactor.run()
