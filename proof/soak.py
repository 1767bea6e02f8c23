"""A long wait with a fault every few seconds: does the gate grow?

`python -m proof soak --minutes 60` is a real hour of one real process. What it holds of the
machine (resident memory, descriptors, threads) is read from Linux' /proc, and must be flat.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from argo_replay.faults import Fault, FaultKind
from argo_replay.server import DemoServer
from bench.runs import long
from proof.gate import RED, ROOT, TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NAME = "soak"
CHANGES_EVERY = 5.0
SAMPLE_EVERY = 1.0
FAULT_EVERY, QUIET_START, QUIET_END = 3.0, 10.0, 5.0
"""Seconds; nothing goes wrong before the first and in the last of them."""
GRACE = 60.0
"""Seconds after the workflow's end within which the gate must have ended."""
MEMORY_GROWTH, MEMORY_SLACK = 1.03, 1.0
"""The last quarter may hold that share of the second one, and so many MB."""
SPARE = 2
"""Descriptors and threads that the last quarter may have more at its peak."""
LIMITS = (
    *("--poll-interval", "500ms", "--max-poll-interval", "2s", "--request-timeout", "2s"),
    *("--outage-timeout", "60s", "--timeout", "0"),
)
JSON = (("Content-Type", "application/json"),)
TEXT = (("Content-Type", "text/plain; charset=utf-8"),)
KINDS = (
    Fault(kind=FaultKind.REFUSE),
    Fault(kind=FaultKind.RESET),
    Fault(kind=FaultKind.CUT),
    Fault(kind=FaultKind.CUT, after=100),
    Fault(kind=FaultKind.RESET, match="events"),
    Fault(kind=FaultKind.CUT, match="events"),
    Fault(kind=FaultKind.HANG),
    Fault(kind=FaultKind.SLOW, seconds=1),
    Fault(kind=FaultKind.ANSWER, status=500, headers=JSON, body=b'{"code":13,"message":"x"}'),
    Fault(kind=FaultKind.ANSWER, status=503, headers=TEXT, body=b"no healthy upstream"),
    Fault(kind=FaultKind.ANSWER, status=429, headers=(*TEXT, ("Retry-After", "1")), body=b"slow"),
    Fault(kind=FaultKind.ANSWER, status=401, headers=JSON, body=b'{"code":16,"message":"x"}'),
    Fault(kind=FaultKind.ANSWER, status=200, headers=(("Content-Type", "text/html"),), body=b"<p>"),
    Fault(kind=FaultKind.ANSWER, status=200, headers=JSON, body=b'{"metadata":{"na'),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a process holds at a second of its life."""

    at: float
    megabytes: float
    """Resident memory."""
    descriptors: int
    threads: int


def run(
    seed: int,
    each: int,  # noqa: ARG001 - time is the bound
    *,
    minutes: float | None = None,
) -> list[str]:
    """Let one gate wait that long; print what it held; return what was wrong."""
    ends = max((minutes or 1) * 60, 2 * QUIET_START)
    workflow = long(NAME, ends, CHANGES_EVERY)
    with (
        tempfile.TemporaryDirectory(prefix="soak-") as folder,
        DemoServer([workflow], token=TOKEN, faults=faults(seed, ends)) as server,
        (Path(folder) / "log").open("wb") as log,
    ):
        junit = Path(folder) / "junit.xml"
        command = [sys.executable, "-m", "argogate", "wait", NAME, "--junit", str(junit), *LIMITS]
        variables = {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "PYTHONPATH": str(ROOT),
            "ARGO_SERVER": server.url,
            "ARGO_TOKEN": TOKEN,
            "ARGO_NAMESPACE": "argo",
        }
        with subprocess.Popen(command, cwd=folder, env=variables, stdout=log, stderr=log) as gate:
            try:
                samples = list(watch(gate, ends + GRACE))
                code = gate.poll()
            finally:
                gate.send_signal(signal.SIGKILL)
        wrong = complaints(samples) + ended_badly(code, junit, Path(log.name))
        print(*table(samples), sep="\n")
        print(
            f"{len(server.requests)} requests, {len(faults(seed, ends))} faults, exit code {code}"
        )
    return wrong


def faults(seed: int, ends: float) -> list[Fault]:
    """Draw one of KINDS every few seconds, for up to two thirds of the time between."""
    dice = random.Random(seed)
    drawn, at = [], QUIET_START
    while at < ends - QUIET_END:
        kind = dice.choice(KINDS)
        shape = {name: getattr(kind, name) for name in kind.__slots__}
        shape |= {"start": at, "stop": at + dice.uniform(0.1, FAULT_EVERY * 2 / 3)}
        drawn.append(Fault(**shape))
        at += FAULT_EVERY * dice.uniform(1, 2)
    return drawn


def watch(gate: subprocess.Popen[bytes], most_seconds: float) -> Iterator[Sample]:
    """Yield what the gate holds every second, until it has ended or the time is over."""
    began = time.monotonic()
    while gate.poll() is None and time.monotonic() - began < most_seconds:
        try:
            yield held(gate.pid, time.monotonic() - began)
        except (OSError, ValueError, IndexError):  # it has just ended
            return
        time.sleep(SAMPLE_EVERY)


def held(pid: int, at: float) -> Sample:
    """Read what a process holds."""
    folder = Path("/proc") / str(pid)
    lines = (folder / "status").read_text("utf-8").splitlines()
    status = dict(line.partition(":")[::2] for line in lines)
    return Sample(
        at=at,
        megabytes=int(status["VmRSS"].split()[0]) / 1024,
        descriptors=sum(1 for _ in (folder / "fd").iterdir()),
        threads=int(status["Threads"]),
    )


def quarters(samples: Sequence[Sample]) -> list[Sequence[Sample]]:
    """Cut the life of a process into four parts of one length."""
    size = max(len(samples) // 4, 1)
    return [samples[number * size : (number + 1) * size] for number in range(4)]


def complaints(samples: Sequence[Sample]) -> list[str]:
    """Say what has grown from the second quarter (all is loaded by then) to the last one."""
    if len(samples) < 4:
        return [f"only {len(samples)} samples: it ended at once"]
    _, early, _, late = quarters(samples)
    found = []
    before, after = (median(one.megabytes for one in part) for part in (early, late))
    if after > before * MEMORY_GROWTH + MEMORY_SLACK:
        found.append(f"memory grew from {before:.1f} to {after:.1f} MB")
    for what in "descriptors", "threads":
        most, last = (max(getattr(one, what) for one in part) for part in (early, late))
        if last > most + SPARE:
            found.append(f"{what} grew from {most} to {last}")
    return found


def ended_badly(code: int | None, junit: Path, log: Path) -> list[str]:
    """Say what is wrong with the end: the workflow fails, and one red report says so."""
    found = []
    if code != 1:
        found.append(f"exit code {code} instead of 1")
    try:
        cases = list(ET.parse(junit).iter("testcase"))
    except (OSError, ET.ParseError) as error:
        return [*found, f"no JUnit report: {error}"]
    if not any(case.find(kind) is not None for case in cases for kind in RED):
        found.append("a green JUnit report")
    text = log.read_text("utf-8", "replace")
    return [*found, *(["a traceback"] if "Traceback" in text else [])]


def table(samples: Sequence[Sample]) -> Iterator[str]:
    """Yield a line for each quarter: median of memory, most of the rest."""
    yield "| quarter | until | MB: median, most | descriptors: most | threads: most |"
    yield "| --- | --- | --- | --- | --- |"
    for number, part in enumerate(filter(None, quarters(samples)), 1):
        memory = [one.megabytes for one in part]
        yield (
            f"| {number} | {part[-1].at:.0f} s | {median(memory):.1f}, {max(memory):.1f} "
            f"| {max(one.descriptors for one in part)} | {max(one.threads for one in part)} |"
        )
