"""A desk: what its device fetches and opens, whatever that is, and what of the record is about it."""

import base64
from typing import Any, cast

import pytest

from mailserver_lab.clock import Clock
from mailserver_lab.experiments.desk import SENDERS, Desk, World, names_of_other
from mailserver_lab.experiments.facts import Facts
from mailserver_lab.trace import Event, Trace

OWNER = "sender@tsubame.example"


class Device:
    """A world with one device, which holds one message."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    async def sync(self, device: str) -> dict[str, Any]:
        head = self._raw.decode("latin-1").partition("\r\n\r\n")[0]
        return {"folders": {"INBOX": [{"uid": 1, "size": len(self._raw), "seen": False, "head": head}]}}

    async def read(self, device: str, uid: int, folder: str = "INBOX") -> dict[str, Any]:
        return {"uid": uid, "seen": True, "raw": base64.b64encode(self._raw).decode()}


class Seen:
    """How often a desk said that something is different."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


def desk(raw: bytes, seen: Seen | None = None, device: str = f"pc/{OWNER}") -> Desk:
    return Desk(device, SENDERS, cast(World, Device(raw)), Facts(), seen or Seen())


async def test_what_was_fetched_is_unread_until_it_is_opened() -> None:
    seen = Seen()
    mine = desk(b"From: a@b.example\r\nSubject: x\r\n\r\nhello", seen)
    await mine.fetch()
    (row,) = mine.inbox.messages
    assert (row.subject, row.seen, seen.times) == ("x", False, 1)
    reading = await mine.open(1)
    (row,) = mine.inbox.messages
    assert (reading.sender, reading.text, row.seen, seen.times) == ("a@b.example", "hello", True, 2)


async def test_who_has_no_device_here_fetches_nothing() -> None:
    theirs = desk(b"Subject: x\r\n\r\n", device=OWNER)
    await theirs.fetch()
    assert (theirs.owner, theirs.host, theirs.inbox.messages) == (OWNER, "", ())


def test_the_device_has_a_name_on_the_network_and_one_for_people() -> None:
    mine = desk(b"")
    assert mine.host == "pc.sender.tsubame.example"
    assert mine.inbox.name["en"] == "The sender's PC"
    assert names_of_other("pc/postmaster@tsubame.example")["pc"]["en"] == "The postmaster's PC"


def test_changes_are_those_of_ones_own_inbox() -> None:
    trace = Trace("w", Clock())
    for account, folder in [(OWNER, "INBOX"), (OWNER, "Sent"), ("recipient@hibari.example", "INBOX")]:
        trace.add("mailbox", parsed={"account": account, "folder": folder, "change": "appended"})
    events: list[Event] = trace.after()
    assert desk(b"").changes(events) == ["appended"]


RAWS = [
    b"",
    b"\0" * 100,
    b"no header at all",
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
    + b"--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" * 200,
    b"Content-Type: text/plain; charset=no-such\r\n\r\nabc",
    b'Content-Type: text/plain; charset="a\0b"\r\n\r\nabc',
    b"Content-Type: text/plain; charset*=utf-8'%ff\r\n\r\nabc",
    b"Content-Type: text/plain; charset=idna\r\n\r\n\xff\xff",
    b"Content-Type: text/plain; charset=base64\r\n\r\nYWJj",
    b"Content-Type: text/plain; charset=undefined\r\n\r\nabc",
    b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n***",
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\n\xff\0: \r\n--x--",
    b"Content-Type: message/rfc822\r\n\r\n" * 2_000,
    b"Content-Type: ((((\r\n\r\nabc",
    b"Content-Transfer-Encoding: uuencode\r\n\r\nbegin 644 x\n#86)C\n",
]


@pytest.mark.parametrize("raw", RAWS, ids=lambda raw: ascii(raw[:40]))
async def test_a_hostile_message_can_be_opened(raw: bytes) -> None:
    reading = await desk(raw).open(1)
    assert isinstance(reading.text, str)
    assert reading.raw == raw
