import re

import pytest

from mailserver_lab.locale import Text
from mailserver_lab.widgets import breaking, compared, strings

ALL = [
    pytest.param(text, id=f"{group}.{name}")
    for module in (strings, breaking, compared)
    for group, texts in vars(module).items()
    if group.isupper() and isinstance(texts, dict)
    for name, text in texts.items()
    if isinstance(text, Text)
]


@pytest.mark.parametrize("text", ALL)
def test_both_languages_say_it_and_name_the_same_values(text: Text) -> None:
    assert text.ja
    assert text.en
    assert set(re.findall(r"\{\w+\}", text.ja)) == set(re.findall(r"\{\w+\}", text.en))


@pytest.mark.parametrize("text", ALL)
def test_japanese_has_its_own_punctuation(text: Text) -> None:
    assert not re.search(r"[\u3040-\u30ff\u4e00-\u9fff][,.?!:;()]", text.ja)
