"""How long a workflow has been making no progress, and whether that is too long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate.model import standing
from argogate.observation import Ending, Limit, Suspended, TimedOut
from argogate.waiting.patience import ROUNDING

if TYPE_CHECKING:
    from argogate.model.workflow import Workflow
    from argogate.waiting.patience import Limits


class Standstill:
    """Watches the limits that are about a workflow's own state."""

    def __init__(self, limits: Limits, *, fail_on_suspend: bool) -> None:
        self._limits = limits
        self._fail_on_suspend = fail_on_suspend
        self._pending_since: float | None = None
        self._stalled_since: float | None = None

    def check(self, workflow: Workflow, now: float) -> Ending | None:
        """Return the ending if it stands still for too long.

        `workflow` is the last poll, with the nodes of the last tree where that is current.
        """
        if self._fail_on_suspend and (approvals := standing.approvals(workflow)):
            return Suspended(approvals=approvals)
        reason = standing.pending_reason(workflow)
        self._pending_since = _since(self._pending_since, now, still=bool(reason))
        self._stalled_since = _since(self._stalled_since, now, still=standing.stalled(workflow))
        limits = self._limits
        if _too_long(self._pending_since, now, limits.pending_timeout):
            return TimedOut(limit=Limit.PENDING, seconds=limits.pending_timeout, reason=reason)
        if _too_long(self._stalled_since, now, limits.stall_timeout):
            return TimedOut(
                limit=Limit.STALL,
                seconds=limits.stall_timeout,
                reason="every node is final, but the workflow is still Running; its controller "
                "may not be able to complete it",
            )
        return None

    def deadlines(self) -> list[float]:
        """Return the moments at which a limit could end the wait."""
        limits = self._limits
        return [
            since + limit
            for since, limit in (
                (self._pending_since, limits.pending_timeout),
                (self._stalled_since, limits.stall_timeout),
            )
            if limit and since is not None
        ]


def _since(since: float | None, now: float, *, still: bool) -> float | None:
    if not still:
        return None
    return now if since is None else since


def _too_long(since: float | None, now: float, limit: float) -> bool:
    return bool(limit) and since is not None and now - since >= limit - ROUNDING
