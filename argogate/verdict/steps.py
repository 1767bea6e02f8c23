"""What to do next: for each ending the steps that are right for it, as words and commands."""

from __future__ import annotations

from math import ceil
from shlex import quote
from typing import TYPE_CHECKING, assert_never

from argogate.model import lifecycle
from argogate.model.workflow import Phase
from argogate.verdict.analysis import NextStep
from argogate.verdict.conclusion import Conclusion
from argogate.verdict.endings import (
    Abandoned,
    AccessDenied,
    Cancelled,
    Crashed,
    Deleted,
    Finished,
    Limit,
    NeverAppeared,
    PartEnded,
    PartMissing,
    Replaced,
    RequestRefused,
    Suspended,
    TimedOut,
    Unfinished,
    Unreachable,
)
from argogate.verdict.reasons import Cause

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from argogate.model.workflow import Workflow
    from argogate.verdict.analysis import Group
    from argogate.verdict.conclusion import Result

LONGEST = 365 * 24 * 60 * 60
"""Seconds that a limit may have."""

LASTING = {
    Cause.TEMPLATE: "correct the spec and submit it anew; a retry would end the same way",
    Cause.IMAGE: "correct the image, or the right to pull it, and submit it anew",
    Cause.CONFIGURATION: "create what its pod refers to, or correct the name, and submit it anew",
    Cause.POLICY: "make the pod as the policy wants it, and submit it anew",
    Cause.FORBIDDEN: "give whom it names the permission, then submit it anew",
    Cause.MEMORY: "give it more memory, or less to do, and submit it anew",
}
"""What comes again with the same spec, so that running it once more helps nobody."""

AGAIN = {
    Cause.DEADLINE: "allow it more time, or run once more what failed",
    Cause.EVICTED: "run once more what failed, elsewhere or later",
    Cause.LOST: "run once more what failed, elsewhere or later",
    Cause.UNSCHEDULABLE: "when a node fits, run once more what failed",
    Cause.QUOTA: "when there is room again, run once more what failed",
    Cause.ARTIFACT: "when the artifact can be had, run once more what failed",
    Cause.SHUT_DOWN: "unless that was meant, run the rest",
    Cause.REJECTED: "if it may go on after all, run the rest",
}


def next_steps(result: Result, workflow: Workflow, groups: Sequence[Group]) -> tuple[NextStep, ...]:
    """Return what to do now, the likeliest first; nothing after a pass that lacks nothing."""
    return tuple(_Steps(result, workflow, groups).steps())


class _Steps:
    """One result on its way to what follows from it."""

    def __init__(self, result: Result, workflow: Workflow, groups: Sequence[Group]) -> None:
        self._result = result
        self._workflow = workflow
        self._groups = groups

    @property
    def where(self) -> str:
        """Namespace and name, as argo and argogate take them."""
        target = self._result.observation.target
        named = quote(target.name) if target.named else ""
        return f"-n {quote(target.namespace)} {named or quote(self._workflow.name)}"

    @property
    def seen(self) -> bool:
        """Whether the run was ever seen."""
        return self._result.workflow is not None

    def steps(self) -> Iterator[NextStep]:  # noqa: C901, PLR0912 - a case for each ending
        """Yield the steps of an ending that is no pass."""
        match self._result.observation.ending:
            case Finished() | PartEnded() | PartMissing():
                yield from self._after_end()
            case NeverAppeared() | RequestRefused():
                yield self._look_around()
            case Deleted():
                yield NextStep(
                    words="keep finished runs longer (spec.ttlStrategy.secondsAfterCompletion), "
                    "or let the controller archive them; then submit it anew"
                )
            case Replaced(new_uid=uid):
                yield self._wait_again(
                    "wait for the run that bears the name now", f"--uid {quote(uid)}"
                )
                yield NextStep(words="to tell runs apart, submit with metadata.generateName")
            case AccessDenied():
                yield self._ask_doctor("see which credential or permission is missing")
            case Unreachable():
                yield self._ask_doctor("see how far the way to the server goes")
                if self.seen:
                    yield self._wait_again("then wait again")
            case TimedOut() as ending:
                yield from self._after_limit(ending)
            case Suspended():
                yield self._approve()
                yield self._wait_again("then wait again")
            case Abandoned():
                yield self._wait_again("it still runs; wait for its own end")
            case Cancelled():
                yield from self._still_running()
            case Crashed():
                yield self._wait_again("record what happens for a bug report", "--record bug.har")
            case Unfinished():
                yield self._wait_again("wait again")
            case _ as unreachable:
                assert_never(unreachable)

    def _after_end(self) -> Iterator[NextStep]:
        """Yield what follows a run that ended, or a part of one that did."""
        if self._result.conclusion is Conclusion.INCOMPLETE:
            yield NextStep(
                words="the workflow itself passed: mend what is named above and run this step "
                "again, which fetches only what is missing"
            )
            return
        if isinstance(self._result.observation.ending, PartMissing):
            yield NextStep(
                words="see what its nodes are called", command=f"argogate status {self.where}"
            )
            return
        cause = self._cause()
        if cause in LASTING:
            yield NextStep(words=LASTING[cause])
        elif not lifecycle.is_terminal(self._workflow):
            yield self._wait_again("the workflow goes on; wait for its own end")
        elif self._workflow.phase is Phase.SUCCEEDED or self._never_began():
            yield NextStep(words="run it once more", command=self._again("resubmit"))
        else:
            yield NextStep(
                words=AGAIN.get(cause, "run once more what failed"), command=self._again("retry")
            )

    def _never_began(self) -> bool:
        """Whether there is no node that a retry could begin from."""
        return not self._workflow.nodes and not self._workflow.nodes_unreadable

    def _again(self, how: str) -> str:
        """Return the command for a retry, which keeps what passed, or for a new run of the same."""
        if lifecycle.from_archive(self._workflow):
            namespace = quote(self._workflow.namespace)
            return f"argo archive {how} -n {namespace} {quote(self._workflow.uid)}"
        return f"argo {how} {self.where}"

    def _after_limit(self, ending: TimedOut) -> Iterator[NextStep]:
        cause = self._cause()
        if not self.seen:
            yield self._look_around()
        elif self._result.observation.shutting_down or not self._is_stuck(ending, cause):
            more = min(max(ceil(2 * ending.seconds), 1), LONGEST)  # 0 would be no limit
            yield from self._still_running(f"--timeout {more}s")
        elif self._workflow.phase is Phase.NONE:
            yield NextStep(words="check that a workflow controller runs and minds this namespace")
        elif cause in LASTING:
            yield NextStep(words=LASTING[cause])
            yield NextStep(words="and end this one", command=f"argo stop {self.where}")
        else:
            yield NextStep(words="see what it waits for", command=f"argogate status {self.where}")
            yield NextStep(words="or end it", command=f"argo stop {self.where}")

    def _is_stuck(self, ending: TimedOut, cause: Cause) -> bool:
        """Whether it helps nobody to wait on."""
        begun = self._workflow.phase is not Phase.NONE
        return ending.limit is not Limit.TIMEOUT or cause in LASTING or not begun

    def _cause(self) -> Cause:
        """Return the cause of the first group."""
        return Cause(self._groups[0].cause) if self._groups else Cause.OTHER

    def _still_running(self, more: str = "") -> Iterator[NextStep]:
        """Yield what can be done with a run that the gate no longer waits for."""
        how = self._result.observation.shutting_down
        if not self.seen:
            yield self._wait_again("wait again", more)
        elif how:
            words = f"the gate asks Argo to {how} it; when it has ended, run the rest"
            yield NextStep(words=words, command=f"argo retry {self.where}")
        elif lifecycle.approvals(self._workflow):
            yield self._approve()
            yield self._wait_again("then wait again")
        else:
            yield self._wait_again("it still runs; wait on", more)
            yield NextStep(words="or end it", command=f"argo stop {self.where}")

    def _wait_again(self, words: str, more: str = "") -> NextStep:
        return NextStep(
            words=words, command=" ".join(filter(None, ("argogate wait", self.where, more)))
        )

    def _approve(self) -> NextStep:
        target = self._result.observation.target
        how = lifecycle.how_to_approve(target.namespace, target.name, self._workflow)
        return NextStep(words="approve it with", command=how)

    def _look_around(self) -> NextStep:
        target = self._result.observation.target
        selector = target.name.removeprefix("-l ")
        labels = "" if target.named or selector == target.name else f" -l {quote(selector)}"
        return NextStep(
            words="see what there is", command=f"argogate list -n {quote(target.namespace)}{labels}"
        )

    def _ask_doctor(self, words: str) -> NextStep:
        return NextStep(
            words=words,
            command=f"argogate doctor -n {quote(self._result.observation.target.namespace)}",
        )
