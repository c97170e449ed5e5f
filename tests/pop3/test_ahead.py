"""What a client does not wait for is done when it has its answer: the record, and the next message of who fetches one after the other."""

from __future__ import annotations

import pytest

from mailserver_lab.net import Stream
from mailserver_lab.pop3 import shell
from mailserver_lab.pop3.core import encode
from mailserver_lab.pop3.events import Answer, Ok

from .conftest import ALICE, MAIL, Lab, Start, Talker

LARGE = b"Subject: large\r\n\r\n" + b"x" * 70_000 + b"\r\n"


@pytest.fixture
def ready(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The contents that were made ready without being asked for."""
    contents: list[bytes] = []

    def noted(answer: Answer) -> bytes:
        contents.append(answer.content or b"" if isinstance(answer, Ok) else b"refused")
        return encode(answer)

    monkeypatch.setattr(shell, "encode", noted)
    return contents


async def fetched(talker: Talker, number: int) -> str:
    lines = await talker.listing(f"RETR {number}")
    return "".join(f"{line.removeprefix('.')}\r\n" for line in lines)


async def test_the_next_message_is_made_ready_for_who_fetches_one_after_the_other(
    start: Start, ready: list[bytes]
) -> None:
    talker = await (await start()).signed_in()
    for number, mail in enumerate(MAIL, 1):
        assert await fetched(talker, number) == mail.decode()
    assert ready == MAIL[1:]


async def test_nothing_is_made_ready_for_who_picks_messages_or_looks_at_headers(
    start: Start, ready: list[bytes]
) -> None:
    talker = await (await start()).signed_in()
    for command in ("RETR 3", "RETR 1", "TOP 2 0", "TOP 3 0"):
        await talker.listing(command)
    assert ready == []


async def test_a_large_message_is_not_made_ready(start: Start, ready: list[bytes]) -> None:
    talker = await (await start(mails=[MAIL[0], LARGE])).signed_in()
    await talker.listing("RETR 1")
    assert await fetched(talker, 2) == LARGE.decode()
    assert ready == []


async def test_what_is_said_in_between_changes_nothing_of_the_next_message(
    start: Start, ready: list[bytes]
) -> None:
    talker = await (await start()).signed_in()
    await talker.listing("RETR 1")
    await talker.say("DELE 1", "NOOP", "STAT")
    assert await fetched(talker, 2) == MAIL[1].decode()
    await talker.say("RSET")
    await talker.listing("TOP 3 0")
    assert await fetched(talker, 3) == MAIL[2].decode()


@pytest.mark.parametrize(
    ("meanwhile", "heard"),
    [
        ("DELE 2", "-ERR Message 2 is marked as deleted"),
        ("LANG ja", f"+OK {len(MAIL[1])} オクテットです"),
    ],
)
async def test_what_is_not_right_any_more_is_not_sent(start: Start, meanwhile: str, heard: str) -> None:
    talker = await (await start()).signed_in()
    await talker.listing("RETR 1")
    await talker.say(meanwhile)
    assert await talker.say("RETR 2") == heard


async def test_what_another_program_removed_after_it_was_made_ready_is_not_sent(
    start: Start, ready: list[bytes]
) -> None:
    lab: Lab = await start()
    talker = await lab.signed_in()
    await talker.listing("RETR 1")
    assert ready == [MAIL[1]]
    await lab.store.expunge(ALICE, "INBOX", [2])
    assert await talker.say("RETR 2") == "-ERR [SYS/TEMP] Message 2 is gone: another program has removed it"
    assert await fetched(talker, 3) == MAIL[2].decode()


async def test_the_record_is_written_when_the_client_has_its_answer(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = await start()
    talker = await lab.signed_in()
    recorded: list[bool] = []
    write = Stream.write

    def noted(stream: Stream, data: bytes) -> None:
        if data.startswith(b"+OK"):
            recorded.append(any(event.text == "STAT" for event in lab.record()))
        write(stream, data)

    monkeypatch.setattr(Stream, "write", noted)
    heard = await talker.say("STAT")
    assert recorded == [False]
    assert [event.text for event in lab.record()][-2:] == ["STAT", heard]
