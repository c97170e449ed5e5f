"""A chapter's notebook: the reader's own copy of it, opened in JupyterLab from the page, and started over."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from mailserver_lab.jupyter.notebooks import ORIGINALS, WorkingCopy
from tests.book.conftest import ROOT, TOKEN, Server, Watched

NAME = "04-read-a-bounce"
ORIGINAL = ORIGINALS / "en" / f"{NAME}.ipynb"
COPY = f"work/en/{NAME}.ipynb"


@pytest.fixture
def server(test_book: Path, tmp_path: Path) -> Iterator[Server]:
    """The server as `course.py start` runs it, below an address such as a hub gives."""
    server = Server(test_book, tmp_path, base_url="/user/x/")
    server.start()
    yield server
    server.stop()


def ask(server: Server, name: str, method: str = "GET", *, token: str = TOKEN) -> tuple[int, Any]:
    address = f"{server.base}mailserver-lab/notebooks/{name}"
    request = urllib.request.Request(address, method=method, headers={"Authorization": f"token {token}"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        ours = "json" in error.headers["Content-Type"]
        return error.code, json.load(error) if ours else None


class TestCopy:
    def test_is_made_once_and_then_left_to_the_reader(self, tmp_path: Path) -> None:
        copy = WorkingCopy(tmp_path, ORIGINAL)
        assert not copy.exists
        copy.make()
        assert copy.exists
        assert (tmp_path / COPY).read_bytes() == ORIGINAL.read_bytes()
        (tmp_path / COPY).write_text("mine")
        copy.make()
        assert (tmp_path / COPY).read_text() == "mine"

    def test_started_over_keeps_every_earlier_one(self, tmp_path: Path) -> None:
        copy = WorkingCopy(tmp_path, ORIGINAL)
        copy.make()
        for number in (1, 2, 3):
            (tmp_path / COPY).write_text(f"mine {number}")
            kept = copy.renew()
            assert str(kept) == f"work/en/{NAME}.{number}.ipynb"
            assert (tmp_path / COPY).read_bytes() == ORIGINAL.read_bytes()
        for number in (1, 2, 3):
            assert (tmp_path / f"work/en/{NAME}.{number}.ipynb").read_text() == f"mine {number}"

    def test_that_was_never_made_has_nothing_to_keep(self, tmp_path: Path) -> None:
        copy = WorkingCopy(tmp_path, ORIGINAL)
        assert copy.renew() is None
        assert copy.exists

    def test_leaves_no_half_notebook(self, tmp_path: Path) -> None:
        copy = WorkingCopy(tmp_path, tmp_path / "en" / ORIGINAL.name)  # it cannot be read
        with pytest.raises(OSError, match="No such file"):
            copy.make()
        assert not copy.exists


class TestAddress:
    def test_makes_finds_and_renews_the_copy(self, server: Server) -> None:
        assert ask(server, f"en/{NAME}") == (
            200,
            {"path": COPY, "exists": False, "url": f"/user/x/lab/tree/{COPY}"},
        )
        assert ask(server, f"en/{NAME}", "PUT")[1]["exists"]
        mine = server.folder / COPY
        mine.write_text("mine")
        assert ask(server, f"en/{NAME}", "PUT")[1]["path"] == COPY
        assert mine.read_text() == "mine"
        kept = ask(server, f"en/{NAME}", "POST")[1]["kept"]
        assert (server.folder / kept).read_text() == "mine"
        assert mine.read_bytes() == ORIGINAL.read_bytes()

        # what is not there, and what cannot be done
        status, answer = ask(server, "ja/99-no-such-notebook", "PUT")
        assert status == 404
        assert "ありません" in answer["error"]["what"]
        assert ask(server, "en/..%2f..%2fcourse", "PUT")[0] == 404
        assert ask(server, f"fr/{NAME}", "PUT")[0] == 404
        (server.folder / "work" / "ja").write_text("a file where a folder should be")
        status, answer = ask(server, f"ja/{NAME}", "PUT")
        assert status == 500
        assert f"work/ja/{NAME}.ipynb に書き込めません" in answer["error"]["why"]

        # and by whom
        for method in ("GET", "PUT", "POST"):
            assert ask(server, f"en/{NAME}", method, token="wrong")[0] == 403
        reader = {"Cookie": cookie(server)}
        address = f"{server.base}mailserver-lab/notebooks/en/{NAME}"
        request = urllib.request.Request(address, method="POST", headers=reader)
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(request, timeout=20)
        assert not (server.folder / f"work/en/{NAME}.2.ipynb").exists()


def cookie(server: Server) -> str:
    """What a logged-in reader's browser sends along with every request, whoever made it."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    with urllib.request.build_opener(Stay).open(server.url("en/index.html"), timeout=20) as answer:
        return "; ".join(value.partition(";")[0] for value in answer.headers.get_all("Set-Cookie"))


def run_all(lab: Page, cells: int) -> None:
    """Run every cell and wait until the last has its number."""
    # before its kernel is there JupyterLab runs nothing, and says nothing
    expect(lab.get_by_role("button", name="Python 3 (ipykernel) | Idle")).to_be_visible(timeout=60_000)
    lab.get_by_role("menuitem", name="Run", exact=True).click()
    lab.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    lab.locator(".jp-Notebook .jp-CodeCell").last.scroll_into_view_if_needed()
    expect(lab.locator(".jp-InputPrompt", has_text=f"[{cells}]:").last).to_be_visible(timeout=90_000)


@pytest.mark.browser
@pytest.mark.timeout(240)
def test_it_opens_from_the_page_runs_and_is_started_over(
    server: Server, open_page: Callable[..., Watched]
) -> None:
    watched = open_page(server.url("en/index.html"))
    page = watched.page
    expect(page.locator("body[data-live=ready]")).to_be_visible(timeout=60_000)
    opens = page.get_by_role("button", name="Open in JupyterLab")
    expect(page.get_by_text("The notebook is in the folder.")).to_have_count(0)
    expect(page.get_by_role("button", name="Start it over")).to_be_hidden()

    with page.context.expect_page() as opened:
        opens.click()
    lab = opened.value
    foreign: list[str] = []
    lab.on("request", lambda request: foreign.append(request.url))
    lab.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=60_000)
    assert lab.url.startswith(f"{server.base}lab/")
    assert COPY in lab.url
    expect(page.get_by_role("status").get_by_role("link", name=COPY)).to_be_visible()
    cells = sum(cell["cell_type"] == "code" for cell in json.loads(ORIGINAL.read_text("utf-8"))["cells"])
    run_all(lab, cells)
    saved = lab.locator(".jp-OutputArea-output")
    expect(lab.locator(".jp-OutputArea-output[data-mime-type*=error]")).to_have_count(0)
    assert saved.count() > 5
    assert [
        url
        for url in foreign
        if not re.match(rf"(https?|wss?)://127\.0\.0\.1:{server.port}/|data:|blob:", url)
    ] == []
    expect(lab.get_by_text("Jupyter news")).to_have_count(0)

    # the reader's own comes back
    mine = server.folder / COPY
    changed = json.loads(mine.read_text("utf-8"))
    changed["cells"][0]["source"] = ["# Mine"]
    mine.write_text(json.dumps(changed), "utf-8")
    with page.context.expect_page() as opened:
        opens.click()
    expect(opened.value.get_by_role("heading", name="Mine")).to_be_visible(timeout=60_000)
    opened.value.close()
    lab.close()

    # started over, not before the reader says yes
    over = page.get_by_role("button", name="Start it over")
    page.once("dialog", lambda dialog: dialog.dismiss())
    over.click()
    assert json.loads(mine.read_text("utf-8"))["cells"][0]["source"] == ["# Mine"]
    page.once("dialog", lambda dialog: dialog.accept())
    over.click()
    expect(page.get_by_role("status").filter(has_text=f"work/en/{NAME}.1.ipynb")).to_be_visible()
    assert mine.read_bytes() == ORIGINAL.read_bytes()
    kept = json.loads((server.folder / f"work/en/{NAME}.1.ipynb").read_text("utf-8"))
    assert kept["cells"][0]["source"] == ["# Mine"]
    assert COPY not in sessions(server), "a fresh notebook has a fresh kernel"
    watched.clean()

    # and when the server is gone, the button says so
    server.stop()
    opens.click()
    expect(
        page.get_by_role("status").filter(has_text="The server does not answer, so the notebook")
    ).to_be_visible()


def sessions(server: Server) -> list[str]:
    address = f"{server.base}api/sessions?token={TOKEN}"
    with urllib.request.urlopen(address, timeout=10) as answer:
        return [session["path"] for session in json.load(answer)]


@pytest.mark.browser
def test_without_a_server_the_page_says_where_it_is(
    test_book: Path, open_page: Callable[..., Watched]
) -> None:
    page = open_page((test_book / "ja" / "index.html").as_uri()).page
    expect(page.locator("body[data-live=off]")).to_be_visible()
    expect(page.get_by_text("ノートブックはフォルダーにあります。")).to_be_visible()
    expect(page.get_by_role("button", name="JupyterLab で開く")).to_have_count(0)


def test_chapters_offer_notebooks_that_are_there() -> None:
    offered = [
        (file.parent.name, name)
        for file in sorted((ROOT / "book").glob("*/*.md"))
        for name in re.findall(r'data-notebook="([^"]+)"', file.read_text("utf-8"))
    ]
    assert {lang for lang, _ in offered} == {"ja", "en"}
    for lang, name in offered:
        assert (ORIGINALS / lang / f"{name}.ipynb").is_file()
        assert f"labs/{lang}/{name}.ipynb" in "".join(
            file.read_text("utf-8") for file in (ROOT / "book" / lang).glob("*.md")
        )
