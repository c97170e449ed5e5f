"""The DNS of a world: its zone, the server that answers from it, and the resolver that mail servers ask."""

from .resolver import DnsTrouble, NoSuchDomain, Resolver, TakesNoMail
from .server import serve
from .zone import Zone

__all__ = ["DnsTrouble", "NoSuchDomain", "Resolver", "TakesNoMail", "Zone", "serve"]
