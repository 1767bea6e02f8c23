"""The reports of recorded runs.

A directory in tests/cases/ is called as a recorded run and holds what is right for it: any of the
files of RENDERED. All are walked, and `make generate` writes them anew.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from argo_replay.run import load
from argogate.model.lifecycle import is_terminal
from argogate.model.parse import parse_workflow
from argogate.reports import junit, markdown, result, text
from argogate.verdict.endings import Finished, Limit, TimedOut
from argogate.verdict.judge import Rules, judge
from argogate.verdict.observation import Observation, Target
from argogate.verdict.suites import make_report
from tests.recorded_runs import shared
from tests.reports.readers import dorny, gitlab, violations
from tests.reports.test_junit import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable

    from argogate.verdict.report import Report

TESTS = Path(__file__).parents[1]
CASES = TESTS / "cases"
RUNS = {
    path.stem if path.parent.parent.name != "older" else f"{path.parent.name}-{path.stem}": path
    for folder in (TESTS / "runs", TESTS.parent / "argo_replay" / "runs")
    for path in sorted(folder.rglob("*.json"))
}
FOLDERS = sorted(path for path in CASES.iterdir() if path.is_dir())
EXPECTED = [file for folder in FOLDERS for file in sorted(folder.iterdir())]


@cache
def report_of(name: str) -> Report:
    """Report on the last state of every workflow of a recorded run, as one gate."""
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
    return make_report(judge(found, Rules()))


@pytest.mark.parametrize("name", shared(RUNS))
def test_every_report_of_a_recorded_run_can_be_read(name: str) -> None:
    report = report_of(name)
    document = junit.render(report)
    assert violations(document, SCHEMA) == []
    assert len(gitlab(document)) == len(dorny(document))
    red = any(status == "failed" for _, status in dorny(document))
    assert red is (report.verdict.exit_code != 0)
    assert markdown.render(report)
    assert text.render_text(report)
    again = make_report(result.read(result.render(report)))
    assert junit.render(again) == document
    assert text.render_text(again) == text.render_text(report)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_directory_is_a_case(folder: Path) -> None:
    assert folder.name in RUNS, "it is called as its recorded run"
    files = {file.name for file in folder.iterdir()}
    assert files, "what is right? make generate writes what the gate says today, to be corrected"
    assert files <= set(RENDERED)


@pytest.mark.parametrize("file", EXPECTED, ids=lambda file: str(file.relative_to(CASES).as_posix()))
def test_a_recorded_run_gives_the_expected_report(file: Path) -> None:
    rendered = RENDERED[file.name](report_of(file.parent.name))
    assert rendered == file.read_text("utf-8"), "if that is right: make generate"


def _junit(report: Report) -> str:
    """Return the report with an element a line, to be read by people."""
    return junit.render(report).decode().replace("><", ">\n<") + "\n"


RENDERED: dict[str, Callable[[Report], str]] = {
    "junit.xml": _junit,
    "summary.md": markdown.render,
    "text.txt": text.render_text,
}
"""What a case may hold."""


def main() -> None:
    """Write what the cases expect anew; a case without anything gets a JUnit report."""
    for folder in FOLDERS:
        for name in sorted(file.name for file in folder.iterdir()) or ["junit.xml"]:
            rendered = RENDERED[name](report_of(folder.name))
            (folder / name).write_text(rendered, encoding="utf-8")


if __name__ == "__main__":
    main()
