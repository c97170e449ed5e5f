"""The DNS of a world: its zone, the server that answers from it, and the resolver that mail servers ask.

`zone` and `resolver` need dnspython, which takes as long to import as all else of the lab together; they are imported by
whoever makes one.
"""

from .errors import DnsTrouble, NoSuchDomain, TakesNoMail
from .server import PORT, serve

__all__ = ["PORT", "DnsTrouble", "NoSuchDomain", "TakesNoMail", "serve"]
