"""The states of an IMAP connection, and everything that moves it from one to the next.

RFC 3501 §3 has four: not authenticated, authenticated, selected and logout. Before them stands the greeting, which
decides where a connection begins.

Beside its state a connection has a *flow*: what the next octets from the client are. Mostly they are a COMMAND. The
three hard flows of IMAP are the exceptions: the octets of a LITERAL that the server has agreed to (§4.3), the
responses of AUTHENTICATE (§6.2.2), and the DONE that ends IDLE (RFC 2177). STARTTLS (§6.2.1) is a fourth, in which no
IMAP is spoken at all. While a flow lasts, no other command can begin, and when it ends, the state is what the
command's own answer makes it.

`TRANSITIONS` and `FLOWS` are the whole truth: both cores obey them, and the diagrams are drawn from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """Where a connection stands (RFC 3501 §3)."""

    GREETING = "GREETING"
    NOT_AUTHENTICATED = "NOT AUTHENTICATED"
    AUTHENTICATED = "AUTHENTICATED"
    SELECTED = "SELECTED"
    LOGOUT = "LOGOUT"


class Flow(StrEnum):
    """What the client's next octets are."""

    COMMAND = "COMMAND"
    LITERAL = "LITERAL"
    AUTHENTICATE = "AUTHENTICATE"
    IDLE = "IDLE"
    STARTTLS = "STARTTLS"


class Outcome(StrEnum):
    """How a command, or the connection as a whole, was answered (RFC 3501 §7.1)."""

    OK = "OK"
    NO = "NO"
    BAD = "BAD"
    BYE = "BYE"
    PREAUTH = "PREAUTH"


#: Stands in the table for what a server says before any command.
GREETING = "greeting"

Moves = Mapping[Outcome, State]

# An outcome that is not listed leaves the state as it is; a command that is not listed is not allowed there.
_STAY: Moves = MappingProxyType({})
_ANY = {"CAPABILITY": _STAY, "NOOP": _STAY, "ID": _STAY, "LOGOUT": {Outcome.OK: State.LOGOUT}}
_ENTER: Moves = {Outcome.OK: State.AUTHENTICATED}
# A SELECT that fails leaves nothing selected, whatever was before (RFC 3501 §6.3.1).
_SELECT: Moves = {Outcome.OK: State.SELECTED, Outcome.NO: State.AUTHENTICATED}
_LEAVE: Moves = {Outcome.OK: State.AUTHENTICATED}
_MAILBOXES = {
    "SELECT": _SELECT,
    "EXAMINE": _SELECT,
    **dict.fromkeys(
        (
            "CREATE", "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE", "LIST", "LSUB", "STATUS", "APPEND",
            "NAMESPACE", "GETQUOTA", "GETQUOTAROOT", "IDLE", "ENABLE", "NOTIFY",
        ),
        _STAY,
    ),
}  # fmt: skip

#: From each state, by each command that it allows, for each outcome: the next state.
TRANSITIONS: Mapping[State, Mapping[str, Moves]] = MappingProxyType(
    {
        State.GREETING: {
            GREETING: {
                Outcome.OK: State.NOT_AUTHENTICATED,
                Outcome.PREAUTH: State.AUTHENTICATED,
                Outcome.BYE: State.LOGOUT,
            }
        },
        State.NOT_AUTHENTICATED: {**_ANY, "STARTTLS": _STAY, "LOGIN": _ENTER, "AUTHENTICATE": _ENTER},
        State.AUTHENTICATED: {**_ANY, **_MAILBOXES},
        State.SELECTED: {
            **_ANY,
            **_MAILBOXES,
            **dict.fromkeys(
                ("CHECK", "EXPUNGE", "SEARCH", "SORT", "THREAD", "FETCH", "STORE", "COPY", "MOVE"), _STAY
            ),
            "CLOSE": _LEAVE,
            "UNSELECT": _LEAVE,
        },
        State.LOGOUT: {},
    }
)

#: From each flow, by what happens in it: the next flow. "+" is the server's request to continue, "tagged" its answer.
FLOWS: Mapping[Flow, Mapping[str, Flow]] = MappingProxyType(
    {
        Flow.COMMAND: {
            "literal": Flow.LITERAL,
            "AUTHENTICATE +": Flow.AUTHENTICATE,
            "IDLE +": Flow.IDLE,
            "STARTTLS tagged OK": Flow.STARTTLS,
        },
        Flow.LITERAL: {"octets": Flow.COMMAND, "tagged": Flow.COMMAND},
        Flow.AUTHENTICATE: {"AUTHENTICATE +": Flow.AUTHENTICATE, "tagged": Flow.COMMAND},
        Flow.IDLE: {"tagged": Flow.COMMAND},
        Flow.STARTTLS: {"TLS": Flow.COMMAND},
    }
)

#: Every command there is, in any state.
COMMANDS = frozenset(command for moves in TRANSITIONS.values() for command in moves) - {GREETING}
#: The commands that `UID` may stand before (RFC 3501 §6.4.8, RFC 4315 §2.1, RFC 5256 §3, RFC 6851 §3.2).
UID_COMMANDS = frozenset({"COPY", "EXPUNGE", "FETCH", "MOVE", "SEARCH", "SORT", "STORE", "THREAD"})


def allows(state: State, command: str) -> bool:
    """Say whether the command may be given in the state."""
    return command in TRANSITIONS[state]


def allowing(command: str) -> list[State]:
    """List the states in which the command may be given, for messages that explain a refusal."""
    return [state for state, moves in TRANSITIONS.items() if command in moves]


def after(state: State, command: str, outcome: Outcome) -> State:
    """Return the state that follows once the command has been answered so."""
    return TRANSITIONS[state].get(command, _STAY).get(outcome, state)
