"""Japanese words are spelled one way throughout: in the book, on its benches, and in what the command line says."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = [
    *(ROOT / "book" / "ja").glob("*.md"),
    *(file for file in (ROOT / "mailserver_lab").rglob("*.py") if file.parent.name != "dsn"),
]
"""Without the bounce doctor's own, which quote what others have written."""
SPELLINGS = {
    "入り口": "入口", "構いません": "かまいません", "たずね": "尋ね", "誰": "だれ", "詳し": "くわし",
    "サーバ(?!ー)": "サーバー", "ヘッダ(?!ー)": "ヘッダー", "フォルダ(?!ー)": "フォルダー", "ユーザ(?!ー)": "ユーザー", "ブラウザ(?!ー)": "ブラウザー",
}  # fmt: skip


@pytest.mark.parametrize(("other", "ours"), SPELLINGS.items(), ids=SPELLINGS.values())
def test_a_word_is_spelled_one_way(other: str, ours: str) -> None:
    found = [file.name for file in FILES if re.search(other, file.read_text("utf-8"))]
    assert found == [], f"written {ours} elsewhere"
