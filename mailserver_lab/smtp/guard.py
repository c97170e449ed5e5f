"""What a server puts up with: from one client, and from all of them together.

Port 25 talks to anybody. A client that guesses addresses or passwords, chatters without ever sending a message, or keeps
connections open by the thousand costs others their turn; it is told 421 and hung up on (RFC 5321 section 3.8). Whoever
merely says nothing is the server's idle timer's business.
"""

from __future__ import annotations

import re

from ..replies import Reply

AT_ONCE = 200  # connections to one port of one server
REFUSALS = 100  # commands of one connection that were refused; a list with as many wrong addresses is no list
COMMANDS = 1_000  # of one connection since its last message, RCPT not counted
LOGINS = 5  # wrong passwords on one connection

TOO_MANY_CLIENTS = Reply(421, "Too many connections at once, try again later", "4.7.0")
TOO_MANY_REFUSALS = Reply(421, "Too many errors, closing the connection", "4.7.0")
TOO_MANY_COMMANDS = Reply(421, "Too many commands without a message, closing the connection", "4.7.0")
TOO_MANY_LOGINS = Reply(421, "Too many wrong passwords, closing the connection", "4.7.0")
CONTROL_CHARACTER = Reply(501, "A command holds no control characters", "5.5.2")

# C0 without tab, DEL, C1, and what Python and browsers take for the end of a line: no log and no list is to be broken by them
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


def has_control(text: str) -> bool:
    """Whether there is something in it that could begin a line of its own, or move a terminal's cursor."""
    return _CONTROL.search(text) is not None


def visible(text: str) -> str:
    """The same text as one printable line, for the record: U+2400 and those after it are pictures of control characters."""
    return _CONTROL.sub(lambda match: chr(0x2400 + ord(match[0])) if match[0] < " " else "\ufffd", text)


class Crowd:
    """Counts the connections to one port."""

    def __init__(self) -> None:
        self._inside = 0

    def enter(self) -> bool:
        """Let one more in; False where there is no room."""
        if self._inside >= AT_ONCE:
            return False
        self._inside += 1
        return True

    def leave(self) -> None:
        """One that was let in has gone."""
        self._inside -= 1


class Patience:
    """What is left of a server's patience with one connection."""

    def __init__(self) -> None:
        self._refusals, self._commands, self._logins = REFUSALS, COMMANDS, LOGINS

    def command(self, verb: str) -> None:
        """It said something."""
        self._commands -= verb != "RCPT"

    def refused(self) -> None:
        """It was told that this cannot be."""
        self._refusals -= 1

    def wrong_password(self) -> None:
        """It tried to sign in as somebody else, or mistyped."""
        self._logins -= 1

    def message(self) -> None:
        """It did what it is here for."""
        self._commands = COMMANDS

    def farewell(self) -> Reply | None:
        """What to say before hanging up, None while there is patience left."""
        if self._logins <= 0:
            return TOO_MANY_LOGINS
        if self._refusals <= 0:
            return TOO_MANY_REFUSALS
        return TOO_MANY_COMMANDS if self._commands <= 0 else None
