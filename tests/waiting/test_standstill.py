"""Limits about a workflow's own state: they count from when it began, and start over."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Never

import pytest

from argogate.model.workflow import Node
from argogate.verdict.endings import Ending, Limit, Suspended, TimedOut
from argogate.waiting.patience import Limits
from argogate.waiting.standstill import Standstill
from tests.build import node, workflow

if TYPE_CHECKING:
    from argogate.model.workflow import Workflow

PENDING = workflow(phase="Pending", message="Waiting for x lock")
RUNNING = workflow(node("a", "Running"), phase="Running")
STALLED = workflow(phase="Running", nodes={"wf-a": node("a")})
APPROVAL = workflow(node("ok", "Running", kind="Suspend"), phase="Running")


def held(why: str, name: str = "p", version: str = "1", progress: str = "") -> Workflow:
    """Return a workflow of which nothing runs."""
    pending = node(name, "Pending", message=why)
    return workflow(pending, phase="Running", resource_version=version, progress=progress)


LIMITS = Limits(pending_timeout=60, stall_timeout=100)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(0, PENDING), (59, PENDING)], None),
        ([(5, PENDING), (65, PENDING)], Limit.PENDING),
        ([(0, PENDING), (30, RUNNING), (60, PENDING), (119, PENDING)], None),
        ([(0, STALLED), (99, STALLED)], None),
        ([(0, STALLED), (100, STALLED)], Limit.STALL),
        ([(0, STALLED), (50, RUNNING), (120, STALLED)], None),
        ([(0, APPROVAL), (1000, APPROVAL)], None),
        (
            [(0, held("x")), (30, held("y", version="2", progress="0/2")), (60, held("x"))],
            Limit.PENDING,
        ),
        ([(0, held("x")), (30, held("x", "another")), (60, held("x", "another"))], None),
        ([(0, held("x")), (30, RUNNING), (60, held("x"))], None),
    ],
)
def test_only_an_unbroken_standstill_counts(
    rows: list[tuple[float, Workflow]], expected: Limit | None
) -> None:
    standstill = Standstill(LIMITS, fail_on_suspend=False)
    ending: Ending | None = None
    for second, seen in rows:
        ending = standstill.check(seen, second)
    assert (ending.limit if isinstance(ending, TimedOut) else ending) == expected


class Untouched(dict[str, Node]):
    """Nodes that nobody reads."""

    def values(self) -> Never:
        """Fail: there may be 100,000."""
        pytest.fail("the nodes were gone through")


def test_without_a_limit_no_look_goes_through_the_nodes() -> None:
    running = replace(RUNNING, nodes=Untouched(RUNNING.nodes))
    assert Standstill(Limits(), fail_on_suspend=False).check(running, 0) is None


def test_the_next_look_is_due_when_a_limit_runs_out() -> None:
    standstill = Standstill(LIMITS, fail_on_suspend=False)
    assert standstill.deadlines() == []
    standstill.check(PENDING, 7)
    assert standstill.deadlines() == [67]
    standstill.check(STALLED, 10)
    assert standstill.deadlines() == [110]


def test_limits_that_are_off_never_run_out() -> None:
    standstill = Standstill(Limits(), fail_on_suspend=False)
    standstill.check(PENDING, 0)
    assert standstill.check(PENDING, 1e6) is None
    assert standstill.deadlines() == []


def test_an_approval_ends_the_wait_when_that_is_wanted() -> None:
    standstill = Standstill(LIMITS, fail_on_suspend=True)
    assert standstill.check(RUNNING, 0) is None
    assert standstill.check(APPROVAL, 1) == Suspended(approvals=("ok",))


def test_what_is_known_of_old_nodes_ends_nothing() -> None:
    standstill = Standstill(LIMITS, fail_on_suspend=True)
    assert standstill.check(held("x"), 0, fresh=False) is None
    assert standstill.check(held("x"), 60, fresh=False) is None
    assert standstill.is_due(60)
    assert standstill.check(APPROVAL, 61, fresh=False) is None


@pytest.mark.parametrize(("limit", "said"), [(10, True), (30, False)])
def test_a_short_stall_limit_says_that_the_controller_may_only_pause(
    limit: float, *, said: bool
) -> None:
    standstill = Standstill(Limits(stall_timeout=limit), fail_on_suspend=False)
    standstill.check(STALLED, 0)
    ending = standstill.check(STALLED, limit)
    assert isinstance(ending, TimedOut)
    assert ("may take 10s between two steps" in ending.reason) is said
