"""Why there is no host to which a domain's mail could go."""


class NoSuchDomain(Exception):
    """The DNS says that there is no such name (NXDOMAIN), or that it has neither MX nor address."""


class TakesNoMail(Exception):
    """The domain has a null MX (RFC 7505)."""


class DnsTrouble(Exception):
    """No usable answer just now; it may be different later."""
