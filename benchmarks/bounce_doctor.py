#!/usr/bin/env python3
"""The bounce doctor beside flufl.bounce (which finds addresses) and beside a plain reading of the Status field.

usage: bounce_doctor.py [FOLDER [LABELS]]

Without a folder, the messages are those of the doctor's own tests. LABELS is a JSON object: for each file name a list of
`{"class", "status"}`, one for each recipient; an empty one for what is no bounce. flufl.bounce is wanted for this script
alone: `.venv/bin/python -m pip install flufl.bounce`.
"""

from __future__ import annotations

import email
import email.policy
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mailserver_lab.dsn import diagnose, read
from mailserver_lab.dsn.signs import book
from tests.dsn.bounces import SAMPLES

SECONDS = 5.0
CORE = {"user-unknown", "host-unknown", "mailbox-full", "message-too-large"}
Answer = list[tuple[str, str]]  # class and status of each recipient


def messages(folder: str | None) -> dict[str, bytes]:
    """The messages to read, by name."""
    if folder is None:
        return {name: sample.raw for name, sample in SAMPLES.items()}
    return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir()) if path.is_file()}


def doctor(raw: bytes) -> Answer:
    """The doctor's answer."""
    return [(verdict.cause, verdict.status) for verdict in diagnose(raw).recipients]


def status_alone(raw: bytes) -> Answer:
    """What one learns from the Status fields of a standard report, and from nothing else."""
    report = read(raw)
    found: Answer = []
    for recipient in report.recipients if report is not None else ():
        status = recipient.status.partition(" ")[0]
        sign = book().code(status)
        found.append(
            ("delivered" if status.startswith("2") else sign.cause if sign is not None else "unclear", status)
        )
    return found


def flufl(raw: bytes) -> set[bytes]:
    """The addresses that flufl.bounce finds."""
    from flufl.bounce import scan_message  # noqa: PLC0415

    return set(scan_message(email.message_from_bytes(raw, policy=email.policy.compat32)))


def speed(what: Callable[[bytes], object], raws: list[bytes]) -> float:
    """Messages a second of processor time."""
    what(raws[0])
    done, start = 0, time.process_time()
    while time.process_time() - start < SECONDS:
        for raw in raws:
            what(raw)
        done += len(raws)
    return done / (time.process_time() - start)


def score(
    what: Callable[[bytes], Answer], raws: dict[str, bytes], labels: dict[str, list[dict[str, str]]]
) -> str:
    """How many recipients are told rightly."""
    right = total = core_right = core_total = core_said = status_right = status_total = 0
    for name, wanted in labels.items():
        got = what(raws[name])
        core_said += sum(cause in CORE for cause, _ in got)
        if not wanted:
            total, right = total + 1, right + (not got)
        for number, want in enumerate(wanted):
            cause, status = got[number] if number < len(got) else ("", "")
            total, right = total + 1, right + (cause == want["class"])
            core_total += want["class"] in CORE
            core_right += want["class"] in CORE and cause == want["class"]
            if want["status"] and ".0.9" not in want["status"]:
                status_total, status_right = status_total + 1, status_right + (status == want["status"])
    return (
        f"all {right / total:.3f}   core recall {core_right / core_total:.3f}   core precision {core_right / max(core_said, 1):.3f}"
        f"   status {status_right / status_total:.3f}   ({total} recipients)"
    )


def main() -> int:
    """Measure, and print it."""
    raws = messages(sys.argv[1] if len(sys.argv) > 1 else None)
    print(
        f"{len(raws)} messages, {sum(map(len, raws.values())) // max(len(raws), 1)} octets on average; a second of one core"
    )
    print(f"  doctor        {speed(doctor, list(raws.values())):7.0f} messages")
    try:
        print(f"  flufl.bounce  {speed(flufl, list(raws.values())):7.0f} messages (addresses only)")
    except ImportError:
        print("  flufl.bounce  is not installed")
    if len(sys.argv) > 2:
        labels = json.loads(Path(sys.argv[2]).read_text("utf-8"))
        print(f"  doctor        {score(doctor, raws, labels)}")
        print(f"  Status alone  {score(status_alone, raws, labels)}")
    large = b"From: MAILER-DAEMON@a.example\nSubject: Returned mail: User unknown\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n550 user unknown\n--b\n\n"
    large += b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAx\n" * 650_000
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    diagnose(large)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(
        f"  {len(large) / 1e6:.0f} MB message: {time.perf_counter() - start:.2f} s, {grown / 1024:.0f} MiB beside the message itself"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
