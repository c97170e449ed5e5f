"""The lab's own certification authority: made once, and known to nobody who was not told.

What makes certificates takes as long to load as all servers together, so it is loaded for the first who wants to see one.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from .files import write_whole

if TYPE_CHECKING:
    import trustme

NAMES = ("localhost", "127.0.0.1")


class Certificates:
    """Server contexts for hosts of a world, and the CA that clients must trust to believe them.

    Args:
        folder: where the CA is kept from one start to the next, so that a mail program that trusts it goes on doing so.

    Raises:
        ValueError: what is kept there is no CA, or its key is another's.
    """

    def __init__(self, folder: Path) -> None:
        self._ca_file, self._key_file = folder / "ca.pem", folder / "ca.key.pem"
        self._contexts: dict[frozenset[str], ssl.SSLContext] = {}
        if self._is_kept:
            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self._ca_file, self._key_file)
            except ssl.SSLError as error:
                raise ValueError(
                    f"{self._ca_file} and {self._key_file.name} are not a CA and its key; without them a new one is made"
                ) from error

    def load(self) -> None:
        """Load what it takes to make a CA, where there is none yet; on any thread."""
        if not self._is_kept:
            import trustme  # noqa: F401, PLC0415

    @property
    def ca_file(self) -> Path:
        """What clients are told to trust; it exists."""
        if not self._is_kept:
            self._ca  # noqa: B018 - makes it
        return self._ca_file

    @property
    def _is_kept(self) -> bool:
        return self._ca_file.exists() and self._key_file.exists()

    @cached_property
    def _ca(self) -> trustme.CA:
        import trustme  # noqa: PLC0415

        if self._is_kept:
            return trustme.CA.from_pem(self._ca_file.read_bytes(), self._key_file.read_bytes())
        ca = trustme.CA(organization_name="mailserver-lab", organization_unit_name="a lab on this computer")
        write_whole(self._key_file, ca.private_key_pem.bytes().decode())
        write_whole(
            self._ca_file, ca.cert_pem.bytes().decode(), mode=0o644
        )  # last: who finds it finds the key too
        return ca

    def server(self, hosts: Iterable[str]) -> ssl.SSLContext:
        """A context for servers of these names, which also go by 127.0.0.1 and localhost.

        Its certificate is made when the first client says hello.
        """
        names = frozenset(hosts)

        def greeted(connection: ssl.SSLObject, _name: str | None, _first: ssl.SSLContext) -> None:
            connection.context = self._with_certificate(names)

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sni_callback = greeted  # called whether or not the client names the server
        return context

    def _with_certificate(self, names: frozenset[str]) -> ssl.SSLContext:
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
        context.load_verify_locations(self.ca_file)
        return context
