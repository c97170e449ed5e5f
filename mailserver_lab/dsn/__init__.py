"""Delivery status notifications: writing the lab's own (RFC 3464), and reading them part by part."""

from .read import Annotated, Report, annotate, read
from .write import Action, Outcome, write

__all__ = ["Action", "Annotated", "Outcome", "Report", "annotate", "read", "write"]
