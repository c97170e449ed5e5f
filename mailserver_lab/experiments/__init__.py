"""Experiments: claims that the reader tries against real servers. Data, and the engine that runs them."""

from .breaking import BadInput, Breaking, Broken
from .catalogue import experiment, experiments
from .compared import Tried
from .console import ByHand, Console, Place, Said
from .experiment import Draft, Experiment, Prediction, Situation, Step, Switch
from .facts import Bounce, Facts, Sent, Spoken
from .legs import Leg, Line
from .replay import replay
from .session import Session
from .views import DeviceView, Machines, MailboxView, Reading, Row

__all__ = [
    "BadInput", "Bounce", "Breaking", "Broken", "ByHand", "Console", "DeviceView", "Draft", "Experiment", "Facts", "Leg", "Line", "Machines", "MailboxView", "Place", "Prediction",
    "Reading", "Row", "Said", "Sent", "Session", "Situation", "Spoken", "Step", "Switch", "Tried", "experiment", "experiments", "replay",
]  # fmt: skip
