"""Every recorded run through the gate: the table in tests/recorded-runs.md, and its making.

`make generate` writes the table anew.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from argogate.verdict.report import Outcome
from argogate.verdict.suites import make_report
from argogate.waiting.patience import Limits
from tests.harness import Play, recorded, recorded_names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from argogate.verdict.report import Report

TABLE = Path(__file__).parent / "recorded-runs.md"
PATIENCE = Limits(timeout=120)
"""Workflows that a recording leaves unfinished are given up after two played minutes."""

BETWEEN = re.compile("(older/)?v(3[.][56]|4[.]0)[.]")
"""Versions between the oldest and the newest: the same situations, recorded once more."""

HEAD = """# Every recorded run, through the gate

Runs of real Argo Servers (4.1.2, and 3.4 to 4.0 under `older/`) are played on loopback in simulated
time, and the gate waits for each of their workflows from its first second, with a timeout of two
minutes. A recording that ends before its workflow does ends as `timed-out`. Written by
`make generate`, checked by `tests/test_recorded_runs.py`.

| Run | Workflow | Conclusion | Exit | passed | failed | errored | skipped |
| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the gate makes of one workflow of one run."""

    run: str
    workflow: str
    conclusion: str
    exit_code: int
    cases: tuple[int, ...]

    def __str__(self) -> str:
        """Spell a line of the table."""
        cells = (self.run, self.workflow, self.conclusion, self.exit_code, *self.cases)
        return f"| {' | '.join(str(cell) for cell in cells)} |"


def played(run: str, workflow: str) -> Report:
    """Play one run and wait for one of its workflows."""
    return make_report(Play(run=recorded(run), names=[workflow], limits=PATIENCE).play().verdict)


def row(run: str, workflow: str, report: Report) -> Row:
    """Return what the table says of it."""
    verdict = report.verdict
    counted = Counter(case.outcome for suite in report.suites for case in suite.cases)
    return Row(
        run=run,
        workflow=workflow,
        conclusion=verdict.conclusion,
        exit_code=verdict.exit_code,
        cases=tuple(counted[outcome] for outcome in Outcome),
    )


def everything() -> list[tuple[str, str]]:
    """Return every run with each of its workflows."""
    return [(run, name) for run in recorded_names() for name in recorded(run).workflows]


def shared(runs: Iterable[str]) -> list[Any]:
    """Return runs to try, those that are recorded once more for `make check-ci` alone."""
    thorough = [pytest.mark.thorough]
    return [pytest.param(run, marks=thorough if BETWEEN.match(run) else []) for run in runs]


def read_table() -> dict[tuple[str, str], str]:
    """Return the lines of the table by run and workflow."""
    lines = TABLE.read_text("utf-8").splitlines()
    rows = [line for line in lines if line.startswith("| ")][2:]
    return {
        (cells[1].strip(), cells[2].strip()): line for line in rows if (cells := line.split("|"))
    }


def main() -> None:
    """Write the table anew."""
    rows = [str(row(*each, played(*each))) for each in everything()]
    TABLE.write_text(HEAD + "\n".join(rows) + "\n", "utf-8")


if __name__ == "__main__":
    main()
