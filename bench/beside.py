"""Beside the programs that people use: start, delay, traffic and CPU seconds, all in one run."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from argo_replay.server import DemoServer
from bench.gates import TOKEN
from bench.programs import Program, programs, wait
from bench.proxy import CountingProxy
from bench.runs import LASTS, brief, fan_outs
from bench.table import Row, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from argo_replay.run import Run

STARTS = 7
WAITS, LASTING, BETWEEN = 8, 30.0, 2.3
"""The waits of a program overlap; each one begins and ends at a moment of its own."""
DRIFT = 0.7
"""Seconds by which each wait is longer than the one before: the end meets any phase of a pause."""
APART = 0.45
"""Seconds from the start and end of one program to those of the next one."""
DELAY_GOAL, BRIEF_GOAL, HERA_GOAL, ARGO_GOAL = 0.15, 14.0, 50, 100
BIG = "five-minutes"
CREDENTIAL = len(f"Authorization: Bearer {TOKEN}\r\n")
"""Bytes of each request that are the credential's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What the waits of one program took, for each of them."""

    delays: Sequence[float]
    """Seconds from the server's change to the exit."""
    cpu: float
    requests: float
    bytes: float
    """Both ways, without the credential's own."""


def run() -> Table:
    """Let all wait at the same time, each on a server of its own."""
    with TemporaryDirectory() as folder:
        every = programs(Path(folder))
        there = [program for program in every if not program.lacks]
        starts = _starts(there)
        brief_ones = _together(there, _brief)
        big_ones = _together(there, partial(_big, fan_outs(BIG)))
    rows = dict.fromkeys(every, ("",) * 10)
    ours = big_ones[0]
    for program, start, one, big in zip(there, starts, brief_ones, big_ones, strict=True):
        rows[program] = (
            *start,
            f"{median(one.delays):.3f}",
            f"{max(one.delays):.2f}",
            f"{one.bytes / 1e3:.1f} in {one.requests:.1f}",
            f"{one.cpu:.2f}",
            f"{big.delays[0]:.2f}",
            f"{big.bytes / 1e6:.2f} in {big.requests:.0f}",
            f"{big.cpu:.2f}",
            f"{big.bytes / ours.bytes:.1f}",
        )
    return Table(
        title=f"Beside other programs: {LASTING:.0f} s with one node, {LASTS:.0f} s with 900",
        columns=(
            *("start: CPU s", "wall s", f"{LASTING:.0f} s: delay s", "worst", "KB in requests"),
            *("CPU s", f"{LASTS:.0f} s: delay s", "MB in requests", "CPU s", "MB / ours"),
        ),
        rows=tuple(_row(program, figures, every) for program, figures in rows.items()),
    )


def _row(program: Program, figures: tuple[str, ...], every: tuple[Program, ...]) -> Row:
    if program is not every[0]:
        lacks = f" ({program.lacks})" if program.lacks else ""
        return Row(what=program.what + lacks, figures=figures)
    delay, brief_bytes = float(figures[2]), float(figures[4].split()[0])
    return Row(
        what=program.what,
        figures=figures,
        goal=f"delay ≤ {DELAY_GOAL} s, ≤ {BRIEF_GOAL:g} KB",
        reached=delay <= DELAY_GOAL and brief_bytes <= BRIEF_GOAL,
    )


def _starts(there: list[Program]) -> list[tuple[str, str]]:
    """Return CPU and wall seconds of a wait for what has ended; in turns, the first for caches."""
    with DemoServer([brief("run", "argo", ends=1)], token=TOKEN) as server:
        time.sleep(1.2)
        rounds = [[wait(each, server.url, "argo", "run") for each in there] for _ in range(STARTS)]
    return [
        (f"{median(one.cpu for one in mine):.2f}", f"{median(one.wall for one in mine):.2f}")
        for mine in zip(*rounds[1:], strict=True)
    ]


def _together(there: list[Program], measure: Callable[[Program, float], Cost]) -> list[Cost]:
    with ThreadPoolExecutor(len(there)) as pool:
        tasks = [pool.submit(measure, each, number * APART) for number, each in enumerate(there)]
        return [task.result() for task in tasks]


def _brief(program: Program, shift: float) -> Cost:
    starts = [shift + number * BETWEEN for number in range(WAITS)]
    ends = [start + LASTING + number * DRIFT for number, start in enumerate(starts)]
    names = [f"run-{number}" for number in range(WAITS)]
    # A namespace each: the server then wakes one stream for a change, not all of them.
    runs = [brief(name, name, end) for name, end in zip(names, ends, strict=True)]
    return _cost(program, runs, list(zip(names, names, starts, ends, strict=True)))


def _big(run: Run, program: Program, _: float) -> Cost:
    return _cost(program, [run], [("argo", BIG, 0.5, LASTS)])


def _cost(
    program: Program, runs: list[Run], waits: Sequence[tuple[str, str, float, float]]
) -> Cost:
    """Wait for each of these: namespace, name, second of its start, and of the workflow's end."""
    with (
        DemoServer(runs, token=TOKEN) as server,
        CountingProxy(server.url) as proxy,
        ThreadPoolExecutor(len(waits)) as pool,
    ):
        began = time.monotonic() - server.elapsed

        def one(namespace: str, name: str, start: float, end: float) -> tuple[float, float]:
            time.sleep(max(began + start - time.monotonic(), 0))
            used = wait(program, proxy.url, namespace, name)
            return time.monotonic() - began - end, used.cpu

        told = [pool.submit(partial(one, *each)) for each in waits]
        delays, cpu = zip(*(each.result() for each in told), strict=True)
        return Cost(
            delays=delays,
            cpu=sum(cpu) / len(waits),
            requests=len(server.requests) / len(waits),
            bytes=(proxy.up + proxy.down - CREDENTIAL * len(server.requests)) / len(waits),
        )
