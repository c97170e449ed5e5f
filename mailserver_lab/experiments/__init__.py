"""Experiments: claims that the reader tries against real servers. Data, and the engine that runs them."""

from .catalogue import experiment, experiments
from .experiment import Draft, Experiment, Prediction, Situation, Step, Switch
from .facts import Bounce, Facts, Sent
from .legs import Leg, Line
from .replay import replay
from .session import Session
from .views import DeviceView, Machines, MailboxView, Reading, Row

__all__ = [
    "Bounce", "DeviceView", "Draft", "Experiment", "Facts", "Leg", "Line", "Machines", "MailboxView", "Prediction",
    "Reading", "Row", "Sent", "Session", "Situation", "Step", "Switch", "experiment", "experiments", "replay",
]  # fmt: skip
