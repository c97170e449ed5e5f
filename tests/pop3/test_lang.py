"""LANG (RFC 6856 §3): the language of what is said to people."""

from __future__ import annotations

import re

import pytest

from mailserver_lab.locale import Text
from mailserver_lab.pop3 import texts

from .conftest import ALICE, PASSWORD, Start

TEXTS = {name: text for name, text in vars(texts).items() if isinstance(text, Text)}


async def test_the_languages_are_listed_by_their_own_names(start: Start) -> None:
    assert await (await (await start()).greeted()).listing("LANG") == ["ja 日本語", "en English"]


async def test_the_language_holds_from_the_answer_on_until_another_is_asked_for(start: Start) -> None:
    talker = await (await start()).greeted()
    assert await talker.say("LANG ja") == "+OK ja これから日本語で応答します"
    assert (await talker.say(f"USER {ALICE}", f"PASS {PASSWORD}")).startswith(
        "+OK メールボックスを開きました。3 通、"
    )
    assert await talker.say("RETR 9") == "-ERR その番号のメールはありません。全部で 3 通です"
    assert await talker.say("LANG EN") == "+OK en Replies are in English from here on"
    assert await talker.say("RETR 9") == "-ERR No such message: there are 3"


async def test_codes_and_numbers_are_the_same_in_every_language(start: Start) -> None:
    talker = await (await start()).greeted()
    assert (
        await talker.say("LANG ja", f"USER {ALICE}", "PASS x")
        == "-ERR [AUTH] ユーザー名かパスワードが違います"
    )
    assert (await talker.say(f"USER {ALICE}", f"PASS {PASSWORD}", "STAT")).startswith("+OK 3 ")


@pytest.mark.parametrize(("wanted", "tag"), [("ja-JP", "ja"), ("en-GB-oxendict", "en"), ("JA", "ja")])
async def test_a_region_is_served_with_its_language(start: Start, wanted: str, tag: str) -> None:
    assert (await (await (await start()).greeted()).say(f"LANG {wanted}")).startswith(f"+OK {tag} ")


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_a_star_is_the_language_of_the_world(start: Start, lang: str) -> None:
    assert (await (await (await start(lang=lang)).greeted()).say("LANG *")).startswith(f"+OK {lang} ")


async def test_a_language_that_is_not_spoken_leaves_the_one_that_is(start: Start) -> None:
    talker = await (await start()).greeted()
    for tag in ("fr", "jam", "-", "ja_JP", "*-JP", "日本語"):
        assert (
            await talker.say("LANG ja", f"LANG {tag}")
            == "-ERR その言語は使えません。LANG だけを送ると、使える言語の一覧が出ます"
        )


async def test_what_the_core_refuses_is_said_in_the_language_too(start: Start) -> None:
    talker = await (await start()).greeted()
    await talker.say("LANG ja")
    assert await talker.say("BOGUS") == "-ERR そのようなコマンドはありません"
    assert (
        await talker.say("STAT")
        == "-ERR STAT を使えるのは TRANSACTION の状態です。今の状態は AUTHORIZATION です"
    )
    for _ in range(7):
        await talker.say("BOGUS")
    assert await talker.say("BOGUS") == "-ERR 誤りが続いたので、接続を切ります"


async def test_until_a_language_is_asked_for_all_is_ascii(start: Start) -> None:
    lab = await start(lang="ja")
    talker = await lab.signed_in()
    await talker.say("BOGUS", "RETR 9", "DELE 1", "RSET", "QUIT")
    assert all(event.text.isascii() for event in lab.record())


@pytest.mark.parametrize("name", TEXTS)
class TestEveryText:
    def test_has_the_same_gaps_in_both_languages_and_japanese_in_one(self, name: str) -> None:
        text = TEXTS[name]
        assert set(re.findall(r"{\w+}", text.ja)) == set(re.findall(r"{\w+}", text.en))
        assert re.search("[ぁ-ん]", text.ja)
        assert text.en.isascii()

    def test_is_short_enough_for_a_reply_and_no_response_code(self, name: str) -> None:
        for said in (TEXTS[name].ja, TEXTS[name].en):
            assert len(said.encode()) < 400
            assert not said.startswith("[")
