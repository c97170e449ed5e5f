"""Messages a second into mailboxes, each synced to disk before its 250: `python benchmarks/throughput.py`.

Beside `python -m aiosmtpd -n` with its Sink, which throws them away. One client for both.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time

PORT = 26_200
MESSAGES = 1_000
BODY = b"Subject: Hello\r\n\r\n" + b"Hello\r\n" * 100 + b".\r\n"


async def connection(place: tuple[str, int], count: int) -> None:
    """Send `count` messages one after another."""
    reader, writer = await asyncio.open_connection(*place)
    await reader.readline()

    async def say(data: bytes, code: bytes) -> None:
        writer.write(data)
        while (line := await reader.readline())[3:4] == b"-":
            pass
        assert line.startswith(code), line

    await say(b"EHLO client.example\r\n", b"250")
    for _ in range(count):
        await say(b"MAIL FROM:<a@b.example>\r\n", b"250")
        await say(b"RCPT TO:<recipient@hibari.example>\r\n", b"250")
        await say(b"DATA\r\n", b"354")
        await say(BODY, b"250")
    await say(b"QUIT\r\n", b"221")
    writer.close()


async def rate(place: tuple[str, int], connections: int) -> float:
    """Messages a second over so many connections."""
    began = time.perf_counter()
    await asyncio.gather(*(connection(place, MESSAGES // connections) for _ in range(connections)))
    return MESSAGES / (time.perf_counter() - began)


async def listening(place: tuple[str, int]) -> None:
    """Wait until something accepts connections there."""
    while True:
        try:
            _, writer = await asyncio.open_connection(*place)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return


def main() -> None:
    """Print the table."""
    print(f"{'messages a second':<40}{'1 connection':>15}{'10 connections':>17}")
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "mailserver_lab", "serve", "--dir", folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            host, port = json.loads(process.stdout.readline())["domains"]["hibari.example"]["mx"]
            found = [asyncio.run(rate((host, port), n)) for n in (1, 10)]
            process.terminate()
    print(f"{'the lab, each synced into a mailbox':<40}{found[0]:>15.0f}{found[1]:>17.0f}")
    command = [
        sys.executable,
        "-m",
        "aiosmtpd",
        "-n",
        "-l",
        f"127.0.0.1:{PORT}",
        "-c",
        "aiosmtpd.handlers.Sink",
    ]
    with subprocess.Popen(command) as process:
        asyncio.run(listening(("127.0.0.1", PORT)))
        found = [asyncio.run(rate(("127.0.0.1", PORT), n)) for n in (1, 10)]
        process.terminate()
    print(f"{'aiosmtpd, each thrown away':<40}{found[0]:>15.0f}{found[1]:>17.0f}")


if __name__ == "__main__":
    main()
