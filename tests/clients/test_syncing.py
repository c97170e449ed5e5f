"""isync and OfflineIMAP keep a Maildir and a mailbox the same."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.clients.mailbox import flags, folder, hand_in, maildir, opened, run
from tests.clients.ways import Protocol, Security, service, tried
from tests.conftest import need
from tests.served import OTHER, RECIPIENT, Served

SYNCS = {
    "en": "syncs both ways: new messages, flags and deletions go over; a second run changes nothing",
    "ja": "双方向の同期（新着・フラグ・削除が両側に伝わり、続けて実行しても何も変わらない）",
}
WRITTEN_HERE = b"Subject: written here\r\n\r\nat home\r\n"


def plain(messages: list[bytes]) -> list[bytes]:
    """Messages without the line by which mbsync finds again what it has brought over."""
    return [re.sub(rb"X-TUID: .{12}\r\n", b"", message) for message in messages]


def everything(mail: Path) -> dict[str, int]:
    """Each file of a Maildir, with the time of its last change."""
    return {
        str(file.relative_to(mail)): file.stat().st_mtime_ns
        for part in ("new", "cur")
        for file in (mail / "INBOX" / part).iterdir()
    }


def syncs(sync: Callable[[], object], mail: Path, served: Served, waiting: list[bytes]) -> None:
    """Hold a program that syncs to what one may expect of it; `mail` is where its Maildirs are."""
    inbox = mail / "INBOX"
    sync()
    assert plain(maildir(inbox)) == sorted(waiting)
    first = everything(mail)
    sync()
    assert everything(mail) == first
    assert folder(served) == waiting
    assert flags(served) == [set(), set()]

    # on the server: one arrives, one is read, one goes
    (new,) = hand_in(served, b"Subject: new\r\n\r\n")
    with opened(served) as client:
        client.select_folder("INBOX")
        letter, short, _ = client.search()
        client.add_flags(letter, [rb"\Seen", rb"\Flagged"])
        client.delete_messages(short)
        client.expunge()
    sync()
    assert plain(maildir(inbox)) == sorted([waiting[0], new])
    (read,) = [file for file in (inbox / "cur").iterdir() if file.name.endswith("FS")]

    # at home: one is written, one is answered, one goes
    (inbox / "cur" / "1700000000.written.here:2,S").write_bytes(WRITTEN_HERE.replace(b"\r\n", b"\n"))
    read.rename(read.with_name(read.name.removesuffix("FS") + "FRS"))
    for file in inbox.glob("*/*"):
        if b"Subject: new" in file.read_bytes():
            file.unlink()
    sync()
    letter, written = plain(folder(served))
    assert letter == waiting[0]
    assert written.endswith(WRITTEN_HERE)
    assert flags(served) == [{rb"\Seen", rb"\Flagged", rb"\Answered"}, {rb"\Seen"}]


@tried("mbsync", Protocol.IMAP, **SYNCS)
def test_mbsync(served: Served, security: Security, waiting: list[bytes], tmp_path: Path) -> None:
    program = need("mbsync", install="apt-get install isync")
    mail = tmp_path / "Mail"
    mail.mkdir()
    _, port = served.at(OTHER, service(Protocol.IMAP, security))
    kind = {Security.PLAIN: "None", Security.STARTTLS: "STARTTLS", Security.TLS: "IMAPS"}[security]
    settings = tmp_path / "mbsyncrc"
    settings.write_text(
        f"IMAPAccount lab\nHost localhost\nPort {port}\nUser {RECIPIENT}\nPass {served.password(RECIPIENT)}\n"
        f"SSLType {kind}\nSystemCertificates no\nCertificateFile {served.told['ca_file']}\nAuthMechs LOGIN\n\n"
        "IMAPStore far\nAccount lab\n\n"
        f"MaildirStore near\nPath {mail}/\nInbox {mail}/INBOX\nSubFolders Verbatim\n\n"
        "Channel all\nFar :far:\nNear :near:\nPatterns *\nCreate Both\nExpunge Both\nSyncState *\n"
    )
    syncs(lambda: run(program, "--config", settings, "--all", home=tmp_path), mail, served, waiting)


@tried(
    "OfflineIMAP",
    Protocol.IMAP,
    # it hands no authority to imaplib2 there, and believes anybody
    en=SYNCS["en"] + "; after STARTTLS it verifies no certificate",
    ja=SYNCS["ja"] + "。STARTTLS では証明書を検証しない",
)
def test_offlineimap(served: Served, security: Security, waiting: list[bytes], tmp_path: Path) -> None:
    program = need("offlineimap", install="apt-get install offlineimap3")
    mail = tmp_path / "Mail"
    _, port = served.at(OTHER, service(Protocol.IMAP, security))
    trust = f"sslcacertfile = {served.told['ca_file']}\n" if security is not Security.PLAIN else ""
    settings = tmp_path / "offlineimaprc"
    settings.write_text(
        f"[general]\naccounts = lab\nmetadata = {tmp_path}/state\n\n"
        "[Account lab]\nlocalrepository = near\nremoterepository = far\n\n"
        f"[Repository near]\ntype = Maildir\nlocalfolders = {mail}\n\n"
        f"[Repository far]\ntype = IMAP\nremotehost = localhost\nremoteport = {port}\n"
        f"remoteuser = {RECIPIENT}\nremotepass = {served.password(RECIPIENT)}\nauth_mechanisms = LOGIN\n"
        f"ssl = {'yes' if security is Security.TLS else 'no'}\n"
        f"starttls = {'yes' if security is Security.STARTTLS else 'no'}\n{trust}"
    )

    def sync() -> None:
        for tries_left in range(5, -1, -1):
            try:
                run(program, "-c", settings, "-o", "-u", "basic", home=tmp_path, wait=10)
                return
            except (subprocess.TimeoutExpired, AssertionError):
                # Its library, imaplib2, may end the thread that reads too early before STARTTLS, and then waits for ever; or too
                # late, and then two threads are in OpenSSL at once, which Python does not survive.
                if not tries_left or security is not Security.STARTTLS:
                    raise

    syncs(sync, mail, served, waiting)
