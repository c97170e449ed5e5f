"""The committed bundle of the live client is what its sources make."""

import filecmp
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def missing(what: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is needed in CI")
    pytest.skip(f"{what} is not installed, so the live client cannot be rebuilt")


@pytest.mark.timeout(300)
def test_the_bundle_is_made_of_its_sources(tmp_path: Path) -> None:
    npm, node = shutil.which("npm"), shutil.which("node")
    if not (npm and node):
        missing("node with npm")
    live = tmp_path / "live"
    shutil.copytree(ROOT / "live", live, ignore=shutil.ignore_patterns("node_modules"))
    subprocess.run([str(npm), "ci", "--prefer-offline"], cwd=live, check=True, capture_output=True)
    subprocess.run(
        [str(node), "build.mjs", str(tmp_path / "bundle")], cwd=live, check=True, capture_output=True
    )
    committed = ROOT / "book" / "_static" / "live"
    names = sorted(path.name for path in committed.iterdir())
    assert sorted(path.name for path in (tmp_path / "bundle").iterdir()) == names
    same, _, _ = filecmp.cmpfiles(committed, tmp_path / "bundle", names, shallow=False)
    assert sorted(same) == names


def test_the_lock_names_no_registry() -> None:
    assert '"resolved"' not in (ROOT / "live" / "package-lock.json").read_text("utf-8")
