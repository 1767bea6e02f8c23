"""Large workflows: from the bytes of the tree to every report, each in a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from argo_replay.golang import encode
from argogate.cli.memory import spare
from argogate.model.parse import parse_workflow
from argogate.reports.formats import Format, render
from argogate.reports.outputs import outputs
from argogate.reports.text import render_text
from argogate.verdict.endings import Finished
from argogate.verdict.judge import Rules, judge
from argogate.verdict.observation import Observation, Target
from argogate.verdict.suites import make_report
from bench.memory import peak
from bench.table import Row, Table
from tests.replay.large import large

if TYPE_CHECKING:
    from collections.abc import Iterator

    from argogate.model.workflow import Workflow

SIZES = (1_000, 10_000, 100_000)
STEPS = ("parse", "judge", "report", "JUnit", "result", "summary", "text", "outputs")
SECONDS_GOAL, MEMORY_GOAL = 8.0, 1000.0


def run() -> Table:
    """Measure each size."""
    with TemporaryDirectory() as folder:
        rows = tuple(_row(size, Path(folder) / f"{size}.json") for size in SIZES)
    return Table(
        title="Big runs: CPU seconds from the answer to all reports",
        columns=(*STEPS, "together", "µs per node", "peak MB"),
        rows=rows,
    )


def write_tree(size: int, tree: Path) -> None:
    """Write the answer that holds a workflow with so many leaves."""
    run = large(size)
    name = next(iter(run.workflows))
    whole: Any = run.state_at(name, run.ends)
    nodes = whole["status"]["nodes"]
    leaves = [key for key, node in nodes.items() if node["type"] == "Suspend"]
    for key in leaves[size:]:
        del nodes[key]
    for node in nodes.values():
        # The leaves that were added share the display names of recorded ones; in Argo none do.
        node["displayName"] = node["name"].removeprefix(f"{name}[0].")
        if "children" in node:
            node["children"] = [child for child in node["children"] if child in nodes]
    tree.write_bytes(encode(whole))


def in_a_process(tree: Path) -> list[float]:
    """Return what `measure` does, of a fresh process."""
    command = [sys.executable, "-m", "bench.big", str(tree)]
    found: list[float] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return found


def _row(size: int, tree: Path) -> Row:
    write_tree(size, tree)
    *steps, most = in_a_process(tree)
    together = sum(steps)
    final = size == SIZES[-1]
    return Row(
        what=f"{size:,} nodes",
        figures=(
            *(f"{seconds:.3f}" for seconds in (*steps, together)),
            f"{together / size * 1e6:.0f}",
            f"{most:.0f}",
        ),
        goal=f"≤ {SECONDS_GOAL:g} s, ≤ {MEMORY_GOAL:g} MB" if final else "",
        reached=together <= SECONDS_GOAL and most <= MEMORY_GOAL if final else None,
    )


def measure(tree: Path) -> tuple[float, ...]:
    """Return the CPU seconds of each of STEPS, and the peak memory of the process in MB.

    The clock on the wall would measure what else the machine does.
    """
    moments = [time.process_time()]
    moments += (time.process_time() for _ in _steps(tree))
    return (*(after - before for before, after in pairwise(moments)), peak())


def _steps(tree: Path) -> Iterator[object]:
    """Yield what each of STEPS makes."""
    workflow = _parsed(tree)
    yield workflow
    target = Target(namespace=workflow.namespace, name=workflow.name)
    observation = Observation(
        target=target,
        ending=Finished(poll=workflow),
        workflow=workflow,
        began=datetime.now(UTC),
    )
    verdict = judge([observation], Rules())
    yield verdict
    report = make_report(verdict)
    yield report
    for form in Format.JUNIT, Format.RESULT, Format.SUMMARY:
        yield render(form, report)
    yield render_text(report)
    yield outputs(report)


def _parsed(tree: Path) -> Workflow:
    document: Any = json.loads(tree.read_bytes())
    return parse_workflow(document)


if __name__ == "__main__":
    spare()
    print(json.dumps(measure(Path(sys.argv[1]))))
