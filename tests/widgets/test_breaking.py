"""The panel for faults, without a page: what the reader asks for comes in as messages, what they see is in the traits."""

from collections.abc import AsyncIterator

import pytest

from mailserver_lab.experiments import experiment
from mailserver_lab.locale import Lang
from mailserver_lab.widgets import Bench
from mailserver_lab.widgets.breaking import Breaking
from tests.widgets.test_bench import do, until

MX1, MX2 = "mx1.hibari.example", "mx2.hibari.example"


async def opened(lang: Lang) -> Bench:
    made = Bench(experiment("break-it"), lang)
    made.open()
    await made.settle()
    return made


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = await opened("en")
    yield made
    await made.end()


def panel(bench: Bench) -> Breaking:
    assert bench.panels.breaking
    return bench.panels.breaking


async def test_other_benches_have_no_such_panel() -> None:
    assert Bench(experiment("temporary"), "en").panels.breaking is None


async def test_it_offers_each_place_with_what_can_be_wrong_there(bench: Bench) -> None:
    places = panel(bench).places
    assert [one["label"] for one in places] == [
        "both servers", MX1, MX2, "the DNS (what it says of hibari.example)"
    ]  # fmt: skip
    assert places[3]["faults"] == ["servfail", "dns-timeout", "wrong-mx"]
    assert [one["id"] for one in panel(bench).faults["drop"]["at"]] == [
        "ehlo",
        "mail",
        "rcpt",
        "data",
        "content",
    ]
    assert panel(bench).faults["greylist"]["at"] == []
    assert panel(bench).ready


async def test_what_is_broken_is_listed_with_how_often_it_still_strikes(bench: Bench) -> None:
    shown = panel(bench)
    do(shown, "break", place=MX1, do="disk-full", at="rcpt", counted=True, times="2")
    await bench.settle()
    do(shown, "break", place=MX2, do="slow", at="mail", counted=False, seconds="0.1")
    await bench.settle()
    assert [(one["what"], one["often"]) for one in shown.broken] == [
        (f"{MX1}: its disk is full (452), RCPT TO (the recipient)", ["2 more times"]),
        (f"{MX2}: it answers slowly, MAIL FROM (the sender)", ["0.1 s", "until mended"]),
    ]
    assert shown.said == f"Broken: {shown.broken[1]['what']}"
    assert shown.can_undo
    do(shown, "mend", key=["slow", "mail", MX2])
    await bench.settle()
    assert [one["key"] for one in shown.broken] == [["disk-full", "rcpt", MX1]]
    assert shown.said.startswith(f"Mended: {MX2}")
    do(shown, "mend", key=["slow", "mail", MX2])
    await bench.settle()
    assert shown.said == "It is mended already."


async def test_bad_input_is_told_at_its_field_and_the_next_try_clears_it(bench: Bench) -> None:
    shown = panel(bench)
    do(shown, "break", place="all", do="down", counted=True, times="none")
    await bench.settle()
    assert shown.problem["field"] == "times"
    assert all(shown.problem[part] for part in ("what", "why", "do"))
    assert (shown.broken, shown.said, shown.busy) == ([], "", False)
    do(shown, "break", place="all", do="down", counted=False, times="none")
    await bench.settle()
    assert shown.problem == {}
    assert len(shown.broken) == 2


async def test_what_a_page_would_never_ask_for_is_told_and_does_nothing(bench: Bench) -> None:
    do(panel(bench), "break", place="mx.tsubame.example", do="down")
    await bench.settle()
    assert bench.panels.frame.problem["what"]
    assert panel(bench).broken == []
    do(panel(bench), "mend", key="nonsense")
    do(panel(bench), "undo")
    await bench.settle()
    assert panel(bench).broken == []


async def test_a_fault_that_is_over_by_itself_is_said_and_starting_over_forgets_all(bench: Bench) -> None:
    shown = panel(bench)
    do(shown, "break", place="dns", do="servfail", counted=True, times="1")
    await bench.settle()
    do(bench.panels.compose, "send", to="recipient@hibari.example", subject="Our meeting", body="")
    await until(lambda: shown.said.startswith("Over: DNS"))
    assert shown.broken == []
    do(shown, "break", place="all", do="down")
    await bench.settle()
    do(bench.panels.frame, "restart")
    await bench.settle()
    assert (shown.broken, shown.said, shown.can_undo) == ([], "", False)


async def test_what_a_world_takes_with_it_when_the_bench_starts_over_is_not_said_to_be_over(
    bench: Bench,
) -> None:
    shown = panel(bench)
    do(shown, "break", place="all", do="down")
    await bench.settle()
    assert bench.session
    reset = bench.session.reset
    seen: set[str] = set()

    async def noted() -> None:
        shown.observe(lambda change: seen.add(change["new"]), "said")
        bench._refresh()  # something of the old world is shown yet
        await reset()
        bench._refresh()

    bench.session.reset = noted  # type: ignore[method-assign]
    do(bench.panels.frame, "restart")
    await bench.settle()
    assert (shown.broken, seen) == ([], {""})


async def test_undo_by_the_panel(bench: Bench) -> None:
    shown = panel(bench)
    do(shown, "break", place="all", do="refuse")
    await bench.settle()
    do(shown, "mend-all")
    await bench.settle()
    assert (shown.broken, shown.said) == ([], "Everything is mended.")
    do(shown, "undo")
    await bench.settle()
    assert len(shown.broken) == 2
    assert shown.said.startswith("Undone.")


async def test_in_japanese() -> None:
    bench = await opened("ja")
    do(panel(bench), "break", place="all", do="drop", at="content", counted=True, times="1")
    await bench.settle()
    assert panel(bench).broken[1]["what"] == f"{MX2}：接続が途中で切れる、メールの中身を受け取ったあと"
    assert panel(bench).broken[1]["often"] == ["あと 1 回"]
    assert panel(bench).places[0]["label"] == "2 台とも"
    await bench.end()
