"""USER and PASS (RFC 1939 §7): signing in with a name and a password."""

from __future__ import annotations

import pytest

from .conftest import ALICE, PASSWORD, Start


async def test_the_mailbox_opens_with_name_and_password(start: Start) -> None:
    lab = await start()
    assert (await (await lab.greeted()).say(f"USER {ALICE}", f"PASS {PASSWORD}")).startswith(
        "+OK Mailbox open, 3 message(s)"
    )


async def test_a_name_is_the_same_in_capitals_and_between_spaces(start: Start) -> None:
    talker = await (await start()).greeted()
    assert (await talker.say(f"user  {ALICE.upper()} ", f"pass {PASSWORD}")).startswith("+OK")


@pytest.mark.parametrize(
    "lines",
    [
        (f"USER {ALICE}", "PASS wrong"),
        (f"USER {ALICE}", f"PASS  {PASSWORD}"),
        ("USER nobody@tsubame.example", f"PASS {PASSWORD}"),
        ("USER al\u00adice@tsubame.example\u0627x", f"PASS {PASSWORD}"),
    ],
)
async def test_who_is_wrong_learns_nothing_but_that(start: Start, lines: tuple[str, str]) -> None:
    talker = await (await start()).greeted()
    assert (await talker.say(lines[0])) == "+OK Now the password"
    assert (await talker.say(lines[1])) == "-ERR [AUTH] Wrong name or password"


async def test_a_wrong_password_leads_back_to_the_name(start: Start) -> None:
    talker = await (await start()).greeted()
    assert "PASS needs state PASSWORD" in await talker.say(f"USER {ALICE}", "PASS wrong", f"PASS {PASSWORD}")
    assert (await talker.say(f"USER {ALICE}", f"PASS {PASSWORD}")).startswith("+OK")


async def test_no_harmless_command_in_between_lets_anyone_guess_for_ever(start: Start) -> None:
    talker = await (await start()).greeted()
    heard = [await talker.say(f"USER {ALICE}", f"PASS guess {n}") for n in range(10)]
    assert set(heard[:-1]) == {"-ERR [AUTH] Wrong name or password"}
    assert heard[-1] == "-ERR Too many errors, closing the connection"
    assert await talker.ended()


async def test_mistakes_before_are_forgiven_to_who_is_in(start: Start) -> None:
    talker = await (await start()).greeted()
    for _ in range(8):
        await talker.say(f"USER {ALICE}", "PASS wrong")
    assert (await talker.say(f"USER {ALICE}", f"PASS {PASSWORD}", "STAT")).startswith("+OK 3 ")
    assert [await talker.say("BOGUS") for _ in range(3)] == ["-ERR unknown command"] * 3


async def test_nobody_signs_in_twice(start: Start) -> None:
    talker = await (await start()).signed_in()
    assert (await talker.say(f"USER {ALICE}")).startswith("-ERR USER needs state AUTHORIZATION / PASSWORD")


@pytest.mark.parametrize(
    "command", [f"USER {ALICE}", f"APOP {ALICE} {'0' * 32}", "AUTH PLAIN", "AUTH PLAIN AGEAYg=="]
)
async def test_without_tls_it_is_refused_where_the_server_wants_tls(start: Start, command: str) -> None:
    talker = await (await start(require_tls=True)).greeted()
    assert (await talker.say(command)).startswith("-ERR Sign in under TLS only")


async def test_a_name_and_a_password_may_be_in_any_script_and_typed_in_any_form(start: Start) -> None:
    known = ("花子@tsubame.example", "pässwort")

    async def authenticate(address: str, password: str) -> bool:
        return (address, password) == known

    lab = await start(authenticate=authenticate)
    await lab.store.open_account(known[0])
    talker = await lab.greeted()
    # fullwidth letters, and an a followed by a diaeresis of its own
    heard = await talker.say("USER 花子@ｔｓｕｂａｍｅ.example", "PASS pa\u0308sswort")
    assert heard == "+OK Mailbox open, 0 message(s), 0 octets"


async def test_an_account_whose_password_is_written_in_full_width_can_sign_in_too(start: Start) -> None:
    async def authenticate(address: str, password: str) -> bool:
        return password == "ｐａｓｓ"

    lab = await start(authenticate=authenticate)
    talker = await lab.greeted()
    assert (await talker.say(f"USER {ALICE}", "PASS ｐａｓｓ")).startswith("+OK")
