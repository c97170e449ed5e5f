"""The bounce doctor's command line, as a person or a program calls it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mailserver_lab.__main__ import main
from mailserver_lab.dsn.advice import ADVICE

from .dsn.bounces import SAMPLES

BOUNCE = SAMPLES["Postfix, two recipients"].raw
QMAIL = SAMPLES["qmail"].raw


@pytest.fixture
def bounce(tmp_path: Path) -> Path:
    path = tmp_path / "bounce.eml"
    path.write_bytes(BOUNCE)
    return path


def rows(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_person_is_told_everything_in_their_language(
    bounce: Path, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", str(bounce), "--lang", lang]) == 0
    out = capsys.readouterr().out
    for cause in ("user-unknown", "mailbox-full"):
        advice = ADVICE[cause]  # type: ignore[index]
        for text in (advice.name, advice.meaning, advice.do):
            assert text["ja" if lang == "ja" else "en"] in out
    assert "recipent@hibari.example" in out
    assert "mx.tsubame.example" in out
    assert "> Diagnostic-Code: smtp; 550 5.1.1" in out
    assert ("あなた（差出人）" if lang == "ja" else "you (the sender)") in out


def test_the_systems_language_is_taken_where_none_is_asked_for(
    bounce: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    main(["explain", str(bounce)])
    assert "エラーメールです" in capsys.readouterr().out
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    main(["explain", str(bounce)])
    assert "This is a bounce" in capsys.readouterr().out


def test_json_has_one_object_a_line(bounce: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.eml"
    other.write_bytes(SAMPLES["ordinary mail"].raw)
    assert main(["explain", "--json", str(bounce), str(other)]) == 0
    first, second = rows(capsys)
    assert (first["file"], first["bounce"], first["kind"]) == (str(bounce), True, "bounce")
    assert [
        (r["recipient"], r["class"], r["status"], r["reply"], r["hard"]) for r in first["recipients"]
    ] == [
        ("recipent@hibari.example", "user-unknown", "5.1.1", "550", True),
        ("full@hibari.example", "mailbox-full", "4.2.2", "452", False),
    ]
    assert first["recipients"][0]["evidence"][0]["line"].startswith("Diagnostic-Code:")
    assert (second["bounce"], second["kind"], second["recipients"]) == (False, "other", [])


def test_an_mbox_is_read_message_by_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "box"
    path.write_bytes(
        b"From MAILER-DAEMON Wed Apr  1 09:00:00 2026\n"
        + QMAIL
        + b"\n\nFrom a@b Wed Apr  1 09:00:00 2026\n"
        + BOUNCE
    )
    main(["explain", "--json", str(path)])
    found = rows(capsys)
    assert [(row["message"], len(row["recipients"])) for row in found] == [(1, 3), (2, 2)]


def test_a_sentence_that_begins_with_from_parts_no_messages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "box"
    path.write_bytes(
        b"From MAILER-DAEMON Wed Apr  1 09:00:00 2026\n" + QMAIL + b"\n\nFrom now on, all is well.\n"
    )
    main(["explain", "--json", str(path)])
    assert len(rows(capsys)) == 1


def test_a_maildir_is_read_file_by_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for box, name in (("cur", "1:2,S"), ("new", "2"), ("tmp", "3")):
        (tmp_path / box).mkdir()
        (tmp_path / box / name).write_bytes(BOUNCE)
    main(["explain", "--json", str(tmp_path)])
    assert [Path(row["file"]).name for row in rows(capsys)] == ["1:2,S", "2"]


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_standard_input_is_read(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(BOUNCE)))
    assert main(["explain", "--json", *arguments]) == 0
    assert [len(row["recipients"]) for row in rows(capsys)] == [2]


@pytest.mark.parametrize(("lang", "words"), [("en", "cannot be read"), ("ja", "読めません")])
def test_a_file_that_is_not_there_is_told_and_the_others_are_read(
    bounce: Path, lang: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "--json", "--lang", lang, "nowhere.eml", str(bounce)]) == 1
    told = capsys.readouterr()
    assert words in told.err
    assert "nowhere.eml" in told.err
    assert len(told.out.splitlines()) == 1


def test_an_empty_file_is_told_to_be_empty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "empty"
    path.touch()
    assert main(["explain", "--json", "--lang", "en", str(path)]) == 0
    [row] = rows(capsys)
    assert row["bounce"] is False
    assert "nothing in it" in row["remarks"][0]


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    for number in range(200):
        (tmp_path / f"{number}.eml").write_bytes(BOUNCE)
    with subprocess.Popen(
        [sys.executable, "-m", "mailserver_lab", "explain", "--lang", "en", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        told = process.stderr.read()
        process.wait(30)
    assert told == b""
    assert process.returncode == 0


def test_a_bar_shows_how_far_it_is_where_there_is_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        (tmp_path / f"{number}.eml").write_bytes(BOUNCE)
    main(["explain", "--json", str(tmp_path)])
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    main(["explain", "--json", str(tmp_path)])
    assert "15/30" in capsys.readouterr().err


def test_the_answer_begins_without_waiting_for_the_lab() -> None:
    script = "import sys, mailserver_lab.explain\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    loaded = set(done.stdout.split())
    assert not {"aiosmtpd", "tornado", "ipywidgets", "sqlite3"} & loaded
