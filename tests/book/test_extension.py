"""What the Jupyter server extension answers: pages and what they load, and the control API on the same origin."""

import http.client
import json
from typing import Any

import pytest

from tests.book.conftest import TOKEN, Server

API = "/mailserver-lab/api/"
KNOWN = {"Authorization": f"token {TOKEN}"}


def ask(
    server: Server, path: str, method: str = "GET", headers: dict[str, str] | None = None, body: Any = None
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request(method, path, None if body is None else json.dumps(body), headers or {})
    answer = connection.getresponse()
    found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    connection.close()
    return found


class TestPages:
    def test_are_for_readers_who_are_logged_in(self, book_server: Server) -> None:
        status, headers, _ = ask(book_server, "/book/en/index.html")
        assert status == 302
        assert "/login" in headers["location"]
        assert ask(book_server, "/book/en/index.html", headers=KNOWN)[0] == 200

    def test_allow_this_origin_alone(self, book_server: Server) -> None:
        _, headers, _ = ask(book_server, "/book/en/index.html", headers=KNOWN)
        policy = dict(
            part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";")
        )
        assert policy["default-src"] == "'self'"
        assert policy["object-src"] == "'none'"
        assert "http://" not in headers["content-security-policy"]
        assert "'unsafe-inline'" not in policy["script-src"]
        assert headers["x-content-type-options"] == "nosniff"

    @pytest.mark.parametrize(
        "path",
        [
            "../../README.md",
            "..%2f..%2fREADME.md",
            "%2e%2e/%2e%2e/course.py",
            "en/../../../course.py",
            "%00",
            "//etc/passwd",
        ],
    )
    def test_nothing_outside_the_book_is_served(self, book_server: Server, path: str) -> None:
        status, _, body = ask(book_server, f"/book/{path}", headers=KNOWN)
        assert status >= 400
        assert b"python3 course.py" not in body

    def test_what_they_load_needs_no_login(self, book_server: Server) -> None:
        status, headers, _ = ask(book_server, "/book/en/_static/live/loader.js")
        assert status == 200
        assert headers["etag"]
        again = ask(
            book_server, "/book/en/_static/live/loader.js", headers={"If-None-Match": headers["etag"]}
        )
        assert again[0] == 304


class TestControl:
    def test_needs_a_login(self, book_server: Server) -> None:
        assert ask(book_server, f"{API}worlds")[0] == 403
        assert ask(book_server, f"{API}worlds", headers={"Authorization": "token wrong"})[0] == 403

    def test_opens_and_closes_worlds(self, book_server: Server) -> None:
        world = f"{API}worlds/from-a-page"
        status, _, body = ask(book_server, world, "PUT", KNOWN, {"spec": "user-unknown", "lang": "en"})
        assert status == 200, body
        assert set(json.loads(body)["domains"]) == {"tsubame.example", "hibari.example"}
        sent = {"to": "recipent@hibari.example", "subject": "x", "body": "y"}
        status, _, body = ask(
            book_server, f"{world}/devices/pc%2Fsender@tsubame.example/send", "POST", KNOWN, sent
        )
        assert (status, json.loads(body)["queue_id"]) == (200, "q0001")
        assert ask(book_server, world, "DELETE", KNOWN)[0] == 200
        assert ask(book_server, world, headers=KNOWN)[0] == 404

    def test_takes_a_file_as_it_is_up_to_a_limit(self, book_server: Server) -> None:
        world = f"{API}worlds/for-files"
        ask(book_server, world, "PUT", KNOWN, {"spec": "user-unknown", "lang": "en"})
        files = f"{world}/devices/pc%2Fsender@tsubame.example/files"
        connection = http.client.HTTPConnection("127.0.0.1", book_server.port, timeout=20)
        connection.request("POST", f"{files}?name=a%2Fb.bin", b"%&=" * 7_000_000, KNOWN)
        answer = connection.getresponse()
        kept = json.loads(answer.read())
        assert (answer.status, kept["name"], kept["size"]) == (200, "b.bin", 21_000_000)
        connection.request("POST", f"{files}?name=c", headers={**KNOWN, "Content-Length": str(100 << 20)})
        answer = connection.getresponse()  # at once, for nothing of it has been sent
        assert answer.status == 400
        connection.close()
        assert json.loads(ask(book_server, files, headers=KNOWN)[2]) == [kept]
        ask(book_server, world, "DELETE", KNOWN)

    def test_tells_what_is_wrong_in_the_readers_language(self, book_server: Server) -> None:
        status, _, body = ask(book_server, f"{API}worlds/nowhere?lang=ja", headers=KNOWN)
        assert status == 404
        assert "動いていません" in json.loads(body)["error"]["what"]

    def test_a_page_elsewhere_cannot_use_a_readers_cookie(self, book_server: Server) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", book_server.port, timeout=20)
        connection.request("GET", f"/book/en/index.html?token={TOKEN}")
        answer = connection.getresponse()
        cookies = [
            value.partition(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"
        ]
        connection.close()
        reader = {"Cookie": "; ".join(cookies)}
        assert ask(book_server, f"{API}worlds", headers=reader)[0] == 200, "the cookie is what logs in"
        status, _, _ = ask(book_server, f"{API}worlds/stolen", "PUT", reader, {"spec": "user-unknown"})
        assert status == 403
        worlds = json.loads(ask(book_server, f"{API}worlds", headers=KNOWN)[2])
        assert "stolen" not in {world["world"] for world in worlds}

    def test_another_host_name_is_refused(self, book_server: Server) -> None:
        status, _, _ = ask(book_server, f"{API}worlds", headers={**KNOWN, "Host": "evil.example"})
        assert status == 403
