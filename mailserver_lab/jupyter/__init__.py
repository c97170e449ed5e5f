"""The Jupyter server extension: it serves the book, keeps readers' copies of notebooks, and runs the lab beside the kernels.

Installing the package enables it. The names below are the ones that Jupyter Server looks for.
"""

from __future__ import annotations

from typing import Any

from mailserver_lab.jupyter import book, lab, notebooks


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "mailserver_lab.jupyter"}]


def _load_jupyter_server_extension(server: Any) -> None:
    """Add the addresses of the book, of the control API and of the notebooks; the server has no port yet and no loop runs."""
    book.register(server)
    lab.register(server)
    notebooks.register(server)


async def _start_jupyter_server_extension(server: Any) -> None:
    """Start the lab, now that the server's loop runs."""
    await lab.start(server)
