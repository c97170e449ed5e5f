"""All experiments, by id."""

from __future__ import annotations

from importlib import resources

from .break_it import BREAK_IT
from .common_language import COMMON_LANGUAGE
from .experiment import Experiment
from .host_unknown import HOST_UNKNOWN
from .http_too import HTTP_TOO
from .imap_by_hand import IMAP_BY_HAND
from .imap_idle import IMAP_IDLE
from .login import LOGIN
from .mailbox_full import MAILBOX_FULL
from .no_bounce_of_bounce import NO_BOUNCE_OF_BOUNCE
from .pop3_by_hand import POP3_BY_HAND
from .same_cause import SAME_CAUSE
from .server_down import SERVER_DOWN
from .smtp_by_hand import SMTP_BY_HAND
from .temporary import TEMPORARY
from .too_large import TOO_LARGE
from .user_unknown import USER_UNKNOWN
from .who_is_it import WHO_IS_IT
from .who_wrote_it import WHO_WROTE_IT

_ALL = {
    one.id: one
    for one in (
        COMMON_LANGUAGE,
        HTTP_TOO,
        LOGIN,
        SMTP_BY_HAND,
        POP3_BY_HAND,
        IMAP_BY_HAND,
        IMAP_IDLE,
        USER_UNKNOWN,
        HOST_UNKNOWN,
        MAILBOX_FULL,
        TOO_LARGE,
        WHO_WROTE_IT,
        NO_BOUNCE_OF_BOUNCE,
        WHO_IS_IT,
        TEMPORARY,
        SERVER_DOWN,
        BREAK_IT,
        SAME_CAUSE,
    )
}


def experiments() -> tuple[Experiment, ...]:
    """Every experiment, in the book's order."""
    return tuple(_ALL.values())


def experiment(name: str) -> Experiment:
    """An experiment by its id.

    Raises:
        KeyError: there is none; says which there are.
    """
    try:
        return _ALL[name]
    except KeyError:
        raise KeyError(f"no experiment is called {name!r}; there are {', '.join(_ALL)}") from None


def golden(name: str) -> str:
    """The transcript of an experiment's first message over sockets, as it must always be."""
    return (resources.files(__package__) / f"{name}.golden.txt").read_text("utf-8")
