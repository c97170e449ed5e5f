"""Attacks on a mail server by those who may talk to it, and on its client by those whom it talks to."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from collections.abc import AsyncIterator, Callable

import pytest

from mailserver_lab.lab import Lab, RunningWorld
from mailserver_lab.net import LoopbackNet, MemoryNet, Net, Peer, Stream
from mailserver_lab.smtp import guard
from mailserver_lab.smtp import server as server_module
from mailserver_lab.smtp.client import Answered, SmtpClient
from mailserver_lab.smtp.policy import Inbound
from mailserver_lab.smtp.server import Server
from mailserver_lab.smtp.session import SmtpSession
from mailserver_lab.world import bundled

from .talk import (
    HIBARI,
    MESSAGE,
    PASSWORD,
    PLAIN,
    RECIPIENT,
    SENDER,
    TSUBAME,
    Talker,
    dial,
    inbox,
    submit,
    until_mail,
)


@pytest.fixture
async def world() -> AsyncIterator[RunningWorld]:
    lab = Lab(make_net=MemoryNet)
    yield await lab.open(bundled("user-unknown"))
    await lab.close()


# -- smuggling: a second message hidden behind an end of the first that only one of two servers sees

LINE_ENDS = [b"\n", b"\r", b"\r\n", b"\n\r", b"\r\r\n", b""]
FALSE_ENDS = [
    before + b"." + after
    for before, after in itertools.product(LINE_ENDS, LINE_ENDS)
    if not ((before + b".").endswith(b"\r\n.") and after == b"\r\n")
]
SMUGGLED = (
    f"MAIL FROM:<evil@x.example>\r\nRCPT TO:<{RECIPIENT}>\r\nDATA\r\nSubject: smuggled\r\n\r\nx".encode()
)


def bare(data: bytes) -> bool:
    """Whether there is a CR or LF that is not half of a CR LF."""
    rest = data.replace(b"\r\n", b"")
    return b"\r" in rest or b"\n" in rest


@pytest.mark.parametrize("cut", ["at once", "octets"])
@pytest.mark.parametrize("end", FALSE_ENDS, ids=repr)
async def test_smuggling_by_a_false_end_of_data_arrives_as_text(
    world: RunningWorld, end: bytes, cut: str
) -> None:
    """CVE-2023-51764, 51765, 51766. What is stored has proper lines, so that nobody further on is fooled either."""
    talker = await dial(world)
    await talker.say("MAIL FROM:<a@x.example>", f"RCPT TO:<{RECIPIENT}>", "DATA")
    wire = b"Subject: one\r\n\r\ntext" + end + SMUGGLED + b"\r\n.\r\n"
    for piece in [wire] if cut == "at once" else [wire[n : n + 1] for n in range(len(wire))]:
        talker.send(piece)
    assert (await talker.reply()).startswith("250 2.0.0 ")
    assert (await talker.say("NOOP")).startswith("250 2.0.0 ")
    (stored,) = await inbox(world, RECIPIENT)
    assert b"MAIL FROM:<evil@x.example>" in stored
    assert not bare(stored)
    heard = [event.kind for event in world.trace.after() if event.port == 25 and event.side == "client"]
    assert heard.count("content") == 1


@pytest.mark.parametrize("end", [*FALSE_ENDS, b"\r\n.\r\n"], ids=repr)
def test_smuggling_is_never_passed_on_by_the_client(end: bytes) -> None:
    client = SmtpClient()
    replies = b"220 hi\r\n", b"250 me\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"
    calls = [
        lambda: client.ehlo("pc"),
        lambda: client.mail(""),
        lambda: client.rcpt("b@y.example"),
        client.data,
    ]
    for reply, call in itertools.zip_longest(replies, calls):
        client.receive_data(reply)
        assert isinstance(client.next_event(), Answered)
        if call:
            call()
    sent = client.content(b"Subject: one\r\n\r\ntext" + end + SMUGGLED)
    assert sent.count(b"\r\n.\r\n") == 1
    assert sent.endswith(b"\r\n.\r\n")
    assert not bare(sent)


async def test_smuggling_through_two_servers_delivers_one_message(world: RunningWorld) -> None:
    text = b"".join(b"text" + end + SMUGGLED for end in FALSE_ENDS)
    talker = await (await dial(world, TSUBAME, 587)).signed_in()
    await talker.say(f"MAIL FROM:<{SENDER}>", f"RCPT TO:<{RECIPIENT}>", "DATA")
    assert (await talker.say(MESSAGE + text + b"\r\n.\r\n")).startswith("250 2.0.0 ")
    (stored,) = await until_mail(world, RECIPIENT)
    assert stored.count(b"Subject: smuggled") == len(FALSE_ENDS)
    assert not bare(stored)


# -- words put into somebody's mouth before TLS


async def test_starttls_injection_into_the_server_is_not_obeyed() -> None:
    """CVE-2011-0411."""
    lab = Lab()
    world = await lab.open(bundled("user-unknown"))
    talker = await dial(world)
    talker.send(f"STARTTLS\r\nEHLO evil\r\nMAIL FROM:<evil@x.example>\r\nRCPT TO:<{RECIPIENT}>\r\n".encode())
    assert (await talker.reply()).startswith("220 ")
    await talker.stream.start_tls(lab.certificates.client(), server_hostname="mx.hibari.example")
    assert (await talker.say("DATA")).startswith("503 5.5.1 ")
    assert (await talker.say("MAIL FROM:<a@x.example>")).startswith("503 5.5.1 ")
    await lab.close()


async def test_starttls_injection_into_the_client_is_not_believed() -> None:
    lab = Lab()
    world = await lab.open(bundled("user-unknown"))
    context = lab.certificates.server(["evil.example"])

    async def accept(stream: Stream, peer: Peer) -> None:
        stream.write(b"220 hi\r\n")
        await stream.read()
        stream.write(b"250-me\r\n250 STARTTLS\r\n")
        await stream.read()
        stream.write(b"220 go\r\n250-me\r\n250 AUTH PLAIN\r\n")
        await stream.start_tls(context)
        await stream.read()
        stream.write(b"250-me\r\n250 SIZE 5\r\n")
        await stream.read()

    await world.net.listen("198.51.100.66", 25, accept)
    session = SmtpSession(await world.net.connect(Peer("mx", TSUBAME), "198.51.100.66", 25))
    await session.greeting()
    await session.ehlo("mx")
    assert (await session.starttls(lab.certificates.client(), "evil.example")).ok
    assert session.extensions == {}
    await session.ehlo("mx")
    assert session.extensions == {"SIZE": "5"}
    await session.quit()
    await lab.close()


# -- using up what a server has


async def _lonely(world: RunningWorld, **options: float) -> str:
    """Another server at port 25, and its address."""
    site, address = world.sites["hibari.example"], "198.51.100.77"
    policy = Inbound(site)
    record = lambda peer: world.trace.connection("smtp", peer.host, site.host, 25)  # noqa: E731
    await world.net.listen_protocol(
        address,
        25,
        lambda: Server(policy, hostname=site.host, peer_of=world.net.peer_of, record=record, **options),
    )
    return address


@pytest.mark.parametrize("net", [MemoryNet, LoopbackNet])
async def test_half_open_connections_by_the_thousand_leave_room_for_others(net: Callable[[], Net]) -> None:
    lab = Lab(make_net=net)
    world = await lab.open(bundled("user-unknown"))
    crowd = [await dial(world, ehlo=False) for _ in range(guard.AT_ONCE)]
    for _ in range(20):
        late = Talker(await world.net.connect(Peer("pc", "203.0.113.9"), HIBARI, 25))
        assert await late.reply() == "421 4.7.0 Too many connections at once, try again later"
        assert await late.reply() == "(end)"
    # other ports have room of their own, and whoever is inside is served
    assert (await (await dial(world, TSUBAME, 587)).say("NOOP")).startswith("250")
    assert (await crowd[7].say("NOOP")).startswith("250")
    closed = asyncio.Event()
    world.trace.follow(lambda event: closed.set() if event.kind == "close" else None)
    assert (await crowd.pop().say("QUIT")).startswith("221")
    await asyncio.wait_for(closed.wait(), 5)
    assert (await (await dial(world)).say("NOOP")).startswith("250")
    await lab.close()


@pytest.mark.parametrize("drip", ["commands", "content"])
async def test_a_slow_sender_is_hung_up_on_however_it_drips(world: RunningWorld, drip: str) -> None:
    address = await _lonely(world, idle=0.3)
    talker = await dial(world, address)
    if drip == "content":
        await talker.say("MAIL FROM:<a@x.example>", f"RCPT TO:<{RECIPIENT}>", "DATA")

    async def dripping() -> None:
        while True:
            talker.send(b"x")
            await asyncio.sleep(0.01)

    task = asyncio.ensure_future(dripping())
    assert (await talker.reply()).startswith("421 4.4.2 ")
    assert await talker.reply() == "(end)"
    task.cancel()
    assert await inbox(world, RECIPIENT) == []


async def test_a_slow_server_that_never_reads_does_not_hold_the_client(world: RunningWorld) -> None:
    async def accept(stream: Stream, peer: Peer) -> None:
        for reply in (b"220 hi\r\n", b"250 me\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"):
            stream.write(reply)
            if not reply.startswith(b"354"):
                await stream.read()
        await asyncio.Event().wait()

    await world.net.listen("198.51.100.66", 25, accept)
    stream = await world.net.connect(Peer("mx", TSUBAME), "198.51.100.66", 25)
    session = SmtpSession(stream, patience={"MAIL": 5.0, "DATA": 5.0, "content": 0.1})
    await session.greeting()
    await session.ehlo("mx")
    await session.mail("")
    await session.rcpt([("b@y.example", {})])
    assert (await session.data()).ok
    with pytest.raises(TimeoutError):
        await session.content((b"x" * 70 + b"\r\n") * 20_000)


@pytest.mark.parametrize(
    ("commands", "allowed", "farewell"),
    [
        (["MAIL FROM:<a@x.example>"] + ["RCPT TO:<guess@hibari.example>"] * guard.REFUSALS, guard.REFUSALS, "Too many errors"),
        (["NOOP"] * guard.COMMANDS, guard.COMMANDS - 2, "Too many commands"),
        (["VRFY <a@hibari.example>", "RSET"] * (guard.COMMANDS // 2), guard.COMMANDS - 2, "Too many commands"),
    ],
    ids=["guesses addresses", "chatters", "chatters otherwise"],
)  # fmt: skip
async def test_a_client_that_sends_no_message_loses_its_turn(
    world: RunningWorld, commands: list[str], allowed: int, farewell: str
) -> None:
    talker = await dial(world)
    talker.send(*commands, "MAIL FROM:<late@x.example>")
    answers = [await talker.reply()]
    while not answers[-1].endswith("(end)"):
        answers.append(await talker.reply())
    assert answers[-2].startswith(f"421 4.7.0 {farewell}")
    assert not any(answer.startswith("421") for answer in answers[:-2])
    assert abs(len(answers) - 2 - allowed) <= 1


async def test_guessing_passwords_ends_with_the_fifth(world: RunningWorld) -> None:
    talker = await dial(world, TSUBAME, 587)
    talker.send(*["AUTH PLAIN AHgAeQ=="] * 5, f"AUTH PLAIN {PLAIN}")
    answers = [await talker.reply() for _ in range(7)]
    assert [answer[:9] for answer in answers] == ["535 5.7.8"] * 5 + ["421 4.7.0", "(end)"]


async def test_a_thousand_messages_on_one_connection_are_no_attack(world: RunningWorld) -> None:
    talker = await dial(world)
    for _ in range(guard.COMMANDS // 3):
        await talker.say("MAIL FROM:<a@x.example>", f"RCPT TO:<{RECIPIENT}>", "DATA")
        assert (await talker.say(MESSAGE + b".\r\n")).startswith("250 2.0.0 ")


@pytest.mark.parametrize(("length", "reply"), [(12_286, "535 5.7.8 "), (12_288, "500 5.5.2 ")])
async def test_an_oversize_line_is_refused_and_an_auth_line_may_be_long(
    world: RunningWorld, length: int, reply: str
) -> None:
    """RFC 4954 section 4: 12,288 octets, the line end included."""
    import base64

    talker = await dial(world, TSUBAME, 587)
    room = (length - len("AUTH PLAIN ")) // 4 * 3
    token = base64.b64encode(b"\0user\0" + b"x" * (room - 6)).decode()
    line = f"AUTH PLAIN {token}".ljust(length)
    assert (await talker.say(line)).startswith(reply)
    assert (await talker.say("NOOP")).startswith("250")


@pytest.mark.parametrize("verb", ["EHLO ", "MAIL FROM:<a@x.example> ENVID=", "RCPT TO:", "NOOP ", "", "X"])
async def test_an_oversize_line_is_refused_whatever_it_says(world: RunningWorld, verb: str) -> None:
    talker = await dial(world)
    for length in (2_049, 12_288, 12_289, 1 << 20):
        assert (await talker.say(verb + "x" * (length - len(verb)))).startswith("500 5.5.2 "), length
    assert (await talker.say("NOOP")).startswith("250")


# -- writing into the headers and logs of others


HOSTILE = ["\0", "\r", "\x1b[2J", "\x0b", "\x0c", "\x7f", "\x85", "\x9b31m", "\u2028", "\u2029"]


@pytest.mark.parametrize("octet", HOSTILE, ids=ascii)
@pytest.mark.parametrize(
    "command",
    [
        "EHLO pc{}evil",
        "HELO pc{}evil",
        "MAIL FROM:<a{}b@x.example>",
        'MAIL FROM:<"a{}b"@x.example>',
        "MAIL FROM:<a@x.example> ENVID=a{}b",
        "RCPT TO:<a{}b@hibari.example>",
        "RCPT TO:<recipient@hibari.example> ORCPT=rfc822;a{}b",
        "VRFY a{}b",
        "NOOP a{}b",
        "A{}B",
    ],
)
async def test_header_and_log_injection_by_control_characters_is_refused(
    world: RunningWorld, command: str, octet: str
) -> None:
    talker = await dial(world)
    if command.startswith("RCPT"):
        await talker.say("MAIL FROM:<a@x.example>")
    assert (await talker.say(command.format(octet)))[:3] in {"500", "501"}
    for event in world.trace.after():
        assert not guard.has_control(event.text.replace("\r\n", "")), event.text
        assert len(event.text.splitlines()) <= 1


async def test_header_injection_by_a_helo_name_stays_in_its_place(world: RunningWorld) -> None:
    talker = await dial(world, ehlo=False)
    await talker.say("EHLO evil) by mx.bank.example; (Mon, 1 Jan")
    await talker.say("MAIL FROM:<a@x.example>", f"RCPT TO:<{RECIPIENT}>", "DATA", MESSAGE + b".\r\n")
    (stored,) = await inbox(world, RECIPIENT)
    assert b"Received: from evil??by?mx.bank.example???Mon,?1?Jan (pc.sender.example [203.0.113.9])" in stored


# -- relaying


ELSEWHERE = [
    "who@elsewhere.example",
    "who%elsewhere.example@hibari.example",
    "who%elsewhere.example",
    "who%elsewhere.example%hibari.example@hibari.example",
    "elsewhere.example!who@hibari.example",
    "elsewhere.example!who",
    "hibari.example!elsewhere.example!who@hibari.example",
    "@hibari.example:who@elsewhere.example",
    "@hibari.example,@tsubame.example:who@elsewhere.example",
    "@elsewhere.example:recipent@hibari.example",
    '"who@elsewhere.example"@hibari.example',
    '"who@elsewhere.example"',
    '"who%elsewhere.example"@hibari.example',
    '"@elsewhere.example:who"@hibari.example',
    "who@elsewhere.example@hibari.example",
    "who@[198.51.100.20]",
    "who@[127.0.0.1]",
    "who@[IPv6:::1]",
    "who@[203.0.113.77]",
    "who@198.51.100.20",
    "who@hibari.example.elsewhere.example",
    "who@hibari.example.",
    "who@localhost",
    "who@",
    "@elsewhere.example",
    "who@mx.hibari.example",
    "recipient@hibari.example\u3002elsewhere.example",
    "recipient@hibari。example",
    "recipient@hibari\uff0eexample",
    "who@ELSEWHERE.example",
    "sender@tsubame.example",
]


@pytest.mark.parametrize("path", ELSEWHERE)
@pytest.mark.parametrize(
    "sender", ["<>", "<a@x.example>", f"<{RECIPIENT}>", "<recipient@hibari.example> AUTH=<>"]
)
async def test_relaying_tricks_get_nothing_through_without_login(
    world: RunningWorld, path: str, sender: str
) -> None:
    talker = await dial(world)
    assert (await talker.say(f"MAIL FROM:{sender} SMTPUTF8")).startswith("250")
    assert (await talker.say(f"RCPT TO:<{path}>"))[0] == "5"
    assert (await talker.say("DATA")).startswith("503 5.5.1 ")
    assert [site.store.look(lambda t: t.queued_ids()) for site in world.sites.values()] == [[], []]


@pytest.mark.parametrize("pretence", ["MAIL FROM:<{}>", "MAIL FROM:<{}> AUTH={}", "MAIL FROM:<>"])
async def test_relaying_by_the_submission_port_needs_a_password(world: RunningWorld, pretence: str) -> None:
    talker = await dial(world, TSUBAME, 587)
    assert (await talker.say(pretence.format(SENDER, SENDER))).startswith("530 5.7.0 ")
    assert (await talker.say("RCPT TO:<who@elsewhere.example>")).startswith("503 5.5.1 ")
    assert (await talker.say("DATA")).startswith("503 5.5.1 ")


async def test_relaying_by_a_login_that_was_taken_back_is_refused(world: RunningWorld) -> None:
    """A wrong password after a right one does not leave the right one's rights to somebody else."""
    talker = await dial(world, TSUBAME, 587)
    assert (await talker.say("AUTH PLAIN AHgAeQ==")).startswith("535 5.7.8 ")
    assert (await talker.say(f"MAIL FROM:<{SENDER}>")).startswith("530 5.7.0 ")
    assert PASSWORD not in "".join(event.text for event in world.trace.after())


async def test_a_signed_in_user_writes_to_elsewhere_but_as_nobody_else(world: RunningWorld) -> None:
    talker = await (await dial(world, TSUBAME, 587)).signed_in()
    for other in (
        RECIPIENT,
        "colleague@tsubame.example",
        f"@hibari.example:{RECIPIENT}",
        f"{SENDER}@hibari.example",
    ):
        assert (await talker.say(f"MAIL FROM:<{other}>"))[0] == "5", other
    await submit(world, RECIPIENT)
    assert len(await until_mail(world, RECIPIENT)) == 1


# -- whatever else may come

PIECES = [
    "MAIL FROM:", "RCPT TO:", "<a@x.example>", "<>", f"<{RECIPIENT}>", "<日本@x>", "SIZE=5", "SMTPUTF8", "NOTIFY=NEVER", "ORCPT=rfc822;a",
    "ENVID=q", "RET=HDRS", "BODY=8BITMIME", "AUTH=<>", "DATA", "RSET", "EHLO x", "HELO x", "AUTH PLAIN", "AUTH LOGIN", PLAIN, "*", "=", "QUIT",
    "NOOP", "VRFY x", "EXPN x", "HELP MAIL", "STARTTLS", ".", "..", "\r\n.\r\n", "\r\n", "\r\n", "\r\n", "\n", " ", "\0", "\x85", "x" * 1_001,
    "Subject: x", "Received: x", "\udcff",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
async def test_nonsense_of_all_kinds_is_answered_and_breaks_nothing(
    world: RunningWorld, seed: int, long: bool, caplog: pytest.LogCaptureFixture
) -> None:
    dice = random.Random(seed)
    for _ in range(200 if long else 10):
        address, port = dice.choice([(HIBARI, 25), (TSUBAME, 587)])
        stream = await world.net.connect(Peer("pc", "203.0.113.9"), address, port)
        ends = ["", " ", "\r\n", "\r\n"]
        text = "".join(dice.choice(PIECES) + dice.choice(ends) for _ in range(dice.randrange(1, 120)))
        octets = text.encode("utf-8", "surrogateescape")
        cuts = sorted(dice.choices(range(len(octets) + 1), k=dice.randrange(6)))
        for start, end in itertools.pairwise([0, *cuts, len(octets)]):
            stream.write(octets[start:end])
            for _ in range(dice.randrange(30)):
                await asyncio.sleep(0)
        for _ in range(300):
            await asyncio.sleep(0)
        stream.close()
    said = [
        event.text for event in world.trace.after() if event.side == "server" and event.protocol == "smtp"
    ]
    assert len(said) > 20
    assert not [text for text in said if text.startswith("451") or not text[:3].isdigit()]
    assert not [e.text for e in world.trace.after() if e.kind != "content" and guard.has_control(e.text)]
    assert "Traceback" not in caplog.text
    assert (await (await dial(world)).say("NOOP")).startswith("250 2.0.0 ")


# -- TLS from the beginning


@pytest.fixture
async def submissions(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Lab, tuple[str, int]]]:
    """A lab, and the real place of a port with implicit TLS that has room for three."""
    monkeypatch.setattr(guard, "AT_ONCE", 3)
    lab = Lab()
    world = await lab.open(bundled("user-unknown"))
    place = world.net.real(TSUBAME, 465)
    assert place is not None
    yield lab, place
    await lab.close()


async def greeted(lab: Lab, place: tuple[str, int]) -> bool:
    """Whether a client that does it right is greeted there."""
    try:
        reader, writer = await asyncio.open_connection(
            *place, ssl=lab.certificates.client(), server_hostname="mx.tsubame.example"
        )
        line = await asyncio.wait_for(reader.readline(), 5)
    except OSError:
        return False
    writer.transport.abort()
    return line.startswith(b"220 ")


async def until_greeted(lab: Lab, place: tuple[str, int]) -> None:
    async with asyncio.timeout(5):
        while not await greeted(lab, place):
            await asyncio.sleep(0.01)


async def test_a_handshake_that_does_not_come_takes_a_place_until_it_is_given_up(
    submissions: tuple[Lab, tuple[str, int]],
) -> None:
    lab, place = submissions
    silent = [await asyncio.open_connection(*place) for _ in range(3)]
    reader, writer = await asyncio.open_connection(*place)
    assert await asyncio.wait_for(reader.read(), 5) == b""  # no room: hung up on without a word
    writer.close()
    assert not await greeted(lab, place)
    silent[0][1].transport.abort()
    await until_greeted(lab, place)
    for _, writer in silent:
        writer.transport.abort()


async def test_a_handshake_that_is_none_gives_its_place_back(
    submissions: tuple[Lab, tuple[str, int]],
) -> None:
    lab, place = submissions
    for _ in range(10):
        reader, writer = await asyncio.open_connection(*place)
        writer.write(b"EHLO in plain text\r\n\r\n" * 20)
        with contextlib.suppress(ConnectionError):
            await asyncio.wait_for(reader.read(), 5)
        writer.transport.abort()
        await until_greeted(lab, place)


async def test_a_slow_handshake_is_given_up(
    submissions: tuple[Lab, tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "HANDSHAKE", 0.2)
    lab, place = submissions
    silent = [await asyncio.open_connection(*place) for _ in range(3)]
    for reader, _ in silent:
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(), 5) == b""
    await until_greeted(lab, place)


async def test_a_lab_that_closes_does_not_wait_for_a_handshake(
    submissions: tuple[Lab, tuple[str, int]],
) -> None:
    lab, place = submissions
    reader, writer = await asyncio.open_connection(*place)
    await asyncio.sleep(0)
    await asyncio.wait_for(lab.close(), 5)
    with contextlib.suppress(ConnectionError):
        assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()
