"""A Postfix of one's own: in a temporary folder, on a free port of 127.0.0.1, and with nowhere to go but where it is told."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import need
from tests.ports import free_port

INSTALL = "apt-get install postfix"

# The queue belongs to the user `postfix`, whose processes only root can start.
MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.{domain}
mydestination =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
virtual_mailbox_domains = {domain}
virtual_mailbox_maps = texthash:{folder}/mailboxes
virtual_mailbox_base = {folder}/mail
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
transport_maps = texthash:{folder}/transport
default_transport = error:5.4.4 nothing leaves this machine
smtp_tls_security_level = none
alias_maps =
minimal_backoff_time = 1s
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - - smtp
lmtp      unix  - - n - - lmtp
showq     unix  n - n - - showq
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
virtual   unix  - n n - - virtual
anvil     unix  - - n - 1 anvil
postlog   unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True, slots=True)
class Postfix:
    """One that runs."""

    folder: Path
    port: int

    def log(self) -> str:
        """What it says of itself."""
        return (self.folder / "log").read_text("utf-8")

    def mailbox(self, local: str) -> list[bytes]:
        """What has come for one of its users."""
        return [file.read_bytes() for file in sorted((self.folder / "mail" / local / "new").glob("*"))]


@contextlib.contextmanager
def running(
    domain: str, users: tuple[str, ...] = (), routes: Mapping[str, str] | None = None, settings: str = ""
) -> Iterator[Postfix]:
    """Run one for a domain with these users.

    Args:
        domain: what it takes mail for.
        users: their local parts.
        routes: by what transport mail for other domains goes, such as "smtp:[127.0.0.1]:2525"; all else comes back.
        settings: further lines of main.cf.
    """
    control = need("postfix", install=INSTALL)
    folder = Path(tempfile.mkdtemp(prefix="postfix-"))
    try:
        folder.chmod(0o755)  # the processes of several users meet here
        nobody = pwd.getpwnam("nobody")
        for name in ("queue", "data", "mail"):
            (folder / name).mkdir()
        shutil.chown(folder / "data", "postfix")
        shutil.chown(folder / "mail", nobody.pw_uid, nobody.pw_gid)
        port = free_port()
        main = MAIN.format(folder=folder, domain=domain, uid=nobody.pw_uid, gid=nobody.pw_gid)
        (folder / "main.cf").write_text(main + settings)
        (folder / "master.cf").write_text(MASTER.format(port=port))
        (folder / "mailboxes").write_text("".join(f"{user}@{domain} {user}/\n" for user in users))
        (folder / "transport").write_text("".join(f"{name} {way}\n" for name, way in (routes or {}).items()))
        started = subprocess.run(
            [control, "-c", folder, "start"], capture_output=True, text=True, timeout=60, check=False
        )
        assert started.returncode == 0, started.stderr + (folder / "log").read_text()
        try:
            _wait_for(port)
            yield Postfix(folder, port)
        finally:
            subprocess.run([control, "-c", folder, "stop"], capture_output=True, timeout=60, check=False)
    finally:
        shutil.rmtree(folder)


def _wait_for(port: int) -> None:
    end = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            assert time.monotonic() < end, "Postfix does not listen"
            time.sleep(0.05)
        else:
            return


def need_root() -> None:
    """Skip where nobody is root: Postfix starts for nobody else."""
    need("postfix", install=INSTALL)
    if os.geteuid() != 0:
        pytest.skip("Postfix can be started by root alone, so what it would try is not tried")
