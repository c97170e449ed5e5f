"""One session at a time has a mailbox open (RFC 1939 §4)."""

from __future__ import annotations

import asyncio

from mailserver_lab.pop3 import MailboxLocks

from .conftest import ALICE, PASSWORD, Start

LOGIN = (f"USER {ALICE}", f"PASS {PASSWORD}")


async def test_the_second_is_told_that_it_is_in_use_and_may_try_again(start: Start) -> None:
    lab = await start()
    first, second = await lab.signed_in(), await lab.greeted()
    assert (await second.say(*LOGIN)).startswith("-ERR [IN-USE]")
    await first.say("QUIT")
    assert (await second.say(f"USER {ALICE.upper()}", LOGIN[1])).startswith("+OK")


async def test_of_many_at_once_one_gets_in(start: Start) -> None:
    lab = await start()
    talkers = [await lab.greeted() for _ in range(20)]
    heard = await asyncio.gather(*(talker.say(*LOGIN) for talker in talkers))
    assert sum(line.startswith("+OK") for line in heard) == 1
    assert sum(line.startswith("-ERR [IN-USE]") for line in heard) == 19


async def test_who_loses_the_connection_does_not_keep_the_lock(start: Start) -> None:
    locks = MailboxLocks()
    lab = await start(locks=locks)
    (await lab.signed_in()).stream.abort()
    await lab.signed_in_when_free()


async def test_a_wrong_password_does_not_tell_whether_it_is_in_use(start: Start) -> None:
    lab = await start()
    await lab.signed_in()
    assert await (await lab.greeted()).say(LOGIN[0], "PASS wrong") == "-ERR [AUTH] Wrong name or password"


async def test_mail_still_arrives_and_other_programs_still_work(start: Start) -> None:
    lab = await start()
    talker = await lab.signed_in()
    uid = await lab.deliver()
    await lab.store.expunge(ALICE, "INBOX", [1])
    assert await talker.say("DELE 1", "DELE 2", "QUIT") == "+OK mx.tsubame.example closing, 2 removed"
    assert await lab.uids() == [3, uid]


async def test_what_another_program_has_removed_is_refused_even_if_it_was_about_to_come(start: Start) -> None:
    lab = await start()
    talker = await lab.signed_in()
    await talker.listing("RETR 1")
    await lab.store.expunge(ALICE, "INBOX", [2])
    assert (await talker.say("RETR 2")).startswith("-ERR [SYS/TEMP] ")
    await talker.listing("RETR 3")
