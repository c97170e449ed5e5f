"""The queue's command line, against a lab in another process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from mailserver_lab.__main__ import main
from mailserver_lab.queue import as_text
from tests.served import OTHER, RECIPIENT, SENDER, Served, eventually


@pytest.fixture
def ready(tmp_path: Path) -> Iterator[tuple[Path, Served]]:
    file = tmp_path / "ready.json"
    with Served("--ready-file", file) as served:
        yield file, served


def switch(served: Served, *, on: bool) -> None:
    control = served.told["control"]
    request = Request(
        f"{control['url']}worlds/main/domains/{OTHER}/server",
        data=json.dumps({"on": on}).encode(),
        headers={"Authorization": f"token {control['token']}", "Content-Type": "application/json"},
        method="POST",
    )
    urlopen(request, timeout=10).read()


def test_what_waits_is_listed_and_tried_again(
    ready: tuple[Path, Served], capsys: pytest.CaptureFixture[str]
) -> None:
    file, served = ready
    asked = ["queue", "--ready-file", str(file)]
    assert main(asked) == 0
    assert capsys.readouterr().out == "Nothing waits.\n"
    switch(served, on=False)
    served.submit(RECIPIENT)

    def deferred() -> str:
        assert main(asked) == 0
        out = capsys.readouterr().out
        return out if "1 attempt," in out else ""

    out = eventually(deferred)
    assert f"q0001  at tsubame.example  from <{SENDER}>" in out
    assert f"    to <{RECIPIENT}>  1 attempt, next at " in out
    assert "451 4.4.1 mx.hibari.example cannot be reached" in out
    assert main([*asked, "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["id"], row["from"], row["recipients"][0]["attempts"]) == ("q0001", SENDER, 1)
    switch(served, on=True)
    assert main([*asked, "--retry", "q0001"]) == 0
    assert capsys.readouterr().out == "Trying q0001.\n"

    def empty() -> bool:
        assert main(asked) == 0
        return capsys.readouterr().out == "Nothing waits.\n"

    assert eventually(empty)
    assert main([*asked, "--retry"]) == 0
    assert capsys.readouterr().out == "Nothing waits.\n"
    assert main([*asked, "--retry", "q9999"]) == 1
    assert "no queue holds" in capsys.readouterr().err
    assert main([*asked, "--world", "none"]) == 1
    assert "not running" in capsys.readouterr().err
    served.stop()
    assert main(asked) == 1
    assert "does not answer" in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"control": 5}', "\xff"])
def test_a_file_that_says_nothing_is_told_with_the_way_on(
    tmp_path: Path, content: str | None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ready.json"
    if content is not None:
        file.write_text(content, "latin-1")
    assert main(["queue", "--ready-file", str(file)]) == 1
    assert "serve --ready-file FILE" in capsys.readouterr().err
    monkeypatch.delenv("MAILSERVER_LAB_CONTROL", raising=False)
    assert main(["queue"]) == 1
    assert "Nothing says where a lab runs" in capsys.readouterr().err


def test_what_others_said_cannot_add_lines_or_move_the_cursor() -> None:
    evil: dict[str, Any] = {
        "id": "q0001", "domain": "tsubame.example", "from": "a\x1b[2J@x.example", "size": 5, "arrived": "2026-04-01",
        "recipients": [{"address": "b\u2028c@x.example", "attempts": 2, "due": "2026-04-01", "last": "450 no\r\nq0002  at evil \x9b"}],
    }  # fmt: skip
    text = as_text([evil])
    assert len(text.splitlines()) == 3
    assert "\x1b" not in text
    assert "\x9b" not in text
    assert "2 attempts" in text
