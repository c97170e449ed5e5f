"""curl reads a mailbox, and puts something there."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.clients.mailbox import folder, run
from tests.clients.ways import Protocol, Security, service, tried
from tests.conftest import need
from tests.served import OTHER, RECIPIENT, Served


class Curl:
    """curl at one of the recipient's ports."""

    def __init__(self, served: Served, protocol: Protocol, security: Security) -> None:
        self.program = need("curl", install="apt-get install curl")
        host, port = served.at(OTHER, service(protocol, security))
        scheme = protocol.lower() + ("s" if security is Security.TLS else "")
        self.base = f"{scheme}://{host}:{port}/"
        self.options = [
            "--user",
            f"{RECIPIENT}:{served.password(RECIPIENT)}",
            "--cacert",
            served.told["ca_file"],
        ]
        self.options += ["--ssl-reqd"] if security is Security.STARTTLS else []

    def __call__(self, path: str, *options: str | Path) -> bytes:
        return run(self.program, "--silent", "--show-error", *self.options, *options, self.base + path)


@tried("curl", Protocol.POP3, en="lists, reads, deletes", ja="一覧、読み出し、削除")
def test_curl_by_pop3(served: Served, security: Security, waiting: list[bytes]) -> None:
    curl = Curl(served, Protocol.POP3, security)
    assert curl("") == "".join(f"{n} {len(one)}\r\n" for n, one in enumerate(waiting, 1)).encode()
    assert [curl("1"), curl("2")] == waiting
    curl("1", "--request", "DELE", "--head")
    assert folder(served) == waiting[1:]


@tried(
    "curl",
    Protocol.IMAP,
    en="lists folders, searches, reads, saves",
    ja="フォルダーの一覧、検索、読み出し、保存",
)
def test_curl_by_imap(served: Served, security: Security, waiting: list[bytes], tmp_path: Path) -> None:
    curl = Curl(served, Protocol.IMAP, security)
    assert b'"/" "INBOX"\r\n' in curl("")
    assert curl("INBOX?SUBJECT%20short") == b"* SEARCH 2\r\n"
    assert [curl(f"INBOX;MAILINDEX={n}") for n in (1, 2)] == waiting
    assert curl("INBOX;MAILINDEX=1;SECTION=TEXT") == waiting[0].partition(b"\r\n\r\n")[2]
    file = tmp_path / "letter.eml"
    file.write_bytes(waiting[0])
    curl("Sent", "--upload-file", file)
    assert folder(served, "Sent") == waiting[:1]


def test_curl_trusts_nobody_else(served: Served) -> None:
    program = need("curl", install="apt-get install curl")
    host, port = served.at(OTHER, "imaps")
    done = subprocess.run(
        [program, "--silent", f"imaps://{host}:{port}/"], capture_output=True, timeout=20, check=False
    )
    assert done.returncode == 60  # the peer's certificate cannot be believed
