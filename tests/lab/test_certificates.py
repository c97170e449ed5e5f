"""The certificates of a world's hosts, as programs of any age read them."""

from __future__ import annotations

import contextlib
import ssl
from pathlib import Path

from mailserver_lab.lab.certificates import Certificates


def test_a_certificate_names_this_computer_and_its_hosts_and_carries_a_common_name(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    long = f"{'a' * 60}.example"  # a common name has no room for it
    told = peer(certificates.server([long]), certificates.client(), long)
    assert (("commonName", "localhost"),) in told["subject"]  # fetchmail 6.4 wants one
    assert set(told["subjectAltName"]) == {("DNS", "localhost"), ("IP Address", "127.0.0.1"), ("DNS", long)}


def peer(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> dict[str, object]:
    """What a client is told of a server, once it believes it."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname=name),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(3):
        for end in ends:
            with contextlib.suppress(ssl.SSLWantReadError):
                end.do_handshake()
    told = ends[0].getpeercert()
    assert told
    return dict(told)
