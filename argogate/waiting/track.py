"""One workflow's wait as a state machine: answers and errors go in, at the end an Ending comes out.

It knows no clock and asks nothing itself, so every situation is a row of a table in the tests.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from argogate.errors import ArgoError, Denied, Impossible, Malformed, NotFound, NotUnderstood
from argogate.model import lifecycle
from argogate.verdict.observation import (
    Deleted,
    Ending,
    Finished,
    Limit,
    NeverAppeared,
    Poll,
    Replaced,
    Target,
    TimedOut,
)
from argogate.waiting.contact import Contact
from argogate.waiting.news import Appeared, Changed, Missing, OnNews, Remarked
from argogate.waiting.outage import Outage
from argogate.waiting.timers import ROUNDING

if TYPE_CHECKING:
    from argogate.model.workflow import Workflow
    from argogate.verdict.observation import Glimpse
    from argogate.waiting.identity import Identity
    from argogate.waiting.patience import Limits

STILL_GONE = 10.0
"""Seconds for which a doubtful sign of deletion must have been the only one.

An answer from the archive is one: the server asks it after *any* error of the cluster. A 404 that
names another workflow is the other.
"""
SHORT_TTL = 60
"""Seconds: with a shorter `ttlStrategy` the result may vanish before it was read."""


class Track:
    """What is known of one workflow while the gate waits for it."""

    def __init__(
        self,
        target: Target,
        identity: Identity,
        limits: Limits,
        *,
        began: float,
        on_news: OnNews,
        contact: Contact | None = None,
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
        self._on_news = on_news
        self._contact = contact or Contact()
        self._contact.open(began)
        self._outage = Outage(target, limits, self._contact, on_news)
        self._pinned = False
        self._shown: tuple[str, ...] = ()
        self._missing_since: float | None = None
        self._found = ""
        self._namesake = ""
        self._successor = ""
        self._gone_since: float | None = None
        self._surely_gone = False
        self._terminal_since: float | None = None

    def see(self, poll: Poll, now: float) -> Ending | None:
        """Take in an answer about whatever bears the name now."""
        self._contact.hear(poll.server_time, now)
        workflow = poll.workflow
        self.ask_archive = False
        if self._pinned and workflow.uid != self.uid:
            self._successor = "" if lifecycle.from_archive(workflow) else workflow.uid
            self._gone(now, surely=bool(self._successor))
            return None
        if not self._pinned and (why_not := self._why_not(workflow)):
            self._namesake = why_not
            if self.uid:
                self._gone(now)
                return None
            self._outage.end(now)
            return self._not_there(why_not, now)
        if self._pinned and lifecycle.from_archive(workflow):
            self._gone(now, surely=False)
            return self.see_archived(poll, now)
        if self.last and lifecycle.is_outdated(workflow, self.last):
            stale = f"the server answered with an earlier state of {self.target}"
            return self._outage.go_on(NotUnderstood(stale, passing=True), now)
        self._outage.end(now)
        self._gone_since = None
        if not self._pinned:
            self._pin(workflow)
        return self._advance(workflow, now)

    def fail(self, error: ArgoError, now: float) -> Ending | None:
        """Take in that a request gave no answer about the workflow."""
        self._contact.hear(error.server_time, now)
        self.ask_archive = False
        if not isinstance(error, NotFound) or (error.names_another and not self._pinned):
            return self._outage.go_on(error, now)
        self._namesake = ""
        if self.uid:
            self._gone(now, surely=not error.names_another)
            return None
        self._outage.end(now)
        return self._not_there("", now)

    def glimpse(self, glimpse: Glimpse) -> bool:
        """Take in a row of a list or an event of a stream; return whether to look at once.

        Such an answer may be old, lack fields or come from an earlier run, so all that it can do
        is to lead to a look, or to show progress. It ends no outage.
        """
        seen = glimpse.workflow
        if self.last is None or glimpse.deleted or seen.uid != self.uid or self._outage.trouble:
            return True
        marks = (seen.phase, seen.finished_at, lifecycle.is_terminal(seen))
        if marks != (self.last.phase, self.last.finished_at, lifecycle.is_terminal(self.last)):
            return True
        self._show(replace(self.last, progress=seen.progress, message=seen.message))
        return False

    def see_archived(self, poll: Poll, now: float) -> Ending | None:
        """Take in the archived copy of the run that is meant, which is not in the cluster."""
        self._contact.hear(poll.server_time, now)
        self._outage.end(now)
        self.ask_archive = False
        archived = poll.workflow
        if not lifecycle.is_terminal(archived):
            only = f"the archive has it only as {archived.phase_word or 'not started'}"
            return self._without_result(only, now, certain=False)
        if self.last and not lifecycle.same_attempt(archived, self.last):
            return self._without_result(
                "the archive has only an attempt of it from before a retry", now
            )
        if not self._pinned:
            self._pin(archived)
        self.last = archived
        self._show(archived)
        return Finished(poll=archived, settled=archived.finished_at is not None)

    def fail_archived(self, error: ArgoError, now: float) -> Ending | None:
        """Take in that the archive gave no copy of the run that is meant."""
        self._contact.hear(error.server_time, now)
        match error:
            case NotFound():
                why = "the archive has no result of it"
            case Denied():
                why = "whether the archive has its result cannot be told: the token may not read it"
            case Impossible() | Malformed():
                why = f"the archive gave no result of it: {error.message}"
            case _:
                return self._outage.go_on(error, now)
        self._outage.end(now)
        return self._without_result(why, now, certain=not isinstance(error, Denied | Malformed))

    def expired(self, now: float) -> Ending | None:
        """Return the ending if the timeout has passed."""
        timeout = self._limits.timeout
        if timeout and now - self.began >= timeout - ROUNDING:
            reason = self._found or self._outage.trouble
            return TimedOut(limit=Limit.TIMEOUT, seconds=timeout, reason=reason)
        return None

    def deadlines(self) -> list[float]:
        """Return the moments at which a limit could end the wait: a look is due then."""
        limits = self._limits
        moments = [self.began + limits.timeout] if limits.timeout else []
        if self._missing_since is not None and not self._pinned:
            moments.append(self._missing_since + limits.appear_timeout)
        if self._terminal_since is not None:
            moments.append(self._terminal_since + limits.settle_timeout)
        if self._gone_since is not None and not self._surely_gone:
            moments.append(self._gone_since + STILL_GONE)
        return [*moments, *self._outage.deadlines()]

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
            self._on_news(Changed(target=self.target, workflow=workflow))

    def _pin(self, workflow: Workflow) -> None:
        self._pinned = True
        # Before it is told: a signal that comes upon the news is about this very run.
        self.last = workflow
        self._found = ""
        self.uid = workflow.uid
        self._shown = _shown(workflow)
        self._on_news(Appeared(target=self.target, workflow=workflow))
        ttl = workflow.ttl_seconds
        if ttl is not None and ttl < SHORT_TTL and not lifecycle.is_over(workflow):
            self._note(
                workflow,
                f"its ttlStrategy deletes it {ttl}s after its end; without an archive its "
                "result may be gone before it is read",
            )

    def _not_there(self, found: str, now: float) -> Ending | None:
        if self._missing_since is None:
            self._missing_since = now
            patience = self._limits.appear_timeout
            self._on_news(Missing(target=self.target, found=found, patience=patience))
        self._found = found
        waited = now - self._missing_since
        if waited < self._limits.appear_timeout - ROUNDING:
            return None
        return NeverAppeared(waited=waited, found=found)

    def _why_not(self, workflow: Workflow) -> str:
        return self._identity.why_not(workflow, self._contact.began)

    def _gone(self, now: float, *, surely: bool = True) -> None:
        """Have the archive asked: what bears the name is not the run, or nothing bears it.

        Only the archive's answer ends an outage then.
        """
        self._contact.answered = True
        self.ask_archive = True
        self._surely_gone = surely
        if self._gone_since is None and self._pinned:
            heir = f", and another run (uid {self._successor}) bears its name"
            text = f"it is gone from the cluster{heir if self._successor else ''}"
            self._on_news(Remarked(target=self.target, text=f"{text}; asking the archive about it"))
        if self._gone_since is None:
            self._gone_since = now

    def _without_result(self, why: str, now: float, *, certain: bool = True) -> Ending | None:
        """Return the ending of a run that is gone; one that was never seen may still appear.

        `certain` says that it is known not to be in the archive.
        """
        if not self._pinned:
            found = [self._namesake, "" if certain else why]
            return self._not_there("; ".join(filter(None, found)), now)
        if not self._surely_gone and now - (self._gone_since or 0) < STILL_GONE - ROUNDING:
            return None
        if self._successor:
            return Replaced(new_uid=self._successor)
        return Deleted(why_no_result=why)

    def _note(self, workflow: Workflow, text: str) -> None:
        self.remarks.append(f"{workflow.name}: {text}")
        self._on_news(Remarked(target=self.target, text=text))


def _shown(workflow: Workflow) -> tuple[str, ...]:
    """Return what the log shows of a workflow; a change of anything else is no news."""
    return (workflow.phase_word, workflow.progress, workflow.message, workflow.shutdown)
