"""Delivery status notifications: writing the lab's own (RFC 3464), and reading anybody's."""

from typing import TYPE_CHECKING

from .diagnosis import Diagnosis, Evidence, Verdict
from .read import Annotated, Report, annotate, read
from .write import Action, Outcome, write

if TYPE_CHECKING:
    from .doctor import diagnose

__all__ = [
    "Action",
    "Annotated",
    "Diagnosis",
    "Evidence",
    "Outcome",
    "Report",
    "Verdict",
    "annotate",
    "diagnose",
    "read",
    "write",
]


def __getattr__(name: str) -> object:
    """Load the doctor with its thousands of phrases when somebody asks it; a mail server greets without it."""
    if name == "diagnose":
        from .doctor import diagnose  # noqa: PLC0415

        return diagnose
    raise AttributeError(name)
