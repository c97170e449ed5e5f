"""What the reader sees: the bench and the panels that it is made of.

A panel is one small widget: traits in Python, one ES module and one style sheet in `static`. The bench puts panels
together and connects them to a session of an experiment. A panel knows neither the others nor the session.
"""

from .bench import Bench, bench
from .doctor import Doctor, doctor

__all__ = ["Bench", "Doctor", "bench", "doctor"]
