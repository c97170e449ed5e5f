"""Mail::IMAPClient, Perl's library for IMAP."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.clients.mailbox import flags, folder, run
from tests.clients.ways import Protocol, Security, service, tried
from tests.conftest import lacking, need
from tests.served import OTHER, RECIPIENT, Served

LIBRARIES = {"Mail::IMAPClient": "libmail-imapclient-perl", "IO::Socket::SSL": "libio-socket-ssl-perl"}
SCRIPT = Path(__file__).parent / "perl" / "imap.pl"


@tried(
    "Mail::IMAPClient",
    Protocol.IMAP,
    en="reads, searches, marks, saves, moves into a new folder, deletes",
    ja="読み出し、検索、フラグ、保存、新しいフォルダーへの移動、削除",
)
def test_mail_imapclient(served: Served, security: Security, waiting: list[bytes], tmp_path: Path) -> None:
    perl = need("perl", install="apt-get install perl")
    for module, package in LIBRARIES.items():
        if subprocess.run([perl, f"-M{module}", "-e", "1"], capture_output=True, check=False).returncode:
            lacking(module, install=f"apt-get install {package}")
    file = tmp_path / "read.eml"
    _, port = served.at(OTHER, service(Protocol.IMAP, security))
    told = run(
        perl, SCRIPT, str(port), security, served.told["ca_file"], RECIPIENT, served.password(RECIPIENT), file
    )
    assert told.decode().split("\n") == ["messages 2", "found 1", "subject short", "folders 1", ""]
    assert file.read_bytes() == waiting[0]
    assert folder(served, "Work") == waiting[:1]
    assert flags(served, "Work") == [{rb"\Seen", rb"\Flagged"}]
    assert folder(served) == []
    assert folder(served, "Sent") == waiting[:1]
