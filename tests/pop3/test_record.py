"""What the record has of a session: every line, the states, the message; no secret."""

from __future__ import annotations

from .conftest import ALICE, MAIL, PASSWORD, Start


async def test_lines_states_and_messages(start: Start) -> None:
    lab = await start()
    talker = await lab.signed_in()
    await talker.listing("RETR 2")
    await talker.say("DELE 2", "QUIT")
    lines = [event for event in lab.record() if event.kind == "line" and event.side == "client"]
    assert [(event.text, event.state, event.queue_id) for event in lines] == [
        (f"USER {ALICE}", ("AUTHORIZATION", "AUTHORIZATION"), None),
        ("PASS ***", ("PASSWORD", "PASSWORD"), None),
        ("RETR 2", ("TRANSACTION", "TRANSACTION"), "q0002"),
        ("DELE 2", ("TRANSACTION", "TRANSACTION"), "q0002"),
        ("QUIT", ("TRANSACTION", "UPDATE"), "q0002"),
    ]
    assert not any(PASSWORD in event.text for event in lab.record())
    assert sum(event.size for event in lab.record() if event.kind == "content") == len(MAIL[1])


async def test_a_line_too_long_is_not_kept_whole(start: Start) -> None:
    lab = await start()
    talker = await lab.greeted()
    assert await talker.say("X" * 300) == "-ERR line too long: at most 255 octets"
    assert "(more than 255 octets)" in [event.text for event in lab.record()]
