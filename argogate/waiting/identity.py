"""Which run of a name is meant, and why another one is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate import spell
from argogate.model import lifecycle
from argogate.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from argogate.model.workflow import Workflow
    from argogate.waiting.choice import Chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which run of the name is meant: all that is said has to hold."""

    uid: str = ""
    created_after: datetime | None = None
    age: timedelta | None = None
    """How `created_after` was said, if as an age; by the clock of this machine it is a guess."""
    accept_archived: bool = False
    attempt: datetime | None = None
    """When an attempt began that was seen: one that began earlier is of before an Argo retry."""

    def of_run(self, chosen: Chosen) -> Identity:
        """Return that of the run that was found to be meant."""
        return Identity(uid=chosen.uid, attempt=chosen.attempt) if chosen.uid else self

    def is_outdated(self, workflow: Workflow) -> bool:
        """Whether an answer shows an attempt before the one that was seen."""
        started = workflow.started_at
        return self.attempt is not None and (started is None or started < self.attempt)

    def oldest(self, server_began: datetime | None) -> datetime | None:
        """Return since when runs are accepted: an age counts by the server's clock, if known."""
        if self.age is None or server_began is None:
            return self.created_after
        return server_began - self.age

    def why_not(
        self, workflow: Workflow, server_began: datetime | None, server_now: datetime | None = None
    ) -> str:
        """Return why what bears the name is not the run that was asked for, or nothing.

        `server_began` is when the gate began, by the server's clock, `server_now` what it shows.
        """
        seen = f"there is a run of that name, uid {workflow.uid}"
        if self.uid and workflow.uid != self.uid:
            return f"{seen}, not {self.uid} (--uid)"
        created = workflow.created_at
        if oldest := self.oldest(server_began):
            if created and created >= oldest:
                return ""
            when = spell.moment(created) if created else "at an unknown time"
            return f"{seen}, created {when}, before --created-after {spell.moment(oldest)}"
        if self.uid or self.accept_archived or not is_stale(workflow, server_began, server_now):
            return ""
        state = "archived" if lifecycle.from_archive(workflow) else "already marked for deletion"
        ended = spell.moment(workflow.finished_at) if workflow.finished_at else "an unknown time"
        return (
            f"{seen}, that ended {workflow.phase_word} at {ended} and is {state}: "
            "an older run, unless you say --accept-archived, --uid or --created-after"
        )


def is_stale(
    workflow: Workflow, server_began: datetime | None, server_now: datetime | None = None
) -> bool:
    """Whether this may be the green of an earlier run: over before the gate began, and gone.

    One that ended later than the server's clock shows proves that clocks differ: nothing tells
    then that it ended after the gate began, until that clock has come there.
    """
    leaving = lifecycle.from_archive(workflow) or (
        lifecycle.is_over(workflow) and workflow.deleted_at is not None
    )
    if not leaving or lifecycle.uniquely_named(workflow):
        return False
    finished = workflow.finished_at
    if server_began is None or finished is None or finished <= server_began:
        return True
    return server_now is not None and finished > server_now
