"""The bounces that the doctor's page offers to try."""

from datetime import UTC, datetime

import pytest

from mailserver_lab.dsn import diagnose
from mailserver_lab.dsn.samples import SAMPLES, Sample, sample
from mailserver_lab.locale import LANGUAGES, Lang

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("which", SAMPLES)
def test_the_doctor_reads_what_the_lab_writes(which: Sample, lang: Lang) -> None:
    found = diagnose(sample(which, lang, NOW))
    assert found.kind == "bounce"
    causes = [verdict.cause for verdict in found.recipients]
    assert causes == (["user-unknown", "mailbox-full"] if which == "two-recipients" else [which])
    assert [verdict.doubts for verdict in found.recipients] == [()] * len(causes)
    assert all(verdict.author == "own" for verdict in found.recipients)


def test_it_is_written_in_the_readers_language() -> None:
    assert "お知らせ" in sample("user-unknown", "ja", NOW).decode()
    assert sample("user-unknown", "en", NOW).isascii()
