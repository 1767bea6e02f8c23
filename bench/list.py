"""`argogate list -A` of many workflows, beside a script that pages whole objects."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from argo_replay.run import Archived, Change, Object, Run
from argo_replay.server import DemoServer
from bench.gates import environment
from bench.proxy import CountingProxy
from bench.runs import BRIEF
from bench.table import Row, Table
from tests.harness import recorded

if TYPE_CHECKING:
    from collections.abc import Mapping

MANY, FEW = 10_000, 1_000
LIVE = 10
"""One of so many is live, the others only archived."""
NAMESPACES = 20
ARCHIVING = "workflows.argoproj.io/workflow-archiving-status"
MEMORY_GOAL = 4.0
MB = 1e6
PROGRAM = """
import atexit, runpy, sys

def tell():
    with open("/proc/self/status") as status:
        print(next(line for line in status if line.startswith("VmHWM")), file=sys.stderr)

atexit.register(tell)
sys.argv = sys.argv[1:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""
"""Tells at its end what a module took at most: the peak that the system tells of a child is that
of its parent too (needs Linux' /proc)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one program took."""

    rows: int
    requests: int
    received: float
    """MB."""
    peak: float
    """MB."""
    cpu: float
    seconds: float


def run() -> Table:
    """Measure it, and the growth of its memory from a tenth of the rows on."""
    listing, paging = ["argogate", "list", "-A", "-s"], ["bench.peers", "pages"]
    lines = {"ARGOGATE_OUTPUT": "jsonl"}
    few, many = _measured(listing, FEW, lines), _measured(listing, MANY, lines)
    table, peer = _measured(listing, MANY), _measured(paging, MANY)
    columns = (many, table, peer)
    grown = many.peak - few.peak
    return Table(
        title=f"List: {MANY:,} workflows in {NAMESPACES} namespaces, one of {LIVE} live",
        columns=("-o jsonl", "100 in a table", "a script that pages whole objects"),
        rows=(
            Row(what="rows", figures=tuple(f"{each.rows:,}" for each in columns)),
            Row(what="requests", figures=tuple(str(each.requests) for each in columns)),
            Row(
                what="received, MB",
                figures=tuple(f"{each.received:.1f}" for each in columns),
                goal="less than the script",
                reached=many.received < peer.received,
            ),
            Row(what="peak memory, MB", figures=tuple(f"{each.peak:.0f}" for each in columns)),
            Row(
                what=f"of which more than for {FEW:,} rows",
                figures=(f"{grown:.1f}", "", ""),
                goal=f"≤ {MEMORY_GOAL:g}",
                reached=grown <= MEMORY_GOAL,
            ),
            Row(what="CPU seconds", figures=tuple(f"{each.cpu:.1f}" for each in columns)),
            Row(what="seconds", figures=tuple(f"{each.seconds:.1f}" for each in columns)),
        ),
    )


def _measured(command: list[str], count: int, more: Mapping[str, str] | None = None) -> Measured:
    """Run a program against so many workflows, with more variables."""
    around = environment() | dict(more or {})
    with DemoServer(_runs(count), token=None) as server, CountingProxy(server.url) as proxy:
        began = time.monotonic()
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, *command, proxy.url],
                env=around,
                stdout=subprocess.PIPE,
                stderr=said,
            )
            assert process.stdout  # noqa: S101 - a pipe was asked for
            rows = sum(1 for _ in process.stdout)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            last = said.read().split()
        if process.returncode:
            sys.exit(f"bench list: {command} ended with {process.returncode}")
        return Measured(
            rows=rows,
            requests=len(server.requests),
            received=proxy.down / MB,
            peak=int(last[-2]) * 1024 / MB,
            cpu=usage.ru_utime + usage.ru_stime,
            seconds=time.monotonic() - began,
        )


def _runs(count: int) -> list[Run]:
    """Return the recorded run of one pod so often, in several namespaces."""
    base = recorded(BRIEF)
    ((name, changes),) = base.workflows.items()
    end = changes[-1].object or changes[-2].object
    assert end  # noqa: S101 - a recording that ends with a workflow
    runs = []
    for number in range(NAMESPACES):
        namespace = f"team-{number:02}"
        made = []
        for which in range(number, count, NAMESPACES):
            metadata = end["metadata"] | {
                "name": f"{name}-{which:05}",
                "namespace": namespace,
                "uid": f"{which:08}-8f85-43cb-a453-adb78511d5e6",
            }
            made.append(end | {"metadata": metadata})
        live = made[: max(len(made) // LIVE, 1)]
        runs.append(
            replace(
                base,
                namespace=namespace,
                workflows={
                    each["metadata"]["name"]: (Change(at=0, object=_labelled(each, "Pending")),)
                    for each in live
                },
                archive=tuple(
                    Archived(at=0, object=_labelled(each, "Persisted"))
                    for each in made[len(live) :]
                ),
                logs=(),
                artifacts=(),
                events=(),
            )
        )
    return runs


def _labelled(workflow: Object, word: str) -> Object:
    metadata = workflow["metadata"]
    labels = metadata["labels"]
    return workflow | {"metadata": metadata | {"labels": labels | {ARCHIVING: word}}}
