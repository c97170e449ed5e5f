"""From `serve` to its first greeting, and what it takes of memory: `python benchmarks/start.py`. Beside `python -m aiosmtpd -n`."""

from __future__ import annotations

import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 5
PORT = 26_100


def first_greeting(*arguments: str) -> tuple[float, float]:
    """(seconds until something greets at PORT, MiB resident once all is up)."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        while True:
            try:
                with socket.create_connection(("127.0.0.1", PORT), timeout=10) as plain:
                    assert plain.recv(100).startswith(b"220")
                    break
            except ConnectionRefusedError:
                time.sleep(0.002)
        took = time.perf_counter() - began
        time.sleep(0.7)
        status = Path(f"/proc/{process.pid}/status").read_text()
        return took, int(status.partition("VmRSS:")[2].split()[0]) / 1_024
    finally:
        process.terminate()
        process.communicate()


def main() -> None:
    """Print the table."""
    rows: dict[str, list[tuple[float, float]]] = {}
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            lab = ("mailserver_lab", "serve", "--port-base", str(PORT), "--dir", folder)
            rows.setdefault("serve, making its CA", []).append(first_greeting(*lab))
            rows.setdefault("serve, again", []).append(first_greeting(*lab))
        rows.setdefault("aiosmtpd -n", []).append(first_greeting("aiosmtpd", "-n", "-l", f"127.0.0.1:{PORT}"))
    print(f"{'start':<30}{'greeting':>10}{'memory':>12}")
    for name, measured in rows.items():
        seconds, mib = (statistics.median(column) for column in zip(*measured, strict=True))
        print(f"{name:<30}{seconds:>8.2f} s{mib:>8.0f} MiB")


if __name__ == "__main__":
    main()
