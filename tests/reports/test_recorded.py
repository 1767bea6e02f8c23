"""The reports of recorded runs.

`python -m tests.reports.test_recorded` writes those expected anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from argo_replay.run import load
from argogate.model.lifecycle import is_terminal
from argogate.model.parse import parse_workflow
from argogate.observation import Finished, Limit, Observation, Target, TimedOut
from argogate.reports import junit, markdown, result, text
from argogate.verdict import Rules, Verdict, judge
from tests.reports.readers import dorny, gitlab, violations
from tests.reports.test_junit import SCHEMA

TESTS = Path(__file__).parents[1]
CASES = TESTS / "cases"
RUNS = {
    path.stem if path.parent.parent.name != "older" else f"{path.parent.name}-{path.stem}": path
    for folder in (TESTS / "runs", TESTS.parent / "argo_replay" / "runs")
    for path in sorted(folder.rglob("*.json"))
}
EXPECTED = (
    "continue-on",
    "daemon",
    "dag-diamond-fails",
    "hooks",
    "invalid-template",
    "retry-exhausted",
    "retry-flaky-succeeds",
    "suspend-approve",
    "unschedulable",
    "with-items",
)


def verdict_of(name: str) -> Verdict:
    """Judge the last state of every workflow of a recorded run, as one gate."""
    run = load(RUNS[name])
    found = []
    for workflow_name in run.workflows:
        state = run.state_at(workflow_name, run.ends)
        seen = parse_workflow(state) if state else None
        over = seen is not None and is_terminal(seen)
        found.append(
            Observation(
                target=Target(namespace=run.namespace, name=workflow_name),
                ending=Finished(poll=seen)
                if seen and over
                else TimedOut(limit=Limit.TIMEOUT, seconds=60),
                workflow=seen,
            )
        )
    return judge(found, Rules())


@pytest.mark.parametrize("name", RUNS)
def test_every_report_of_a_recorded_run_can_be_read(name: str) -> None:
    verdict = verdict_of(name)
    document = junit.render(verdict)
    assert violations(document, SCHEMA) == []
    assert len(gitlab(document)) == len(dorny(document))
    red = any(status == "failed" for _, status in dorny(document))
    assert red is (verdict.exit_code != 0)
    assert markdown.render(verdict)
    assert text.render_text(verdict)
    assert junit.render(result.read(result.render(verdict))) == document


@pytest.mark.parametrize("name", EXPECTED)
def test_a_recorded_run_gives_the_expected_junit(name: str) -> None:
    assert _lines(name) == (CASES / name / "junit.xml").read_text(encoding="utf-8")


def _lines(name: str) -> str:
    """Return the report with an element a line, to be read by people."""
    return junit.render(verdict_of(name)).decode().replace("><", ">\n<") + "\n"


if __name__ == "__main__":  # pragma: no cover - run by hand
    for case in EXPECTED:
        (CASES / case).mkdir(parents=True, exist_ok=True)
        (CASES / case / "junit.xml").write_text(_lines(case), encoding="utf-8")
