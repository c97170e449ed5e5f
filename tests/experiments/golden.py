"""Golden transcripts: `python -m tests.experiments.golden` writes them anew, and nothing else does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import mailserver_lab.experiments
from mailserver_lab.control.handle import LocalHandle, World
from mailserver_lab.control.service import Service
from mailserver_lab.experiments import Experiment, Session, experiments, replay
from mailserver_lab.lab import Lab
from mailserver_lab.net import LoopbackNet, Net

FOLDER = Path(mailserver_lab.experiments.__file__).parent
NAME = "golden"


async def transcript(trial: Experiment, make_net: Callable[[], Net]) -> str:
    """The first message's way, if there is one, when an experiment is solved, and what the device said that it is about."""
    lab = Lab(make_net=make_net)
    handle = LocalHandle(Service(lab))
    # which of two servers is gone to first is chance, and a world's chance hangs on its name
    world = World(handle, NAME, await handle.call("open_world", world=NAME, spec=trial.world, lang="en"))
    session = await Session.start(trial, world, "en")
    try:
        await replay(session, trial.solution)
        first = session.facts.sent[0].queue_id if session.facts.sent else None
        assert first is not None or trial.talk_alone
        async with asyncio.timeout(5):
            while await world.queue():  # a server may still be writing down what is done
                await asyncio.sleep(0.01)
        by_imap = [hand.host for hand in trial.consoles if hand.places[0].protocol == "imap"]
        return await world.transcript(first, session.talking or next(iter(by_imap), None))
    finally:
        await session.close()
        await lab.close()


def without_tls(text: str) -> str:
    """A transcript as it is where there is no TLS to offer: a lab in memory, in a browser for one."""
    return text.replace("  S 250-STARTTLS\n", "").replace(" STARTTLS AUTH=PLAIN]", " AUTH=PLAIN]")


def main() -> None:
    """Write every experiment's golden transcript."""
    for trial in experiments():
        (FOLDER / f"{trial.id}.golden.txt").write_text(
            asyncio.run(transcript(trial, LoopbackNet)), encoding="utf-8"
        )


if __name__ == "__main__":
    main()
