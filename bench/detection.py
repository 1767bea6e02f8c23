"""How long after the server's change the process has exited, reports written; in real time."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from argo_replay.faults import Fault, FaultKind
from argo_replay.server import DemoServer
from bench.gates import TOKEN, environment, words
from bench.peers import HERA_PAUSE
from bench.runs import brief
from bench.table import Row, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WAITS = 30
FIRST_END, BETWEEN_ENDS, BETWEEN_STARTS = 9.5, 0.2, 0.25
"""Seconds: one wait at a time starts or ends, so that they do not slow each other down."""
STRIDE = 7
"""The waits end in another order than they start, so that an end meets any phase of a pause."""
HEAD_START = 0.5
"""Seconds that a wait must have been looking before the end, or the machine was too busy."""
GOAL = 0.15
SHORT_PAUSE, LONG_PAUSE = 1.0, 3.0
CUT_EVERY, LONGEST_PAUSE = 2, 15.0

CUTS = tuple(
    Fault(kind=kind, start=second, stop=second + 0.05, match="workflow-events")
    for second in range(CUT_EVERY, 60, CUT_EVERY)
    for kind in ((FaultKind.CUT, FaultKind.RESET)[second // CUT_EVERY % 2],)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way to wait."""

    what: str
    command: Callable[[str, str, Path], list[str]]
    """Of the server's address, a name (of the workflow and its namespace), and a folder."""
    faults: tuple[Fault, ...] = ()
    first_look: float = 0.0
    """Seconds after its start at which it looks first."""
    goal: str = ""
    reached: Callable[[Sequence[float]], bool | None] = lambda _: None


def _gate(*more: str) -> Callable[[str, str, Path], list[str]]:
    return lambda url, name, folder: words(
        url, name, name, "--junit", str(folder / f"{name}.xml"), *more
    )


def _peer(way: str) -> Callable[[str, str, Path], list[str]]:
    return lambda url, name, _: [sys.executable, "-m", "bench.peers", way, url, name, name]


WAYS = (
    Way(
        what="argogate, with the stream",
        command=_gate(),
        goal=f"median ≤ {GOAL} s",
        reached=lambda delays: median(delays) <= GOAL,
    ),
    Way(
        what=f"argogate, the stream cut every {CUT_EVERY} s",
        command=_gate(),
        faults=CUTS,
        goal=f"worst ≤ {LONGEST_PAUSE:g} s",
        reached=lambda delays: max(delays) <= LONGEST_PAUSE,
    ),
    Way(
        what=f"argogate --no-watch, pauses of {SHORT_PAUSE:g} to {LONG_PAUSE:g} s",
        command=_gate(
            "--no-watch",
            f"--poll-interval={SHORT_PAUSE:g}s",
            f"--max-poll-interval={LONG_PAUSE:g}s",
        ),
        goal=f"worst ≤ {LONG_PAUSE:g} s",
        reached=lambda delays: max(delays) <= LONG_PAUSE,
    ),
)
PEERS = (
    Way(what="`argo wait`'s way: one stream, no reports", command=_peer("stream")),
    Way(
        what="Hera's way: a look every 5 s, no reports",
        command=_peer("poll"),
        first_look=HERA_PAUSE,
    ),
)


def run() -> Table:
    """Measure each way; the two that are only there to compare with at the same time."""
    rows = [_row(way) for way in WAYS]
    with ThreadPoolExecutor() as pool:
        rows += pool.map(_row, PEERS)
    return Table(
        title=f"Detection: from the server's change to the exit, seconds, {WAITS} waits each",
        columns=("median", "worst"),
        rows=tuple(rows),
    )


def _row(way: Way) -> Row:
    delays = measure(way)
    return Row(
        what=way.what,
        figures=(f"{median(delays):.3f}", f"{max(delays):.3f}"),
        goal=way.goal,
        reached=way.reached(delays),
    )


def measure(way: Way) -> list[float]:
    """Return the delays of all waits."""
    names = [f"run-{number}" for number in range(WAITS)]
    ends = [FIRST_END + number * STRIDE % WAITS * BETWEEN_ENDS for number in range(WAITS)]
    # A namespace each: the server then wakes one stream for a change, not all of them.
    runs = [brief(name, name, end) for name, end in zip(names, ends, strict=True)]
    with (
        TemporaryDirectory() as folder,
        DemoServer(runs, token=TOKEN, faults=way.faults) as server,
        ThreadPoolExecutor(WAITS) as pool,
    ):
        began = time.monotonic() - server.elapsed

        def wait(name: str) -> float:
            command = way.command(server.url, name, Path(folder))
            ended = subprocess.run(command, env=environment(), capture_output=True, check=False)
            exited = time.monotonic() - began
            if ended.returncode != 0:
                raise RuntimeError(ended.stderr.decode())
            return exited

        waits = []
        for name in names:
            waits.append(pool.submit(wait, name))
            time.sleep(BETWEEN_STARTS)
        exits = [each.result() for each in waits]
        for name, end in zip(names, ends, strict=True):
            looks = (seen.at for seen in server.requests if name in seen.path.split("/"))
            if min(looks) - way.first_look > end - HEAD_START:
                msg = f"{name} was not waiting yet when it ended: this machine is too busy to tell"
                raise RuntimeError(msg)
    return [exited - end for exited, end in zip(exits, ends, strict=True)]
