"""A console: what the reader types goes to the server, what the record says comes back, and mistakes are explained."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from mailserver_lab.experiments import ByHand, Console, Place, Said, Session
from mailserver_lab.imap.talk import ImapTalk
from mailserver_lab.locale import LANGUAGES, Lang, Problem
from mailserver_lab.pop3.talk import Pop3Talk
from mailserver_lab.smtp.talk import SmtpTalk
from mailserver_lab.talk import Mistake
from tests.experiments.conftest import Begin
from tests.smtp.talk import PLAIN
from tests.waiting import until_true

ME, THEM = "sender@tsubame.example", "recipient@hibari.example"
Talking = Callable[..., Awaitable[Console]]


@pytest.fixture
async def session(begin: Begin) -> Session:
    return await begin("smtp-by-hand")


@pytest.fixture
def talking(session: Session) -> Talking:
    """A console on which these lines were said."""

    async def talk(*lines: str, place: int = 0) -> Console:
        await session.dial(place=place)
        for line in lines:
            await session.say(line)
        return session.consoles[""]

    return talk


SIGNED_IN = ("EHLO pc", f"AUTH PLAIN {PLAIN}")
ENVELOPE = (*SIGNED_IN, f"MAIL FROM:<{ME}>", f"RCPT TO:<{THEM}>")

# what is typed → the server's reply → a word of the reason
MISTAKES: list[tuple[tuple[str, ...], str, str]] = [
    (("FROB",), "500", "spelling"),
    (("",), "500", "empty line"),
    (("GET / HTTP/1.1",), "500", "HTTP"),
    (("USER me",), "500", "POP3"),
    (("Subject: hello",), "500", "a line of the letter"),
    ((".",), "500", "full stop"),
    ((f"MAIL FROM:<{ME}>",), "503", "EHLO"),
    ((f"AUTH PLAIN {PLAIN}",), "503", "EHLO"),
    (("EHLO pc", f"MAIL FROM:<{ME}>"), "530", "not signed in"),
    (("EHLO pc", f"RCPT TO:<{THEM}>"), "5", "MAIL FROM"),
    ((*SIGNED_IN, "DATA"), "503", "RCPT TO"),
    ((*SIGNED_IN, f"MAIL FROM:<{ME}>", "DATA"), "503", "RCPT TO"),
    ((*SIGNED_IN, f"MAIL FROM:<{ME}>", f"MAIL FROM:<{ME}>"), "503", "RSET"),
    ((*SIGNED_IN, f"MAIL FROM {ME}"), "501", "between < and >"),
    ((*SIGNED_IN, f"MAIL FROM:<{THEM}>"), "553", "your own address"),
    ((*SIGNED_IN, f"AUTH PLAIN {PLAIN}"), "503", "already"),
    (("EHLO pc", "AUTH PLAIN !"), "501", "base64"),
    (("EHLO pc", "AUTH PLAIN", "nonsense"), "501", "base64"),
    (("EHLO pc", "AUTH"), "501", "AUTH PLAIN"),
    (("EHLO pc", "AUTH PLAIN", "*"), "501", "given up"),
    (("EHLO pc", "AUTH PLAIN AGEAYg=="), "535", "wrong"),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "reply", "words"), MISTAKES)
async def test_a_mistake_is_explained_from_the_servers_own_reply(
    talking: Talking, lines: tuple[str, ...], reply: str, words: str
) -> None:
    console = await talking(*lines)
    last = console.lines[-1]
    assert (last.side, last.refused) == ("server", True)
    assert last.text.startswith(reply)
    assert last.mistake is not None
    assert words in last.mistake.en
    assert console.connected


@pytest.mark.parametrize(
    ("lines", "reply", "words"),
    [
        (("AUTH PLAIN AA==",), "502", "where servers meet"),
        ((f"MAIL FROM:<{ME}>", "RCPT TO:<recipent@hibari.example>"), "550 5.1.1", "no user of that name"),
        ((f"MAIL FROM:<{ME}>", "RCPT TO:<who@elsewhere.example>"), "550 5.7.1", "relay"),
    ],
)
async def test_at_port_25_other_things_are_mistakes(
    talking: Talking, lines: tuple[str, ...], reply: str, words: str
) -> None:
    console = await talking("EHLO pc", *lines, place=1)
    last = console.lines[-1]
    assert last.text.startswith(reply)
    assert last.mistake is not None
    assert words in last.mistake.en


POP3_SIGNED_IN = (f"USER {THEM}", "PASS hibari-2026")
IMAP_SIGNED_IN = (f"a1 LOGIN {THEM} hibari-2026",)
OTHERS: list[tuple[str, int, tuple[str, ...], str, str]] = [
    ("pop3", 110, ("FROB",), "-ERR", "spelling"),
    ("pop3", 110, ("EHLO pc",), "-ERR", "SMTP"),
    ("pop3", 110, ("GET / HTTP/1.1",), "-ERR", "HTTP"),
    ("pop3", 110, ("RETR 1",), "-ERR", "not signed in"),
    ("pop3", 110, ("PASS x",), "-ERR", "`USER` comes before"),
    ("pop3", 110, (f"USER {THEM}", "PASS wrong"), "-ERR [AUTH]", "wrong"),
    ("pop3", 110, (*POP3_SIGNED_IN, "USER x"), "-ERR", "already"),
    ("pop3", 110, (*POP3_SIGNED_IN, "RETR 99"), "-ERR", "no message of that number"),
    ("pop3", 110, (*POP3_SIGNED_IN, "RETR"), "-ERR", "number is needed"),
    ("pop3", 110, (*POP3_SIGNED_IN, "RETR one"), "-ERR", "number is needed"),
    ("pop3", 110, (*POP3_SIGNED_IN, "DELE 1", "RETR 1"), "-ERR", "marked for removal already"),
    ("pop3", 110, (*POP3_SIGNED_IN, "STAT now"), "-ERR", "Too little or too much"),
    ("pop3", 110, (*POP3_SIGNED_IN, "PASS x"), "-ERR", "already"),
    ("pop3", 110, (*POP3_SIGNED_IN, "DELE 1", "RSET", "RETR 2"), "-ERR", "no message of that number"),
    ("imap", 143, ("LOGIN me secret",), "", "begins with a tag"),
    ("imap", 143, ("a1 SELECT INBOX",), "a1 BAD", "`LOGIN` comes first"),
    ("imap", 143, (f"a1 LOGIN {THEM} wrong",), "a1 NO", "wrong"),
    ("imap", 143, (*IMAP_SIGNED_IN, "a2 FETCH 1 FLAGS"), "a2 BAD", "SELECT INBOX"),
    ("imap", 143, (*IMAP_SIGNED_IN, "a2 SELECT nowhere"), "a2 NO", "no folder of that name"),
    ("imap", 143, (*IMAP_SIGNED_IN, "a2 FROB"), "a2 BAD", "cannot read"),
]  # fmt: skip


async def explained(session: Session, protocol: str, port: int, lines: tuple[str, ...]) -> Said:
    """Say these lines to the recipient's server, which has a message; gives the last refusal."""
    await session.send(THEM)
    await session.wait_until(lambda facts: bool(facts.stored))
    hand = ByHand(f"pc/{THEM}", (Place("mx.hibari.example", port, protocol),))
    console = session.consoles[""] = session._console(hand)
    await session.dial()
    for line in lines:
        await session.say(line)
    last = console.lines[-1]
    assert (last.side, last.refused) == ("server", True)
    assert console.connected
    return last


@pytest.mark.parametrize(("protocol", "port", "lines", "reply", "words"), OTHERS)
async def test_pop3_and_imap_explain_their_mistakes_too(
    session: Session, protocol: str, port: int, lines: tuple[str, ...], reply: str, words: str
) -> None:
    last = await explained(session, protocol, port, lines)
    assert last.text.startswith(reply)
    assert last.mistake is not None
    assert words in last.mistake.en
    assert last.mistake.ja


@pytest.mark.parametrize(
    ("lines", "words"), [(lines, words) for protocol, _, lines, _, words in OTHERS if protocol == "pop3"]
)
async def test_a_pop3_mistake_is_known_whatever_language_the_server_speaks(
    session: Session, lines: tuple[str, ...], words: str
) -> None:
    last = await explained(session, "pop3", 110, ("LANG ja", *lines))
    assert not last.text.isascii()
    assert last.mistake is not None
    assert words in last.mistake.en


async def test_in_imap_the_lines_on_offer_lead_through_all_states(session: Session) -> None:
    await session.send(THEM)
    await session.wait_until(lambda facts: bool(facts.stored))
    hand = ByHand(f"pc/{THEM}", (Place("mx.hibari.example", 143, "imap"),))
    console = session.consoles[""] = session._console(hand)
    await session.dial()
    seen = [console.talk.state]
    for verb in ("LOGIN", "LIST", "SELECT", "BODY.PEEK", "BODY[]", "STORE", "IDLE", "DONE", "LOGOUT"):
        await session.say(next(line for line, _ in console.offers() if verb in line))
        seen.append(console.talk.state)
    assert list(dict.fromkeys(seen)) == ["NOT AUTHENTICATED", "AUTHENTICATED", "SELECTED", "LOGOUT"]
    assert not any(one.refused for one in console.lines)
    assert [one.ok for one in session.facts.spoken if one.is_("STORE", "LOGOUT")] == [True, True]


async def test_a_literal_of_imap_is_waited_for_to_its_last_octet(session: Session) -> None:
    console = session.consoles[""] = session._console(
        ByHand(f"pc/{THEM}", (Place("mx.hibari.example", 143, "imap"),))
    )
    await session.dial()
    await session.say(IMAP_SIGNED_IN[0])
    await session.say("a2 APPEND INBOX {12}")
    await until_true(lambda: console.talk.mode == "content")
    await session.say("Subject: x\n")
    await session.wait_until(lambda facts: any(one.is_("APPEND") and one.ok for one in facts.spoken))
    assert console.talk.mode == "command"


async def test_a_protocol_without_a_table_is_talked_as_plain_lines(session: Session) -> None:
    hand = ByHand(f"pc/{THEM}", (Place("www.lab.test", 80, "http"),))
    console = session.consoles[""] = session._console(hand)
    await session.dial()
    for line in ("GET / HTTP/1.1", "Host: www.lab.test", "Connection: close", ""):
        await session.say(line)
    async with asyncio.timeout(5):
        while console.connected:
            await asyncio.sleep(0.01)
    said = [one.text for one in console.lines if one.side == "server"]
    assert said[0] == "HTTP/1.1 200 OK"
    assert "mx.hibari.example" in said[-1]
    assert (console.offers(), console.talk.moves()) == ([], ())


async def test_a_server_that_loses_patience_hangs_up_and_that_is_told(talking: Talking) -> None:
    console = await talking()
    while console.connected:
        await console.say("FROB")
    with pytest.raises(Problem, match="no connection"):
        await console.say("FROB")
    assert "hung up" in next(one.mistake.en for one in console.lines if one.text.startswith("421") and one.mistake)  # fmt: skip
    assert (console.connected, console.talk.mode, console.offers()) == (False, "closed", [])
    await console.dial()
    assert [one.text for one in console.lines] == ["220 mx.tsubame.example ESMTP"]


async def test_while_a_letter_is_handed_over_the_server_is_silent_and_that_is_explained(
    talking: Talking,
) -> None:
    console = await talking(*ENVELOPE, "DATA", "Subject: hello\n\nThe dot is missing.\nQUIT")
    assert console.talk.mode == "content"
    assert console.lines[-1].side == "note"
    assert "full stop" in (console.lines[-1].why or console.lines[-1].mistake).en  # type: ignore[union-attr]
    await console.say(".")
    assert console.lines[-1].text.startswith("250 2.0.0 queued as")
    assert console.talk.mode == "command"


async def test_the_lines_on_offer_lead_to_the_goal(session: Session) -> None:
    """Whoever takes the first offer each time, and makes the word where it is wanted, arrives."""
    await session.dial()
    console = session.consoles[""]
    for _ in range(6):
        line, why = console.offers()[0]
        assert why.ja
        assert why.en
        await session.say(line + (PLAIN if console.wants_word else ""))
    await session.wait_until(session.experiment.goal)
    assert not any(one.refused for one in console.lines)


async def test_what_the_reader_typed_is_shown_to_the_reader_alone(talking: Talking, session: Session) -> None:
    console = await talking(*SIGNED_IN, "RSET")
    await session.wait_until(lambda facts: any(one.is_("RSET") and one.ok for one in facts.spoken))
    assert any(PLAIN in one.text for one in console.lines)
    assert [one.said for one in session.facts.spoken] == ["EHLO pc", "AUTH PLAIN ***", "RSET"]
    assert PLAIN not in str(await session.world.call("trace"))  # type: ignore[attr-defined]


async def test_a_line_that_cannot_be_sent_leaves_the_conversation_as_it_was(talking: Talking) -> None:
    console = await talking("EHLO pc")
    before = list(console.lines)
    for unfit in ("MAIL FROM:<\ud800>", "x" * 1_000_001):
        with pytest.raises(Problem):
            await console.say(unfit)
    assert (console.lines, console.talk.waiting) == (before, False)
    await console.say("NOOP")
    assert console.lines[-1].text == "250 2.0.0 OK"


async def test_connecting_anew_hangs_up_first_and_starting_over_ends_all(
    talking: Talking, session: Session
) -> None:
    first = await talking("EHLO pc")
    await session.dial(place=1)
    assert [one.text for one in first.lines] == ["220 mx.hibari.example ESMTP"]
    await session.wait_until(lambda facts: sorted(facts.dialled.values()) == [False, True])
    await session.reset()
    assert session.state == "fresh"
    console = session.consoles[""]
    assert (console.lines, console.connected) == ([], False)
    with pytest.raises(Problem, match="no connection"):
        await session.say("EHLO pc")


@pytest.fixture
async def over_sockets() -> AsyncIterator[Callable[[str], Awaitable[Session]]]:
    """Begin an experiment over sockets, for a network in memory has no TLS."""
    from mailserver_lab.control import open_lab
    from mailserver_lab.control.handle import LocalHandle
    from mailserver_lab.control.service import Service
    from mailserver_lab.experiments import experiment
    from mailserver_lab.lab import Lab

    lab = Lab()
    sessions: list[Session] = []

    async def started(name: str) -> Session:
        trial = experiment(name)
        world = await open_lab(trial.world, handle=LocalHandle(Service(lab)), lang="en")
        sessions.append(await Session.start(trial, world, "en"))
        return sessions[-1]

    yield started
    for session in sessions:
        await session.close()
    await lab.close()


async def test_tls_is_begun_where_the_reader_asks_for_it(
    over_sockets: Callable[[str], Awaitable[Session]],
) -> None:
    session = await over_sockets("smtp-by-hand")
    await session.dial()
    await session.say("EHLO pc")
    await session.say("STARTTLS")
    console = session.consoles[""]
    async with asyncio.timeout(5):
        while not any("Encrypted" in one.why.en for one in console.lines if one.why):
            await asyncio.sleep(0.01)
    await session.say(f"MAIL FROM:<{ME}>")
    assert console.lines[-1].text.startswith("503 5.5.1 Say EHLO")  # the server has forgotten the first one


@pytest.mark.parametrize(
    ("name", "line", "answer"),
    [
        ("smtp-by-hand", "EHLO pc", "250"),
        ("pop3-by-hand", "CAPA", "."),
        ("imap-by-hand", "a1 CAPABILITY", "a1 OK"),
    ],
)
async def test_some_ports_are_encrypted_from_the_first_letter_on(
    over_sockets: Callable[[str], Awaitable[Session]], name: str, line: str, answer: str
) -> None:
    session = await over_sockets(name)
    console = session.consoles[""]
    (place,) = (n for n, one in enumerate(console.hand.places) if one.port in {465, 993, 995})
    await session.dial(place=place)
    first, greeting = console.lines[:2]
    assert first.why is not None
    assert "Encrypted from the first letter" in first.why.en
    assert (greeting.side, greeting.refused) == ("server", False)
    await session.say(line)
    await session.wait_until(lambda facts: any(one.heard for one in facts.spoken))
    assert not any("TLS" in one or "STLS" in one for one, _ in console.offers())
    assert any(one.text.startswith(answer) for one in console.lines[2:])


async def test_after_many_mistakes_a_pop3_server_hangs_up_and_that_is_told(session: Session) -> None:
    session.consoles[""] = session._console(ByHand(f"pc/{THEM}", (Place("mx.hibari.example", 110, "pop3"),)))
    await session.dial()
    console = session.consoles[""]
    await session.say("LANG ja")
    for _ in range(50):
        if not console.connected:
            break
        await session.say("FROB")
    last = next(one for one in reversed(console.lines) if one.side == "server")
    assert last.mistake is not None
    assert "hung up" in last.mistake.en


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("one", [*SmtpTalk.mistakes, *Pop3Talk.mistakes, *ImapTalk.mistakes])
def test_every_reason_is_told_in_both_languages(one: Mistake, lang: Lang) -> None:
    assert one.text[lang]


def test_bye_ends_an_imap_conversation_but_for_the_answer_to_logout() -> None:
    talk = ImapTalk()
    talk.hear("* OK ready", {"reply": "OK"})
    talk.say("a1 LOGOUT")
    talk.hear("* BYE closing", {"reply": "BYE"})
    assert talk.waiting
    talk.hear("a1 OK done", {"reply": "OK", "tag": "a1"})
    assert (talk.waiting, talk.mode, talk.state) == (False, "closed", "LOGOUT")

    talk = ImapTalk()
    talk.hear("* OK ready", {"reply": "OK"})
    talk.hear("* BYE Idle for too long", {"reply": "BYE"})
    assert (talk.waiting, talk.mode) == (False, "closed")
