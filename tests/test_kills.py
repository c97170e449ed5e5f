"""What the lab promises of a kill: nothing that was acknowledged is lost, and nothing comes twice without its one excuse."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.kills import Databases, Figures, run, say
from tests.served import RECIPIENT, Served, eventually


@pytest.mark.timeout(3_600)
def test_a_kill_at_any_moment_loses_nothing_and_repeats_only_what_the_sender_could_not_write_down(
    tmp_path: Path, long: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    def tell(line: str) -> None:
        if long:
            with capsys.disabled():
                say(line)

    figures = run(tmp_path, 500 if long else 3, tell=tell)
    say(str(figures))
    assert not figures.lost
    assert not figures.unexplained
    assert figures.acknowledged
    assert figures.window or not long  # so many kills that miss the window would prove nothing of it


COPY = ("1-0-1", RECIPIENT)


def test_a_copy_too_many_would_be_found_out() -> None:
    figures = Figures(acknowledged={"1-0-1"})
    figures.copies[COPY] = 2
    assert figures.unexplained == {COPY: (2, 1)}
    figures.window.add((COPY, 1))
    assert not figures.unexplained
    figures.window.add((COPY, 2))
    assert figures.unexplained == {COPY: (2, 3)}


def test_a_lost_message_would_be_found_out() -> None:
    figures = Figures(acknowledged={"1-0-1", "1-0-3"})
    figures.copies[COPY] = 1
    assert figures.lost == {("1-0-3", RECIPIENT), ("1-0-3", "postmaster@tsubame.example")}


def test_a_kill_while_nothing_is_under_way_repeats_nothing(tmp_path: Path) -> None:
    databases = Databases(tmp_path)
    with Served("--dir", tmp_path) as served:
        for n in range(5):
            served.submit(RECIPIENT, subject=f"1-0-{n}")
        eventually(lambda: not databases.waiting())
        served.stop(signal.SIGKILL)
    assert not list(databases.open())
    with Served("--dir", tmp_path) as served:
        served.stop()
    assert sorted(databases.new_copies()) == [(f"1-0-{n}", RECIPIENT) for n in range(5)]
