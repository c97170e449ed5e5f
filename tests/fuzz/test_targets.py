"""No octets break what reads them, and none keep it busy: a few hundred each time, ten million in a long run."""

from __future__ import annotations

import importlib.util
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .targets import MOST, TARGETS, Target

# inputs of a long run: ten million in all, so that every target has about as long
LONG_RUNS = {
    "smtp_replies": 1_500_000,
    "smtp_paths": 3_600_000,
    "pop3_server": 900_000,
    "pop3_session": 30_000,
    "pop3_client": 1_100_000,
    "imap_server": 550_000,
    "imap_client": 1_050_000,
    "mime": 530_000,
    "doctor": 50_000,
    "dns_zone": 690_000,
}
SLOW = 2.0  # seconds of processor time that no input of this size may take

named = pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)


def tried(target: Target, data: bytes) -> None:
    began = time.process_time()
    target.read(data[:MOST])
    assert time.process_time() - began < SLOW


@named
class TestEveryTarget:
    def test_reads_its_examples(self, target: Target) -> None:
        for example in target.examples:
            tried(target, example)

    @settings(max_examples=60)
    @given(data=st.data())
    def test_reads_what_is_put_together_of_its_words(self, target: Target, data: st.DataObject) -> None:
        word = st.one_of(
            st.sampled_from(target.words), st.sampled_from(target.examples), st.binary(max_size=6)
        )
        tried(
            target, bytes([data.draw(st.integers(0, 255))]) + b"".join(data.draw(st.lists(word, max_size=12)))
        )

    def test_reads_its_examples_with_octets_changed_lost_and_repeated(self, target: Target) -> None:
        chance = random.Random(2026)
        for _ in range(60):
            octets = bytearray(chance.choice(target.examples))
            for _ in range(chance.randint(1, 8)):
                at = chance.randrange(len(octets) + 1)
                match chance.randrange(4):
                    case 0:
                        octets[at : at + 1] = bytes([chance.randrange(256)])
                    case 1:
                        del octets[at : at + chance.randint(1, 20)]
                    case 2:
                        octets[at:at] = octets[at : at + chance.randint(1, 40)]
                    case _:
                        octets[at:at] = chance.choice(target.words)
            tried(target, bytes(octets))


def test_a_long_run_has_ten_million_inputs() -> None:
    assert sum(LONG_RUNS.values()) == 10_000_000
    assert set(LONG_RUNS) == set(TARGETS)


@pytest.mark.long
@pytest.mark.timeout(7_200)
@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None,
    reason="atheris is not installed (see tests/fuzz/__main__.py)",
)
@pytest.mark.parametrize("name", TARGETS)
def test_reads_what_a_search_for_new_ways_through_it_finds(name: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", name, "--runs", str(LONG_RUNS[name]), "--folder", str(tmp_path)],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3_000:]
