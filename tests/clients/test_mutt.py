"""Mutt reads, keeps and sends mail, driven by keys on a terminal of its own."""

from __future__ import annotations

import email
import email.policy
import re
from pathlib import Path

import pytest

from tests.clients.mailbox import BINARY, eventually_sent, flags, folder, maildir, run, run_on_a_terminal
from tests.clients.ways import Protocol, Security, service, tried
from tests.conftest import need
from tests.served import COMPANY, OTHER, RECIPIENT, SENDER, Served


class Mutt:
    """Mutt with settings of its own, for one account."""

    def __init__(self, served: Served, security: Security, home: Path) -> None:
        self.program = need("mutt", install="apt-get install mutt")
        self.served, self.security, self.home = served, security, home
        starttls = "yes" if security is Security.STARTTLS else "no"
        self.settings = [
            f'set ssl_ca_certificates_file="{served.told["ca_file"]}"',
            "set ssl_verify_host=yes ssl_verify_dates=yes",
            f"set ssl_starttls={starttls} ssl_force_tls={'no' if security is Security.PLAIN else 'yes'}",
            "set imap_authenticators=login pop_authenticators=user smtp_authenticators=plain",
            # no questions: nobody is there to answer them
            "set quit=yes delete=yes confirmappend=no confirmcreate=no copy=no wait_key=no pop_delete=no pop_last=no mark_old=no",
            f"set folder='{home}' spoolfile='{home}/none' editor=false mbox_type=Maildir",
            "set imap_check_subscribed=no header_cache='' message_cachedir='' certificate_file='' record=''",
        ]

    def url(self, protocol: Protocol, domain: str, user: str) -> str:
        _, port = self.served.at(domain, service(protocol, self.security))
        scheme = protocol.lower().rstrip("3") + ("s" if self.security is Security.TLS else "")
        return f"{scheme}://{user}@localhost:{port}/"

    def write(self, *settings: str) -> Path:
        file = self.home / "muttrc"
        file.touch(mode=0o600)
        file.write_text("\n".join([*self.settings, *settings]) + "\n")
        return file

    def type(self, place: str, keys: str) -> None:
        """Open a folder, and press keys in it."""
        password = self.served.password(RECIPIENT)
        settings = self.write(f"set imap_pass='{password}' pop_pass='{password}'", f'push "{keys}"')
        run_on_a_terminal(self.program, "-n", "-F", settings, "-f", place, home=self.home)


def copied(place: Path) -> list[bytes]:
    """The messages that Mutt has put into a Maildir, without the two lines that it adds for itself."""
    return [re.sub(rb"Content-Length: \d+\r\nLines: \d+\r\n", b"", one, count=1) for one in maildir(place)]


@tried(
    "Mutt",
    Protocol.IMAP,
    en="reads, marks, saves into another folder, copies into a file, deletes",
    ja="読み出し、フラグ、別フォルダーへの保存、ファイルへのコピー、削除",
)
def test_mutt_by_imap(served: Served, security: Security, waiting: list[bytes], tmp_path: Path) -> None:
    mutt = Mutt(served, security, tmp_path)
    inbox = mutt.url(Protocol.IMAP, OTHER, RECIPIENT) + "INBOX"
    sent = mutt.url(Protocol.IMAP, OTHER, RECIPIENT) + "Sent"
    copies = tmp_path / "copies"
    mutt.type(
        inbox,
        f"<first-entry><display-message><exit><copy-message><kill-line>{copies}<enter>"
        f"<first-entry><flag-message><first-entry><copy-message><kill-line>{sent}<enter>"
        "<last-entry><delete-message><quit>",
    )
    assert folder(served) == folder(served, "Sent") == waiting[:1]
    assert flags(served) == [{rb"\Seen", rb"\Flagged"}]
    assert copied(copies) == waiting[:1]


@tried(
    "Mutt", Protocol.POP3, en="reads, copies into a file, deletes", ja="読み出し、ファイルへのコピー、削除"
)
def test_mutt_by_pop3(served: Served, security: Security, waiting: list[bytes], tmp_path: Path) -> None:
    copies = tmp_path / "copies"
    mutt = Mutt(served, security, tmp_path)
    mutt.type(
        mutt.url(Protocol.POP3, OTHER, RECIPIENT),
        f"<first-entry><display-message><exit><copy-message><kill-line>{copies}<enter>"
        "<last-entry><delete-message><quit>",
    )
    assert folder(served) == waiting[:1]
    assert copied(copies) == waiting[:1]


@tried("Mutt", Protocol.SMTP, en="sends a letter with an attachment", ja="添付ファイル付きメールの送信")
@pytest.mark.usefixtures("submits")
def test_mutt_by_smtp(served: Served, security: Security, tmp_path: Path) -> None:
    mutt = Mutt(served, security, tmp_path)
    url = mutt.url(Protocol.SMTP, COMPANY, SENDER)
    settings = mutt.write(
        f"set smtp_url='{url}' smtp_pass='{served.password(SENDER)}' from='{SENDER}' use_envelope_from=yes"
    )
    file = tmp_path / "見積書.bin"
    file.write_bytes(BINARY)
    run(
        mutt.program, "-n", "-F", settings, "-s", "見積書の件", "-a", file, "--", RECIPIENT,
        text="お世話になっております。\n.\nFrom 行頭\n".encode(), home=tmp_path,
    )  # fmt: skip
    message = email.message_from_bytes(eventually_sent(served), policy=email.policy.default)
    assert message["Subject"] == "見積書の件"
    text, attached = message.iter_parts()
    assert text.get_content().replace("\r\n", "\n") == "お世話になっております。\n.\nFrom 行頭\n"
    assert (attached.get_filename(), attached.get_content()) == ("見積書.bin", BINARY)
