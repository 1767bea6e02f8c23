"""What to do next: for each ending the steps that are right for it, as words and commands."""

from __future__ import annotations

from dataclasses import dataclass
from shlex import quote
from typing import TYPE_CHECKING, assert_never

from argogate.model import lifecycle
from argogate.model.workflow import Phase
from argogate.verdict.analysis import Step
from argogate.verdict.conclusion import Conclusion
from argogate.verdict.observation import (
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

LASTING = frozenset({Cause.TEMPLATE, Cause.IMAGE, Cause.CONFIGURATION, Cause.FORBIDDEN})
"""What comes again with the same spec, so that running it once more helps nobody."""


def next_steps(result: Result, workflow: Workflow, groups: Sequence[Group]) -> tuple[Step, ...]:
    """Return what to do now, the likeliest first; nothing after a pass that lacks nothing."""
    return tuple(_Steps(result, workflow, groups).steps())


@dataclass(frozen=True, slots=True)
class _Steps:
    """One result on its way to what follows from it."""

    result: Result
    workflow: Workflow
    groups: Sequence[Group]

    @property
    def where(self) -> str:
        """Namespace and name, as argo and argogate take them."""
        target = self.result.observation.target
        named = quote(target.name) if target.named else ""
        return f"-n {quote(target.namespace)} {named or quote(self.workflow.name)}"

    @property
    def seen(self) -> bool:
        """Whether the run was ever seen."""
        return self.result.workflow is not None

    def steps(self) -> Iterator[Step]:  # noqa: C901, PLR0912 - a case for each ending
        """Yield the steps of an ending that is no pass."""
        match self.result.observation.ending:
            case Finished() | PartEnded() | PartMissing():
                yield from self._after_end()
            case NeverAppeared() | RequestRefused():
                yield self._look_around()
            case Deleted():
                yield Step(
                    words="keep finished runs longer (spec.ttlStrategy.secondsAfterCompletion), "
                    "or let the controller archive them; then submit it anew"
                )
            case Replaced(new_uid=uid):
                yield self._wait_again(
                    "wait for the run that bears the name now", f"--uid {quote(uid)}"
                )
                yield Step(words="to tell runs apart, submit with metadata.generateName")
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
                yield self._wait_again("it was still running: wait for its own end")
            case Cancelled():
                yield from self._still_running("if the run was not stopped with the wait")
            case Crashed():
                yield self._wait_again("record what happens for a bug report", "--record bug.har")
            case Unfinished():
                yield self._wait_again("wait again")
            case _ as unreachable:
                assert_never(unreachable)

    def _after_end(self) -> Iterator[Step]:
        """Yield what follows a run that ended, or a part of one that did."""
        if self.result.conclusion is Conclusion.INCOMPLETE:
            yield Step(
                words="the workflow itself passed: mend what is named above and run this step "
                "again, which fetches only what is missing"
            )
            return
        if isinstance(self.result.observation.ending, PartMissing):
            yield Step(words="see what its nodes are called", command=f"argo get {self.where}")
            return
        cause = self.groups[0].cause if self.groups else Cause.OTHER
        if cause in LASTING:
            yield Step(words="correct that and submit it anew; a retry would end the same way")
        elif not lifecycle.is_terminal(self.workflow):
            yield Step(words="the workflow goes on: follow it", command=f"argo watch {self.where}")
        elif self.workflow.phase is Phase.SUCCEEDED:
            yield Step(words="run it once more", command=f"argo resubmit {self.where}")
        elif lifecycle.from_archive(self.workflow):
            again = f"argo archive retry -n {quote(self.workflow.namespace)} {self.workflow.uid}"
            yield Step(words="run once more what failed", command=again)
        else:
            yield Step(words="run once more what failed", command=f"argo retry {self.where}")

    def _after_limit(self, ending: TimedOut) -> Iterator[Step]:
        if not self.seen:
            yield self._look_around()
        elif lifecycle.approvals(self.workflow):
            yield self._approve()
            yield self._wait_again("then wait again")
        elif ending.limit is Limit.TIMEOUT:
            longer = f"--timeout {round(2 * ending.seconds)}s"
            yield from self._still_running("if --on-timeout did not stop it", longer)
        else:
            yield Step(words="see what it waits for", command=f"argo get {self.where}")
            yield Step(words="or end it", command=f"argo stop {self.where}")

    def _still_running(self, unless: str, more: str = "") -> Iterator[Step]:
        if not self.seen:
            yield self._wait_again("wait again", more)
            return
        yield self._wait_again(f"it was still running: wait on, {unless}", more)
        yield Step(words="or end it", command=f"argo stop {self.where}")

    def _wait_again(self, words: str, more: str = "") -> Step:
        return Step(
            words=words, command=" ".join(filter(None, ("argogate wait", self.where, more)))
        )

    def _approve(self) -> Step:
        target = self.result.observation.target
        how = lifecycle.how_to_approve(target.namespace, target.name, self.workflow)
        return Step(words="approve it with", command=how)

    def _look_around(self) -> Step:
        target = self.result.observation.target
        selector = target.name.removeprefix("-l ")
        labels = "" if target.named or selector == target.name else f" -l {quote(selector)}"
        return Step(
            words="see what there is", command=f"argo list -n {quote(target.namespace)}{labels}"
        )

    def _ask_doctor(self, words: str) -> Step:
        return Step(
            words=words,
            command=f"argogate doctor -n {quote(self.result.observation.target.namespace)}",
        )
