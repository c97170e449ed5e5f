"""What EHLO offers, kept: SMTPUTF8, 8BITMIME, DSN, AUTH, and what submission adds; on to servers that offer less."""

from __future__ import annotations

import base64
import email
import email.policy
import re
from collections.abc import AsyncIterator

import pytest

from mailserver_lab.dsn import read
from mailserver_lab.lab import Lab, RunningWorld
from mailserver_lab.net import MemoryNet
from mailserver_lab.world import bundled, parse

from .talk import (
    HIBARI,
    MESSAGE,
    PASSWORD,
    PLAIN,
    RECIPIENT,
    SENDER,
    TSUBAME,
    dial,
    inbox,
    other_server,
    submit,
    until,
    until_mail,
)

OTHER = "198.51.100.66"
EVERYTHING = ("PIPELINING", "SIZE 100000", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "DSN")
B64 = lambda text: base64.b64encode(text.encode()).decode()  # noqa: E731


@pytest.fixture
async def world() -> AsyncIterator[RunningWorld]:
    spec = bundled("user-unknown").as_json()
    spec["dns"] = {"other.example": {"mx": ["mx.other.example"]}, "mx.other.example": {"a": [OTHER]}}
    lab = Lab(make_net=MemoryNet)
    yield await lab.open(parse(spec))
    await lab.close()


# -- commands that tell


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("HELP", r"214 2\.0\.0 Commands: DATA EHLO EXPN HELO HELP MAIL NOOP QUIT RCPT RSET VRFY"),
        ("HELP mail", r"214 2\.0\.0 Syntax: MAIL FROM:<address> .*"),
        ("HELP FROB", r"504 5\.5\.4 .*"),
        ("VRFY recipient", r"252 2\.5\.0 .*"),
        ("VRFY recipent", r"252 2\.5\.0 .*"),
        ("VRFY 日本@hibari.example SMTPUTF8", r"252 2\.5\.0 .*"),
        ("EXPN staff", r"252 2\.5\.0 .*"),
        ("VRFY", r"501 5\.5\.4 .*"),
        ("EXPN", r"501 5\.5\.4 .*"),
        ("NOOP and more", r"250 2\.0\.0 .*"),
        ("RSET", r"250 2\.0\.0 .*"),
        ("TURN", r"500 5\.5\.2 .*"),
        ("BDAT 5 LAST", r"500 5\.5\.2 .*"),
    ],
)
async def test_what_is_not_about_a_message(world: RunningWorld, command: str, reply: str) -> None:
    talker = await dial(world)
    assert re.fullmatch(reply, await talker.say(command))


async def test_vrfy_says_the_same_of_those_who_are_here_and_those_who_are_not(world: RunningWorld) -> None:
    talker = await dial(world)
    assert (
        len({await talker.say(f"VRFY {name}") for name in (RECIPIENT, "recipent@hibari.example", "x")}) == 1
    )


async def test_rset_forgets_sender_and_recipients(world: RunningWorld) -> None:
    talker = await dial(world)
    await talker.say("MAIL FROM:<a@x.example>", f"RCPT TO:<{RECIPIENT}>", "RSET")
    assert (await talker.say("DATA")).startswith("503 5.5.1 ")
    assert (await talker.say(f"RCPT TO:<{RECIPIENT}>")).startswith("503 5.5.1 ")


@pytest.mark.parametrize("again", ["EHLO pc", "HELO pc"])
async def test_a_second_greeting_ends_the_transaction(world: RunningWorld, again: str) -> None:
    """RFC 5321 section 4.1.4."""
    talker = await dial(world)
    await talker.say("MAIL FROM:<a@x.example>", f"RCPT TO:<{RECIPIENT}>", again)
    assert (await talker.say("DATA")).startswith("503 5.5.1 ")


# -- parameters


@pytest.mark.parametrize(
    ("mail", "rcpt", "reply"),
    [
        ("<日本@x.example>", None, "553 5.6.7 "),
        ("<日本@x.example> SMTPUTF8=yes", None, "501 5.5.4 "),
        ("<日本@x.example> SMTPUTF8", f"<{RECIPIENT}>", "250 2.1.5 "),
        ("<a@x.example>", "<日本@hibari.example>", "553 5.6.7 "),
        ("<a@x.example> SMTPUTF8", "<日本@hibari.example>", "550 5.1.1 "),
        ("<a@x.example>", f"<{RECIPIENT}> ORCPT=utf-8;日本@x", "553 5.6.7 "),
        ("<a@x.example> SMTPUTF8", f"<{RECIPIENT}> ORCPT=utf-8;日本@x", "250 2.1.5 "),
        ("<a@x.example>", rf"<{RECIPIENT}> ORCPT=utf-8;\x{{65E5}}@x", "250 2.1.5 "),
        ("<a@x.example>", f"<{RECIPIENT}> ORCPT=rfc822", "501 5.5.4 "),
        ("<a@x.example>", f"<{RECIPIENT}> ORCPT", "501 5.5.4 "),
        ("<a@x.example>", f"<{RECIPIENT}> ORCPT=rfc822;a+2", "501 5.5.4 "),
        ("<a@x.example>", f"<{RECIPIENT}> ORCPT=rfc822;{'a' * 500}", "501 5.5.4 "),
        ("<a@x.example>", f"<{RECIPIENT}> NOTIFY", "501 5.5.4 "),
        ("<a@x.example>", f"<{RECIPIENT}> NOTIFY=", "501 5.5.4 "),
        ("<a@x.example>", f"<{RECIPIENT}> NOTIFY=never", "250 2.1.5 "),
        ("<a@x.example>", f"<{RECIPIENT}> NOTIFY=FAILURE NOTIFY=DELAY", "501 5.5.4 "),
        ("<a@x.example> ENVID=a+2B RET=hdrs SIZE=5 BODY=8bitmime", f"<{RECIPIENT}>", "250 2.1.5 "),
        ("<a@x.example> ENVID=a+2b", None, "501 5.5.4 "),
        ("<a@x.example> ENVID", None, "501 5.5.4 "),
        (f"<a@x.example> ENVID={'a' * 101}", None, "501 5.5.4 "),
        ("<a@x.example> RET", None, "501 5.5.4 "),
        ("<a@x.example> RET=FULL RET=HDRS", None, "501 5.5.4 "),
        ("<a@x.example> SIZE", None, "501 5.5.4 "),
        ("<a@x.example> SIZE=-1", None, "501 5.5.4 "),
        ("<a@x.example> BODY", None, "501 5.5.4 "),
    ],
)  # fmt: skip
async def test_parameters_are_read_as_their_rfcs_say(
    world: RunningWorld, mail: str, rcpt: str | None, reply: str
) -> None:
    talker = await dial(world)
    answer = await talker.say(f"MAIL FROM:{mail}", *([f"RCPT TO:{rcpt}"] if rcpt else []))
    assert answer.startswith(reply)


# -- signing in


@pytest.mark.parametrize(
    ("commands", "reply"),
    [
        (["AUTH PLAIN", "*"], "501 5.7.0 "),
        (["AUTH LOGIN", "*"], "501 5.7.0 "),
        (["AUTH LOGIN", B64(SENDER), "*"], "501 5.7.0 "),
        (["AUTH PLAIN ="], "501 5.5.2 "),
        (["AUTH PLAIN", "not base64!"], "501 5.5.2 "),
        (["AUTH PLAIN", ""], "501 5.5.2 "),
        ([f"AUTH PLAIN {B64('only one part')}"], "501 5.5.2 "),
        (["AUTH LOGIN not-base64!"], "501 5.5.2 "),
        (["AUTH PLAIN x y"], "501 5.5.4 "),
        ([f"AUTH PLAIN {B64(f'{RECIPIENT}{chr(0)}{SENDER}{chr(0)}{PASSWORD}')}"], "535 5.7.8 "),
        ([f"AUTH PLAIN {B64(f'{SENDER}{chr(0)}x{chr(0)}{PASSWORD}')}"], "535 5.7.8 "),
        (["AUTH XOAUTH2"], "504 5.5.4 "),
        (["AUTH"], "501 5.5.4 "),
        ([f"AUTH PLAIN {PLAIN}", f"MAIL FROM:<{SENDER}>", f"AUTH PLAIN {PLAIN}"], "503 5.5.1 "),
        (["HELO pc", f"AUTH PLAIN {PLAIN}"], "500 5.5.2 "),
    ],
)
async def test_auth_is_answered_as_rfc_4954_says_and_can_be_tried_again(
    world: RunningWorld, commands: list[str], reply: str
) -> None:
    talker = await dial(world, TSUBAME, 587)
    assert (await talker.say(*commands)).startswith(reply)
    await talker.say("EHLO pc")
    answer = await talker.say(f"AUTH PLAIN {PLAIN}")
    assert answer.startswith("503 5.5.1 " if "MAIL" in str(commands) else "235 2.7.0 ")


async def test_auth_plain_may_name_oneself_twice(world: RunningWorld) -> None:
    talker = await dial(world, TSUBAME, 587)
    assert (await talker.say(f"AUTH PLAIN {B64(f'{SENDER}{chr(0)}{SENDER}{chr(0)}{PASSWORD}')}")).startswith(
        "235 2.7.0 "
    )


async def test_nobody_signs_in_before_ehlo(world: RunningWorld) -> None:
    talker = await dial(world, TSUBAME, 587, ehlo=False)
    assert (await talker.say(f"AUTH PLAIN {PLAIN}")).startswith("503 5.5.1 ")


async def test_auth_login_asks_for_username_and_password(world: RunningWorld) -> None:
    talker = await dial(world, TSUBAME, 587)
    assert await talker.say("AUTH LOGIN") == f"334 {B64('Username:')}"
    assert await talker.say(B64(SENDER)) == f"334 {B64('Password:')}"


# -- what submission adds


@pytest.mark.parametrize(
    ("sent", "added"),
    [
        (b"Subject: x\r\n\r\nbody\r\n", {"Date", "Message-ID"}),
        (b"Date: Mon, 1 Jan 2024 00:00:00 +0000\r\nSubject: x\r\n\r\nbody\r\n", {"Message-ID"}),
        (b"MESSAGE-ID: <1@x>\r\nSubject: x\r\n\r\nDate: in the body\r\n", {"Date"}),
        (b"Date: Mon, 1 Jan 2024 00:00:00 +0000\r\nMessage-Id: <1@x>\r\n\r\nbody\r\n", set()),
        (b"\r\nbody: here\r\n\r\nmore\r\n", {"Date", "Message-ID"}),
        (b"only a body\r\n", {"Date", "Message-ID"}),
        (b"", {"Date", "Message-ID"}),
    ],
    ids=["neither", "date", "id", "both", "empty header", "body alone", "nothing"],
)
async def test_submission_adds_the_date_and_the_id_that_are_missing(
    world: RunningWorld, sent: bytes, added: set[str]
) -> None:
    """RFC 6409 section 8."""
    await submit(world, RECIPIENT, message=sent)
    (stored,) = await until_mail(world, RECIPIENT)
    assert stored.endswith(sent)
    message = email.message_from_bytes(stored)
    assert not message.defects
    names = [name.lower() for name in message]
    for name in ("date", "message-id"):
        assert names.count(name) == 1
    head = stored[: len(stored) - len(sent)].decode()
    assert {name for name in ("Date", "Message-ID") if f"\r\n{name}: " in head} == added
    if "Message-ID" in added:
        assert re.search(r"^Message-ID: <q\d{4}@mx\.tsubame\.example>\r$", head, re.MULTILINE)


async def test_mail_from_other_servers_is_not_completed(world: RunningWorld) -> None:
    talker = await dial(world)
    await talker.say(
        "MAIL FROM:<a@x.example>", f"RCPT TO:<{RECIPIENT}>", "DATA", b"Subject: x\r\n\r\nx\r\n.\r\n"
    )
    assert b"Message-ID" not in (await inbox(world, RECIPIENT))[0]


@pytest.mark.parametrize("name", [b"Return-Path", b"return-path ", b"RETURN-PATH"])
async def test_a_message_has_one_return_path_and_it_is_ours(world: RunningWorld, name: bytes) -> None:
    talker = await dial(world)
    await talker.say("MAIL FROM:<a@x.example>", f"RCPT TO:<{RECIPIENT}>", "DATA")
    await talker.say(
        b"A: b\r\n" + name + b":\r\n <evil@x.example>\r\nSubject: x\r\n\r\nReturn-Path: <quoted@x>\r\n.\r\n"
    )
    (stored,) = await inbox(world, RECIPIENT)
    assert email.message_from_bytes(stored).get_all("Return-Path") == ["<a@x.example>"]
    assert b"evil" not in stored
    assert stored.endswith(b"A: b\r\nSubject: x\r\n\r\nReturn-Path: <quoted@x>\r\n")


# -- on to the next server


async def test_what_dsn_asks_for_is_passed_on_to_a_server_that_offers_it(world: RunningWorld) -> None:
    told = await other_server(world, OTHER, *EVERYTHING)
    await submit(
        world,
        "who@other.example",
        parameters={"RET": "HDRS", "ENVID": "Q+2B1"},
        NOTIFY="SUCCESS,DELAY",
        ORCPT="rfc822;a+2Bb@x",
    )
    await until(world, lambda _: "QUIT" in told)
    assert re.fullmatch(rf"MAIL FROM:<{SENDER}> SIZE=\d+ RET=HDRS ENVID=Q\+2B1", told[1])
    assert told[2] == "RCPT TO:<who@other.example> NOTIFY=DELAY,SUCCESS ORCPT=rfc822;a+2Bb@x"
    assert await inbox(world, SENDER) == []  # to tell of the delivery is now the other server's business


@pytest.mark.parametrize(
    ("notify", "notices"), [("SUCCESS", 1), ("SUCCESS,FAILURE", 1), ("FAILURE,DELAY", 0), ("NEVER", 0)]
)
async def test_a_relayed_notice_comes_where_the_next_server_knows_no_dsn(
    world: RunningWorld, notify: str, notices: int
) -> None:
    """RFC 3461 section 5.2.2."""
    told = await other_server(world, OTHER, "PIPELINING")
    await submit(world, "who@other.example", parameters={"ENVID": "E1", "RET": "HDRS"}, NOTIFY=notify)
    await until(
        world,
        lambda _: "QUIT" in told and not world.sites["tsubame.example"].store.look(lambda t: t.queued_ids()),
    )
    assert told[1:3] == [f"MAIL FROM:<{SENDER}>", "RCPT TO:<who@other.example>"]
    mails = await inbox(world, SENDER)
    assert len(mails) == notices
    for raw in mails:
        report = read(raw)
        assert report is not None
        assert [(r.action, r.status, r.remote_mta) for r in report.recipients] == [
            ("relayed", "2.0.0", "mx.other.example")
        ]
        assert b"Original-Envelope-Id: E1\r\n" in raw


@pytest.mark.parametrize(
    ("to", "message", "offers", "status"),
    [
        ("日本@other.example", MESSAGE, ["8BITMIME"], "5.6.7"),
        ("who@other.example", "Subject: 件名\r\n\r\nx\r\n".encode(), ["8BITMIME"], "5.6.7"),
        ("who@other.example", b"Subject: x\r\n\r\n" + "本文\r\n".encode(), [], "5.6.3"),
    ],
    ids=["address", "header", "text"],
)
async def test_what_the_next_server_cannot_take_comes_back(
    world: RunningWorld, to: str, message: bytes, offers: list[str], status: str
) -> None:
    told = await other_server(world, OTHER, *offers)
    await submit(world, to, message=message, parameters={"SMTPUTF8": None, "RET": "FULL"})
    (raw,) = await until_mail(world, SENDER)
    report = read(raw)
    assert report is not None
    assert [(r.action, r.status, r.address) for r in report.recipients] == [("failed", status, to)]
    assert not any(line.startswith("MAIL") for line in told)
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    kinds = [part.get_content_type() for part in parsed.walk()]
    wanted = "message/global-delivery-status" if not to.isascii() else "message/delivery-status"
    assert wanted in kinds
    assert ("message/global" in kinds) is (status == "5.6.7")  # Received names the recipient, too


async def test_beyond_ascii_goes_where_smtputf8_is_offered(world: RunningWorld) -> None:
    told = await other_server(world, OTHER, *EVERYTHING)
    message = "Subject: 件名\r\n\r\n本文\r\n".encode()
    await submit(world, "日本@other.example", message=message, parameters={"SMTPUTF8": None})
    await until(world, lambda _: "QUIT" in told)
    assert re.fullmatch(rf"MAIL FROM:<{SENDER}> SIZE=\d+ BODY=8BITMIME SMTPUTF8", told[1])
    assert told[2] == "RCPT TO:<日本@other.example>"
    assert told[4].endswith("Subject: 件名\r\n\r\n本文")
    assert "with UTF8SMTPA id" in told[4]


async def test_a_sender_beyond_ascii_gets_a_bounce_in_utf_8(world: RunningWorld) -> None:
    """RFC 6533: such a notification is itself a message for SMTPUTF8."""
    told = await other_server(world, OTHER, *EVERYTHING)
    world.change_domain("hibari.example", full_mailbox="temporary")
    talker = await dial(world, HIBARI)
    await talker.say(
        "MAIL FROM:<日本@other.example> SMTPUTF8",
        f"RCPT TO:<{RECIPIENT}> NOTIFY=SUCCESS",
        "DATA",
        MESSAGE + b".\r\n",
    )
    await until(world, lambda _: "QUIT" in told)
    assert re.fullmatch(r"MAIL FROM:<> SIZE=\d+ BODY=8BITMIME SMTPUTF8", told[1])
    assert told[2] == "RCPT TO:<日本@other.example>"
    assert "\r\nTo: 日本@other.example\r\n" in told[4]
