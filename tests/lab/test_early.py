"""Mail that lies there from the start."""

from pathlib import Path

import pytest

from mailserver_lab.experiments.views import row
from mailserver_lab.lab import Lab, RunningWorld
from mailserver_lab.lab.early import early_mail
from mailserver_lab.locale import LANGUAGES, Lang, Text
from mailserver_lab.net import MemoryNet
from mailserver_lab.world import MAIL_LEAST, Mail, WorldError, bundled, parse

SMALL = "small@hibari.example"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("size", [MAIL_LEAST, 1_001, 1_076, 9_200])
def test_is_as_large_as_it_should_be(size: int, lang: Lang) -> None:
    now = bundled("mailbox-full").clock
    assert now is not None
    raw = early_mail(Mail("a@b.example", Text("社員旅行の写真" * 9, "Photos"), size), SMALL, lang, now)
    assert len(raw) == size
    assert raw.endswith(b"\r\n")
    head = raw.partition(b"\r\n\r\n")[0].decode()
    shown = row({"uid": 1, "size": size, "head": head})
    assert shown.subject == ("社員旅行の写真" * 9 if lang == "ja" else "Photos")


async def test_lies_in_the_inbox_once_and_counts(tmp_path: Path) -> None:
    for _ in range(2):
        world = RunningWorld(bundled("mailbox-full"), MemoryNet(), folder=tmp_path)
        await world.start()
        site = world.site_of(SMALL)
        assert site is not None
        used, quota = await site.store.usage(SMALL)
        assert (len(await site.store.messages(SMALL, "INBOX")), used, quota) == (3, 20_400, 20_480)
        await world.stop()


async def test_stands_in_the_record_and_survives_json(lab: Lab) -> None:
    spec = parse(bundled("mailbox-full").as_json())
    assert spec == bundled("mailbox-full")
    world = await lab.open(spec)
    assert [event.parsed["change"] for event in world.trace.after() if event.kind == "mailbox"] == [
        "appended"
    ] * 3


@pytest.mark.parametrize("size", [0, -1, 999, "9k", 20_481, 1e9])
def test_that_cannot_be_is_refused(size: object) -> None:
    value = bundled("mailbox-full").as_json()
    value["domains"]["hibari.example"]["accounts"]["small"]["mail"] = [
        {"sender": "a@b.example", "subject": {"ja": "あ", "en": "a"}, "size": size}
    ]
    with pytest.raises(WorldError):
        parse(value)
