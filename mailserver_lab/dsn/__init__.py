"""Delivery status notifications: writing the lab's own (RFC 3464), and reading them part by part."""

from .diagnosis import Diagnosis, Evidence, Verdict
from .doctor import diagnose
from .read import Annotated, Report, annotate, read
from .write import Action, Outcome, write

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
