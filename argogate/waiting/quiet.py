"""When a workflow of which nothing is heard is to be looked at: only its nodes tell why."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argogate.model.workflow import Workflow
    from argogate.waiting.patience import Limits


QUIET = 60.0
"""Seconds without news, after which the tree may tell why."""
SOON_QUIET = 5.0
"""The same of a small one."""
POLLS = 2.5
"""A small tree is read after so many polls without news."""
LONG_QUIET = 300.0
"""Seconds after which a workflow is looked at, though rows show it running on as before."""


class Quiet:
    """Notices that a workflow has been without news for a while, and seldom from then on."""

    def __init__(self, seconds: float, *, counts: bool) -> None:
        """Where that is 0, only the nodes tell anything, so every glimpse is worth a look.

        A limit that `counts` what only nodes tell has it noticed as often as before.
        """
        self._seconds = seconds
        self._again = seconds if counts else LONG_QUIET
        self._from = 0.0
        self._mark: tuple[str, ...] = ()

    def noticed(self, seen: Workflow, now: float) -> bool:
        """Take in a glimpse; return whether it has been quiet for that long."""
        mark = (seen.phase_word, seen.progress, seen.message)
        if mark != self._mark:
            self._mark, self._from = mark, now + self._seconds
        quiet = now >= self._from
        if quiet and self._seconds:
            self._from = now + self._again
        return quiet


def soon(limits: Limits) -> float:
    """Return how soon a small tree is: who polls more often than usual wants to know earlier."""
    return min(SOON_QUIET, POLLS * limits.poll_interval)


def how_long(limits: Limits, *, only_nodes_tell: bool) -> float:
    """Return how soon a quiet workflow's tree is read: sooner where a limit depends on it."""
    if only_nodes_tell:
        return 0
    halves = [limit / 2 for limit in (limits.pending_timeout, limits.stall_timeout) if limit]
    return min([QUIET, *halves])
