"""Builds worlds on a Net, starts and stops them."""

from .gate import Gate
from .lab import Lab
from .running import RunningWorld, load_the_rest

__all__ = ["Gate", "Lab", "RunningWorld", "load_the_rest"]
