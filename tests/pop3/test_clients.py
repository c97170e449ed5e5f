"""The clients that people have: poplib and curl, over real sockets, with TLS and without."""

from __future__ import annotations

import asyncio
import poplib
import shutil

import pytest

from mailserver_lab.net import LoopbackNet

from .conftest import ALICE, MAIL, PASSWORD, Start, insecure


@pytest.mark.parametrize("tls", [False, True])
async def test_poplib_fetches_and_deletes(start: Start, tls: bool) -> None:
    lab = await start(LoopbackNet(), require_tls=tls)

    def fetch() -> list[bytes]:
        pop = poplib.POP3("127.0.0.1", lab.port, timeout=5)
        if tls:
            pop.stls(insecure())
        assert "TOP" in pop.capa()
        pop.user(ALICE)
        pop.pass_(PASSWORD)
        count, _ = pop.stat()
        messages = [b"\r\n".join(pop.retr(n)[1]) + b"\r\n" for n in range(1, count + 1)]
        assert len(pop.uidl()[1]) == len(pop.list()[1]) == count
        pop.dele(1)
        pop.quit()
        return messages

    assert await asyncio.to_thread(fetch) == MAIL
    assert await lab.subjects() == ["two", "three"]


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
@pytest.mark.parametrize("options", [[], ["--login-options", "AUTH=PLAIN"], ["--ssl-reqd", "--insecure"]])
async def test_curl_fetches(start: Start, options: list[str]) -> None:
    lab = await start(LoopbackNet())
    process = await asyncio.create_subprocess_exec(
        "curl", "-sS", "--max-time", "5", *options, "--user", f"{ALICE}:{PASSWORD}", f"pop3://127.0.0.1:{lab.port}/2",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    assert out == MAIL[1]


async def test_many_messages_are_fetched_without_waiting_for_the_network(start: Start) -> None:
    lab = await start(LoopbackNet())

    def fetch() -> None:
        pop = poplib.POP3("127.0.0.1", lab.port, timeout=5)
        pop.user(ALICE)
        pop.pass_(PASSWORD)
        for _ in range(400):
            pop.retr(3)
        pop.quit()

    # 44 ms each, were small packets held back by Nagle's algorithm.
    await asyncio.wait_for(asyncio.to_thread(fetch), 12)
