"""One workflow's wait as a state machine: answers and errors go in, at the end an Ending comes out.

It knows no clock and asks nothing itself, so every situation is a row of a table in the tests.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from argogate.errors import (
    ArgoError,
    CertificateRefused,
    Denied,
    Impossible,
    Malformed,
    NotFound,
    NotUnderstood,
    Unavailable,
)
from argogate.model import lifecycle
from argogate.news import Appeared, Changed, Missing, Recovered, Remarked, Tell, Troubled
from argogate.observation import (
    Deleted,
    Ending,
    Finished,
    Limit,
    NeverAppeared,
    Poll,
    Replaced,
    Target,
    TimedOut,
    Unreachable,
)
from argogate.observation import (
    Denied as DeniedEnding,
)
from argogate.observation import (
    Malformed as MalformedEnding,
)
from argogate.waiting.patience import (
    DENIED_AFTER_SUCCESS,
    DENIED_AT_FIRST_CONTACT,
    ROUNDING,
)

if TYPE_CHECKING:
    from datetime import datetime

    from argogate.model.workflow import Workflow
    from argogate.observation import Glimpse
    from argogate.waiting.patience import Limits

DENIALS_AT_FIRST_CONTACT = 3
DENIAL_PAUSE = 2.0
"""Seconds between the tries of a credential that is refused at first contact."""
SHORT_TTL = 60
"""Seconds: with a shorter `ttlStrategy` the result may vanish before it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which run of the name is meant."""

    uid: str = ""
    created_after: datetime | None = None
    accept_archived: bool = False


class Track:
    """What is known of one workflow while the gate waits for it."""

    def __init__(
        self, target: Target, identity: Identity, limits: Limits, *, began: float, tell: Tell
    ) -> None:
        """`began` and every `now` are seconds of the same clock."""
        self.target = target
        self.began = began
        self.last: Workflow | None = None
        """The pinned run as last seen."""
        self.uid = identity.uid
        """The run that is waited for, as soon as it is known."""
        self.ask_archive = False
        """Whether the run is not there under its name, so that the archive must be asked."""
        self.remarks: list[str] = []
        self._identity = identity
        self._limits = limits
        self._tell = tell
        self._pinned = False
        self._shown: tuple[str, ...] = ()
        self._answered = False
        self._server_began: datetime | None = None
        self._missing_since: float | None = None
        self._found = ""
        self._successor = ""
        self._failing_since: float | None = None
        self._denied_since: float | None = None
        self._denials = 0
        self._terminal_since: float | None = None

    def see(self, poll: Poll, now: float) -> Ending | None:
        """Take in an answer about whatever bears the name now."""
        self.ask_archive = False
        self._answer_came(poll.server_time, now)
        workflow = poll.workflow
        if not self._pinned:
            if why_not := self._not_mine(workflow):
                return self._not_there(why_not, now)
            self._pin(workflow)
        elif workflow.uid != self.uid:
            self.ask_archive = True
            self._successor = "" if lifecycle.from_archive(workflow) else workflow.uid
            return None
        elif lifecycle.from_archive(workflow):
            return self.see_archived(workflow)
        return self._advance(workflow, now)

    def fail(self, error: ArgoError, now: float) -> Ending | None:
        """Take in that a request gave no answer about the workflow."""
        match error:
            case NotFound():
                self._answer_came(None, now)
                self.ask_archive = bool(self.uid)
                return None if self.ask_archive else self._not_there("", now)
            case Denied():
                return self._denied(error, now)
            case Malformed():
                return MalformedEnding(reason=error.message)
            case NotUnderstood() | CertificateRefused() if not self._answered:
                return Unreachable(reason=error.message)
            case Unavailable():
                return self._troubled(error, now)
            case _:
                return Unreachable(reason=error.message)

    def glimpse(self, glimpse: Glimpse, now: float) -> bool:
        """Take in a row of a list or a frame of a stream; return whether to look at once.

        Such an answer may be old, lack fields or come from an earlier run, so all that it can do
        is to lead to a look, or to show progress.
        """
        seen = glimpse.workflow
        if self.last is None or glimpse.deleted or seen.uid != self.uid:
            return True
        marks = (seen.phase, seen.finished_at, lifecycle.is_terminal(seen))
        if marks != (self.last.phase, self.last.finished_at, lifecycle.is_terminal(self.last)):
            return True
        self._answer_came(None, now)
        self._show(replace(self.last, progress=seen.progress, message=seen.message))
        return False

    def see_archived(self, archived: Workflow) -> Ending | None:
        """Take in the archived copy of the pinned run, which is gone from the cluster."""
        if archived.uid != self.uid:
            return self._ended_without_result("the archive answers with another run")
        if self.last and not lifecycle.same_attempt(archived, self.last):
            return self._ended_without_result(
                "the archive has only an attempt of it from before a retry"
            )
        if not lifecycle.is_terminal(archived):
            return self._ended_without_result(
                f"the archive has it only as {archived.phase_word or 'not started'}"
            )
        self.last = archived
        return Finished(poll=archived, settled=archived.finished_at is not None)

    def fail_archived(self, error: ArgoError, now: float) -> Ending | None:
        """Take in that the archive gave no copy of the pinned run."""
        match error:
            case NotFound() | Impossible() if not self._pinned:
                return self._not_there("", now)
            case NotFound():
                return self._ended_without_result("the archive has no result of it")
            case Denied():
                return self._ended_without_result(
                    "whether the archive has its result cannot be told: the token may not read it"
                )
            case Impossible() | Malformed():
                return self._ended_without_result("this server has no archive")
            case _:
                return self._troubled(error, now)

    def expired(self, now: float) -> Ending | None:
        """Return the ending if the timeout has passed."""
        timeout = self._limits.timeout
        if timeout and now - self.began >= timeout - ROUNDING:
            return TimedOut(limit=Limit.TIMEOUT, seconds=timeout, reason=self._found)
        return None

    def deadlines(self) -> list[float]:
        """Return the moments at which a limit could end the wait: a look is due then."""
        limits = self._limits
        moments = [self.began + limits.timeout] if limits.timeout else []
        if self._missing_since is not None and not self._pinned:
            moments.append(self._missing_since + limits.appear_timeout)
        if self._failing_since is not None:
            budget = limits.outage_budget(answered=self._answered)
            moments.append(self._failing_since + budget)
        if self._terminal_since is not None:
            moments.append(self._terminal_since + limits.settle_timeout)
        if self._denied_since is not None and not self._answered:
            moments.append(self._denied_since + self._denials * DENIAL_PAUSE)
        return moments

    def reopen(self, workflow: Workflow) -> None:
        """Go on waiting: the tree shows the run that had ended running again (Argo retry)."""
        self._terminal_since = None
        self._note(workflow, "it was retried and runs again; waiting goes on")
        self.last = workflow
        self._shown = _shown(workflow)

    def _advance(self, workflow: Workflow, now: float) -> Ending | None:
        self.last = workflow
        self._show(workflow)
        if lifecycle.is_over(workflow):
            return Finished(poll=workflow)
        if not lifecycle.is_terminal(workflow):
            self._terminal_since = None
            return None
        if self._terminal_since is None:
            self._terminal_since = now
        if now - self._terminal_since < self._limits.settle_timeout - ROUNDING:
            return None
        return Finished(poll=workflow, settled=False)

    def _show(self, workflow: Workflow) -> None:
        if self._shown != _shown(workflow):
            self._shown = _shown(workflow)
            self._tell(Changed(target=self.target, workflow=workflow))

    def _pin(self, workflow: Workflow) -> None:
        self._pinned = True
        # Before it is told: a signal that comes upon the news is about this very run.
        self.last = workflow
        self._found = ""
        self.uid = workflow.uid
        self._shown = _shown(workflow)
        self._tell(Appeared(target=self.target, workflow=workflow))
        ttl = workflow.ttl_seconds
        if ttl is not None and ttl < SHORT_TTL and not lifecycle.is_over(workflow):
            self._note(
                workflow,
                f"its ttlStrategy deletes it {ttl}s after its end; without an archive its "
                "result may be gone before it is read",
            )

    def _not_mine(self, workflow: Workflow) -> str:
        """Return why what bears the name is not the run that was asked for, or nothing."""
        identity = self._identity
        seen = f"there is a run of that name, uid {workflow.uid}"
        if identity.uid:
            return "" if workflow.uid == identity.uid else f"{seen}, not {identity.uid} (--uid)"
        created = workflow.created_at
        if identity.created_after:
            if created and created >= identity.created_after:
                return ""
            return f"{seen}, created {created or 'at an unknown time'}, before --created-after"
        if identity.accept_archived or not self._stale(workflow):
            return ""
        state = "archived" if lifecycle.from_archive(workflow) else "already marked for deletion"
        return (
            f"{seen}, that ended {workflow.phase_word} at {workflow.finished_at} and is {state}: "
            "an older run, unless you say --accept-archived, --uid or --created-after"
        )

    def _stale(self, workflow: Workflow) -> bool:
        """Whether this may be the green of an earlier run: over before the gate began, and gone."""
        leaving = lifecycle.from_archive(workflow) or (
            lifecycle.is_over(workflow) and workflow.deleted_at is not None
        )
        if not leaving or lifecycle.uniquely_named(workflow):
            return False
        began, finished = self._server_began, workflow.finished_at
        return began is None or finished is None or finished <= began

    def _not_there(self, found: str, now: float) -> Ending | None:
        if self._missing_since is None:
            self._missing_since = now
            patience = self._limits.appear_timeout
            self._tell(Missing(target=self.target, found=found, patience=patience))
        self._found = found
        waited = now - self._missing_since
        if waited < self._limits.appear_timeout - ROUNDING:
            return None
        return NeverAppeared(waited=waited, found=found)

    def _answer_came(self, server_time: datetime | None, now: float) -> None:
        if self._server_began is None:
            self._server_began = server_time
        if self._failing_since is not None:
            self._tell(Recovered(target=self.target, outage=now - self._failing_since))
        self._answered = True
        self._failing_since = None
        self._denied_since = None
        self._denials = 0

    def _troubled(self, error: ArgoError, now: float) -> Ending | None:
        budget = self._limits.outage_budget(answered=self._answered)
        if self._failing_since is None:
            self._failing_since = now
            self._tell(Troubled(target=self.target, reason=error.message, patience=budget))
        outage = now - self._failing_since
        if outage < budget - ROUNDING:
            return None
        return Unreachable(reason=error.message, outage=outage)

    def _denied(self, error: Denied, now: float) -> Ending | None:
        """Bear it for a moment: a restarting cluster refuses good tokens (roles flap)."""
        if self._denied_since is None:
            self._denied_since = now
            self._tell(Troubled(target=self.target, reason=error.message, patience=0))
        self._denials += 1
        since = now - self._denied_since
        if self._answered:
            patient = since < DENIED_AFTER_SUCCESS
        elif error.status == 401 and not error.renewable:  # noqa: PLR2004
            patient = False
        else:
            patient = self._denials < DENIALS_AT_FIRST_CONTACT and since < DENIED_AT_FIRST_CONTACT
        return None if patient else DeniedEnding(reason=error.message)

    def _ended_without_result(self, why: str) -> Ending:
        if self._successor:
            return Replaced(new_uid=self._successor)
        return Deleted(why_no_result=why)

    def _note(self, workflow: Workflow, text: str) -> None:
        self.remarks.append(f"{workflow.name}: {text}")
        self._tell(Remarked(target=self.target, text=text))


def _shown(workflow: Workflow) -> tuple[str, ...]:
    """Return what the log shows of a workflow; a change of anything else is no news."""
    return (workflow.phase_word, workflow.progress, workflow.message, workflow.shutdown)
