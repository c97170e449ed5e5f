"""The SMTP servers say, command by command, what the golden dialogues say."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailserver_lab.smtp.server import SYNTAX

from .dialogues import FOLDER, replay

FILES = sorted(FOLDER.glob("*.txt"))


@pytest.mark.parametrize("octets", [False, True], ids=["lines", "octets"])
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_a_dialogue_is_as_it_was_however_the_network_cuts_it(file: Path, octets: bool) -> None:
    dialogue = file.read_text("utf-8")
    assert await replay(dialogue, octets=octets) == dialogue


def test_every_command_has_its_dialogue() -> None:
    names = {file.stem.partition("-")[0].upper() for file in FILES}
    assert names >= set(SYNTAX)
