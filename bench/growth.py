"""How cost grows with nodes and with workflows: a table, and docs/growth-*.svg."""

from __future__ import annotations

import resource
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from argo_replay.server import DemoServer
from bench.big import STEPS, in_a_process, write_tree
from bench.chart import Panel, draw
from bench.gates import TOKEN, environment, words
from bench.memory import peak
from bench.runs import brief
from bench.table import Row, Table

DOCS = Path(__file__).resolve().parents[1] / "docs"
NODES = (10, 100, 1_000, 10_000, 100_000)
WORKFLOWS = (1, 10, 100, 1_000)
GLANCE = 0.005
"""Seconds between two looks at how much memory a process has had."""
EVEN, EVEN_FROM = 2.0, 1_000
"""Cost per node from 1,000 nodes up: the most by the least, where it counts as constant."""

Points = list[tuple[float, float]]


def run() -> Table:
    """Measure both, and draw them."""
    nodes, workflows = {}, {}
    with TemporaryDirectory() as folder:
        for size in NODES:
            tree = Path(folder) / f"{size}.json"
            write_tree(size, tree)
            *steps, most = in_a_process(tree)
            nodes[size] = (sum(steps), most)
        for number in WORKFLOWS:
            workflows[number] = _many(number)
    _draw("nodes", "From the answer to all reports", nodes)
    _draw("workflows", "A whole wait for workflows that have ended", workflows)
    each = [nodes[size][0] / size for size in NODES if size >= EVEN_FROM]
    return Table(
        title="Growth",
        columns=("CPU s", "µs for each", "peak MB"),
        rows=(
            *(
                Row(what=f"{size:,} nodes: {STEPS[0]} to {STEPS[-1]}", figures=_figures(size, cost))
                for size, cost in nodes.items()
            ),
            Row(
                what="cost per node from 1,000 up: most by least",
                figures=(f"{max(each) / min(each):.2f}", "", ""),
                goal=f"≤ {EVEN:g}",
                reached=max(each) / min(each) <= EVEN,
            ),
            *(
                Row(what=f"{number:,} workflows, whole process", figures=_figures(number, cost))
                for number, cost in workflows.items()
            ),
        ),
    )


def _figures(size: int, cost: tuple[float, float]) -> tuple[str, ...]:
    seconds, peak = cost
    return f"{seconds:.3f}", f"{seconds / size * 1e6:,.0f}", f"{peak:.0f}"


def _many(number: int) -> tuple[float, float]:
    """Return CPU seconds and peak memory of a wait for so many that have ended."""
    names = [f"run-{each:04}" for each in range(number)]
    most, before = 0.0, _spent()
    with DemoServer([brief(name, "argo", 0.5) for name in names], token=TOKEN) as server:
        time.sleep(0.6)
        with subprocess.Popen(
            words(server.url, "argo", "--quiet", *names),
            env=environment(),
            stdout=subprocess.DEVNULL,
        ) as process:
            while process.poll() is None:
                most = max(most, peak(process.pid))
                time.sleep(GLANCE)
    if process.returncode != 0:
        msg = f"{number} workflows: exit {process.returncode}"
        raise RuntimeError(msg)
    return _spent() - before, most


def _spent() -> float:
    """Return the CPU seconds of all processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _draw(across: str, title: str, costs: dict[int, tuple[float, float]]) -> None:
    seconds: Points = [(size, cost) for size, (cost, _) in costs.items()]
    memory: Points = [(size, peak) for size, (_, peak) in costs.items()]
    panels = (
        Panel(title="CPU seconds", across=across, points=seconds, digits=3),
        Panel(title="peak memory, MB", across=across, points=memory),
    )
    (DOCS / f"growth-{across}.svg").write_text(draw(title, panels), "utf-8")
