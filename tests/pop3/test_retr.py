"""RETR (RFC 1939 §5): a message, octet by octet."""

from __future__ import annotations

import pytest

from .conftest import MAIL, Lab, Start
from .mails import EIGHT_BIT_BODY


async def retrieved(lab: Lab, number: int = 1) -> bytes:
    """A message as the client's core gives it, the dots undone."""
    from mailserver_lab.pop3 import Client, Command, Reply

    talker = await lab.signed_in()
    talker.stream.write(b"RETR %d\r\n" % number)
    client = Client()
    client.receive_data(b"+OK\r\n+OK\r\n+OK\r\n")
    client.next_event()
    for command in (Command("USER", "a"), Command("PASS", "b")):
        client.send(command)
        client.next_event()
    client.send(Command("RETR", "1"))
    while not isinstance(reply := client.next_event(), Reply):
        client.receive_data(await talker.stream.read())
    assert reply.content is not None
    return reply.content


@pytest.mark.parametrize("number", [1, 2, 3])
async def test_a_message_comes_as_it_was_delivered(start: Start, number: int) -> None:
    assert await retrieved(await start(), number) == MAIL[number - 1]


@pytest.mark.parametrize(
    ("mail", "sent"),
    [
        (b"", b""),
        (b".", b".\r\n"),
        (b"\r\n.\r\n", b"\r\n.\r\n"),
        (b"a: b\n\n.\nQUIT\n", b"a: b\r\n\r\n.\r\nQUIT\r\n"),
        (b"a: b\r\r\n\rx", b"a: b\r\n\r\n\r\nx\r\n"),
        (b"x" * 100_000, b"x" * 100_000 + b"\r\n"),
        (b"\0\xff\r\n", b"\0\xff\r\n"),
        (EIGHT_BIT_BODY, EIGHT_BIT_BODY),
        (b"..\r\n" * 10_000, b"..\r\n" * 10_000),
    ],
)
async def test_no_message_ends_before_its_end(start: Start, mail: bytes, sent: bytes) -> None:
    assert await retrieved(await start(mails=[mail])) == sent


async def test_its_size_is_told_and_it_stays(start: Start) -> None:
    lab = await start()
    talker = await lab.signed_in()
    assert await talker.say("RETR 1") == f"+OK {len(MAIL[0])} octets"
    await talker.rest()
    await talker.say("QUIT")
    assert await lab.subjects() == ["one", "two", "three"]


async def test_what_is_not_there_is_told_so(start: Start) -> None:
    talker = await (await start()).signed_in()
    assert await talker.say("RETR 4") == "-ERR No such message: there are 3"
    assert await talker.say("DELE 1", "RETR 1") == "-ERR Message 1 is marked as deleted"
    assert await talker.say("RETR") == "-ERR wrong number of arguments for RETR"
    assert await talker.say("RETR all") == "-ERR A number is needed"


async def test_what_another_program_has_removed_is_told_so(start: Start) -> None:
    lab = await start()
    talker = await lab.signed_in()
    await lab.store.expunge("alice@tsubame.example", "INBOX", [1])
    assert await talker.say("RETR 1") == "-ERR [SYS/TEMP] Message 1 is gone: another program has removed it"
    assert await talker.say("RETR 2") == f"+OK {len(MAIL[1])} octets"
    await talker.rest()
    assert await talker.say("DELE 1", "QUIT") == "+OK mx.tsubame.example closing, 1 removed"


async def test_the_record_has_the_content_under_the_message(start: Start) -> None:
    lab = await start()
    talker = await lab.signed_in()
    await talker.listing("RETR 2")
    content = [event for event in lab.record() if event.kind == "content"]
    assert [(event.size, event.queue_id) for event in content] == [(len(MAIL[1]), "q0002")]
