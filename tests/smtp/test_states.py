"""The table of states is what the real server does: every move of it, and nothing that is not in it."""

from __future__ import annotations

import pytest

from mailserver_lab.lab import Lab
from mailserver_lab.net import MemoryNet
from mailserver_lab.smtp.states import State, moves
from mailserver_lab.smtp.talk import SmtpTalk
from mailserver_lab.world import bundled
from tests.smtp.talk import HIBARI, PLAIN, TSUBAME, Talker, dial

LINES = {
    "EHLO": "EHLO pc",
    "HELO": "HELO pc",
    "AUTH": f"AUTH PLAIN {PLAIN}",
    "MAIL": "MAIL FROM:<sender@tsubame.example>",
    "RCPT": "RCPT TO:<recipient@hibari.example>",
    "DATA": "DATA",
    "RSET": "RSET",
    "NOOP": "NOOP",
    "QUIT": "QUIT",
}
LETTER = "Subject: x\r\n\r\n."  # what leads out of DATA
STARTTLS = {"STARTTLS"}  # where a network in memory has none; tests/smtp/test_server.py has it over sockets
TO = {
    State.GREETED: (),
    State.READY: ("EHLO",),
    State.SIGNED_IN: ("EHLO", "AUTH"),
    State.MAIL: ("EHLO", "AUTH", "MAIL"),
    State.RCPT: ("EHLO", "AUTH", "MAIL", "RCPT"),
    State.DATA: ("EHLO", "AUTH", "MAIL", "RCPT", "DATA"),
}


class Walker:
    """Somebody who talks to a server, followed by a `SmtpTalk` as on the console."""

    def __init__(self, talker: Talker, *, login: bool) -> None:
        self.talk = SmtpTalk(login=login)
        self._talker = talker
        self.talk.hear("220 hello", {"reply": 220})

    async def does(self, verb: str) -> bool:
        """Say it, and tell whether the server did."""
        text = LETTER if verb == "content" else LINES[verb]
        for line in text.split("\r\n"):
            self.talk.say(line)
        reply = await self._talker.say(text)
        last = reply.splitlines()[-1]
        self.talk.hear(last, {"reply": int(last[:3])})
        return last[0] in "23"


@pytest.fixture
async def memory_lab() -> Lab:
    return Lab(make_net=MemoryNet)


CASES = [(login, state) for login in (True, False) for state in TO if login or state is not State.SIGNED_IN]


@pytest.mark.parametrize(("login", "state"), CASES)
async def test_the_server_does_what_the_table_says_and_nothing_else(
    memory_lab: Lab, login: bool, state: State
) -> None:
    world = await memory_lab.open(bundled("user-unknown"))
    table = moves(login=login)

    async def at(state: State) -> Walker:
        place = (TSUBAME, 587) if login else (HIBARI, 25)
        walker = Walker(await dial(world, *place, ehlo=False), login=login)
        for verb in TO[state]:
            if login or verb != "AUTH":
                assert await walker.does(verb)
        assert walker.talk.state == state.name
        return walker

    for verb in LINES if state is not State.DATA else ["content"]:
        walker = await at(state)
        assert await walker.does(verb) == (verb in table[state]), verb
        to = table[state].get(verb, state)
        assert walker.talk.state == to.name, verb
        if to not in {State.CLOSED, State.DATA}:  # what it refuses now, and one thing that it does
            wrong = [one for one in ("MAIL", "RCPT", "DATA", "AUTH") if one not in table[to]]
            assert [one for one in wrong if await walker.does(one)] == [], verb
            assert await walker.does(next(one for one in table[to] if one not in STARTTLS)), verb
    await memory_lab.close()


def test_both_tables_name_the_same_commands_as_the_client_knows() -> None:
    for login in (True, False):
        table = moves(login=login)
        reached = {to for row in table.values() for to in row.values()}
        assert reached | {State.START} == {state for state in State if login or state is not State.SIGNED_IN}
