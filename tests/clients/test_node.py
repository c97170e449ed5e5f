"""Mail libraries for Node.js."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.clients.mailbox import BINARY, flags, folder, hand_in, run
from tests.clients.ways import Protocol, Security, service, tried
from tests.served import OTHER, RECIPIENT, Served


@tried(
    "ImapFlow",
    Protocol.IMAP,
    en="reads, loads one attachment alone, searches, marks, saves, moves into a new folder, is told of new mail (IDLE)",
    ja="読み出し、添付ファイルだけの取得、検索、フラグ、保存、新しいフォルダーへの移動、新着の通知（IDLE）",
)
def test_imapflow(
    served: Served, security: Security, waiting: list[bytes], node: tuple[str, Path], tmp_path: Path
) -> None:
    program, scripts = node
    file = tmp_path / "read.eml"
    command = [program, scripts / "imap.mjs", *account(served, Protocol.IMAP, security), file]
    with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told: list[Any] = []
        while line := process.stdout.readline():
            told.append(json.loads(line))
            if told[-1] == "waiting":
                hand_in(served, b"Subject: just now\r\n\r\n")
        assert process.wait(20) == 0
    assert told == [
        2,
        "見積書の件 " + told[1].rpartition(" ")[2],
        ["text/plain", "application/octet-stream", "text/csv"],
        len(BINARY),
        [2],
        "waiting",
        2,
        True,
    ]
    assert file.read_bytes() == waiting[0]
    assert folder(served, "請求書") == folder(served, "Sent") == waiting[:1]
    assert flags(served, "請求書") == [{rb"\Seen", b"$Label1"}]


@tried(
    "node-pop3",
    Protocol.POP3,
    en="lists, reads, reads the first lines, deletes",
    ja="一覧、読み出し、先頭だけの読み出し、削除",
    by=(Security.PLAIN, Security.TLS),
)
def test_node_pop3(
    served: Served, security: Security, waiting: list[bytes], node: tuple[str, Path], tmp_path: Path
) -> None:
    program, scripts = node
    file = tmp_path / "read.eml"
    told = run(program, scripts / "pop.mjs", *account(served, Protocol.POP3, security), file)
    assert [json.loads(line) for line in told.splitlines()] == [2, True]
    assert file.read_bytes() == waiting[0]
    assert folder(served) == waiting[:1]


def account(served: Served, protocol: Protocol, security: Security) -> list[str]:
    """The arguments of a script: where, how, who."""
    host, port = served.at(OTHER, service(protocol, security))
    return [host, str(port), security, served.told["ca_file"], RECIPIENT, served.password(RECIPIENT)]
