"""Runs that are made up are such as a server shows."""

from __future__ import annotations

import pytest

from argo_replay.making import make_run
from argogate.model.parse import parse_workflow
from argogate.model.tree import Tree
from argogate.model.workflow import Phase


def test_it_runs_and_then_it_is_over() -> None:
    run = make_run("build", seconds=5, parameters={"digest": "1f"})
    states = [parse_workflow(run.state_at("build", at) or {}) for at in (0, 5)]
    assert [state.phase for state in states] == [Phase.RUNNING, Phase.SUCCEEDED]
    assert [state.progress for state in states] == ["0/1", "1/1"]
    assert states[0].finished_at is None
    assert states[1].finished_at
    assert states[0].uid == states[1].uid


def test_a_failed_task_fails_it_unless_something_else_is_said() -> None:
    tasks = {"unit": "Failed", "e2e": "Succeeded"}
    failed = parse_workflow(make_run("a", tasks=tasks).state_at("a", 0) or {})
    tolerant = parse_workflow(make_run("a", tasks=tasks, phase="Succeeded").state_at("a", 0) or {})
    assert failed.phase is Phase.FAILED
    assert tolerant.phase is Phase.SUCCEEDED
    assert {leaf.path for leaf in Tree(failed).leaves()} == {"unit", "e2e"}


@pytest.mark.parametrize("more", [{"logs": {"unti": ""}}, {"artifacts": {"unti/report": b""}}])
def test_what_is_of_no_task_is_refused(more: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="there is no task 'unti'; there are unit"):
        make_run("a", tasks={"unit": "Succeeded"}, **more)  # type: ignore[arg-type]
