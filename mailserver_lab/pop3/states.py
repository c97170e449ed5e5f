"""The states of a POP3 session, and everything that moves it from one to the next.

A session (RFC 1939 §3) begins with the server's greeting and is then in AUTHORIZATION: the client says who it is.
It may do so by USER and PASS, where PASSWORD is the moment between the two, by APOP (RFC 1939 §7), or by AUTH
(RFC 5034), where AUTHENTICATING lasts as long as the two exchange challenges and responses. STLS (RFC 2595 §4) leads
through STARTING_TLS, in which no POP3 is spoken at all. UTF8 and LANG (RFC 6856) change how the two talk, not where
they stand; UTF8 comes before the mailbox is open. Once the server knows the client, and has locked its mailbox,
the session is in TRANSACTION. QUIT there leads into UPDATE, the only state in which messages are removed;
QUIT anywhere else, a lost connection or an idle one end the session and remove nothing.

`TRANSITIONS` is the whole truth: both cores obey it, and the diagrams are drawn from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """Where a session stands (RFC 1939 §3)."""

    GREETING = "GREETING"
    AUTHORIZATION = "AUTHORIZATION"
    PASSWORD = "PASSWORD"
    AUTHENTICATING = "AUTHENTICATING"
    STARTING_TLS = "STARTING_TLS"
    TRANSACTION = "TRANSACTION"
    UPDATE = "UPDATE"
    CLOSED = "CLOSED"


class Outcome(StrEnum):
    """What has just happened to a command: it was given, or it was answered in one of three ways."""

    ASKED = "asked"
    OK = "+OK"
    ERR = "-ERR"
    MORE = "+"


#: Stands in the table for what a server says before any command.
GREETING = "greeting"

Moves = Mapping[Outcome, State]

# An outcome that is not listed leaves the state as it is; a command that is not listed is not allowed there.
_STAY: Moves = MappingProxyType({})
_LEAVE: Moves = MappingProxyType({Outcome.OK: State.CLOSED, Outcome.ERR: State.CLOSED})
_SIGN_IN: Mapping[str, Moves] = MappingProxyType(
    {
        **dict.fromkeys(("CAPA", "UTF8", "LANG"), _STAY),
        "USER": {Outcome.OK: State.PASSWORD, Outcome.ERR: State.AUTHORIZATION},
        "APOP": {Outcome.OK: State.TRANSACTION, Outcome.ERR: State.AUTHORIZATION},
        "AUTH": {
            Outcome.MORE: State.AUTHENTICATING,
            Outcome.OK: State.TRANSACTION,
            Outcome.ERR: State.AUTHORIZATION,
        },
        "STLS": {Outcome.OK: State.STARTING_TLS},
        "QUIT": _LEAVE,
    }
)

#: From each state, by each command that it allows, for each outcome: the next state.
TRANSITIONS: Mapping[State, Mapping[str, Moves]] = MappingProxyType(
    {
        State.GREETING: {GREETING: {Outcome.OK: State.AUTHORIZATION, Outcome.ERR: State.CLOSED}},
        State.AUTHORIZATION: _SIGN_IN,
        State.PASSWORD: {
            **_SIGN_IN,
            "PASS": {Outcome.OK: State.TRANSACTION, Outcome.ERR: State.AUTHORIZATION},
        },
        State.AUTHENTICATING: {"AUTH": {Outcome.OK: State.TRANSACTION, Outcome.ERR: State.AUTHORIZATION}},
        State.STARTING_TLS: {},
        State.TRANSACTION: {
            **dict.fromkeys(
                ("CAPA", "LANG", "STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", "RSET", "NOOP"), _STAY
            ),
            "QUIT": {Outcome.ASKED: State.UPDATE},
        },
        State.UPDATE: {"QUIT": _LEAVE},
        State.CLOSED: {},
    }
)

#: Every command there is, in any state.
COMMANDS = frozenset(command for moves in TRANSITIONS.values() for command in moves) - {GREETING}


def allows(state: State, command: str) -> bool:
    """Say whether the command may be given in the state."""
    return command in TRANSITIONS[state]


def allowing(command: str) -> list[State]:
    """List the states in which the command may be given, for messages that explain a refusal."""
    return [state for state, moves in TRANSITIONS.items() if command in moves]


def after(state: State, command: str, outcome: Outcome) -> State:
    """Return the state that follows once the command has had that outcome."""
    return TRANSITIONS[state].get(command, _STAY).get(outcome, state)
