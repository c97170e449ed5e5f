"""The files of a device: their names, their sizes, what is made of them, and how much it takes."""

import asyncio
import base64
import io
import struct
import zipfile
from datetime import UTC, datetime

import pytest

from mailserver_lab.devices import SAMPLES, File, Files, NoRoom, zipped
from mailserver_lab.devices.files import FILE_LIMIT, MOST_FILES, NAME_LIMIT, clean_name
from mailserver_lab.locale import LANGUAGES, Lang

NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)
ROOM_AT_THE_OTHER_END = 1_048_576


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("report.pdf", "report.pdf"),
        ("C:\\Users\\me\\report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("か\u3099.txt", "が.txt"),
        ("gpj.\u202eexe", "gpj._exe"),
        ("a\r\nBcc: x", "a__Bcc: x"),
        ("\ud800\0", "?_"),
        ("", "file"),
        ("..", "file"),
        ("x/", "file"),
        ("日本" * 100 + ".xlsx", ("日本" * 100)[: NAME_LIMIT - 5] + ".xlsx"),
        ("." + "x" * 200, "." + "x" * 99),
    ],
)
def test_a_name_is_made_fit_for_a_mail(given: str, name: str) -> None:
    assert clean_name(given) == name


@pytest.mark.parametrize("size", [0, 1, 2, 3, 56, 57, 58, 114, 1_000, 100_000])
def test_the_size_in_a_mail_is_that_of_base64(size: int) -> None:
    carried = len(base64.encodebytes(bytes(size)).replace(b"\n", b"\r\n"))
    assert File("f", "x", bytes(size)).carried == carried


def test_a_large_file_grows_by_37_percent() -> None:
    assert round(File("f", "x", bytes(10_000_000)).carried / 10_000_000, 2) == 1.37


def test_there_is_room_for_so_much_and_what_is_removed_makes_room() -> None:
    files = Files()
    with pytest.raises(NoRoom):
        files.add("x", bytes(FILE_LIMIT + 1))
    first = files.add("x", bytes(FILE_LIMIT))
    files.add("x", bytes(FILE_LIMIT))
    with pytest.raises(NoRoom):
        files.add("x", b"x")
    files.remove(first.id)
    files.remove(first.id)
    for _ in range(MOST_FILES - 1):
        last = files.add("x", b"")
    with pytest.raises(NoRoom):
        files.add("x", b"")
    assert files.get(last.id) is last
    assert files.get(first.id) is None
    assert len({file.id for file in files}) == MOST_FILES


async def test_an_archive_holds_the_file_and_its_japanese_name() -> None:
    content = b"again and again " * 100_000
    name, archive = await zipped(File("f", "売上 一覧.csv", content), NOW)
    assert name == "売上 一覧.zip"
    assert len(archive) < len(content) // 100
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        (entry,) = opened.infolist()
        assert (entry.filename, entry.date_time) == ("売上 一覧.csv", (2026, 4, 1, 9, 0, 0))
        assert opened.read(entry) == content
    assert (await zipped(File("f", "none", b""), NOW))[0] == "none.zip"


async def test_nothing_else_waits_for_a_large_file_to_be_compressed() -> None:
    work = asyncio.create_task(zipped(File("f", "x", bytes(FILE_LIMIT)), NOW))
    turns = 0
    while not work.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 100
    await work


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_table_fits_when_it_is_zipped_and_not_before(lang: Lang) -> None:
    sample = SAMPLES["table"]
    table = File("f", sample.name[lang], sample.make(lang))
    assert table.type == "text/csv"
    rows = table.content.decode("utf-8-sig").split("\r\n")
    assert {row.count(",") for row in rows[:-1]} == {5}
    assert table.carried > ROOM_AT_THE_OTHER_END + 100_000
    assert File("g", *(await zipped(table, NOW))).carried < ROOM_AT_THE_OTHER_END // 4


async def test_the_photograph_does_not_fit_even_when_it_is_zipped() -> None:
    sample = SAMPLES["photograph"]
    picture = File("f", sample.name["ja"], sample.make("ja"))
    assert picture.type == "image/bmp"
    magic, size, _, _, offset = struct.unpack_from("<2sIHHI", picture.content)
    assert (magic, size, offset) == (b"BM", len(picture.content), 54)
    _, width, height, _, bits = struct.unpack_from("<IiiHH", picture.content, 14)
    assert width * height * bits // 8 + offset == size
    archive = File("g", *(await zipped(picture, NOW)))
    assert ROOM_AT_THE_OTHER_END + 100_000 < archive.carried < picture.carried
