"""The servers at ports 25, 587 and 465, spoken to by hand."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import re
import smtplib
import sqlite3
import ssl
from collections.abc import AsyncIterator, Callable
from email.message import EmailMessage

import pytest

from mailserver_lab.lab import Lab, RunningWorld
from mailserver_lab.net import Net
from mailserver_lab.smtp import server as server_module
from mailserver_lab.world import bundled, parse

from .talk import HIBARI, MESSAGE, PASSWORD, PLAIN, RECIPIENT, SENDER, TSUBAME, Talker, dial, inbox

B64 = lambda text: base64.b64encode(text.encode()).decode()  # noqa: E731


@pytest.fixture
async def memory_world() -> AsyncIterator[RunningWorld]:
    from mailserver_lab.net import MemoryNet

    lab = Lab(make_net=MemoryNet)
    yield await lab.open(bundled("user-unknown"))
    await lab.close()


@pytest.fixture
async def tls_world(socket_lab: Lab) -> RunningWorld:
    return await socket_lab.open(bundled("user-unknown"))


def trusted(lab: Lab) -> ssl.SSLContext:
    return lab.certificates.client()


# -- what every connection is like


async def test_every_reply_that_wants_one_has_an_enhanced_status_code(memory_world: RunningWorld) -> None:
    """RFC 2034 section 4: all 2yz, 4yz and 5yz replies but the greeting and those to HELO and EHLO."""
    talker = await dial(memory_world)
    for command in [
        "NOOP", "RSET", "VRFY sender", "VRFY <", "VRFY", "EXPN x", "HELP", "HELP MAIL", "HELP nothing", "MAIL", "MAIL FROM:<a b>", "MAIL FROM:<a@x> X=1",
        "RCPT TO:<a@x>", "DATA", "AUTH PLAIN x", "STARTTLS x", "STARTTLS", "QUIT now", "FROB", "", "\x80", "RSET x", "NOOP x", "EHLO", "HELO",
        "MAIL FROM:<a@x.example>", "MAIL FROM:<a@x.example>", "RCPT TO:<b@x.example>", "DATA", "X" * 3_000, "QUIT",
    ]:  # fmt: skip
        for line in (await talker.say(command)).split("\n"):
            assert re.match(r"(2|4|5)\d\d[ -]\1\.\d{1,3}\.\d{1,3} .", line), (command, line)


async def test_offers_of_the_two_kinds_of_port(world: RunningWorld) -> None:
    talker = await dial(world, ehlo=False)
    offers = {line[4:].split()[0] for line in (await talker.say("EHLO pc")).split("\n")[1:]}
    tls = {"STARTTLS"} if world.net.has_tls else set()
    assert offers == {"PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "DSN"} | tls
    talker = await dial(world, TSUBAME, 587, ehlo=False)
    assert "250 AUTH PLAIN LOGIN" in await talker.say("EHLO pc")


async def test_a_message_to_a_user_is_taken_and_is_there(world: RunningWorld) -> None:
    talker = await dial(world)
    assert (
        await talker.say("MAIL FROM:<a@x.example>", f"RCPT TO:<{RECIPIENT}>", "DATA")
        == "354 End data with <CR><LF>.<CR><LF>"
    )
    assert re.fullmatch(r"250 2\.0\.0 queued as q\d{4}", await talker.say(MESSAGE + b".\r\n"))
    (stored,) = await inbox(world, RECIPIENT)
    assert stored.startswith(
        b"Return-Path: <a@x.example>\r\nReceived: from pc.sender.example (pc.sender.example [203.0.113.9])\r\n\tby mx.hibari.example "
    )
    assert f"\r\n\tfor <{RECIPIENT}>;".encode() in stored
    assert stored.endswith(MESSAGE)


async def test_an_unknown_user_is_refused_in_the_words_of_the_article(world: RunningWorld) -> None:
    talker = await dial(world)
    assert (
        await talker.say("MAIL FROM:<a@x.example>", "RCPT TO:<recipent@hibari.example>")
        == "550 5.1.1 <recipent@hibari.example>... User unknown"
    )


@pytest.mark.parametrize(
    ("port", "address", "commands", "reply"),
    [
        (25, HIBARI, ["MAIL FROM:<a@x.example>", "RCPT TO:<b@elsewhere.example>"], "550 5.7.1 "),
        (25, HIBARI, ["MAIL FROM:<a@x.example>", "RCPT TO:<user%elsewhere.example@hibari.example>"], "550 5.1.1 "),
        (25, HIBARI, ["MAIL FROM:<>", f"RCPT TO:<{RECIPIENT}>"], "250 2.1.5 "),
        (25, HIBARI, ["MAIL FROM:<>", "RCPT TO:<Postmaster>"], "250 2.1.5 "),
        (25, HIBARI, ["MAIL FROM:<>", "RCPT TO:<Recipient@HIBARI.Example>"], "250 2.1.5 "),
        (25, HIBARI, ["MAIL FROM:<>", "RCPT TO:<postmaster@MX.hibari.example>"], "250 2.1.5 "),
        (25, HIBARI, ["MAIL FROM:<a@x.example>", "RCPT TO:<MAILER-DAEMON@mx.hibari.example>"], "250 2.1.5 "),
        (25, HIBARI, ["MAIL FROM:<a@x.example>", "RCPT TO:<mailer-daemon@hibari.example>"], "250 2.1.5 "),
        (25, HIBARI, ["MAIL FROM:<a@x.example>", "RCPT TO:<recipient@mx.hibari.example>"], "550 5.7.1 "),
        (25, HIBARI, ["MAIL FROM:<a@x.example>", "RCPT TO:<MAILER-DAEMON@mx.tsubame.example>"], "550 5.7.1 "),
        (25, HIBARI, ["MAIL FROM:<>", "RCPT TO:<>"], "553 5.1.3 "),
        (25, HIBARI, ["MAIL FROM:<a@x.example>", "MAIL FROM:<b@x.example>"], "503 5.5.1 "),
        (25, HIBARI, ["MAIL FROM:<a@x.example> SIZE=1048577"], "552 5.3.4 "),
        (25, HIBARI, ["MAIL FROM:<a@x.example> SIZE=1048576"], "250 2.1.0 "),
        (25, HIBARI, ["MAIL FROM:<a@x.example> SIZE=1x"], "501 5.5.4 "),
        (25, HIBARI, ["MAIL FROM:<a@x.example> SIZE=" + "9" * 900], "501 5.5.4 "),
        (25, HIBARI, ["MAIL FROM:<a@x.example> RET=SOME"], "501 5.5.4 "),
        (25, HIBARI, ["MAIL FROM:<a@x.example> BODY=BINARYMIME"], "501 5.5.4 "),
        (25, HIBARI, ["MAIL FROM:<a@x.example> NOTIFY=NEVER"], "555 5.5.4 "),
        (25, HIBARI, ["MAIL FROM:<a@x.example> FROB=1"], "555 5.5.4 "),
        (25, HIBARI, ["MAIL FROM:<a@x.example>", f"RCPT TO:<{RECIPIENT}> FROB"], "555 5.5.4 "),
        (25, HIBARI, ["MAIL FROM:<a@x.example>", f"RCPT TO:<{RECIPIENT}> NOTIFY=NEVER,DELAY"], "501 5.5.4 "),
        (25, HIBARI, ["MAIL FROM:<a@x.example>", f"RCPT TO:<{RECIPIENT}> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;R+2Bx@y"], "250 2.1.5 "),
        (25, HIBARI, ["MAIL FROM:<a\0@x.example>"], "501 5.5.2 "),
        (25, HIBARI, [b"MAIL FROM:<\xff@x.example>\r\n"], "501 5.1.7 "),
        (25, HIBARI, ["MAIL FROM:<日本@x.example> SMTPUTF8"], "250 2.1.0 "),
        (25, HIBARI, [f"AUTH PLAIN {PLAIN}"], "502 5.5.1 "),
        (25, HIBARI, ["X" * 100_000], "500 5.5.2 "),
        (587, TSUBAME, [f"MAIL FROM:<{SENDER}>"], "530 5.7.0 "),
        (587, TSUBAME, ["MAIL FROM:<>"], "530 5.7.0 "),
        (587, TSUBAME, [f"auth plain {PLAIN}"], "235 2.7.0 "),
        (587, TSUBAME, ["auth login", B64(SENDER), B64(PASSWORD)], "235 2.7.0 "),
        (587, TSUBAME, [f"Auth Login {B64(SENDER.upper())}", B64(PASSWORD)], "235 2.7.0 "),
        (587, TSUBAME, ["AUTH PLAIN", PLAIN], "235 2.7.0 "),
        (587, TSUBAME, [f"AUTH PLAIN {B64(chr(0) + SENDER + chr(0) + 'wrong')}"], "535 5.7.8 "),
        (587, TSUBAME, [f"AUTH PLAIN {B64(chr(0) + RECIPIENT + chr(0) + 'hibari-2026')}"], "535 5.7.8 "),
        (587, TSUBAME, ["AUTH LOGIN", B64(SENDER), B64("wrong")], "535 5.7.8 "),
        (587, TSUBAME, ["AUTH LOGIN", "*"], "501 5.7.0 "),
        (587, TSUBAME, ["AUTH PLAIN !"], "501 5.5.2 "),
        (587, TSUBAME, ["AUTH CRAM-MD5"], "504 5.5.4 "),
        (587, TSUBAME, ["AUTH"], "501 5.5.4 "),
        (587, TSUBAME, [f"AUTH PLAIN {PLAIN}", f"AUTH PLAIN {PLAIN}"], "503 5.5.1 "),
        (587, TSUBAME, [f"AUTH PLAIN {PLAIN}", f"MAIL FROM:<{RECIPIENT}>"], "553 5.7.1 "),
        (587, TSUBAME, [f"AUTH PLAIN {PLAIN}", "MAIL FROM:<>"], "553 5.7.1 "),
        (587, TSUBAME, [f"AUTH PLAIN {PLAIN}", f"MAIL FROM:<{SENDER.upper()}>"], "250 2.1.0 "),
        (587, TSUBAME, [f"AUTH PLAIN {PLAIN}", f"MAIL FROM:<{SENDER}> RET=HDRS ENVID=Q1", "RCPT TO:<nobody@tsubame.example>"], "550 5.1.1 "),
        (587, TSUBAME, [f"AUTH PLAIN {PLAIN}", f"MAIL FROM:<{SENDER}>", "RCPT TO:<who@no-such.invalid>"], "250 2.1.5 "),
    ],
)  # fmt: skip
async def test_replies(
    memory_world: RunningWorld, port: int, address: str, commands: list[str | bytes], reply: str
) -> None:
    talker = await dial(memory_world, address, port)
    answer = await talker.say(*commands)
    assert answer.startswith(reply)
    assert (await talker.say("NOOP")).startswith("250 2.0.0 ")


async def test_nothing_is_mailed_before_ehlo(memory_world: RunningWorld) -> None:
    talker = await dial(memory_world, ehlo=False)
    assert (await talker.say("MAIL FROM:<a@x.example>")).startswith("503 5.5.1 ")


async def test_what_dsn_asks_for_is_carried_on(memory_world: RunningWorld) -> None:
    await memory_world.switch_off("hibari.example")
    talker = await (await dial(memory_world, TSUBAME, 587)).signed_in()
    await talker.say(
        f"MAIL FROM:<{SENDER}> RET=hdrs ENVID=Q+2B1",
        f"RCPT TO:<{RECIPIENT}> NOTIFY=success,delay ORCPT=rfc822;R@y",
        "DATA",
    )
    queue_id = (await talker.say(MESSAGE + b".\r\n")).split()[-1]
    queued = memory_world.sites["tsubame.example"].store.look(lambda t: t.queued(queue_id))
    assert queued is not None
    assert (queued.ret, queued.envid) == ("HDRS", "Q+2B1")
    assert [(r.orcpt, r.notify) for r in queued.recipients] == [("rfc822;R@y", {"SUCCESS", "DELAY"})]


# -- content


async def begin_data(world: RunningWorld) -> Talker:
    talker = await dial(world)
    assert (await talker.say("MAIL FROM:<a@x.example>", f"RCPT TO:<{RECIPIENT}>", "DATA")).startswith("354")
    return talker


@pytest.mark.parametrize(
    ("content", "reply"),
    [
        (b"Subject: x\r\n\r\n" + b"x" * 900 + b"\r\n" + (b"y" * 990 + b"\r\n") * 1_060 + b".\r\n", "552 5.3.4 "),
        (b"Subject: x\r\n\r\na\0b\r\n.\r\n", "554 5.6.0 "),
        (b"Subject: x\r\n\r\n" + b"x" * 100_000 + b"\r\n.\r\n", "554 5.6.0 "),
        (b"Received: x\r\n" * 50 + b"\r\nbody\r\n.\r\n", "554 5.4.6 "),
        (b"Received: x\r\n" * 49 + b"\r\nReceived: in the body\r\n.\r\n", "250 2.0.0 "),
        (b".\r\n", "250 2.0.0 "),
    ],
    ids=["too large", "NUL", "long line", "loop", "no loop", "empty"],
)  # fmt: skip
async def test_content_is_taken_or_not_and_the_next_one_can_come(
    memory_world: RunningWorld, content: bytes, reply: str
) -> None:
    talker = await begin_data(memory_world)
    assert (await talker.say(content)).startswith(reply)
    assert len(await inbox(memory_world, RECIPIENT)) == (1 if reply.startswith("250") else 0)
    assert await talker.say("MAIL FROM:<a@x.example>") == "250 2.1.0 OK"


async def test_a_thousand_recipients_and_not_one_more(memory_world: RunningWorld) -> None:
    talker = await dial(memory_world)
    await talker.say("MAIL FROM:<a@x.example>")
    talker.send(*[f"RCPT TO:<{RECIPIENT}>"] * 1_001)
    answers = [await talker.reply() for _ in range(1_001)]
    assert answers == ["250 2.1.5 OK"] * 1_000 + ["452 4.5.3 Too many recipients"]


async def test_an_error_of_ours_is_temporary_and_ends_the_transaction(
    memory_world: RunningWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = memory_world.sites["hibari.example"].store
    talker = await begin_data(memory_world)

    async def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(store, "commit", full)
    assert await talker.say(MESSAGE + b".\r\n") == "452 4.3.1 Insufficient system storage"
    monkeypatch.undo()
    assert (
        await talker.say("MAIL FROM:<a@x.example>", f"RCPT TO:<{RECIPIENT}>", "DATA", MESSAGE + b".\r\n")
    ).startswith("250 2.0.0")


async def test_a_helo_that_is_no_utf_8_does_not_cost_the_message(memory_world: RunningWorld) -> None:
    talker = await dial(memory_world, ehlo=False)
    await talker.say(b"EHLO \xff\xfe;(x)\r\n")
    assert (
        await talker.say("MAIL FROM:<a@x.example>", f"RCPT TO:<{RECIPIENT}>", "DATA", MESSAGE + b".\r\n")
    ).startswith("250 2.0.0")
    assert b"Received: from ????x? (pc" in (await inbox(memory_world, RECIPIENT))[0]


async def test_quoted_back_octets_are_harmless(memory_world: RunningWorld) -> None:
    talker = await dial(memory_world)
    for command in (b"VRFY \x1b[31m\xff\r\n", b"MAIL FROM:<a@x> \x1b\xff\r\n"):
        assert "\x1b" not in await talker.say(command)
    assert all(event.text.isprintable() for event in memory_world.trace.after() if event.side == "server")


# -- clients that misbehave


async def test_a_client_that_says_nothing_is_told_and_hung_up_on(
    memory_world: RunningWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mailserver_lab.smtp.policy import Inbound

    site = memory_world.sites["hibari.example"]
    record = lambda peer: memory_world.trace.connection("smtp", peer.host, site.host, 25)  # noqa: E731
    await memory_world.net.listen_protocol(
        "198.51.100.77",
        25,
        lambda: server_module.Server(
            Inbound(site), hostname=site.host, peer_of=memory_world.net.peer_of, record=record, idle=0.05
        ),
    )
    talker = await dial(memory_world, "198.51.100.77", ehlo=False)
    assert (await talker.reply()).startswith("421 4.4.2 ")
    assert await talker.reply() == "(end)"


@pytest.mark.parametrize("abort", [False, True], ids=["hangs up", "resets"])
async def test_a_client_that_goes_away_within_data_leaves_nothing(world: RunningWorld, abort: bool) -> None:
    talker = await begin_data(world)
    closed = asyncio.Event()
    world.trace.follow(lambda event: closed.set() if event.kind == "close" else None)
    talker.send(b"Subject: half\r\n\r\nhalf")
    assert talker.stream.transport is not None
    (talker.stream.transport.abort if abort else talker.stream.close)()
    await asyncio.wait_for(closed.wait(), 5)
    assert await inbox(world, RECIPIENT) == []


async def test_binary_garbage_is_refused_until_it_is_too_much(memory_world: RunningWorld) -> None:
    talker = await dial(memory_world, ehlo=False)
    talker.send(bytes(range(256)) * 50 + b"\r\n")
    answers = [await talker.reply()]
    while not answers[-1].endswith("(end)"):
        answers.append(await talker.reply())
    assert all(answer.startswith("500 5.5.2") for answer in answers[:-2])
    assert answers[-2].startswith("421 4.7.0 Too many")


async def test_a_web_browser_is_hung_up_on_before_its_body_is_obeyed(memory_world: RunningWorld) -> None:
    talker = await dial(memory_world, ehlo=False)
    head = "".join(f"X-{n}: y\r\n" for n in range(6))
    talker.send(
        f"POST / HTTP/1.1\r\n{head}\r\nEHLO x\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<{RECIPIENT}>\r\nDATA\r\n{MESSAGE.decode()}.\r\n".encode()
    )
    answers = [await talker.reply()]
    while not answers[-1].endswith("(end)"):
        answers.append(await talker.reply())
    assert answers[-2].startswith("421 4.7.0 Too many")
    assert await inbox(memory_world, RECIPIENT) == []


async def test_two_connections_do_not_disturb_each_other(world: RunningWorld) -> None:
    one, two = await begin_data(world), await begin_data(world)
    one.send(b"Subject: one\r\n\r\n")
    two.send(b"Subject: two\r\n\r\n")
    assert (await two.say(b"2\r\n.\r\n")).startswith("250")
    assert (await one.say(b"1\r\n.\r\n")).startswith("250")
    assert [stored.rpartition(b"Subject: ")[2] for stored in await inbox(world, RECIPIENT)] == [
        b"two\r\n\r\n2\r\n",
        b"one\r\n\r\n1\r\n",
    ]


# -- TLS


async def test_starttls_forgets_what_was_said_in_plain_text(tls_world: RunningWorld, socket_lab: Lab) -> None:
    talker = await (await dial(tls_world, TSUBAME, 587)).signed_in()
    assert (await talker.say("STARTTLS")).startswith("220 ")
    await talker.stream.start_tls(trusted(socket_lab), server_hostname="mx.tsubame.example")
    assert (await talker.say(f"MAIL FROM:<{SENDER}>")).startswith("503 5.5.1 ")
    offers = await talker.say("EHLO pc.sender.example")
    assert "STARTTLS" not in offers
    assert "AUTH PLAIN LOGIN" in offers
    assert (await talker.say(f"MAIL FROM:<{SENDER}>")).startswith("530 5.7.0 ")
    assert (await talker.say("STARTTLS")).startswith("503 5.5.1 ")
    await talker.signed_in()
    assert (await talker.say(f"MAIL FROM:<{SENDER}>")).startswith("250 2.1.0 ")


async def test_a_handshake_that_is_none_ends_the_connection_quietly(
    tls_world: RunningWorld, caplog: pytest.LogCaptureFixture
) -> None:
    talker = await dial(tls_world)
    await talker.say("STARTTLS")
    talker.send(b"this is no TLS at all\r\n" * 20)
    with contextlib.suppress(ConnectionError):
        while await asyncio.wait_for(talker.stream.read(), 5):  # TLS says what it thinks of that
            pass
    assert (await (await dial(tls_world)).say("NOOP")).startswith("250")
    assert "Traceback" not in caplog.text


async def test_a_world_that_requires_tls_takes_no_password_in_plain_text(make_net: Callable[[], Net]) -> None:
    lab = Lab(make_net=make_net)
    spec = bundled("user-unknown").as_json()
    world = await lab.open(parse({**spec, "require_tls": True}))
    talker = await dial(world, TSUBAME, 587, ehlo=False)
    assert "AUTH" not in await talker.say("EHLO pc")
    assert (await talker.say(f"AUTH PLAIN {PLAIN}")).startswith("538 5.7.11 ")
    assert PLAIN not in "\n".join(event.text for event in world.trace.after())
    if world.net.has_tls:
        await talker.say("STARTTLS")
        await talker.stream.start_tls(trusted(lab), server_hostname="mx.tsubame.example")
        assert "AUTH PLAIN LOGIN" in await talker.say("EHLO pc")
        await talker.signed_in()
    await lab.close()


def _send_with_smtplib(
    host: str, port: int, how: str, context: ssl.SSLContext
) -> dict[str, tuple[int, bytes]]:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = SENDER, RECIPIENT, "件名"
    message.set_content("本文\n.\n..\n")
    if how == "submissions":
        client: smtplib.SMTP = smtplib.SMTP_SSL("localhost", port, context=context, timeout=10)
    else:
        client = smtplib.SMTP(host, port, timeout=10)
    with client:
        if how == "starttls":
            client._host = "localhost"  # type: ignore[attr-defined]
            client.starttls(context=context)
        client.login(SENDER, PASSWORD)
        return client.send_message(message, mail_options=["RET=HDRS"], rcpt_options=["NOTIFY=FAILURE"])


@pytest.mark.parametrize("how", ["plain", "starttls", "submissions"])
async def test_smtplib_submits(tls_world: RunningWorld, socket_lab: Lab, how: str) -> None:
    from .talk import until_mail

    ports = tls_world.real_ports()["tsubame.example"]
    host, port = ports["submissions" if how == "submissions" else "submission"]
    assert await asyncio.to_thread(_send_with_smtplib, host, port, how, trusted(socket_lab)) == {}
    (stored,) = await until_mail(tls_world, RECIPIENT)
    assert b"\r\nReceived: from " in stored
    assert (b" with ESMTPA " if how == "plain" else b" with ESMTPSA ") in stored
    first = next(
        event for event in tls_world.trace.after() if event.kind == "open" and event.protocol == "smtp"
    )
    assert (first.source, first.tls) == ("this-computer", how == "submissions")


async def test_a_wrong_password_is_smtplibs_authentication_error(tls_world: RunningWorld) -> None:
    def try_it(host: str, port: int) -> smtplib.SMTPAuthenticationError:
        with smtplib.SMTP(host, port, timeout=10) as client:
            try:
                client.login(SENDER, "wrong")
            except smtplib.SMTPAuthenticationError as error:
                return error
        raise AssertionError("it was let in")

    error = await asyncio.to_thread(try_it, *tls_world.real_ports()["tsubame.example"]["submission"])
    assert error.smtp_code == 535
    assert b"5.7.8" in error.smtp_error


async def test_a_reply_of_several_lines_comes_in_one_piece(world: RunningWorld) -> None:
    """Each piece wakes who waits for it, and costs a call of the system."""
    talker = await dial(world, ehlo=False)
    talker.send("EHLO pc.sender.example")
    piece = (await asyncio.wait_for(talker.stream.read(), 5)).decode().splitlines()
    assert len(piece) > 5
    assert piece[-1][3] == " "
    assert all(line[3] == "-" for line in piece[:-1])
