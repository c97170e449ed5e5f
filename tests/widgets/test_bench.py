"""The bench without a page: what the reader does comes in as messages, what they see is in the traits."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from mailserver_lab.experiments import Experiment, Session, experiment
from mailserver_lab.locale import Lang
from mailserver_lab.widgets import Bench
from mailserver_lab.widgets.bench import open_session
from mailserver_lab.widgets.panel import Panel

WRONG, RIGHT = "recipent@hibari.example", "recipient@hibari.example"


async def until(true: Callable[[], object], wait: float = 10) -> None:
    async with asyncio.timeout(wait):
        while not true():
            await asyncio.sleep(0.01)


def do(panel: Panel, kind: str, **content: Any) -> None:
    """What the page does when the reader does something."""
    panel._handle_custom_msg({"kind": kind, **content}, [])


def send(bench: Bench, to: str, subject: str = "Our meeting") -> None:
    do(bench.panels.compose, "send", to=to, subject=subject, body="Is ten fine?")


@pytest.fixture(params=["ja", "en"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    made = Bench(experiment("user-unknown"), request.param)
    made.open()
    await made.settle()
    yield made
    await made.end()


def states(bench: Bench) -> list[str]:
    return [step["state"] for step in bench.panels.frame.steps]


async def test_a_bench_begins_fresh_and_ready(bench: Bench) -> None:
    assert bench.panels.frame.ready
    assert bench.panels.frame.state == "fresh"
    assert states(bench) == ["now", "todo", "todo", "todo"]
    assert bench.panels.compose.sender == "sender@tsubame.example"
    assert bench.panels.compose.draft["to"] == WRONG
    assert bench.panels.mailbox.host == "mx.tsubame.example"
    assert bench.panels.mailbox.messages == bench.panels.device.messages == []
    assert bench.panels.next.move
    assert not bench.panels.next.explain


async def test_the_whole_way_to_the_goal(bench: Bench) -> None:
    do(bench.panels.predict, "predict", choice="dns")
    await bench.settle()
    assert (bench.panels.predict.chosen, bench.panels.predict.outcome) == ("dns", [])
    assert bench.panels.frame.state == "running"

    send(bench, WRONG)
    await until(lambda: bench.panels.device.messages and bench.panels.mailbox.messages)
    assert not bench.panels.compose.busy
    assert bench.panels.device.messages[0]["sender"] == "MAILER-DAEMON@mx.tsubame.example"
    assert bench.panels.mailbox.messages[0]["bounce"]
    assert [(one["right"], one["yours"]) for one in bench.panels.predict.outcome] == [
        (False, True),
        (True, False),
    ]
    assert not bench.panels.predict.ready

    do(bench.panels.device, "open", uid=bench.panels.device.messages[0]["uid"])
    await bench.settle()
    parts = {part["part"]: part for part in bench.panels.letter.reading["parts"]}
    assert parts["status"]["text"] == "Status: 5.1.1"
    assert all(part["note"] for part in parts.values())
    assert states(bench) == ["done", "done", "done", "now"]

    send(bench, RIGHT)
    await until(lambda: bench.panels.frame.state == "passed")
    assert bench.panels.next.explain

    do(bench.panels.frame, "restart")
    await bench.settle()
    assert bench.panels.frame.state == "fresh"
    assert bench.panels.device.messages == []
    assert bench.panels.letter.reading == {}
    assert bench.panels.frame.notice


async def test_what_is_sent_while_the_bench_starts_over_goes_to_the_new_world(bench: Bench) -> None:
    for _ in range(3):
        send(bench, WRONG, "old")
        await asyncio.sleep(0)
        do(bench.panels.frame, "restart")
        do(bench.panels.frame, "restart")
        send(bench, WRONG, "new")
    await bench.settle()
    assert bench.session
    assert [sent.subject for sent in bench.session.facts.sent] == ["new"]
    assert (bench.panels.compose.problem, bench.panels.frame.problem) == ({}, {})
    await until(lambda: bench.panels.device.messages)
    assert bench.panels.frame.state == "running"


async def test_the_forms_are_as_at_the_start_before_the_new_world_is_there(bench: Bench) -> None:
    order: list[str] = []
    assert bench.session
    reset = bench.session.reset

    async def noted() -> None:
        order.append("reset")
        await reset()

    bench.session.reset = noted  # type: ignore[method-assign]
    bench.panels.compose.send = lambda content, *rest: order.append(content["kind"])  # type: ignore[method-assign]
    do(bench.panels.frame, "restart")
    await bench.settle()
    assert order == ["restore", "reset"]  # or what was typed after the press would be lost


async def test_a_wrong_address_is_told_at_the_field_and_nothing_is_sent(bench: Bench) -> None:
    send(bench, "recipient")
    await bench.settle()
    assert bench.panels.compose.problem["field"] == "to"
    assert all(bench.panels.compose.problem[part] for part in ("what", "why", "do"))
    assert bench.panels.frame.state == "fresh"
    send(bench, RIGHT)
    await until(lambda: bench.panels.frame.state == "running")
    assert bench.panels.compose.problem == {}


async def test_hints_come_one_by_one_and_close_after_the_last(bench: Bench) -> None:
    do(bench.panels.predict, "predict", choice="dns")
    send(bench, WRONG)
    await until(lambda: bench.panels.device.messages)
    do(bench.panels.frame, "hint")
    assert len(bench.panels.frame.hints) == 1
    while bench.panels.frame.more:
        do(bench.panels.frame, "hint")
    assert len(bench.panels.frame.hints) > 1
    do(bench.panels.frame, "hint")
    assert bench.panels.frame.hints == []


async def test_two_benches_know_nothing_of_each_other(bench: Bench) -> None:
    other = Bench(experiment("user-unknown"), "en")
    other.open()
    await other.settle()
    send(bench, WRONG)
    await until(lambda: bench.panels.device.messages)
    assert other.panels.frame.state == "fresh"
    assert other.panels.device.messages == []
    await other.end()


async def test_the_recipients_device_is_there_where_the_reader_is_the_recipient_too(bench: Bench) -> None:
    assert bench.panels.other_device is None
    full = Bench(experiment("mailbox-full"), "en")
    full.open()
    await full.settle()
    device, mailbox = full.panels.other_device, full.panels.other_mailbox
    assert device
    assert mailbox
    do(device, "fetch")
    await until(lambda: len(device.messages) == 3)
    assert (device.ready, device.deletes, mailbox.used, mailbox.quota) == (True, True, 20_400, 20_480)
    do(device, "delete", uid=2)
    do(device, "delete", uid=2)
    await until(lambda: mailbox.used == 12_700)
    assert full.panels.frame.problem == {}
    await until(lambda: [message["uid"] for message in device.messages] == [1, 3])
    do(device, "delete", uid=2)
    await full.settle()
    assert full.panels.frame.problem["what"]
    assert full.panels.device.messages == []
    await full.end()
    assert not device.ready


@pytest.fixture
async def large() -> AsyncIterator[Bench]:
    made = Bench(experiment("too-large"), "en")
    made.open()
    await made.settle()
    yield made
    await made.end()


def attached(bench: Bench) -> list[tuple[str, bool]]:
    return [(file["name"], file["made"]) for file in bench.panels.compose.files]


async def test_samples_are_attached_compressed_put_back_and_removed(large: Bench) -> None:
    compose = large.panels.compose
    assert [sample["id"] for sample in compose.samples] == ["table", "photograph"]
    do(compose, "sample", file="table")
    do(compose, "sample", file="photograph")
    await large.settle()
    assert attached(large) == [("sales.csv", False), ("outing.bmp", False)]
    assert not compose.attaching
    do(compose, "compress", file=compose.files[0]["id"])
    await large.settle()
    assert attached(large) == [("sales.zip", True), ("outing.bmp", False)]
    do(compose, "undo", file=compose.files[0]["id"])
    do(compose, "remove", file=compose.files[1]["id"])
    await large.settle()
    assert attached(large) == [("sales.csv", False)]
    do(large.panels.frame, "restart")
    await large.settle()
    assert attached(large) == []


async def test_what_is_attached_just_before_sending_goes_with_the_message(large: Bench) -> None:
    do(large.panels.compose, "sample", file="table")
    send(large, RIGHT, "x")
    await until(lambda: large.panels.device.messages)
    assert large.session
    assert large.session.facts.bounces[0].status == "5.3.4"
    do(large.panels.device, "open", uid=1)
    do(large.panels.compose, "compress", file=large.panels.compose.files[0]["id"])
    send(large, RIGHT, "x")
    await until(lambda: large.panels.frame.state == "passed")


async def test_a_file_comes_in_pieces_where_the_page_cannot_bring_it_itself(large: Bench) -> None:
    answered: list[Any] = []
    large.panels.compose.send = lambda content, buffers=None: answered.append(content)
    for n, piece in enumerate([b"ab", b"cd", b""]):
        large.panels.compose._handle_custom_msg({"kind": "piece", "n": n}, [memoryview(piece)])
    do(large.panels.compose, "whole", name="日本\ud800.txt")
    await large.settle()
    assert answered == [{"kind": "piece", "n": n} for n in range(3)]
    assert [(file["name"], file["size"]) for file in large.panels.compose.files] == [("日本?.txt", 4)]
    large.panels.compose._handle_custom_msg({"kind": "piece", "n": 0}, [memoryview(b"x" * 40_000_000)])
    do(large.panels.compose, "whole", name="too much")
    await large.settle()
    assert "30 MB" in large.panels.compose.problem["why"]
    assert len(large.panels.compose.files) == 1


async def test_what_cannot_be_attached_is_told_in_the_form(large: Bench) -> None:
    do(large.panels.compose, "sample", file="no such sample")
    await large.settle()
    assert large.panels.compose.problem["field"] == "files"
    for kind in ("uploaded", "compress", "undo", "remove"):
        do(large.panels.compose, kind, file="f99")
    await large.settle()
    assert large.panels.compose.problem == {}
    assert attached(large) == []


async def test_a_message_that_the_own_server_does_not_take_is_told_beside_the_attachments(
    large: Bench,
) -> None:
    assert large.session
    await large.session.attachments.add("film.bin", bytes(9_000_000))
    send(large, RIGHT)
    await large.settle()
    assert large.panels.compose.problem["field"] == "files"
    assert "12.3 MB" in large.panels.compose.problem["why"]
    assert attached(large) == [("film.bin", False)]


async def test_a_text_that_the_own_server_does_not_take_is_told_at_the_text(bench: Bench) -> None:
    do(bench.panels.compose, "send", to=RIGHT, subject="s", body="あ" * 4_000_000)
    await bench.settle()
    assert bench.panels.compose.problem["field"] == "body"
    assert re.search("本文を短くして|Shorten the text", bench.panels.compose.problem["do"])


async def test_where_nothing_is_offered_nothing_can_be_attached(bench: Bench) -> None:
    assert bench.panels.compose.samples == []
    do(bench.panels.compose, "sample", file="table")
    await bench.settle()
    assert bench.panels.compose.files == []


async def fails(*_: Any, **__: Any) -> None:
    raise ConnectionError("the lab does not answer")


async def test_the_switch_changes_the_server_and_shows_how_it_is_set(bench: Bench) -> None:
    assert bench.panels.switch is None
    made = Bench(experiment("who-wrote-it"), "en")
    made.open()
    await made.settle()
    switch = made.panels.switch
    assert switch
    assert (switch.ready, switch.chosen) == (True, "in-session")
    do(switch, "turn", choice="after-accepting")
    await made.settle()
    assert switch.chosen == "after-accepting"
    send(made, WRONG)
    await until(lambda: made.panels.device.messages)
    assert made.panels.device.messages[0]["sender"] == "MAILER-DAEMON@mx.hibari.example"
    assert made.panels.predict.outcome
    do(switch, "turn", choice="nonsense")
    await made.settle()
    sent: list[str] = []
    switch.send_state = lambda key=None: sent.append(key)
    assert made.session
    made.session.world.change_domain = fails  # type: ignore[method-assign]
    do(switch, "turn", choice="in-session")
    await made.settle()
    assert made.panels.frame.problem["what"]
    assert "chosen" in sent  # or the page would go on showing what was clicked
    assert switch.chosen == "after-accepting"
    do(made.panels.frame, "restart")
    await made.settle()
    assert switch.chosen == "in-session"
    await made.end()
    assert not switch.ready


async def test_the_clock_moves_lab_time_by_the_steps_that_it_offers() -> None:
    made = Bench(experiment("temporary"), "en")
    clock = made.panels.clock
    assert clock
    assert not clock.ready
    made.open()
    await made.settle()
    assert (clock.ready, clock.now) == (True, "1 April, 09:00")
    for wrong in (5, -3_600, "3600", None, [3_600]):
        do(clock, "advance", seconds=wrong)
    await made.settle()
    assert clock.now == "1 April, 09:00"
    do(clock, "advance", seconds=4 * 3_600)
    await until(lambda: clock.now == "1 April, 13:00")
    do(made.panels.frame, "restart")
    await until(lambda: clock.now == "1 April, 09:00")
    await made.end()
    assert not clock.ready


async def test_there_is_a_clock_only_where_time_is_to_be_moved(bench: Bench) -> None:
    assert bench.panels.clock is None


async def test_a_power_switch_says_what_it_does() -> None:
    made = Bench(experiment("server-down"), "en")
    made.open()
    await made.settle()
    switch = made.panels.switch
    assert switch
    assert switch.chosen == "on"
    assert "takes no connections" in switch.texts["note"]
    do(switch, "turn", choice="off")
    await made.settle()
    assert switch.chosen == "off"
    await made.end()


async def test_a_letter_lies_open_on_one_device_at_a_time() -> None:
    made = Bench(experiment("no-bounce-of-bounce"), "en")
    made.open()
    await made.settle()
    device, other = made.panels.device, made.panels.other_device
    assert other
    assert not other.deletes
    do(device, "fetch")
    send(made, WRONG)
    await until(lambda: other.messages and device.messages)
    do(device, "open", uid=1)
    await made.settle()
    assert (device.opened, other.opened) == (1, 0)
    assert made.panels.frame.state == "running"
    do(other, "open", uid=1)
    await made.settle()
    assert (device.opened, other.opened) == (0, 1)
    assert made.panels.letter.reading["parts"]
    assert made.panels.frame.state == "passed"
    do(made.panels.letter, "shut")
    assert (device.opened, other.opened, made.panels.letter.reading) == (0, 0, {})
    await made.end()


async def test_a_reply_fills_the_form_where_the_experiment_has_replies(bench: Bench) -> None:
    made = Bench(experiment("who-is-it"), "en")
    told: list[Any] = []
    made.panels.compose.send = lambda content, buffers=None: told.append(content)
    made.open()
    await made.settle()
    assert made.panels.other_device is None
    assert made.panels.other_mailbox
    send(made, WRONG)
    await until(lambda: made.panels.device.messages)
    do(made.panels.device, "open", uid=1)
    await made.settle()
    assert made.panels.letter.replies
    do(made.panels.letter, "reply", uid=1)
    await made.settle()
    assert told[-1]["kind"] == "fill"
    assert told[-1]["to"] == "MAILER-DAEMON@mx.tsubame.example"
    assert "\n> This is the mail server" in told[-1]["body"]
    send(made, told[-1]["to"], told[-1]["subject"])
    await until(lambda: made.panels.other_mailbox and made.panels.other_mailbox.messages)
    await until(lambda: made.panels.frame.state == "passed")  # the record may tell it a moment later
    do(made.panels.letter, "reply", uid=9)
    await made.settle()
    assert made.panels.frame.problem["what"]
    await made.end()

    send(bench, WRONG)
    await until(lambda: bench.panels.device.messages)
    do(bench.panels.device, "open", uid=1)
    await bench.settle()
    assert not bench.panels.letter.replies


async def test_without_a_lab_the_bench_says_so_and_tries_again() -> None:
    tries: list[int] = []

    async def opener(trial: Experiment, lang: Lang) -> Session:
        tries.append(1)
        if len(tries) == 1:
            raise ConnectionError("the lab does not answer")
        return await open_session(trial, lang)

    bench = Bench(experiment("user-unknown"), "en", opener)
    bench.open()
    await bench.settle()
    assert not bench.panels.frame.ready
    assert bench.panels.frame.problem["retry"]
    assert "course.py start" in bench.panels.frame.problem["do"]
    do(bench.panels.compose, "send", to=WRONG)  # a button pressed all the same does no harm
    do(bench.panels.frame, "retry")
    await bench.settle()
    assert bench.panels.frame.ready
    assert bench.panels.frame.problem == {}
    await bench.end()


async def test_what_no_handler_knows_is_ignored(bench: Bench) -> None:
    bench.panels.frame._handle_custom_msg("hint", [])
    do(bench.panels.frame, "no-such-kind")
    do(bench.panels.device, "open", uid=4711)
    await bench.settle()
    assert bench.panels.letter.reading == {}
    assert bench.panels.frame.problem["what"]


async def test_the_end_closes_the_world(bench: Bench) -> None:
    assert bench.session
    world = bench.session.world
    await bench.end()
    with pytest.raises(Exception, match=r"."):
        await world.mailbox("sender@tsubame.example")


async def test_the_map_shows_machines_and_then_the_way(bench: Bench) -> None:
    assert bench.panels.map.hops == []
    assert "mx.hibari.example" in bench.panels.map.wide
    send(bench, WRONG)
    await until(lambda: len(bench.panels.map.hops) == 5)
    assert [hop["failed"] for hop in bench.panels.map.hops] == [False, False, True, False, False]
    told: list[int] = []
    bench.panels.map.send = lambda content, buffers=(): told.append(len(buffers[0]))
    do(bench.panels.map, "layout")
    assert told[0] > 100_000


async def test_a_setting_made_before_send_is_pressed_is_made_before_the_message_goes() -> None:
    made = Bench(experiment("who-wrote-it"), "en")
    made.open()
    await made.settle()
    order: list[str] = []
    turned = asyncio.Event()
    assert made.session
    assert made.panels.switch

    async def turn(choice: str) -> None:
        await turned.wait()
        order.append(choice)

    async def sent(*_: str) -> None:
        order.append("sent")

    made.session.turn, made.session.send = turn, sent  # type: ignore[method-assign,assignment]
    do(made.panels.switch, "turn", choice="after-accepting")
    send(made, WRONG, "after it")
    for _ in range(3):
        await asyncio.sleep(0)
    turned.set()
    await made.settle()
    assert order == ["after-accepting", "sent"]
    await made.end()
