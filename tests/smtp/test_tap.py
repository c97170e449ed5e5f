"""The record of an SMTP connection: whole lines however they are cut, content as one piece, and never a password."""

from __future__ import annotations

import base64
import itertools
import json
import random

import pytest

from mailserver_lab.clock import Clock
from mailserver_lab.lab import Lab, RunningWorld
from mailserver_lab.net import MemoryNet
from mailserver_lab.smtp.tap import Tap
from mailserver_lab.trace import Event, Trace
from mailserver_lab.world import bundled

from .talk import HIBARI, MESSAGE, PASSWORD, PLAIN, RECIPIENT, SENDER, TSUBAME, dial, submit, until_mail


@pytest.fixture
async def quiet_world():
    lab = Lab(make_net=MemoryNet)
    yield await lab.open(bundled("user-unknown"))
    await lab.close()


def said(world: RunningWorld) -> list[Event]:
    return [
        event
        for event in world.trace.after()
        if event.kind in {"line", "content"} and event.protocol == "smtp"
    ]


LOGIN_USER, LOGIN_PASSWORD = (base64.b64encode(text.encode()).decode() for text in (SENDER, PASSWORD))
SECRETS = [PLAIN, LOGIN_PASSWORD, PASSWORD, base64.b64encode(b"\0x\0wrong-secret").decode(), "wrong-secret"]

ATTEMPTS = [
    [f"AUTH PLAIN {PLAIN}"],
    [f"aUtH  plain   {PLAIN}"],
    ["AUTH PLAIN", PLAIN],
    ["AUTH LOGIN", LOGIN_USER, LOGIN_PASSWORD],
    [f"AUTH LOGIN {LOGIN_USER}", LOGIN_PASSWORD],
    [f"AUTH PLAIN {SECRETS[3]}", f"AUTH PLAIN {PLAIN}"],
    [f"AUTH XOAUTH2 {PLAIN}"],
    ["AUTH CRAM-MD5", PLAIN],  # refused, and the client goes on all the same
    ["AUTH PLAIN", "*", PLAIN],
    ["AUTH PLAIN x y z", PLAIN, PLAIN],
    [f"AUTH PLAIN {PLAIN} and more"],
]


@pytest.mark.parametrize("cut", ["lines", "at once", "octets"])
@pytest.mark.parametrize("port", [25, 587])
@pytest.mark.parametrize("attempt", ATTEMPTS, ids=range(len(ATTEMPTS)))
async def test_no_password_is_ever_recorded_or_said_back(
    quiet_world: RunningWorld, attempt: list[str], port: int, cut: str
) -> None:
    talker = await dial(quiet_world, TSUBAME if port == 587 else HIBARI, port)
    wire = "".join(f"{line}\r\n" for line in attempt)
    heard = ""
    if cut == "lines":
        for line in attempt:
            heard += await talker.say(line)
    else:
        for piece in [wire] if cut == "at once" else wire:
            talker.send(piece.encode())
        for _ in attempt:
            heard += await talker.reply()
    heard += await talker.say("NOOP")
    record = json.dumps([event.as_json() for event in quiet_world.trace.after()])
    for secret in SECRETS:
        assert secret not in record
        assert secret not in heard
        assert secret.upper() not in heard
    assert "AUTH" in record.upper()
    assert said(quiet_world)[-2].text == "NOOP"


async def test_a_whole_delivery_records_no_password(quiet_world: RunningWorld) -> None:
    await submit(quiet_world, RECIPIENT)
    await until_mail(quiet_world, RECIPIENT)
    record = json.dumps([event.as_json() for event in quiet_world.trace.after()])
    assert "AUTH PLAIN ***" in record
    assert not any(secret in record for secret in SECRETS)


SCRIPT = (
    b"EHLO pc\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<" + RECIPIENT.encode() + b">\r\nDATA\r\n"
    b"Subject: x\r\n\r\n..\r\nQUIT\r\n.x\r\n.\r\nRSET\r\nNOOP\r\n"
)
LINES = [
    "EHLO pc",
    "MAIL FROM:<a@x.example>",
    f"RCPT TO:<{RECIPIENT}>",
    "DATA",
    "Subject: x\r\n\r\n..\r\nQUIT\r\n.x\r\n",
    "RSET",
    "NOOP",
]


@pytest.mark.parametrize("seed", range(12))
async def test_lines_are_whole_however_the_network_cuts_them(quiet_world: RunningWorld, seed: int) -> None:
    """Seed 0 sends all at once, the content ahead of the reply to DATA; seed 1 octet by octet."""
    talker, dice = await dial(quiet_world, ehlo=False), random.Random(seed)
    cuts = (
        [0, len(SCRIPT)]
        if seed == 0
        else range(len(SCRIPT) + 1)
        if seed == 1
        else sorted({0, len(SCRIPT), *dice.choices(range(len(SCRIPT)), k=20)})
    )
    for start, end in itertools.pairwise(cuts):
        talker.send(SCRIPT[start:end])
        for _ in range(dice.randrange(3)):
            await talker.stream.drain()
    for _ in range(7):
        answer = await talker.reply()
    assert answer.startswith("250 2.0.0")
    events = said(quiet_world)
    assert [event.text for event in events if event.side == "client"] == LINES
    assert sum(event.size for event in events if event.side == "client") == len(SCRIPT)
    content = next(event for event in events if event.kind == "content")
    assert (content.step, content.size) == ("data", len(b"Subject: x\r\n\r\n..\r\nQUIT\r\n.x\r\n.\r\n"))


def test_what_follows_a_refused_data_are_commands() -> None:
    trace = Trace("test", Clock())
    tap = Tap(trace.connection("smtp", "pc", "mx", 25))
    tap.server("220 hello")
    tap.client(b"DATA\r\nSubject: no content\r\nRSET\r\n")
    assert [event.text for event in trace.after()][2:] == ["DATA"]
    tap.server("503 5.5.1 RCPT TO comes first")
    assert [event.text for event in trace.after()][4:] == ["Subject: no content", "RSET"]


def test_an_endless_line_does_not_fill_the_record() -> None:
    trace = Trace("test", Clock())
    tap = Tap(trace.connection("smtp", "pc", "mx", 25))
    for _ in range(100):
        tap.client(b"x" * 10_000)
    tap.client(b"\r\n")
    event = trace.after()[-1]
    assert len(event.text) < 2_000
    assert event.size == 1_000_002


def test_a_large_content_is_summarised() -> None:
    trace = Trace("test", Clock())
    tap = Tap(trace.connection("smtp", "pc", "mx", 25))
    tap.server("220 hello")
    tap.client(b"DATA\r\n")
    tap.server("354 go on")
    for _ in range(100):
        tap.client(b"y" * 10_000)
    tap.client(b"\r\n.\r\n")
    event = trace.after()[-1]
    assert (event.kind, event.size, event.parsed["cut"]) == ("content", 1_000_005, True)
    assert len(event.text) == 4_000


def test_an_empty_message_is_a_lone_dot() -> None:
    trace = Trace("test", Clock())
    tap = Tap(trace.connection("smtp", "pc", "mx", 25))
    tap.server("220 hello")
    tap.client(b"DATA\r\n")
    tap.server("354 go on")
    tap.client(b".\r\nQUIT\r\n")
    tap.server("250 ok")
    assert [(event.kind, event.text, event.size) for event in trace.after() if event.side == "client"] == [
        ("line", "DATA", 6), ("content", "", 3), ("line", "QUIT", 6),
    ]  # fmt: skip


async def test_two_messages_of_a_visitor_on_one_connection_are_two(quiet_world: RunningWorld) -> None:
    talker = await dial(quiet_world)
    for _ in range(2):
        await talker.say("MAIL FROM:<a@x.example>", f"RCPT TO:<{RECIPIENT}>", "DATA", MESSAGE + b".\r\n")
    messages = await quiet_world.sites["hibari.example"].store.messages(RECIPIENT, "INBOX")
    assert len({message.queue_id for message in messages}) == 2
