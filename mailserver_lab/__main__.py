"""The command line: `python -m mailserver_lab serve`, `explain` and `queue`."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import signal
import sqlite3
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from . import explain, queue

if TYPE_CHECKING:
    from .control.door import Door
    from .control.server import ControlServer
    from .control.service import Service
    from .lab import Lab, RunningWorld


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; gives the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m mailserver_lab", description="A small private world of e-mail on this computer."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser(
        "serve",
        help="run the world main until SIGTERM or Ctrl-C; say in one line of JSON where everything is",
    )
    serve.add_argument(
        "--dir",
        type=Path,
        help="keep the world and its mail in this folder; without it, they are gone at the end",
    )
    serve.add_argument(
        "--ready-file", type=Path, help="write the line to this file too, when the servers accept connections"
    )
    serve.add_argument(
        "--port-base", type=int, help="use consecutive ports from this one, instead of free ones"
    )
    explain.add_parser(commands)
    queue.add_parser(commands)
    given = parser.parse_args(arguments)
    if given.command == "explain":
        return explain.run(given)
    try:
        if given.command == "queue":
            return asyncio.run(queue.run(given))
        return asyncio.run(_serve(given.dir, given.ready_file, given.port_base))
    except KeyboardInterrupt:
        return 0


async def _serve(folder: Path | None, ready_file: Path | None, port_base: int | None) -> int:
    if port_base is not None and not 1 <= port_base <= 65_500:
        return _fail(
            f"--port-base {port_base}: ports go from 1 to 65535, and a world takes some twenty. Choose one below 65500."
        )
    # What is loaded stays, so that looking for garbage among it is in vain; and there is hardly any in a lab that runs. In
    # a mailbox of 50,000 messages it would take longer than the work itself, and stop all sessions for a third of a second.
    gc.set_threshold(20_000, 20, 50)
    # `explain` wants nothing of the lab, and begins at once
    from .control.door import Door  # noqa: PLC0415
    from .lab import Lab  # noqa: PLC0415
    from .lab.files import write_whole  # noqa: PLC0415
    from .lab.running import places  # noqa: PLC0415

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows: Ctrl-C raises KeyboardInterrupt there
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    async with AsyncExitStack() as ends:
        try:
            lab = Lab(folder)
            ends.push_async_callback(lab.close)
            world = await lab.open_main(port_base=port_base)
            await loop.run_in_executor(None, lab.certificates.load)  # the mail servers greet in the meantime
            door = Door(0 if port_base is None else port_base + len(places(world.spec)))
            ends.callback(door.close)
            line = json.dumps(_where(lab, world, door), ensure_ascii=False)
            if ready_file is not None:
                write_whole(ready_file, line + "\n")
        except (
            OSError,
            ValueError,
            sqlite3.Error,
        ) as error:  # ValueError: what is kept in the folder is no world
            return _fail(f"The lab could not start: {error}. Try another --port-base, --dir or --ready-file.")
        print(line, flush=True)  # noqa: T201
        service, control = await loop.run_in_executor(None, _behind, lab, door)
        control.start()
        ends.push_async_callback(control.stop)
        culling = loop.create_task(service.cull())
        ends.callback(culling.cancel)
        gc.freeze()
        await stop.wait()
    return 0


def _behind(lab: Lab, door: Door) -> tuple[Service, ControlServer]:
    """What answers behind the door. Loading it takes longer than loading all mail servers, which greet in the meantime."""
    from .lab import load_the_rest  # noqa: PLC0415

    load_the_rest()  # first: somebody may want to fetch mail already
    from .control.server import ControlServer  # noqa: PLC0415
    from .control.service import Service  # noqa: PLC0415

    service = Service(lab)
    return service, ControlServer(service, door=door)


def _where(lab: Lab, world: RunningWorld, door: Door) -> dict[str, object]:
    return {
        "domains": world.real_ports(),
        "dns": world.real_dns(),
        "http": world.real_web(),
        "accounts": {
            address: {"password": account.password, "quota": account.quota}
            for address, account in world.spec.addresses().items()
        },
        "control": {"url": door.url, "token": door.token},
        "ca_file": str(lab.certificates.ca_file.resolve()),
    }


def _fail(text: str) -> int:
    print(text, file=sys.stderr)  # noqa: T201
    return 1


if __name__ == "__main__":
    sys.exit(main())
