"""The whole story where there are no sockets, no threads and no TLS: the proof that it can run in a reader's browser."""

import subprocess
import sys
import textwrap

STORY = """
    import sys

    ABSENT = {"ssl", "_ssl", "trustme", "tornado", "ipywidgets", "anywidget", "jupyter_server", "IPython", "cryptography"}

    class Absent:
        def find_spec(self, name, path=None, target=None):
            if name.partition(".")[0] in ABSENT:
                raise ModuleNotFoundError(f"{name} is not to be had here", name=name)

    import asyncio

    for name in [name for name in sys.modules if name.partition(".")[0] in ABSENT]:
        STUB = type(sys)(name)  # asyncio itself wants an ssl, and Pyodide has a stub of it
        for word in ("SSLContext", "SSLObject", "SSLError", "SSLWantReadError", "MemoryBIO"):
            setattr(STUB, word, type(word, (OSError,), {}))
        sys.modules[name] = STUB
    sys.meta_path.insert(0, Absent())

    import threading
    threading.Thread.start = lambda self: sys.exit("a thread was started")

    async def story():
        from mailserver_lab.dsn.read import read
        from mailserver_lab.devices import Device
        from mailserver_lab.lab.running import RunningWorld
        from mailserver_lab.net.memory import MemoryNet
        from mailserver_lab.world import bundled

        world = RunningWorld(bundled("user-unknown"), MemoryNet())
        await world.start()
        sender = "sender@tsubame.example"
        pc = Device("pc", sender, world.site_of(sender), world.net, world.gate)
        sent = await pc.send(["recipent@hibari.example"], b"Subject: story\\r\\n\\r\\nx\\r\\n")
        async with asyncio.timeout(10):
            while not (new := await pc.sync()):
                await asyncio.sleep(0.01)
        report = read(new[0].raw)
        assert sent.queue_id == "q0001"
        assert report.reporting_mta == "mx.tsubame.example", report
        (recipient,) = report.recipients
        assert (recipient.address, recipient.status, recipient.remote_mta) == (
            "recipent@hibari.example", "5.1.1", "mx.hibari.example"
        ), report
        await world.stop()

        # and as a reader's experiment, over the handle that needs no thread
        from mailserver_lab.control.handle import LocalHandle, World
        from mailserver_lab.control.service import Service
        from mailserver_lab.experiments import Session, experiment, replay
        from mailserver_lab.lab import Lab

        handle = LocalHandle(Service(Lab(make_net=MemoryNet)))
        trial = experiment("user-unknown")
        opened = await handle.call("open_world", world="w", spec=trial.world)
        session = await Session.start(trial, World(handle, "w", opened), "ja")
        await replay(session, trial.solution)
        assert session.state == "passed"
        await session.close()
        assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []

    asyncio.run(story())
    left = {name.partition(".")[0] for name, module in sys.modules.items() if getattr(module, "__spec__", None)} & ABSENT
    assert not left, left
    print("told")
"""


def test_the_story_runs_without_sockets_threads_and_tls() -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(STORY)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    assert done.stdout == "told\n"
