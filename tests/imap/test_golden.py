"""The IMAP server says, extension by extension, what the golden dialogues say, however the network cuts it."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Start
from .replay import FOLDER, replay

FILES = sorted(FOLDER.glob("*.txt"))

#: The dialogue in which each extension is spoken, by the beginning of its name.
SPOKEN_IN = {
    "APPENDLIMIT": "quota", "BINARY": "binary", "CATENATE": "catenate", "CHILDREN": "list-extended", "CONDSTORE": "condstore",
    "CREATE-SPECIAL-USE": "create-special-use", "ENABLE": "imap4rev2", "ESEARCH": "esearch", "ESORT": "sort",
    "ID": "namespace-id-unselect", "IDLE": "idle", "IMAP4rev1": "literal", "IMAP4rev2": "imap4rev2",
    "LIST-EXTENDED": "list-extended", "LIST-STATUS": "list-extended", "LITERAL+": "literal", "MOVE": "move",
    "MULTIAPPEND": "multiappend", "NAMESPACE": "namespace-id-unselect", "NOTIFY": "notify", "QRESYNC": "qresync", "QUOTA": "quota",
    "SASL-IR": "sasl-ir", "SEARCHRES": "searchres", "SORT": "sort", "SPECIAL-USE": "create-special-use",
    "STATUS": "quota", "THREAD": "thread", "UIDPLUS": "uidplus", "UNSELECT": "namespace-id-unselect", "UTF8": "utf8",
    "WITHIN": "within",
}  # fmt: skip


@pytest.mark.parametrize("octets", [False, True], ids=["lines", "octets"])
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_a_dialogue_is_as_it_was_however_the_network_cuts_it(file: Path, octets: bool) -> None:
    dialogue = file.read_text("utf-8")
    assert await replay(dialogue, octets=octets) == dialogue


async def test_everything_that_is_offered_is_spoken_in_some_dialogue(start: Start) -> None:
    talker = await (await (await start(mails=[])).connect()).sign_in(None)
    offered = {word.partition("=")[0] for word in (await talker.say("CAPABILITY"))[0].split()[2:]}
    assert offered == set(SPOKEN_IN)
    assert {file.stem for file in FILES} >= set(SPOKEN_IN.values())
