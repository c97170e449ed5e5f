"""The states of an SMTP conversation, and what leads from one to the next (RFC 5321 section 4.1.4).

The server speaks first, and the conversation is GREETED. EHLO makes it READY. A transaction is MAIL, then RCPT for as many
recipients as there are, then DATA, in which no commands are spoken but the message; the lone dot ends that, and the
conversation is READY for the next one.

    START ──220──▶ GREETED ──EHLO──▶ READY ──MAIL──▶ MAIL ──RCPT──▶ RCPT ──DATA──▶ DATA ──content──▶ READY

`TRANSITIONS` is what the client obeys. Whether it has to sign in before MAIL, a client cannot tell from the protocol: it is
the policy of the port (RFC 6409 section 4.3). `moves` says the same state by state for either kind of port; the state
diagrams are drawn from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto


class State(Enum):
    """Where a conversation stands."""

    START = auto()  # connected, the server speaks first
    GREETED = auto()
    READY = auto()  # EHLO done, no transaction
    SIGNED_IN = auto()  # the same after AUTH, where that is needed; the client itself knows READY alone
    MAIL = auto()  # reverse-path accepted
    RCPT = auto()  # at least one recipient accepted
    DATA = auto()  # the server waits for the content
    CLOSED = auto()


_TALKING = frozenset({State.GREETED, State.READY, State.MAIL, State.RCPT})

# verb → states in which it may be sent; what a success leads to
TRANSITIONS: dict[str, tuple[frozenset[State], State]] = {
    "": (frozenset({State.START}), State.GREETED),
    "EHLO": (_TALKING, State.READY),
    "HELO": (_TALKING, State.READY),
    "STARTTLS": (frozenset({State.READY}), State.GREETED),
    "AUTH": (frozenset({State.READY}), State.READY),
    "MAIL": (frozenset({State.READY}), State.MAIL),
    "RCPT": (frozenset({State.MAIL, State.RCPT}), State.RCPT),
    "DATA": (frozenset({State.RCPT}), State.DATA),
    "content": (frozenset({State.DATA}), State.READY),
    "RSET": (frozenset({State.READY, State.MAIL, State.RCPT}), State.READY),
    "NOOP": (_TALKING, State.READY),
    "QUIT": (_TALKING, State.CLOSED),
}
STAYS = frozenset({"NOOP"})  # whose success leads nowhere, whatever stands above
ALONE = frozenset(
    {"", "EHLO", "HELO", "STARTTLS", "AUTH", "DATA", "content", "QUIT", "NOOP"}
)  # end a group (RFC 2920 section 3.1)


def moves(*, login: bool) -> Mapping[State, Mapping[str, State]]:
    """From each state, by each command that may succeed there: the next state.

    Args:
        login: whether the port is one where people sign in (587, 465), or one where servers meet (25).
    """
    rows: dict[State, dict[str, State]] = {state: {} for state in State}
    for verb, (states, to) in TRANSITIONS.items():
        for state in states:
            rows[state][verb] = state if verb in STAYS else to
    rows[State.GREETED]["RSET"] = (
        State.GREETED
    )  # at any time (section 4.1.1.5); the client has no use for it there
    if not login:
        del rows[State.READY]["AUTH"]
        return rows
    # a transaction is there only for those who have signed in, and so whatever ends one leads back there
    rows[State.SIGNED_IN] = {
        verb: State.SIGNED_IN if to is State.READY else to
        for verb, to in rows[State.READY].items()
        if verb != "AUTH"
    }
    rows[State.READY] = {**rows[State.READY], "AUTH": State.SIGNED_IN}
    del rows[State.READY]["MAIL"]
    for state in (State.MAIL, State.RCPT, State.DATA):
        rows[state] = {verb: State.SIGNED_IN if to is State.READY else to for verb, to in rows[state].items()}
    return rows
