"""Panels share one page: what one of them styles as its own, no other may style too."""

import re
from collections import defaultdict
from importlib.resources import files

from mailserver_lab.widgets import assets

SHARED = {"panel", "tokens"}
RULE = re.compile(r"^([^{}@/]+)\{", re.MULTILINE)
FIRST = re.compile(r"\.(mb-[a-z-]+)")


def test_two_panels_never_style_the_same_name() -> None:
    owners: defaultdict[str, set[str]] = defaultdict(set)
    sheets = [file for file in (files(assets.__package__) / "static").iterdir() if file.name.endswith(".css")]
    assert len(sheets) > 5
    for file in sheets:
        for rule in RULE.findall(file.read_text("utf-8")):
            for selector in rule.split(","):
                owners.update({first: owners[first] | {file.name} for first in FIRST.findall(selector)[:1]})
    shared = {f"{name}.css" for name in SHARED}
    assert {name: found for name, found in owners.items() if len(found - shared) > 1} == {}
