"""The lab's own certification authority: made once, and known to nobody who was not told."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable
from pathlib import Path

NAMES = ("localhost", "127.0.0.1")


class Certificates:
    """Server contexts for hosts of a world, and the CA that clients must trust to believe them.

    Args:
        folder: where the CA is kept from one start to the next, so that a mail program that trusts it goes on doing so.
    """

    def __init__(self, folder: Path) -> None:
        # Not at the top: a lab without TLS, in a browser for one, has neither ssl nor trustme.
        import trustme  # noqa: PLC0415

        self.ca_file = folder / "ca.pem"
        key_file = folder / "ca.key.pem"
        if self.ca_file.exists() and key_file.exists():
            self._ca = trustme.CA.from_pem(self.ca_file.read_bytes(), key_file.read_bytes())
        else:
            self._ca = trustme.CA(
                organization_name="mailserver-lab", organization_unit_name="a lab on this computer"
            )
            descriptor = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(self._ca.private_key_pem.bytes())
            self._ca.cert_pem.write_to_path(self.ca_file)
        self._contexts: dict[frozenset[str], ssl.SSLContext] = {}

    def server(self, hosts: Iterable[str]) -> ssl.SSLContext:
        """A context for servers of these names, which also go by 127.0.0.1 and localhost."""
        names = frozenset(hosts)
        if names not in self._contexts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            # nobody needs a common name today (RFC 9525 §2), but fetchmail 6.4 believes no certificate without one
            issued = self._ca.issue_cert(*NAMES, *sorted(names), common_name=NAMES[0])
            issued.configure_cert(context)
            self._contexts[names] = context
        return self._contexts[names]

    def client(self) -> ssl.SSLContext:
        """A context that trusts this CA and nobody else."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._ca.configure_trust(context)
        return context
