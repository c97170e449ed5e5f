"""The benches on which the reader acts as the recipient: signing in, and waiting on an open line."""

import asyncio

import pytest

from mailserver_lab.experiments import experiment
from mailserver_lab.locale import Lang
from mailserver_lab.widgets import Bench

from .test_bench import do, send, until

RECIPIENT = "recipient@hibari.example"


async def opened(name: str, lang: Lang = "en") -> Bench:
    bench = Bench(experiment(name), lang)
    bench.open()
    await bench.settle()
    return bench


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_the_servers_answer_stands_in_the_form_and_the_mail_on_the_device(lang: Lang) -> None:
    bench = await opened("login", lang)
    form, device, mailbox = bench.panels.sign_in, bench.panels.other_device, bench.panels.other_mailbox
    assert form
    assert device
    assert mailbox
    assert (form.ready, form.user, form.password, form.secret) == (
        True,
        RECIPIENT,
        "hibari-2025",
        "hibari-2026",
    )
    assert (device.fetches, form.said) == (False, {})
    send(bench, RECIPIENT)
    await until(lambda: mailbox.messages)
    assert device.messages == []
    do(form, "sign-in", password="hibari-2025", protocol="imap")
    do(form, "sign-in", password="hibari-2025", protocol="imap")  # pressed twice is tried once
    await until(lambda: form.said)
    assert form.said == {"refused": "NO [AUTHENTICATIONFAILED] Wrong name or password"}
    await until(lambda: bench.panels.predict.outcome)
    assert device.messages == []
    do(form, "sign-in", password="hibari-2026", protocol="pop3")
    await until(lambda: bench.panels.frame.state == "passed")
    await bench.settle()
    assert (form.said, form.busy, len(device.messages)) == ({"refused": ""}, False, 1)
    assert sum(leg.step == "sign-in" for leg in bench.session.legs()) == 1  # type: ignore[union-attr]
    do(device, "open", uid=device.messages[0]["uid"])
    await bench.settle()
    assert bench.panels.letter.reading
    assert device.messages[0]["seen"]
    do(bench.panels.frame, "restart")
    await bench.settle()
    assert (form.said, device.messages, mailbox.messages) == ({}, [], [])
    await bench.end()


async def test_a_password_that_is_none_is_told_at_the_field() -> None:
    bench = await opened("login")
    form = bench.panels.sign_in
    assert form
    for content in ({"password": ""}, {"password": "a\nb"}, {}):
        do(form, "sign-in", protocol="pop3", **content)
        await bench.settle()
        assert form.problem["what"] == "There is no password."
        assert (form.busy, form.said) == (False, {})
    do(form, "sign-in", password="x" * 201, protocol="pop3")
    await bench.settle()
    assert "cannot be done" in form.problem["what"]
    do(form, "sign-in", password="right?", protocol="pop3")
    await until(lambda: form.said)
    assert form.problem == {}
    await bench.end()


async def test_the_light_goes_on_when_the_record_says_that_it_waits() -> None:
    bench = await opened("imap-idle")
    panel, device = bench.panels.waiting, bench.panels.other_device
    assert panel
    assert device
    assert (panel.on, panel.ready, device.fetches) == (False, True, True)
    do(panel, "wait", on=True)
    do(panel, "wait", on=True)
    await until(lambda: panel.on)
    send(bench, RECIPIENT)
    await until(lambda: device.messages)
    await until(lambda: bench.panels.frame.state == "passed")
    do(panel, "wait", on=False)
    await until(lambda: not panel.on)
    send(bench, RECIPIENT, "Another one")
    assert bench.panels.other_mailbox
    await until(lambda: len(bench.panels.other_mailbox.messages) == 2)  # type: ignore[union-attr]
    await asyncio.sleep(0)
    assert len(device.messages) == 1
    do(device, "fetch")
    await until(lambda: len(device.messages) == 2)
    await bench.end()


async def test_the_senders_own_mailbox_is_not_shown_there() -> None:
    bench = await opened("login")
    shown = {id(widget) for widget in _all(bench.panels.view)}
    assert id(bench.panels.other_mailbox) in shown
    assert not {id(bench.panels.mailbox), id(bench.panels.device)} & shown
    await bench.end()


def _all(widget: object) -> list[object]:
    return [widget, *(each for child in getattr(widget, "children", ()) for each in _all(child))]
