"""course.py: what it says and does where something is not as it should be."""

import ast
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import course  # noqa: E402
from commands import environment, server, stamp, talk  # noqa: E402
from commands.line import main  # noqa: E402


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")


def test_an_old_python_is_told_what_it_lacks() -> None:
    said = course.too_old((3, 8, 10, "final", 0))
    assert said is not None
    assert "3.8.10" in said
    assert "3.11.2" in said
    assert course.too_old(sys.version_info) is None


def test_course_itself_parses_on_old_pythons() -> None:
    tree = ast.parse((ROOT / "course.py").read_text("utf-8"), feature_version=(3, 4))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]


def test_a_port_that_is_taken_is_refused_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(talk.Problem, match=f"Port {number} cannot be used"):
            server.choose_port(number)


def test_without_a_wish_the_next_free_port_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(server, "USUAL_PORT", taken.getsockname()[1])
        assert server.choose_port(None) > taken.getsockname()[1]


@pytest.mark.parametrize(
    "arguments", [["start", "--port", "0"], ["start", "--port", "x"], ["start", "--nope"], []]
)
def test_a_wrong_command_line_is_explained(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_a_stamp_changes_with_content_and_names(tmp_path: Path) -> None:
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "a.md").write_text("one")
    first = stamp.digest([folder])
    assert stamp.digest([folder]) == first
    (folder / "a.md").rename(folder / "b.md")
    second = stamp.digest([folder])
    (folder / "b.md").write_text("two")
    assert len({first, second, stamp.digest([folder])}) == 3
    assert stamp.digest([folder], "3.11") != stamp.digest([folder], "3.12")


def test_set_up_does_nothing_when_the_stamp_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("requirements.txt", "pyproject.toml"):
        (tmp_path / name).write_text("")
    venv = tmp_path / ".venv"
    monkeypatch.setattr(environment, "works", lambda _python: True)
    wanted = stamp.digest([tmp_path / "requirements.txt", tmp_path / "pyproject.toml"], sys.version)
    stamp.write(venv / "installed.stamp", wanted)
    monkeypatch.setattr(environment, "install", lambda *_: pytest.fail("nothing was to be installed"))
    assert environment.set_up(tmp_path, venv) == environment.venv_python(venv)


def test_a_python_without_venv_is_told_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "can_make_environments", lambda: False)
    with pytest.raises(talk.Problem, match=r"sudo apt install python3\.\d+-venv"):
        environment.make(tmp_path / ".venv", None, tmp_path / "log")


def test_a_failed_installation_names_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def work(_label: str, _command: list[str], log: Path, **_options: object) -> bool:
        log.write_text("collecting\nERROR: Temporary failure in name resolution\n")
        return False

    monkeypatch.setattr(environment, "work", work)
    with pytest.raises(
        talk.Problem, match=r"Temporary failure in name resolution.*check the internet connection"
    ):
        environment.install(tmp_path, tmp_path / "python", None, tmp_path / "log")


def test_a_broken_environment_is_noticed(tmp_path: Path) -> None:
    assert not environment.works(tmp_path / "python")
    assert environment.works(Path(sys.executable))


def test_the_reader_is_spoken_to_in_their_language() -> None:
    assert talk.reader_language({"LANG": "ja_JP.UTF-8"}) == "ja"
    assert talk.reader_language({"LANG": "ja_JP.UTF-8", "LC_ALL": "en_GB.UTF-8"}) == "en"


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_signal_ends_the_server_and_leaves_no_traceback(tmp_path: Path) -> None:
    script = f"""
import pathlib, sys
sys.path.insert(0, {str(ROOT)!r})
from commands import server
server.LAB = pathlib.Path({str(tmp_path)!r})
server.command = lambda python, port: [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)]
server.urllib.request.urlopen = lambda *a, **k: __import__("contextlib").nullcontext()
sys.exit(server.start(pathlib.Path(sys.executable), wanted_port=None, browser=False))
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    assert process.stdout is not None
    line = next(line for line in process.stdout if line.startswith("Book: "))
    assert "/book/en/index.html?token=" in line
    process.send_signal(signal.SIGTERM)
    said, complaints = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Stopping" in said
    assert complaints == ""
