"""The certificates of a world's hosts, as programs of any age read them."""

from __future__ import annotations

import contextlib
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from mailserver_lab.lab.certificates import Certificates


def test_a_certificate_names_this_computer_and_its_hosts_and_carries_a_common_name(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    long = f"{'a' * 60}.example"  # a common name has no room for it
    told = peer(certificates.server([long]), certificates.client(), long)
    assert (("commonName", "localhost"),) in told["subject"]  # fetchmail 6.4 wants one
    assert set(told["subjectAltName"]) == {("DNS", "localhost"), ("IP Address", "127.0.0.1"), ("DNS", long)}


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_client_that_names_no_server_is_shown_the_certificate_too(
    tmp_path: Path, version: ssl.TLSVersion
) -> None:
    certificates = Certificates(tmp_path)
    client = certificates.client()
    client.check_hostname = False
    client.minimum_version = client.maximum_version = version
    server = certificates.server(["mx.example"])
    first = peer(server, client, None)
    assert ("DNS", "mx.example") in first["subjectAltName"]  # type: ignore[operator]
    assert peer(server, client, None) == first


def test_who_trusts_the_authority_believes_servers_of_the_next_start(tmp_path: Path) -> None:
    client = Certificates(tmp_path).client()
    assert peer(Certificates(tmp_path).server(["mx.example"]), client, "mx.example")


def test_a_key_that_is_another_authoritys_is_refused_at_once(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        assert Certificates(tmp_path / name).ca_file.exists()
    (tmp_path / "one" / "ca.key.pem").replace(tmp_path / "other" / "ca.key.pem")
    with pytest.raises(ValueError, match="not a CA and its key"):
        Certificates(tmp_path / "other")


def test_nothing_that_makes_certificates_is_loaded_before_a_client_says_hello(tmp_path: Path) -> None:
    assert Certificates(tmp_path).ca_file.exists()
    script = (
        "import sys; from pathlib import Path; from mailserver_lab.lab.certificates import Certificates\n"
        f"kept = Certificates(Path({str(tmp_path)!r})); kept.server(['mx.example']); kept.client(); kept.ca_file\n"
        "print(sorted({'trustme', 'cryptography'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"


def peer(server: ssl.SSLContext, client: ssl.SSLContext, name: str | None) -> dict[str, object]:
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
