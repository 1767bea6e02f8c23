"""Each recorded run ends as it really ended."""

from __future__ import annotations

from typing import Any

import pytest

from argogate.reports import result
from argogate.reports.formats import Format, render
from argogate.verdict.suites import make_report
from tests.build import rendered
from tests.harness import recorded
from tests.recorded_runs import BETWEEN, everything, played, read_table, row


@pytest.fixture(scope="module")
def table() -> dict[tuple[str, str], str]:
    return read_table()


def test_the_table_has_every_run(table: dict[tuple[str, str], str]) -> None:
    assert sorted(table) == sorted(everything())


@pytest.mark.parametrize(
    ("run", "workflow"),
    [
        pytest.param(*each, marks=pytest.mark.thorough if BETWEEN.match(each[0]) else [])
        for each in everything()
    ],
)
def test_a_run_ends_as_the_table_says_and_as_it_really_did(
    table: dict[tuple[str, str], str], run: str, workflow: str
) -> None:
    report = played(run, workflow)
    found = row(run, workflow, report)
    assert str(found) == table[run, workflow], "if that is right: make generate"
    states = recorded(run).workflows[workflow]
    seen = [status(state) for state in ever(run, workflow)]
    really_passed = any(
        phase == "Succeeded" and not (shutdown == "Terminate" and not root)
        for phase, shutdown, root in seen
    )
    really_failed = any(phase in {"Failed", "Error"} for phase, _, _ in seen)
    assert states
    if found.exit_code == 0:
        assert really_passed
    if found.exit_code == 1:
        assert really_failed or any(shutdown == "Terminate" for _, shutdown, _ in seen)
    red = found.cases[1] + found.cases[2]
    assert (red > 0) == (found.exit_code != 0)
    again = make_report(result.read(render(Format.RESULT, report)))
    assert rendered(again) == rendered(report), "argogate report would render something else"


def ever(run: str, workflow: str) -> list[dict[str, Any]]:
    """Return every state in which the recording shows the workflow."""
    play = recorded(run)
    moments = [change.at for change in play.workflows[workflow]]
    return [state for at in moments if (state := play.state_at(workflow, at)) is not None]


def status(state: dict[str, Any]) -> tuple[str, str, bool]:
    """Return the phase, the shutdown and whether the root node succeeded."""
    found = state.get("status", {})
    root = found.get("nodes", {}).get(state["metadata"]["name"], {})
    return (
        found.get("phase", ""),
        state.get("spec", {}).get("shutdown", ""),
        root.get("phase") == "Succeeded",
    )
