"""Why a workflow makes no progress."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from argogate.model.lifecycle import (
    WHOLE_WORKFLOW,
    approvals,
    cut_short,
    how_to_approve,
    pending_reason,
    running,
    shut_down_by,
    stall_reason,
    starting,
    unscheduled,
    why_not_over,
)
from argogate.model.tree import Tree
from tests.build import moment, node, workflow

if TYPE_CHECKING:
    from argogate.model.workflow import Node, Workflow

PENDING = node("p", "Pending", message="Unschedulable:\n0/1 nodes")
APPROVAL = node("ok?", "Running", kind="Suspend", template_name="approve")


def backing_off(phase: str, message: str) -> tuple[Node, ...]:
    """Return a Retry with one attempt."""
    retry = node("r", "Running", "Retry", children=("wf-r(0)", "wf-gone"), message=message)
    return retry, node("r(0)", phase, retried=True)


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
        *(
            (
                workflow(
                    node("a"), node("p", "Pending", kind, message="Waiting for x:"), phase="Running"
                ),
                "node p is Pending: Waiting for x",
            )
            for kind in ("DAG", "Steps", "Retry")
        ),
        (
            workflow(PENDING, node("d", "Running", daemoned=True), phase="Running"),
            "node p is Pending: Unschedulable: 0/1 nodes",
        ),
        (
            workflow(
                node("p", "Pending", message="ErrImagePull: no"),
                node("p.c", "Pending", "Container", boundary_id="wf-p"),
                phase="Running",
            ),
            "node p is Pending: ErrImagePull: no",
        ),
        (workflow(PENDING, node("empty", "Running", "DAG"), phase="Running"), ""),
        (
            workflow(
                node("d", "Pending", daemon=True, message="ErrImagePull: no"), phase="Running"
            ),
            "node d is Pending: ErrImagePull: no",
        ),
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
        (workflow(node("a"), phase="Running"), True),
        (workflow(node("a"), phase="Succeeded"), False),
        (workflow(node("a"), phase="Running", suspended=True), False),
        (workflow(node("a"), PENDING, phase="Running"), False),
        (workflow(node("a"), APPROVAL, phase="Running"), False),
        (workflow(node("a"), node("p", "Pending", "Steps"), phase="Running"), False),
        (workflow(node("d", "Running", daemoned=True), phase="Running"), True),
        (workflow(node("d", "Running", daemon=True), phase="Running"), True),
        (workflow(node("d", "Pending", daemon=True), phase="Running"), False),
        (workflow(*backing_off("Failed", "Backoff for 10 minutes"), phase="Running"), False),
        (workflow(*backing_off("Failed", ""), phase="Running"), True),
        (workflow(*backing_off("Running", "Backoff for 10 minutes"), phase="Running"), False),
        (workflow(node("a", synced=False), phase="Running"), True),
    ],
)
def test_running_with_nothing_left_that_could_run_is_stalled(
    seen: Workflow, *, still: bool
) -> None:
    assert bool(stall_reason(seen)) == still


@pytest.mark.parametrize(
    ("seen", "waiting"),
    [
        (workflow(APPROVAL, phase="Running"), ("ok?",)),
        (workflow(replace(APPROVAL, timed=True), phase="Running"), ()),
        (workflow(node("s", kind="Suspend"), phase="Running"), ()),
        (workflow(phase="", suspended=True), (WHOLE_WORKFLOW,)),
    ],
)
def test_what_waits_for_a_person_is_named(seen: Workflow, waiting: tuple[str, ...]) -> None:
    assert approvals(seen) == waiting


def test_outputs_that_never_came_are_named() -> None:
    assert "the outputs of a never came" in stall_reason(
        workflow(node("a", synced=False), phase="Running")
    )


def test_a_value_that_an_approval_needs_is_asked_for_first() -> None:
    seen = workflow(replace(APPROVAL, supplied=("decision",)), phase="Running")
    assert approvals(seen) == ("ok? (needs a value for decision)",)
    assert how_to_approve("argo", "wf", seen) == (
        "argo node set -n argo wf --node-field-selector 'displayName=ok?' "
        "--output-parameter decision=VALUE, then argo resume -n argo wf"
    )
    assert how_to_approve("argo", "wf", None) == "argo resume -n argo wf"


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (workflow(APPROVAL, phase="Running"), "it waits for an approval of ok?"),
        (workflow(PENDING, phase="Running"), "node p is Pending: Unschedulable: 0/1 nodes"),
        (workflow(node("a", "Running"), phase="Running"), ""),
    ],
)
def test_what_it_waited_for_is_told_when_time_is_up(seen: Workflow, reason: str) -> None:
    assert why_not_over(seen) == reason


KILLED = "workflow shutdown with strategy:  Terminate"


@pytest.mark.parametrize(
    ("nodes", "part", "cut"),
    [
        ([node("a", message=KILLED)], (), ["wf-a"]),
        ([node("a", message="Stopped with strategy 'Stop'")], (), ["wf-a"]),
        ([node("a", message="Step exceeded its deadline")], (), ["wf-a"]),
        ([node("a", "Failed", message=KILLED)], (), ["wf-a"]),
        ([node("a", message="done")], (), []),
        ([node("a", daemoned=True, message=KILLED)], (), []),
        ([node("a", daemon=True, message=KILLED)], (), []),
        ([node("onExit", boundary_id="", message=KILLED)], (), ["wf-onExit"]),
        ([node("a", kind="DAG", message=KILLED)], (), ["wf-a"]),
        ([node("d", kind="DAG", message=KILLED), node("d.a", boundary_id="wf-d")], (), []),
        ([node("p", message=KILLED), node("p.c", kind="Container", boundary_id="wf-p")], (),
         ["wf-p"]),
        ([node("a", message=KILLED), node("b")], ("wf-b",), []),
        ([node("r", kind="Retry", children=("wf-r(0)", "wf-r(1)")),
          node("r(0)", "Failed", message=KILLED), node("r(1)")], (), []),
    ],
)  # fmt: skip
def test_work_that_was_ended_by_a_shutdown_or_a_deadline_was_not_done(
    nodes: list[Node], part: tuple[str, ...], cut: list[str]
) -> None:
    seen = workflow(*nodes, phase="Succeeded")
    assert [one.id for one in cut_short(Tree(seen, part))] == cut


@pytest.mark.parametrize(
    ("action", "actor", "said"),
    [
        ("Stop", "ann", " by ann"),
        ("Terminate", "ann", " by ann"),
        ("Retry", "ann", ""),
        ("Stop", "", ""),
    ],
)
def test_who_ended_it_is_told_by_its_labels(action: str, actor: str, said: str) -> None:
    labels = {"workflows.argoproj.io/action": action, "workflows.argoproj.io/actor": actor}
    assert shut_down_by(workflow(labels=labels)) == said


def test_what_runs_is_named_as_everywhere_and_what_only_starts_apart() -> None:
    tree = Tree(
        workflow(
            replace(node("b", "Running"), started_at=moment(9)),
            replace(node("a", "Running"), name="wf.group.a", display_name="Build"),
            node("done"),
            node("approve", "Running", kind="Suspend"),
            node("pause", "Running", kind="Suspend", timed=True, started_at=moment(99)),
            node("new", "Pending"),
            node("init", "Pending", message="PodInitializing"),
            node("stuck", "Pending", message="Unschedulable: no room"),
            node("locked", "Pending", waiting_for_lock="argo/Mutex/m"),
            phase="Running",
        )
    )
    assert running(tree) == ("group.a (Build)", "b", "pause")
    assert starting(tree) == ("init", "new")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("", "node a is Pending: it waits for the lock argo/Mutex/m (held by argo/b)"),
        (
            "Waiting for argo/Mutex/m lock",
            "node a is Pending: Waiting for argo/Mutex/m lock (held by argo/b)",
        ),
    ],
)
def test_who_holds_the_lock_is_told(message: str, expected: str) -> None:
    waits = node("a", "Pending", message=message, waiting_for_lock="argo/Mutex/m")
    locks = {"argo/Mutex/other": "argo/c", "argo/Mutex/m": "argo/b"}
    assert pending_reason(workflow(waits, phase="Running", holders=locks)) == expected
    queued = workflow(phase="Pending", message="Waiting for argo/Mutex/m lock.", holders=locks)
    assert pending_reason(queued) == "Waiting for argo/Mutex/m lock. (held by argo/b)"


def test_each_node_that_waits_is_known() -> None:
    pod = node("pod", "Pending", message="Unschedulable")
    inside = node("c", "Pending", kind="Container", boundary_id="wf-pod")
    seen = workflow(pod, inside, node("a", "Running"), phase="Running")
    assert unscheduled(seen) == (pod, pod)
