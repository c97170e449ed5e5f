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


ON_PAPER = """() => {
  const dark = (colour) => colour.match(/\\d+/g).slice(0, 3).every((one) => Number(one) < 128);
  const all = (selector) => [...document.querySelectorAll(`.bd-article ${selector}`)].filter((one) => one.offsetParent);
  return {
    cut: all("pre").filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent),
    pale: all("code").filter((one) => !dark(getComputedStyle(one).color)).map((one) => one.textContent),
    black: all(".admonition-title").map((one) => getComputedStyle(one).backgroundColor).filter((one) => one !== "rgba(0, 0, 0, 0)"),
    empty: all("div.cell.tag_live-widget").length,
  };
}"""


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_on_paper_nothing_is_cut_off_and_a_dark_page_is_light(
    chapters: Server, open_page: Callable[..., Watched], theme: str
) -> None:
    page = open_page("about:blank", width=794).page  # A4
    page.emulate_media(media="print")
    for name in ("02-1-smtp", "04-mailer-daemon"):
        page.goto((chapters.book / "en" / f"{name}.html").as_uri())
        page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        page.evaluate("document.body.dataset.live = 'starting'")  # places that wait for their experiments
        assert page.evaluate(ON_PAPER) == {"cut": [], "pale": [], "black": [], "empty": 0}, name
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
