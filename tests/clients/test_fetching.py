"""fetchmail and getmail6 bring mail home, into files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.mailbox import folder, hand_in, run, with_crlf
from tests.clients.ways import Protocol, Security, service, tried
from tests.conftest import need
from tests.served import OTHER, RECIPIENT, Served

BRINGS = {
    "en": "brings new messages home, none twice, and deletes them when told so",
    "ja": "新着の取り込み（二重に取らない）、指定したときのサーバーからの削除",
}


class Home:
    """Where a script puts the messages that it is given, one file each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.messages = folder / "messages"
        self.messages.mkdir()
        self.script = folder / "deliver.sh"
        self.script.write_text(f'cat > "{self.messages}/$(ls "{self.messages}" | wc -l)"\n')

    def holds(self) -> list[bytes]:
        return [with_crlf(file.read_bytes()) for file in sorted(self.messages.iterdir())]


class Fetchmail:
    def __init__(self, served: Served, protocol: Protocol, security: Security, home: Home) -> None:
        self.program = need("fetchmail", install="apt-get install fetchmail")
        self.home = home
        _, port = served.at(OTHER, service(protocol, security))
        secure = {
            Security.PLAIN: "sslproto ''",
            Security.STARTTLS: "sslproto 'TLS1.2+'",
            Security.TLS: "ssl",
        }[security]
        if security is not Security.PLAIN:
            secure += f" sslcertck sslcertfile '{served.told['ca_file']}'"
        uidl = "uidl" if protocol is Protocol.POP3 else ""
        self.settings = home.folder / "fetchmailrc"
        self.settings.touch(mode=0o600)  # it takes a password from nothing that others may read
        self.settings.write_text(
            f"set invisible\nset idfile '{home.folder}/ids'\n"
            f"poll localhost protocol {protocol} port {port} {uidl} timeout 20\n"
            f"  user '{RECIPIENT}' password '{served.password(RECIPIENT)}' {secure} no rewrite\n"
            f"  mda '/bin/sh {home.script}'\n"
        )

    def fetch(self, *, keep: bool) -> list[bytes]:
        """The messages that are at home now."""
        how = "--keep" if keep else "--nokeep"
        nothing_new = 1
        run(self.program, "-f", self.settings, how, home=self.home.folder, fine=(0, nothing_new))
        return self.home.holds()


class Getmail:
    def __init__(self, served: Served, protocol: Protocol, security: Security, home: Home) -> None:
        self.program = need("getmail", install="apt-get install getmail6")
        self.home = home
        _, port = served.at(OTHER, service(protocol, security))
        kind = f"Simple{protocol}{'SSL' if security is Security.TLS else ''}Retriever"
        trust = f"ca_certs = {served.told['ca_file']}\n" if security is Security.TLS else ""
        self.settings = (
            f"[retriever]\ntype = {kind}\nserver = localhost\nport = {port}\ntimeout = 20\n{trust}"
            f"username = {RECIPIENT}\npassword = {served.password(RECIPIENT)}\n"
            # it gives root's mail to nobody unless told so, and continuous integration runs as root
            f"[destination]\ntype = MDA_external\npath = /bin/sh\narguments = ('{home.script}',)\nallow_root_commands = true\n"
            "[options]\ndelivered_to = false\nreceived = false\nread_all = false\n"
        )

    def fetch(self, *, keep: bool) -> list[bytes]:
        """The messages that are at home now."""
        settings = self.home.folder / "getmailrc"
        settings.write_text(f"{self.settings}delete = {'false' if keep else 'true'}\n")
        run(self.program, "--getmaildir", self.home.folder, "--rcfile", settings, home=self.home.folder)
        its_own = b"X-getmail-retrieved-from-mailbox: INBOX\r\n"  # which it adds to what IMAP brought
        return [message.replace(its_own, b"", 1) for message in self.home.holds()]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def brings(program: Fetchmail | Getmail, served: Served, waiting: list[bytes]) -> None:
    once = program.fetch(keep=True)
    assert once == waiting
    assert program.fetch(keep=True) == once
    assert folder(served) == waiting
    (new,) = hand_in(served, b"Subject: new\r\n\r\n")
    assert program.fetch(keep=False) == [*waiting, new]
    assert new not in folder(served)


@tried("fetchmail", Protocol.POP3, **BRINGS)
def test_fetchmail_by_pop3(served: Served, security: Security, waiting: list[bytes], home: Home) -> None:
    brings(Fetchmail(served, Protocol.POP3, security, home), served, waiting)


@tried("fetchmail", Protocol.IMAP, **BRINGS)
def test_fetchmail_by_imap(served: Served, security: Security, waiting: list[bytes], home: Home) -> None:
    brings(Fetchmail(served, Protocol.IMAP, security, home), served, waiting)


@tried("getmail6", Protocol.POP3, **BRINGS, by=(Security.PLAIN, Security.TLS))
def test_getmail_by_pop3(served: Served, security: Security, waiting: list[bytes], home: Home) -> None:
    brings(Getmail(served, Protocol.POP3, security, home), served, waiting)


@tried("getmail6", Protocol.IMAP, **BRINGS, by=(Security.PLAIN, Security.TLS))
def test_getmail_by_imap(served: Served, security: Security, waiting: list[bytes], home: Home) -> None:
    brings(Getmail(served, Protocol.IMAP, security, home), served, waiting)
