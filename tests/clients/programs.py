"""The programs that are tried: where they come from, and how to learn which version is here."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Program:
    """A mail program or a library."""

    home: str
    version: Callable[[], str]


def told(*command: str) -> Callable[[], str]:
    """The version as a program tells it: the first in what it says when asked."""

    def version() -> str:
        said = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
        found = re.search(r"\d+(\.\d+)+", said.stdout + said.stderr)
        assert found, said
        return found[0]

    return version


def of_python() -> str:
    """The version of a library that comes with Python."""
    return f"Python {platform.python_version()}"


def from_pypi(name: str) -> Callable[[], str]:
    """The version of an installed library."""
    return lambda: importlib.metadata.version(name)


def from_npm(name: str) -> Callable[[], str]:
    """The version of a library in `node/package.json`, which is exact."""

    def version() -> str:
        wanted = json.loads((Path(__file__).parent / "node" / "package.json").read_text("utf-8"))
        return str(wanted["dependencies"][name])

    return version


PROGRAMS = {
    "aioimaplib": Program("https://pypi.org/project/aioimaplib/", from_pypi("aioimaplib")),
    "curl": Program("https://curl.se/", told("curl", "--version")),
    "fetchmail": Program("https://www.fetchmail.info/", told("fetchmail", "--version")),
    "getmail6": Program("https://getmail6.org/", told("getmail", "--version")),
    "imapclient": Program("https://pypi.org/project/IMAPClient/", from_pypi("imapclient")),
    "ImapFlow": Program("https://imapflow.com/", from_npm("imapflow")),
    "imaplib": Program("https://docs.python.org/3/library/imaplib.html", of_python),
    "Mail::IMAPClient": Program(
        "https://metacpan.org/pod/Mail::IMAPClient",
        told("perl", "-MMail::IMAPClient", "-e", "print Mail::IMAPClient->VERSION"),
    ),
    "mbsync": Program("https://isync.sourceforge.io/", told("mbsync", "--version")),
    "msmtp": Program("https://marlam.de/msmtp/", told("msmtp", "--version")),
    "Mutt": Program("http://www.mutt.org/", told("mutt", "-v")),
    "node-pop3": Program("https://www.npmjs.com/package/node-pop3", from_npm("node-pop3")),
    "Nodemailer": Program("https://nodemailer.com/", from_npm("nodemailer")),
    "OfflineIMAP": Program("https://github.com/OfflineIMAP/offlineimap3", told("offlineimap", "--version")),
    "poplib": Program("https://docs.python.org/3/library/poplib.html", of_python),
    "smtplib": Program("https://docs.python.org/3/library/smtplib.html", of_python),
    "swaks": Program("https://www.jetmore.org/john/code/swaks/", told("swaks", "--version")),
    "Thunderbird": Program("https://www.thunderbird.net/", told("thunderbird", "--version")),
}
