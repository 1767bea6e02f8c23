"""A thousand workflows in one process: a simulated hour, and a minute of real time."""

from __future__ import annotations

import os
import subprocess
import time
from collections import Counter
from pathlib import Path

from argo_replay.server import DemoServer
from argogate import gate
from argogate.waiting.patience import Limits
from bench.gates import TOKEN, environment, gate_here, words
from bench.memory import peak
from bench.runs import brief
from bench.table import Row, Table
from tests.clock import SimulatedClock

WORKFLOWS = 1000
HOUR, MINUTE = 3600.0, 60.0
SECONDS = 30
"""Real seconds that are watched, after the start: figures are those of a minute."""
START = 10.0
MEMORY_GOAL, CPU_GOAL, GETS_GOAL = 150.0, 10.0, 5.0
NAMES = tuple(f"run-{number:04}" for number in range(WORKFLOWS))


def run() -> Table:
    """Measure both."""
    looks, lists, gets, verdict = _simulated()
    requests, most, cpu, starting = _real()
    return Table(
        title=f"Many: {WORKFLOWS:,} workflows that end one after the other within an hour",
        columns=("figure",),
        rows=(
            Row(what="simulated hour: verdict", figures=(verdict,)),
            Row(what="simulated hour: looks (polls of all)", figures=(str(looks),)),
            Row(
                what="lists for each look",
                figures=(f"{lists / looks:.2f}",),
                goal="≤ 1",
                reached=lists / looks <= 1,
            ),
            Row(
                what="GETs for each workflow in that hour, its trees included",
                figures=(f"{gets:.2f}",),
                goal=f"≤ {GETS_GOAL:g}",
                reached=gets <= GETS_GOAL,
            ),
            Row(what="start: CPU seconds until all are known", figures=(f"{starting:.1f}",)),
            Row(what="real minute: requests", figures=(f"{requests:.0f}",)),
            Row(
                what="real minute: CPU of one core, %",
                figures=(f"{cpu:.1f}",),
                goal=f"< {CPU_GOAL:g}",
                reached=cpu < CPU_GOAL,
            ),
            Row(
                what="peak memory, MB",
                figures=(f"{most:.0f}",),
                goal=f"< {MEMORY_GOAL:g}",
                reached=most < MEMORY_GOAL,
            ),
        ),
    )


def _server(clock: SimulatedClock | None = None) -> DemoServer:
    ends = [START + (number + 1) * HOUR / WORKFLOWS for number in range(WORKFLOWS)]
    runs = [brief(name, "argo", end) for name, end in zip(NAMES, ends, strict=True)]
    return DemoServer(runs, token=TOKEN, clock=clock)


def _simulated() -> tuple[int, int, float, str]:
    """Return looks, pages of lists, GETs per workflow, and the verdict; without the stream."""
    clock = SimulatedClock()
    request = gate.Request(namespace="argo", names=NAMES, listen=False)
    with _server(clock) as server:
        clock.sleep(1)
        verdict = gate_here(server.url, request, clock, Limits(timeout=2 * HOUR))
        kinds = Counter(
            "list" if seen.path.endswith("/workflows/argo") else "get" for seen in server.requests
        )
        looks = len(
            {
                seen.at
                for seen in server.requests
                if seen.path.endswith("/workflows/argo")
                and "listOptions.continue" not in seen.query
            }
        )
    return looks, kinds["list"], kinds["get"] / WORKFLOWS, f"{verdict.conclusion}"


def _real() -> tuple[float, float, float, float]:
    """Return requests and CPU of a minute, peak memory in MB, and CPU seconds of the start."""
    with _server() as server:
        time.sleep(1)
        command = words(server.url, "argo", "--quiet", *NAMES)
        with subprocess.Popen(
            command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            time.sleep(START)
            began, asked = _cpu(process.pid), len(server.requests)
            time.sleep(SECONDS)
            used, requests = _cpu(process.pid) - began, len(server.requests) - asked
            most = peak(process.pid)
            process.kill()
    return requests * MINUTE / SECONDS, most, used / SECONDS * 100, began


def _cpu(pid: int) -> float:
    """Return the CPU seconds that a process has used (/proc/PID/stat, fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
