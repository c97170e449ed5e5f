"""What Binder needs: its files fit together, and what they set up serves the book below an address of the hub's."""

import os
import shutil
import subprocess
import sys
import time
import tomllib
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import need
from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent


def test_its_python_is_one_that_the_project_takes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    oldest = project["requires-python"].removeprefix(">=").split(".")
    name, _, version = (ROOT / "runtime.txt").read_text("utf-8").strip().partition("-")
    assert name == "python"
    assert [int(number) for number in version.split(".")] >= [int(number) for number in oldest[:2]]


@pytest.mark.skipif(os.name == "nt", reason="Binder runs Linux")
def test_its_script_can_be_run() -> None:
    assert os.access(ROOT / "postBuild", os.X_OK)
    assert subprocess.run(["bash", "-n", ROOT / "postBuild"], check=False).returncode == 0


def copy_of_the_project(folder: Path) -> Path:
    """What a clone would hold, with what is not committed yet."""
    git = need("git", install="apt install git")
    listed = subprocess.run(
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_fresh_machine_serves_the_book_and_its_notebooks(tmp_path: Path) -> None:
    project = copy_of_the_project(tmp_path / "project")
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    places = os.pathsep.join([str(tmp_path / "venv" / "bin"), os.environ["PATH"]])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAILSERVER_LAB")}
    environment |= {"PATH": places, "JUPYTER_TOKEN": "t", "HOME": str(tmp_path)}
    python = tmp_path / "venv" / "bin" / "python"
    for step in ([python, "-m", "pip", "install", "-q", "-r", "requirements.txt"], ["./postBuild"]):
        subprocess.run(step, cwd=project, env=environment, check=True)

    port = free_port()
    base = f"http://127.0.0.1:{port}/user/x/"
    command = [python, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}"]
    server = subprocess.Popen([*command, "--ServerApp.base_url=/user/x/"], cwd=project, env=environment)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{base}api", timeout=2).close()
                break
            except OSError:
                time.sleep(0.2)
        assert "MAILER-DAEMON" in get(f"{base}book/en/index.html")
        assert '"exists": false' in get(f"{base}mailserver-lab/notebooks/en/04-read-a-bounce")
        assert get(f"{base}mailserver-lab/api/worlds").startswith("[")
        assert "apputils-extension:announcements" in get(f"{base}lab")
    finally:
        server.terminate()
        server.wait(30)


def get(address: str) -> str:
    request = urllib.request.Request(address, headers={"Authorization": "token t"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return str(answer.read().decode())
