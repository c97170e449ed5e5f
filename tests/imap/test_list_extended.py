"""LIST with options (RFC 5258), with STATUS (RFC 5819), and by what mailboxes are for (RFC 6154)."""

from __future__ import annotations

import pytest

from .conftest import Start, Talker


async def prepared(start: Start) -> Talker:
    talker = await (await (await start(mails=[b"Subject: x\r\n\r\nx"])).connect()).sign_in(None)
    for command in (
        "CREATE a/b", "SUBSCRIBE a/b", "CREATE gone", "SUBSCRIBE gone", "DELETE gone", "UNSUBSCRIBE INBOX",
        "UNSUBSCRIBE Trash",
    ):  # fmt: skip
        assert (await talker.say(command))[-1].startswith("a OK")
    return talker


@pytest.mark.parametrize(
    ("command", "heard"),
    [
        ('LIST "" (a Sent)', [r'* LIST () "/" "Sent"', r'* LIST () "/" "a"']),
        ('LIST "" a RETURN (CHILDREN)', [r'* LIST (\HasChildren) "/" "a"']),
        ('LIST "" (a/b Sent) RETURN (SUBSCRIBED)', [r'* LIST (\Subscribed) "/" "Sent"', r'* LIST (\Subscribed) "/" "a/b"']),
        ('LIST (SUBSCRIBED) "" *', [r'* LIST (\Subscribed) "/" "Sent"', r'* LIST (\Subscribed) "/" "a/b"', r'* LIST (\NonExistent \Subscribed) "/" "gone"']),
        ('LIST (SUBSCRIBED) "" %', [r'* LIST (\Subscribed) "/" "Sent"', r'* LIST (\NonExistent \Subscribed) "/" "gone"']),
        ('LIST (SUBSCRIBED RECURSIVEMATCH) "" a%', [r'* LIST () "/" "a" ("CHILDINFO" ("SUBSCRIBED"))']),
        ('LIST (SUBSCRIBED RECURSIVEMATCH) "" a*', [r'* LIST (\Subscribed) "/" "a/b"']),
        ('LIST (SPECIAL-USE) "" *', [r'* LIST (\Sent) "/" "Sent"', r'* LIST (\Trash) "/" "Trash"']),
        ('LIST "" S* RETURN (SPECIAL-USE)', [r'* LIST (\Sent) "/" "Sent"']),
        ('LIST "" Sent', [r'* LIST (\HasNoChildren \Sent) "/" "Sent"']),
        ('LIST "" INBOX RETURN (STATUS (MESSAGES UNSEEN SIZE))', ['* LIST () "/" "INBOX"', '* STATUS "INBOX" (MESSAGES 1 UNSEEN 1 SIZE 15)']),
        ('LIST (SUBSCRIBED) "" gone RETURN (STATUS (MESSAGES))', [r'* LIST (\NonExistent \Subscribed) "/" "gone"']),
    ],
)  # fmt: skip
async def test_list(start: Start, command: str, heard: list[str]) -> None:
    answer = await (await prepared(start)).say(command)
    assert sorted(answer[:-1]) == sorted(heard)
    assert answer[-1].startswith("a OK")


@pytest.mark.parametrize(
    "arguments",
    [
        '(RECURSIVEMATCH) "" *', '(BOGUS) "" *', '"" * RETURN', '"" * RETURN (BOGUS)', '"" * RETURN (STATUS)', '"" ()',
        '"" * RETURN (STATUS ())', '"" *  RETURN ()', '"" * EXTRA',
    ],
)  # fmt: skip
async def test_what_is_not_understood_is_bad(start: Start, arguments: str) -> None:
    talker = await (await (await start()).connect()).sign_in(None)
    assert (await talker.say(f"LIST {arguments}"))[-1].startswith("a BAD LIST: ")
