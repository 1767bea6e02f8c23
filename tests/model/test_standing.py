"""Why a workflow makes no progress."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from argogate.model.standing import WHOLE_WORKFLOW, approvals, pending_reason, stalled
from tests.build import node, workflow

if TYPE_CHECKING:
    from argogate.model.workflow import Workflow

PENDING = node("p", "Pending", message="Unschedulable:\n0/1 nodes")
APPROVAL = node("ok?", "Running", kind="Suspend", template_name="approve")


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (workflow(phase=""), "no workflow controller has picked it up"),
        (workflow(phase="Pending", message="Waiting for x lock"), "Waiting for x lock"),
        (workflow(phase="Pending"), "it is Pending without a reason"),
        (workflow(phase="", suspended=True), ""),
        (workflow(phase="Succeeded"), ""),
        (workflow(phase="Running"), ""),
        (workflow(node("a"), phase="Running"), ""),
        (workflow(PENDING, phase="Running"), "node p is Pending: Unschedulable: 0/1 nodes"),
        (workflow(PENDING, node("r", "Running"), phase="Running"), ""),
        (
            workflow(node("a"), PENDING, phase="Running"),
            "node p is Pending: Unschedulable: 0/1 nodes",
        ),
        (
            workflow(node("p", "Pending", waiting_for_lock="ns/Mutex/m"), phase="Running"),
            "node p is Pending: it waits for the lock ns/Mutex/m",
        ),
        (workflow(node("p", "Pending"), phase="Running"), "node p is Pending: without a message"),
    ],
)
def test_nothing_runs_and_the_reason_is_said(seen: Workflow, reason: str) -> None:
    assert pending_reason(seen) == reason


@pytest.mark.parametrize(
    ("seen", "still"),
    [
        (workflow(phase="Running"), False),
        (
            replace(workflow(node("a"), phase="Succeeded"), phase=workflow(phase="Running").phase),
            True,
        ),
        (workflow(node("a"), phase="Running"), False),
        (workflow(node("a"), phase="Succeeded"), False),
    ],
)
def test_running_with_every_node_final_is_stalled(seen: Workflow, *, still: bool) -> None:
    assert stalled(seen) == still


@pytest.mark.parametrize(
    ("seen", "waiting"),
    [
        (workflow(APPROVAL, phase="Running"), ("ok?",)),
        (workflow(APPROVAL, phase="Running", timed_suspensions=frozenset({"approve"})), ()),
        (workflow(node("s", kind="Suspend"), phase="Running"), ()),
        (workflow(phase="", suspended=True), (WHOLE_WORKFLOW,)),
    ],
)
def test_what_waits_for_a_person_is_named(seen: Workflow, waiting: tuple[str, ...]) -> None:
    assert approvals(seen) == waiting
