"""How long a workflow has been making no progress, and whether that is too long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate.model import lifecycle
from argogate.verdict.endings import Ending, Limit, Suspended, TimedOut
from argogate.waiting.timers import ROUNDING, Since

if TYPE_CHECKING:
    from collections.abc import Mapping

    from argogate.model.workflow import Node, NodePhase, Phase, Workflow
    from argogate.waiting.patience import Limits

SHORT_STALL = 30.0
CONTROLLER_PAUSES = "; or it only pauses: Argo's controller may take 10s between two steps"


class Standstill:
    """Watches the limits that are about a workflow's own state.

    Their clocks start when this gate first sees it stand still, and start over when a node is
    new or changed its phase. A message or a version that changes is no progress: kubelet alone
    rewrites the reason of a failing image pull again and again.
    """

    def __init__(self, limits: Limits, *, fail_on_suspend: bool) -> None:
        self._limits = limits
        self._fail_on_suspend = fail_on_suspend
        self._pending, self._stalled = Since(), Since()
        self._nodes: Mapping[str, Node] = {}
        self._phase: Phase | None = None
        self._phases: dict[str, NodePhase] = {}

    def check(self, workflow: Workflow, now: float, *, fresh: bool = True) -> Ending | None:
        """Return the ending if it stands still for too long.

        `workflow` is the last poll, with the nodes of the last tree. Nothing ends on nodes that
        are not `fresh`, and what is not known stops no clock. Without such a limit no node is
        looked at: there may be 100,000, and this is asked at every look.
        """
        if fresh and self._fail_on_suspend and (approvals := lifecycle.approvals(workflow)):
            return Suspended(approvals=approvals)
        limits = self._limits
        if not (limits.pending_timeout or limits.stall_timeout):
            return None
        if self._moved(workflow):
            self._pending.stop()
            self._stalled.stop()
        pending = lifecycle.pending_reason(workflow) if limits.pending_timeout else ""
        stalled = lifecycle.stall_reason(workflow) if limits.stall_timeout else ""
        self._pending.hold(now, so=bool(pending))
        self._stalled.hold(now, so=bool(stalled))
        if fresh and _too_long(self._pending, now, limits.pending_timeout):
            return TimedOut(limit=Limit.PENDING, seconds=limits.pending_timeout, reason=pending)
        if fresh and _too_long(self._stalled, now, limits.stall_timeout):
            short = CONTROLLER_PAUSES if limits.stall_timeout < SHORT_STALL else ""
            return TimedOut(
                limit=Limit.STALL, seconds=limits.stall_timeout, reason=f"{stalled}{short}"
            )
        return None

    def is_due(self, now: float) -> bool:
        """Whether a limit runs out now, unless the nodes have changed."""
        return any(moment <= now + ROUNDING for moment in self.deadlines())

    def deadlines(self) -> list[float]:
        """Return the moments at which a limit could end the wait."""
        return [moment for moment, _ in self.limits()]

    def limits(self) -> list[tuple[float, Limit]]:
        """Return the limits that count now, each with the moment at which it runs out."""
        counting = (
            (self._pending, self._limits.pending_timeout, Limit.PENDING),
            (self._stalled, self._limits.stall_timeout, Limit.STALL),
        )
        return [
            (moment, limit)
            for since, seconds, limit in counting
            if seconds
            for moment in since.after(seconds)
        ]

    def _moved(self, workflow: Workflow) -> bool:
        """Whether the workflow changed its phase, or a node is new or changed its own."""
        before, self._phase = self._phase, workflow.phase
        moved = before != workflow.phase
        if workflow.nodes is not self._nodes:
            self._nodes = workflow.nodes
            phases = {node.id: node.phase for node in workflow.nodes.values()}
            moved = moved or not phases.items() <= self._phases.items()
            self._phases = phases
        return moved


def _too_long(since: Since, now: float, limit: float) -> bool:
    return bool(limit) and since.reached(now, limit)
