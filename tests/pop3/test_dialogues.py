"""The POP3 server says, command by command, what the golden dialogues say."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailserver_lab.pop3.states import COMMANDS

from .dialogues import FOLDER, replay

FILES = sorted(FOLDER.glob("*.txt"))


@pytest.mark.parametrize("octets", [False, True], ids=["lines", "octets"])
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_a_dialogue_is_as_it_was_however_the_network_cuts_it(file: Path, octets: bool) -> None:
    dialogue = file.read_text("utf-8")
    assert await replay(dialogue, octets=octets) == dialogue


def test_every_command_has_its_dialogue_and_its_tests() -> None:
    assert {file.stem.upper() for file in FILES} == set(COMMANDS)
    tested = " ".join(file.stem.upper() for file in Path(__file__).parent.glob("test_*.py"))
    assert not [command for command in COMMANDS if command not in tested]
