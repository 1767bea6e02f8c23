from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from argogate.model.standing import WHOLE_WORKFLOW, approvals, pending_reason, stalled
from tests.build import node, workflow

if TYPE_CHECKING:
    from argogate.model.workflow import Workflow


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (workflow(phase=""), "no workflow controller has picked it up"),
        (workflow(phase="Pending", message="Waiting\nfor a lock"), "Waiting for a lock"),
        (workflow(phase="Pending"), "it is Pending without a reason"),
        (workflow(phase="Succeeded"), ""),
        (workflow(phase="Unknown"), ""),
        (workflow(phase="Running"), ""),
        (workflow(phase="", suspended=True), ""),
        (workflow(node("a", "Running"), node("b", "Pending"), phase="Running"), ""),
        (workflow(node("a"), phase="Running"), ""),
        (
            workflow(node("a"), node("b", "Pending", message="no\nroom"), phase="Running"),
            "node b is Pending: no room",
        ),
        (
            workflow(node("b", "Pending", waiting_for_lock="argo/Mutex/m"), phase="Running"),
            "node b is Pending: it waits for the lock argo/Mutex/m",
        ),
        (
            workflow(node("b", "Pending"), phase="Running"),
            "node b is Pending: without a message",
        ),
    ],
)
def test_a_workflow_of_which_nothing_runs_says_what_it_waits_for(
    seen: Workflow, expected: str
) -> None:
    assert pending_reason(seen) == expected


def test_a_workflow_is_stalled_if_it_runs_on_although_every_node_is_final() -> None:
    nodes = {each.id: each for each in (node("a"), node("b", "Failed"))}
    assert stalled(workflow(phase="Running", nodes=nodes))
    assert not stalled(workflow(phase="Failed", nodes=nodes))
    assert not stalled(workflow(phase="Running"))
    assert not stalled(workflow(node("a"), phase="Running"))


def test_a_person_is_waited_for_by_nodes_or_by_the_whole_workflow() -> None:
    ask = node("ask", "Running", "Suspend")
    assert approvals(workflow(ask, node("b"), phase="Running")) == ("ask",)
    assert approvals(workflow(ask, phase="Running", suspended=True)) == (WHOLE_WORKFLOW,)
    assert approvals(workflow(phase="Running")) == ()
