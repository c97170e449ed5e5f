"""The only way from one host of a world to another.

`Net` maps (logical address, port) to a socket on 127.0.0.1 or to memory, and refuses everything else: no mail can
leave the lab, by construction. Addresses are those reserved for documentation (RFC 5737, RFC 3849).
"""

from .base import Accept, Answer, Net, OutsideTheLab, Peer
from .loopback import LoopbackNet
from .memory import MemoryNet
from .stream import Stream

__all__ = ["Accept", "Answer", "LoopbackNet", "MemoryNet", "Net", "OutsideTheLab", "Peer", "Stream"]
