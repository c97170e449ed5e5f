"""The control API over HTTP, asked by programs that are not ours."""

import asyncio
import json
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse
from tornado.websocket import websocket_connect

from mailserver_lab.control.door import PREFIX, Door
from mailserver_lab.control.server import ControlServer
from mailserver_lab.control.service import OPERATIONS, Service
from mailserver_lab.lab import Lab
from tests.waiting import until_true

EVENTS = "worlds/open/events"


async def ask(
    server: ControlServer, path: str, method: str = "GET", body: bytes | None = None, **headers: str
) -> HTTPResponse:
    given = {
        "Authorization": f"token {server.door.token}",
        **{key.replace("_", "-"): value for key, value in headers.items()},
    }
    request = HTTPRequest(
        server.door.url + path,
        method,
        {key: value for key, value in given.items() if value},
        body=body,
        allow_nonstandard_methods=True,
        follow_redirects=False,
    )
    client = AsyncHTTPClient(force_instance=True)
    try:
        return await client.fetch(request, raise_error=False)
    finally:
        client.close()


def error(response: HTTPResponse) -> dict[str, Any]:
    """The error that a response tells, checked for its form."""
    told = json.loads(response.body)["error"]
    assert set(told) == {"what", "why", "do"}
    assert all(told.values())
    return dict(told)


async def follow(server: ControlServer, path: str = EVENTS, **headers: str) -> Any:
    given = {
        "Authorization": f"token {server.door.token}",
        **{key.replace("_", "-"): value for key, value in headers.items()},
    }
    url = f"ws{server.door.url.removeprefix('http')}{path}"
    return await websocket_connect(
        HTTPRequest(url, headers={key: value for key, value in given.items() if value})
    )


class TestWhoMayAsk:
    @pytest.mark.parametrize(
        "given", ["", "token wrong", "token", "Basic {token}", "token {token}x", "token ü"]
    )
    async def test_nobody_without_the_token(self, served: ControlServer, given: str) -> None:
        authorization = given.format(token=served.door.token)
        for path in ("worlds", "no-such-path", EVENTS):
            response = await ask(served, path, Authorization=authorization)
            assert response.code == 401
            assert "token" in error(response)["what"]
        with pytest.raises(HTTPClientError) as refused:
            await follow(served, Authorization=authorization)
        assert refused.value.code == 401

    @pytest.mark.parametrize("given", ["token {token}", "Token {token}", "bearer {token}"])
    async def test_who_has_the_token(self, served: ControlServer, given: str) -> None:
        response = await ask(served, "worlds", Authorization=given.format(token=served.door.token))
        assert response.code == 200

    @pytest.mark.parametrize(
        "host",
        ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1.evil.example:{port}", "127.0.0.1:1"],
    )
    async def test_nobody_who_means_another_host(self, served: ControlServer, host: str) -> None:
        named = host.format(port=served.door.port)
        response = await ask(served, "worlds", Host=named)
        assert response.code == 403
        assert named in error(response)["why"]
        with pytest.raises(HTTPClientError) as refused:
            await follow(served, Host=named)
        assert refused.value.code == 403

    async def test_who_says_localhost(self, served: ControlServer) -> None:
        assert (await ask(served, "worlds", Host=f"localhost:{served.door.port}")).code == 200

    @pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:1", "null"])
    async def test_no_page_of_another_origin_over_websocket(self, served: ControlServer, origin: str) -> None:
        with pytest.raises(HTTPClientError) as refused:
            await follow(served, Origin=origin)
        assert refused.value.code == 403

    @pytest.mark.parametrize("method", ["GET", "OPTIONS", "PUT"])
    async def test_no_page_of_another_origin_is_let_in_by_cors(
        self, served: ControlServer, method: str
    ) -> None:
        response = await ask(
            served, "worlds/open", method, Origin="http://evil.example", Access_Control_Request_Method="PUT"
        )
        assert not [name for name in response.headers if name.lower().startswith("access-control")]

    async def test_only_this_computer(self, served: ControlServer) -> None:
        assert served.door.socket.getsockname()[0] == "127.0.0.1"


async def test_who_asks_at_the_door_before_the_server_is_there_is_answered_when_it_is() -> None:
    door = Door()
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(
        f"GET {PREFIX}worlds HTTP/1.1\r\nHost: 127.0.0.1:{door.port}\r\n"
        f"Authorization: token {door.token}\r\nConnection: close\r\n\r\n".encode()
    )
    await writer.drain()
    server = ControlServer(Service(Lab()), door=door)
    server.start()
    assert (await asyncio.wait_for(reader.read(), 20)).startswith(b"HTTP/1.1 200 ")
    writer.close()
    await server.stop()


class TestRequests:
    @pytest.mark.parametrize(
        ("method", "path", "body", "status"),
        [
            ("GET", "nothing", None, 404),
            ("GET", "", None, 404),
            ("GET", "worlds/../../x", None, 404),
            ("GET", "worlds/none", None, 404),
            ("POST", "worlds", b"", 405),
            ("HEAD", "worlds/open/x", None, 404),
            ("TRACE", "worlds", None, 405),
            ("POST", "worlds/open/clock", b"{", 400),
            ("POST", "worlds/open/clock", b"[1]", 400),
            ("POST", "worlds/open/clock", b'"advance"', 400),
            ("POST", "worlds/open/clock", b"\xff\xfe", 400),
            ("POST", "worlds/open/clock", b'{"advance": "x"}', 400),
            ("POST", "worlds/open/clock", b'{"advance": NaN}', 400),
            ("POST", "worlds/open/clock", b'{"advance": 1, "extra": 1}', 400),
            ("POST", "worlds/open/clock", b"{}", 400),
            ("POST", "worlds/open/clock", b"[" * 100_000, 400),
            ("POST", "worlds/open/clock", b'{"advance": ' + b"9" * 5_000 + b"}", 400),
            ("GET", "worlds/open/trace?after=x", None, 400),
            ("GET", "worlds/open/trace?after=1e3", None, 400),
            ("GET", "worlds/open/trace?after=" + "9" * 5_000, None, 400),
            ("GET", "worlds/open/trace?limit=-1", None, 400),
            ("GET", "worlds/open/trace?extra=1", None, 400),
            ("GET", "worlds/open/trace?after=%ff", None, 400),
            ("GET", "worlds/open/mailboxes/%ff", None, 400),
            ("GET", f"{EVENTS}?after=x", None, 400),
            ("GET", "worlds/none/events", None, 404),
            ("GET", "worlds/open/mailboxes/recipient@hibari.example/INBOX/" + "9" * 5_000, None, 400),
            ("PATCH", "worlds/open/accounts/recipient@hibari.example", b'{"quota": "x"}', 400),
            ("PATCH", "worlds/open/accounts/recipient@hibari.example", b'{"quota": {}}', 400),
            ("PATCH", "worlds/open/domains/hibari.example", b'{"size_limit": []}', 400),
            ("PUT", "worlds/new", b'{"spec": 5}', 400),
            ("PUT", "worlds/new", b'{"world": 5}', 400),
            ("POST", "worlds/open/submit", b'{"device": "pc/sender@tsubame.example", "to": "a@b.example", "raw": "x"}', 400),
            ("POST", "worlds/open/submit", b'{"device": "pc/sender@tsubame.example", "to": "\\ud800@b.example"}', 400),
        ],
    )  # fmt: skip
    async def test_that_cannot_be_done_are_told_why(
        self, served: ControlServer, method: str, path: str, body: bytes | None, status: int
    ) -> None:
        response = await ask(served, path, method, body)
        assert response.code == status
        if method != "HEAD":
            error(response)

    async def test_with_too_large_a_body_are_refused(
        self, served: ControlServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.door.port)
        writer.write(
            f"POST /mailserver-lab/api/worlds/open/clock HTTP/1.1\r\nHost: 127.0.0.1:{served.door.port}\r\n"
            f"Authorization: token {served.door.token}\r\nContent-Length: {10**10}\r\n\r\n".encode()
        )
        status = await asyncio.wait_for(reader.readline(), 5)
        assert status.startswith(b"HTTP/1.1 4")
        writer.close()

    @pytest.mark.parametrize(
        ("lang", "word"),
        [
            ("ja", "動いていません"),
            ("en", "is not running"),
            ("", "is not running"),
            ("fr", "is not running"),
        ],
    )
    async def test_are_answered_in_the_asked_language(
        self, served: ControlServer, lang: str, word: str
    ) -> None:
        response = await ask(served, f"worlds/none/queue?lang={lang}")
        assert word in error(response)["what"]

    async def test_may_ask_for_every_language(self, served: ControlServer) -> None:
        told = error(await ask(served, "worlds/none/queue?lang=all"))
        assert all(set(sentence) == {"ja", "en"} for sentence in told.values())

    async def test_with_a_wrong_token_are_answered_in_the_asked_language(self, served: ControlServer) -> None:
        response = await ask(served, "worlds?lang=ja", Authorization="token x")
        assert "トークン" in error(response)["what"]

    async def test_that_break_something_of_ours_are_told_as_such(
        self, served: ControlServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def fail(self: Service) -> None:
            raise RuntimeError("a secret path")

        monkeypatch.setitem(OPERATIONS, "worlds", fail)
        response = await ask(served, "worlds")
        assert response.code == 500
        assert "secret" not in str(error(response))
        assert "a secret path" in caplog.text


class TestEvents:
    async def test_are_pinged_and_answer(self) -> None:
        lab = Lab()
        service = Service(lab)
        server = ControlServer(service, ping=0.05)
        server.start()
        await service.call("open_world", {"world": "open", "spec": "user-unknown"})
        stream = await follow(server)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(
                stream.read_message(), 0.4
            )  # it would be closed if its pongs were not read
        assert stream.close_code is None
        stream.close()
        await server.stop()
        await lab.close()

    async def test_end_with_a_code_that_tells_a_closed_world_from_a_broken_connection(
        self, served: ControlServer
    ) -> None:
        service: Service = served.service
        stream = await follow(served)
        await service.call("close_world", {"world": "open"})
        assert await asyncio.wait_for(stream.read_message(), 30) is None
        assert stream.close_code == 1000

    async def test_of_a_world_with_a_follower_that_went_away_cost_nothing(
        self, served: ControlServer
    ) -> None:
        service: Service = served.service
        stream = await follow(served)
        await until_true(lambda: service._followers)
        stream.close()
        await until_true(lambda: not service._followers)


WRONG: list[Any] = [None, 5, -1, "x", "", [], [5], {}, {"x": 5}, True, "\0", "x" * 10_000]


@pytest.mark.parametrize("leaf", ["name", "clock", "lang", "domains", "dns", "require_tls", "host", "address", "size_limit", "full_mailbox", "refuse", "accounts", "recipient", "password", "quota", "devices"])  # fmt: skip
async def test_a_world_described_wrong_is_refused_or_runs(served: ControlServer, leaf: str) -> None:
    """Whatever stands in a description: a sentence, or a world in which mail can be looked at; never a failure of ours."""
    for value in WRONG:
        account = {"password": "p", "quota": 5, "devices": ["pc"]}
        domain = {"host": "mx.a.example", "address": "192.0.2.1", "size_limit": 5, "full_mailbox": "permanent", "refuse": "in-session", "accounts": {"recipient": account}}  # fmt: skip
        spec = {"name": "n", "clock": None, "lang": "ja", "domains": {"a.example": domain}, "dns": {}, "require_tls": False}  # fmt: skip
        parts: list[Any] = [spec, domain, domain["accounts"], account]
        next(part for part in parts if leaf in part)[leaf] = value
        response = await ask(served, "worlds/new", "PUT", json.dumps({"spec": spec}).encode())
        assert response.code in {200, 400}, (value, response.body)
        if response.code == 400:
            error(response)
            continue
        for name, about in json.loads(response.body)["domains"].items():
            for local, owned in about["accounts"].items():
                assert (await ask(served, f"worlds/new/mailboxes/{local}@{name}")).code == 200, value
                for device in owned["devices"]:
                    path = f"worlds/new/devices/{device}%2F{local}@{name}"
                    assert (await ask(served, path)).code == 200, value
                    synced = await ask(served, f"{path}/sync", "POST", b"{}")
                    assert synced.code in {200, 409}, (
                        value
                    )  # a login that the world forbids counts as not reached
