"""The index of standards says of the code what the code says itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import mailserver_lab
from mailserver_lab.lab import Lab
from mailserver_lab.rfcs import Rfc, index
from mailserver_lab.world import bundled
from tests.smtp.talk import TSUBAME, dial

ROOT = Path(mailserver_lab.__file__).parent
CITED = re.compile(r"\bRFC ([1-9][0-9]{2,4})\b")


def cited_in(file: Path) -> set[int]:
    return {int(number) for number in CITED.findall(file.read_text("utf-8"))}


def file_of(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@pytest.mark.parametrize("file", sorted(ROOT.rglob("*.py")), ids=lambda file: str(file.relative_to(ROOT)))
def test_every_rfc_that_the_code_cites_is_in_the_index(file: Path) -> None:
    assert cited_in(file) <= {rfc.number for rfc in index()}


@pytest.mark.parametrize("rfc", index(), ids=lambda rfc: rfc.number)
class TestAnEntry:
    def test_names_modules_that_are_there_and_cite_it(self, rfc: Rfc) -> None:
        for module in rfc.where:
            assert rfc.number in cited_in(file_of(module)), module

    def test_has_a_module_unless_nothing_of_it_is_kept(self, rfc: Rfc) -> None:
        assert bool(rfc.where) is (rfc.status != "not")

    def test_says_what_is_missing_in_both_languages_unless_nothing_is(self, rfc: Rfc) -> None:
        assert (rfc.gap is None) is (rfc.status == "whole")
        if rfc.gap is not None:
            assert re.search("[ぁ-ん]", rfc.gap.ja)
            assert rfc.gap.ja.endswith("。")
            assert rfc.gap.en.isascii()
            assert rfc.gap.en.endswith(".")

    def test_has_a_title(self, rfc: Rfc) -> None:
        assert rfc.title.isascii()
        assert rfc.title == rfc.title.strip()
        assert len(rfc.title) > 5


OFFERS = {
    "PIPELINING": 2920, "SIZE": 1870, "8BITMIME": 6152, "SMTPUTF8": 6531, "STARTTLS": 3207, "ENHANCEDSTATUSCODES": 2034, "DSN": 3461,
    "AUTH": 4954,
}  # fmt: skip


async def test_what_the_smtp_server_offers_is_kept(socket_lab: Lab) -> None:
    world = await socket_lab.open(bundled("user-unknown"))
    offered = (await (await dial(world, TSUBAME, 587)).say("EHLO pc")).split("\n")[1:]
    assert {line[4:].split()[0] for line in offered} == set(OFFERS)
    status = {rfc.number: rfc.status for rfc in index()}
    assert all(status[number] != "not" for number in OFFERS.values())
