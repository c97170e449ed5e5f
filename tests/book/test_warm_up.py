"""The book's kernel is there before its first page asks for it."""

import json
import urllib.request

from commands.server import SESSION, warm_up
from tests.book.conftest import ROOT, TOKEN, Server


def sessions(server: Server) -> list[str]:
    request = urllib.request.Request(
        f"{server.base}api/sessions", headers={"Authorization": f"token {TOKEN}"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return [session["path"] for session in json.load(answer)]


def test_it_is_the_session_that_pages_ask_for(book_server: Server) -> None:
    warm_up(book_server.port, TOKEN)
    warm_up(book_server.port, TOKEN)
    assert sessions(book_server).count(SESSION) == 1
    assert f'const PATH = "{SESSION}"' in (ROOT / "live" / "src" / "session.js").read_text("utf-8")


def test_a_server_that_refuses_is_left_to_the_pages(book_server: Server) -> None:
    warm_up(book_server.port, "a wrong token")
