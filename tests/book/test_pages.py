"""How the pages stand on a narrow screen: read from files, without a server."""

from collections.abc import Callable

import pytest

from .conftest import Server, Watched

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PAGES = ("index", "02-protocols", "02-1-smtp", "02-2-pop3", "02-3-imap", "04-mailer-daemon", "standards")
CUT_WORDS = r"""() => {
  const cut = [];
  for (const cell of document.querySelectorAll(".bd-article :is(td, th)")) {
    const walk = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      if (walk.currentNode.parentElement.closest("code")) continue;
      const words = cell.matches("th") ? /[A-Za-z0-9]+|[ァ-ヴー]+/g : /[A-Za-z0-9]+/g; // a sentence in Japanese may break anywhere
      for (const word of walk.currentNode.data.matchAll(words)) {
        const range = document.createRange();
        range.setStart(walk.currentNode, word.index);
        range.setEnd(walk.currentNode, word.index + word[0].length);
        if (word[0].length < 9 && new Set([...range.getClientRects()].map((one) => one.top)).size > 1) cut.push(word[0]);
      }
    }
  }
  return cut;
}"""


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_on_a_phone_no_table_cuts_its_short_words_or_leaves_the_page(
    chapters: Server, open_page: Callable[..., Watched], lang: str
) -> None:
    page = open_page("about:blank", width=360).page
    for name in PAGES:
        page.goto((chapters.book / lang / f"{name}.html").as_uri())
        assert page.evaluate(CUT_WORDS) == [], name
        wide = "[...document.querySelectorAll('.bd-article table')].map((one) => [one.scrollWidth, one.parentElement.clientWidth])"
        assert all(table <= room for table, room in page.evaluate(wide)), name
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, name
