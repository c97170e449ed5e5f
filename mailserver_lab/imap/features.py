"""What a session has switched on, by ENABLE (RFC 5161) or by using it (RFC 7162 §3.1)."""

from __future__ import annotations

#: What ENABLE can switch on, as it is spelled, by its name in upper case; and what each brings with it.
ENABLED_BY = {
    "CONDSTORE": ("CONDSTORE", {"CONDSTORE"}),
    "QRESYNC": ("QRESYNC", {"QRESYNC", "CONDSTORE"}),
    "UTF8=ACCEPT": ("UTF8=ACCEPT", {"UTF8"}),
    "IMAP4REV2": ("IMAP4rev2", {"IMAP4REV2", "UTF8"}),
}


class Features:
    """Which extensions that change what the server says this client has asked for."""

    def __init__(self) -> None:
        self._on: set[str] = set()

    def enable(self, name: str) -> bool:
        """Switch a feature on; say whether that changes anything."""
        _, wanted = ENABLED_BY[name]
        new = not wanted <= self._on
        self._on |= wanted
        return new

    @property
    def condstore(self) -> bool:
        """Whether FETCH responses about flags tell the mod-sequence (RFC 7162 §3.1)."""
        return "CONDSTORE" in self._on

    @property
    def qresync(self) -> bool:
        """Whether VANISHED takes the place of EXPUNGE (RFC 7162 §3.2)."""
        return "QRESYNC" in self._on

    @property
    def utf8(self) -> bool:
        """Whether names of mailboxes are written in UTF-8 (RFC 6855 §3, RFC 9051 §5.1)."""
        return "UTF8" in self._on

    @property
    def rev2(self) -> bool:
        """Whether the client speaks IMAP4rev2 (RFC 9051)."""
        return "IMAP4REV2" in self._on
