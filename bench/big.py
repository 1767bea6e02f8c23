"""Large workflows: from the bytes of the tree to the JUnit report, each in a fresh process."""

from __future__ import annotations

import gc
import json
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from argo_replay.golang import encode
from argogate.cli.main import COLLECTOR_THRESHOLDS
from argogate.model.parse import parse_workflow
from argogate.reports.formats import Format, render
from argogate.verdict.judge import Rules, judge
from argogate.verdict.observation import Finished, Observation, Target
from bench.table import Row, Table
from tests.replay.large import large

SIZES = (1_000, 10_000, 100_000)
SECONDS_GOAL, MEMORY_GOAL = 5.0, 1000.0


def run() -> Table:
    """Measure each size."""
    with TemporaryDirectory() as folder:
        rows = tuple(_row(size, Path(folder) / f"{size}.json") for size in SIZES)
    return Table(
        title="Big runs: parse, judge and JUnit",
        columns=("parse s", "judge s", "JUnit s", "together s", "µs per node", "peak MB"),
        rows=rows,
    )


def _row(size: int, tree: Path) -> Row:
    run = large(size)
    name = next(iter(run.workflows))
    whole: Any = run.state_at(name, run.ends)
    for node in whole["status"]["nodes"].values():
        # The leaves that were added share the display names of recorded ones; in Argo none do.
        node["displayName"] = node["name"].removeprefix(f"{name}[0].")
    tree.write_bytes(encode(whole))
    command = [sys.executable, "-m", "bench.big", str(tree)]
    answer = subprocess.run(command, capture_output=True, check=True).stdout
    parse, judged, junit, peak = json.loads(answer)
    together = parse + judged + junit
    final = size == SIZES[-1]
    return Row(
        what=f"{size:,} nodes",
        figures=(
            *(f"{seconds:.3f}" for seconds in (parse, judged, junit, together)),
            f"{together / size * 1e6:.0f}",
            f"{peak:.0f}",
        ),
        goal=f"≤ {SECONDS_GOAL:g} s, ≤ {MEMORY_GOAL:g} MB" if final else "",
        reached=together <= SECONDS_GOAL and peak <= MEMORY_GOAL if final else None,
    )


def measure(tree: Path) -> tuple[float, ...]:
    """Return the seconds of each step, and the peak memory of the process in MB."""
    began = time.monotonic()
    document: Any = json.loads(tree.read_bytes())
    workflow = parse_workflow(document)
    del document
    parsed = time.monotonic()
    target = Target(namespace=workflow.namespace, name=workflow.name)
    observation = Observation(
        target=target,
        ending=Finished(poll=workflow),
        workflow=workflow,
        began=datetime.now(UTC),
    )
    verdict = judge([observation], Rules())
    judged = time.monotonic()
    render(Format.JUNIT, verdict)
    done = time.monotonic()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return parsed - began, judged - parsed, done - judged, peak


if __name__ == "__main__":
    gc.set_threshold(*COLLECTOR_THRESHOLDS)
    print(json.dumps(measure(Path(sys.argv[1]))))
