"""One workflow's wait as a state machine: answers and errors go in, at the end an Ending comes out.

It knows no clock and asks nothing itself, so every situation is a row of a table in the tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from argogate.errors import ArgoError, NoArchive, NotFound, NotUnderstood, Unavailable
from argogate.model import lifecycle
from argogate.values import replace
from argogate.verdict.endings import Ending, Finished
from argogate.waiting.absence import Absence, Action, why_fleeting, why_no_result
from argogate.waiting.contact import Contact
from argogate.waiting.news import OnNews, Remarked
from argogate.waiting.outage import Outage
from argogate.waiting.shown import Shown
from argogate.waiting.timers import Since

if TYPE_CHECKING:
    from argogate.model.answers import Glimpse, Poll
    from argogate.model.workflow import Workflow
    from argogate.verdict.observation import Target
    from argogate.waiting.identity import Identity
    from argogate.waiting.patience import Limits

Next: TypeAlias = Ending | Action | None
"""What follows of an answer: None to go on waiting."""


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
        self.remarks: list[str] = []
        self._identity = identity
        self._limits = limits
        self._on_news = on_news
        self._contact = contact or Contact()
        self._contact.open(began)
        self._outage = Outage(target, limits, self._contact, on_news)
        self._absence = Absence(target, limits, self._contact, on_news)
        self._terminal = Since()
        self._shown = Shown(target, on_news)

    def see(self, poll: Poll, now: float) -> Next:
        """Take in an answer about whatever bears the name now."""
        self._contact.hear(poll.server_time, now)
        workflow = poll.workflow
        if self.last and workflow.uid != self.uid:
            successor = "" if lifecycle.from_archive(workflow) else workflow.uid
            return self._absence.notice(now, surely=bool(successor), successor=successor)
        if not self.last and (why_not := self._why_not(workflow, now)):
            if self.uid and workflow.uid != self.uid:
                return self._absence.notice(now, namesake=why_not)
            self._outage.end(now)
            return self._absence.not_there(why_not, now)
        if lifecycle.from_archive(workflow) and (self.last or self._is_outdated(workflow)):
            self._absence.notice(now, surely=False)
            return self.see_archived(poll, now)
        if self._is_outdated(workflow):
            stale = f"the server answered with an earlier state of {self.target}"
            return self._outage.go_on(NotUnderstood(stale, passing=True), now)
        self._outage.end(now)
        self._absence.came_back()
        if not self.last:
            self._pin(workflow)
        return self._advance(workflow, now)

    def fail(self, error: ArgoError, now: float) -> Next:
        """Take in that a request gave no answer about the workflow."""
        self._contact.hear(error.server_time, now)
        if not isinstance(error, NotFound) or (error.names_another and not self.last):
            return self._outage.go_on(error, now)
        if self.uid:
            return self._absence.notice(now, surely=not error.names_another)
        self._outage.end(now)
        return self._absence.not_there("", now)

    def unanswered(self, error: Unavailable, now: float) -> Ending | None:
        """Take in that the server gives no answer to anybody just now."""
        return self._outage.go_on(error, now)

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
        self._shown.changed(replace(self.last, progress=seen.progress, message=seen.message))
        return False

    def see_archived(self, poll: Poll, now: float) -> Ending | None:
        """Take in the archived copy of the run that is meant, which is not in the cluster."""
        self._contact.hear(poll.server_time, now)
        self._outage.end(now)
        archived = poll.workflow
        if not lifecycle.is_terminal(archived):
            only = f"the archive has it only as {archived.phase_word or 'not started'}"
            return self._absence.without_result(only, now, certain=False)
        if not self.last and (why_not := self._why_not(archived, now)):
            return self._absence.not_there(why_not, now)
        known = self.last is None or lifecycle.same_attempt(archived, self.last)
        if not known or self._identity.is_outdated(archived):
            return self._absence.without_result(
                "the archive has only an attempt of it from before a retry", now
            )
        if not self.last:
            self._pin(archived)
        self.last = archived
        self._shown.changed(archived)
        return Finished(poll=archived, settled=archived.finished_at is not None)

    def fail_archived(self, error: ArgoError, now: float) -> Ending | None:
        """Take in that the archive gave no copy of the run that is meant."""
        self._contact.hear(error.server_time, now)
        why = why_no_result(error)
        if not why:
            return self._outage.go_on(error, now)
        self._outage.end(now)
        certain = isinstance(error, NotFound | NoArchive)
        if not certain:
            self._absence.doubt()
        return self._absence.without_result(why, now, certain=certain)

    def expired(self, now: float) -> Ending | None:
        """Return the ending if the timeout has passed."""
        reason = self._absence.found or self._outage.trouble
        return self._limits.expired(self.began, now, reason)

    def deadlines(self) -> list[float]:
        """Return the moments at which a limit could end the wait: a look is due then."""
        limits = self._limits
        return [
            *([limits.ends(self.began)] if limits.timeout else []),
            *self._terminal.after(limits.settle_timeout),
            *self._absence.deadlines(),
            *self._outage.deadlines(),
        ]

    def reopen(self, workflow: Workflow) -> None:
        """Go on waiting: the tree shows the run that had ended running again (Argo retry)."""
        self._terminal.stop()
        self._note(workflow, "it was retried and runs again; waiting goes on")
        self.last = workflow
        self._shown.known(workflow)

    def _advance(self, workflow: Workflow, now: float) -> Ending | None:
        self.last = workflow
        self._shown.changed(workflow)
        if lifecycle.is_over(workflow):
            return Finished(poll=workflow)
        self._terminal.hold(now, so=lifecycle.is_terminal(workflow))
        if not self._terminal.reached(now, self._limits.settle_timeout):
            return None
        return Finished(poll=workflow, settled=False)

    def _pin(self, workflow: Workflow) -> None:
        # Before it is told: a signal that comes upon the news is about this very run.
        self.last = workflow
        self._absence.appeared()
        self.uid = workflow.uid
        self._shown.appeared(workflow)
        if fleeting := why_fleeting(workflow):
            self._note(workflow, fleeting)

    def _is_outdated(self, workflow: Workflow) -> bool:
        if self.last:
            return lifecycle.is_outdated(workflow, self.last)
        return self._identity.is_outdated(workflow)

    def _why_not(self, workflow: Workflow, now: float) -> str:
        return self._identity.why_not(workflow, self._contact.began, self._contact.shown(now))

    def _note(self, workflow: Workflow, text: str) -> None:
        self.remarks.append(f"{workflow.name}: {text}")
        self._on_news(Remarked(target=self.target, text=text))
