"""Observations → one verdict. Every report and the exit code render this value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from argogate import spell
from argogate.model import lifecycle
from argogate.model.lifecycle import is_terminal, root_node
from argogate.model.nodes import Tree
from argogate.model.part import spelled
from argogate.model.workflow import Node, NodePhase, Phase
from argogate.verdict.observation import (
    Abandoned,
    Cancelled,
    Crashed,
    Deleted,
    Denied,
    Finished,
    Limit,
    Malformed,
    NeverAppeared,
    Observation,
    PartEnded,
    PartMissing,
    Replaced,
    Suspended,
    TimedOut,
    Unfinished,
    Unreachable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from argogate.model.nodes import Leaf
    from argogate.model.workflow import Workflow
    from argogate.verdict.observation import Target


class Conclusion(StrEnum):
    """What the gate answers, in one word."""

    PASSED = "passed"
    FAILED = "failed"
    USAGE = "usage"
    NOT_FOUND = "not-found"
    DENIED = "denied"
    UNREACHABLE = "unreachable"
    INCOMPLETE = "incomplete"
    SUSPENDED = "suspended"
    INTERNAL = "internal"
    TIMED_OUT = "timed-out"
    CANCELLED = "cancelled"


EXIT_CODES = {
    Conclusion.PASSED: 0,
    Conclusion.FAILED: 1,
    Conclusion.USAGE: 2,
    Conclusion.NOT_FOUND: 3,
    Conclusion.DENIED: 4,
    Conclusion.UNREACHABLE: 5,
    Conclusion.INCOMPLETE: 6,
    Conclusion.SUSPENDED: 7,
    Conclusion.INTERNAL: 70,
    Conclusion.TIMED_OUT: 124,
    Conclusion.CANCELLED: 130,
}
SIGTERM_EXIT_CODE = 143

LONGEST_MESSAGE = 1000

ENDED_BY = {"Stop": "stopped", "Terminate": "terminated"}

DECIDING_ORDER = (70, 130, 143, 1, 2, 4, 3, 5, 124, 7, 6, 0)
"""Which exit code speaks for several workflows: a definite failure is not worth a retry, and one
name that is refused does not hide it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the user calls a pass."""

    success_phases: frozenset[Phase] = frozenset({Phase.SUCCEEDED})
    ignore_not_found: bool = False
    exit_zero: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One workflow's part of the verdict."""

    conclusion: Conclusion
    message: str
    """One sentence: the thing, what was seen, and what to do where something can be done."""
    exit_code: int
    failures: tuple[Leaf, ...]
    """The nodes that failed, in order of their end; a passed run can have some, tolerated."""
    observation: Observation

    @property
    def passed(self) -> bool:
        """Whether this workflow alone would let the gate pass."""
        return self.conclusion is Conclusion.PASSED

    @property
    def workflow(self) -> Workflow | None:
        """The workflow as last seen."""
        return self.observation.workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The gate's answer."""

    results: tuple[Result, ...]
    """One for each workflow, in the order asked for; never empty."""
    exit_zero: bool = False

    @property
    def deciding(self) -> Result:
        """The result whose exit code speaks for all; a failure that is forgiven hides no other."""
        return min(self.results, key=lambda result: self._rank(result.exit_code))

    @property
    def conclusion(self) -> Conclusion:
        """The conclusion of the deciding result."""
        return self.deciding.conclusion

    @property
    def message(self) -> str:
        """The sentence of the deciding result, after how many are like it where there are more."""
        if len(self.results) == 1:
            return self.deciding.message
        bad = sum(not result.passed for result in self.results)
        if not bad:
            return f"all {len(self.results)} workflows passed"
        return f"of {len(self.results)} workflows {bad} did not pass; {self.deciding.message}"

    @property
    def exit_code(self) -> int:
        """What the process exits with; `--exit-zero` turns 1, and only 1, into 0."""
        code = self.deciding.exit_code
        return 0 if self._forgives(code) else code

    def _forgives(self, code: int) -> bool:
        return self.exit_zero and code == EXIT_CODES[Conclusion.FAILED]

    def _rank(self, code: int) -> tuple[bool, int]:
        return code == 0 or self._forgives(code), DECIDING_ORDER.index(code)


def judge(observations: Sequence[Observation], rules: Rules) -> Verdict:
    """Turn what was observed into the verdict. Pure and total."""
    return Verdict(
        results=tuple(_result(observation, rules) for observation in observations),
        exit_zero=rules.exit_zero,
    )


def failures_of(workflow: Workflow, part: Sequence[str] = ()) -> tuple[Leaf, ...]:
    """Return what failed, and what was cut short although its process ended with 0."""
    tree = Tree(workflow, part)
    ended = lifecycle.cut_short(workflow, part)
    cut = [node for node in ended if node.fulfilled and not node.failed]
    return (*tree.failures(), *map(tree.leaf, cut))


def lacking(verdict: Verdict, shortfalls: Sequence[str]) -> Verdict:
    """Return the verdict after a report that was asked for could not be written."""
    deciding = verdict.deciding
    return replace(
        verdict,
        results=tuple(
            _incomplete(result, shortfalls) if result is deciding else result
            for result in verdict.results
        ),
    )


def _result(observation: Observation, rules: Rules) -> Result:
    workflow = observation.workflow
    failures = failures_of(workflow, observation.part) if workflow else ()
    conclusion, message = _concluded(observation, rules, failures)
    exit_code = EXIT_CODES[conclusion]
    if isinstance(observation.ending, Cancelled) and observation.ending.signal_name != "SIGINT":
        exit_code = SIGTERM_EXIT_CODE
    result = Result(
        conclusion=conclusion,
        message=spell.one_line(message, LONGEST_MESSAGE),
        exit_code=exit_code,
        failures=failures,
        observation=observation,
    )
    return _incomplete(result, observation.shortfalls) if observation.shortfalls else result


def _incomplete(result: Result, shortfalls: Sequence[str]) -> Result:
    """Turn a pass into `incomplete`; another conclusion stays, and its message says both."""
    lack = "; ".join(shortfalls)
    if result.passed:
        code = EXIT_CODES[Conclusion.INCOMPLETE]
        message = f"{result.message}, but {lack}"
        return replace(result, conclusion=Conclusion.INCOMPLETE, message=message, exit_code=code)
    return replace(result, message=f"{result.message}; besides, {lack}")


def _concluded(  # noqa: C901, PLR0911, PLR0912 - a case for each ending
    observation: Observation,
    rules: Rules,
    failures: tuple[Leaf, ...],
) -> tuple[Conclusion, str]:
    name = str(observation.target)
    match observation.ending:
        case Finished(poll=poll, settled=settled):
            return _finished(observation, poll, rules, failures, settled)
        case NeverAppeared(waited=waited, found=found):
            return _never_appeared(observation.target, waited, found, rules)
        case Deleted(why_no_result=why):
            return Conclusion.NOT_FOUND, (
                f"{name} was deleted before its end was seen ({_last_seen(observation)}), by hand "
                f"or by its ttlStrategy; {why}"
            )
        case Replaced(new_uid=uid):
            return Conclusion.NOT_FOUND, (
                f"{name} was replaced: another run of that name (uid {uid}) is there now; "
                f"the one waited for was {_last_seen(observation)}"
            )
        case Denied(reason=reason):
            return Conclusion.DENIED, f"{reason}{_left_alone(observation)}"
        case Malformed(reason=reason):
            return Conclusion.USAGE, reason
        case Unreachable(reason=reason, outage=outage):
            lasted = f" (for {spell.duration(outage)})" if outage else ""
            return Conclusion.UNREACHABLE, (
                f"no trustworthy answer about {name}{lasted}: {reason}{_left_alone(observation)}"
            )
        case TimedOut(limit=limit, seconds=seconds, reason=reason):
            return Conclusion.TIMED_OUT, _timed_out(name, limit, seconds, reason, observation)
        case Suspended(approvals=approvals):
            target = observation.target
            how = lifecycle.how_to_approve(target.namespace, target.name, observation.workflow)
            return Conclusion.SUSPENDED, (
                f"{name} waits for an approval: {spell.listing(approvals)}; approve with: {how}"
            )
        case PartEnded(poll=poll, nodes=nodes):
            return _part_ended(name, poll, nodes)
        case PartMissing(poll=poll, patterns=patterns, names=names):
            passed, _ = _finished(observation, poll, rules, failures, settled=True)
            return _part_missing(name, poll, patterns, names, passed)
        case Abandoned(because=because):
            return Conclusion.INCOMPLETE, (
                f"{name} was not waited for to its end, as {because} did not pass (--fail-fast)"
            )
        case Cancelled(signal_name=signal_name):
            return Conclusion.CANCELLED, (
                f"the wait for {name} was cancelled by {signal_name} {_last_phase(observation)}"
            )
        case Crashed(error=error):
            return Conclusion.INTERNAL, f"a bug in argogate ended the wait for {name}: {error}"
        case Unfinished():
            return Conclusion.INTERNAL, (
                f"the gate did not finish its wait for {name}: it was ended by force before it had "
                "a verdict (killed, or the machine was lost); look at the job's log"
            )
        case _ as unreachable:
            assert_never(unreachable)


def _finished(
    observation: Observation,
    poll: Workflow,
    rules: Rules,
    failures: tuple[Leaf, ...],
    settled: bool,  # noqa: FBT001 - carried from the observation
) -> tuple[Conclusion, str]:
    took = ""
    if poll.started_at and poll.finished_at:
        took = f" after {spell.duration((poll.finished_at - poll.started_at).total_seconds())}"
    head = f"{observation.target} ended {poll.phase_word}{took}"
    if not settled:
        head += " (finishedAt never came; outputs may be missing)"
    tree = observation.workflow or poll
    by = lifecycle.shut_down_by(poll) or lifecycle.shut_down_by(tree)
    named = _named(failures, observation.pending) if failures else ""
    if poll.phase not in rules.success_phases:
        reason = named or spell.one_line(poll.message)
        if poll.shutdown and (by or poll.shutdown not in reason):
            head += f" (stopped with strategy {poll.shutdown}{by})"
        return Conclusion.FAILED, f"{head}: {reason}" if reason else head
    if cut := lifecycle.cut_short(tree, observation.part):
        return Conclusion.FAILED, (
            f"{head}, but its work was cut short{by}: {_cut(tree, cut)}, so that is no pass"
        )
    if poll.phase is Phase.SUCCEEDED and poll.shutdown:
        root = root_node(tree)
        if root is None or root.phase is not NodePhase.SUCCEEDED:
            how = ENDED_BY.get(poll.shutdown, "shut down")
            done = "and nothing shows that" if root is None else "before"
            return Conclusion.FAILED, (
                f"{observation.target} was {how}{by} {done} its work was done, so its phase "
                f"{poll.phase_word} is no pass (Argo before 4.0.10 and 4.1.2 ends such runs so)"
            )
        head += f"; the shutdown ({poll.shutdown}{by}) came when all of its work was done"
    return Conclusion.PASSED, f"{head}, tolerating {named}" if named else head


def _cut(workflow: Workflow, nodes: Sequence[Node]) -> str:
    first = nodes[0]
    more = f", and {len(nodes) - 1} more" if len(nodes) > 1 else ""
    label = spell.one_line(Tree(workflow).leaf(first).label, 100)
    return f"{label} ({spell.one_line(first.reason)}){more}"


def _part_ended(name: str, poll: Workflow, ids: tuple[str, ...]) -> tuple[Conclusion, str]:
    tree = Tree(poll, ids)
    nodes = [poll.nodes.get(each) or Node(id=each, name=each, display_name=each) for each in ids]
    bad = [node for node in nodes if not _node_passed(node)]
    if reasons := [_ended(tree, node) for node in bad]:
        return Conclusion.FAILED, f"{name}: {spell.listing(reasons, 3)}"
    if cut := lifecycle.cut_short(poll, ids):
        by = lifecycle.shut_down_by(poll)
        return Conclusion.FAILED, f"{name}: work was cut short{by}: {_cut(poll, cut)}"
    if not nodes:
        return Conclusion.FAILED, f"{name}: no node ended"
    names = spell.listing([_called(tree, node) for node in nodes])
    return Conclusion.PASSED, f"{name}: {names} ended well"


def _ended(tree: Tree, node: Node) -> str:
    reason = f" ({spell.one_line(node.reason)})" if node.reason else ""
    return f"{_called(tree, node)} ended {node.phase.value or 'without a phase'}{reason}"


def _called(tree: Tree, node: Node) -> str:
    known = node.id in tree.nodes
    return spell.one_line(spelled(tree, node) if known else node.display_name, 100)


def _node_passed(node: Node) -> bool:
    """Skipped passes, Omitted does not; a daemon that still runs has done its work."""
    good = node.phase in {NodePhase.SUCCEEDED, NodePhase.SKIPPED}
    return good or (node.daemoned and node.phase is NodePhase.RUNNING)


def _part_missing(
    name: str,
    poll: Workflow,
    patterns: tuple[str, ...],
    names: tuple[str, ...],
    conclusion: Conclusion,
) -> tuple[Conclusion, str]:
    wanted = spell.listing(patterns)
    there = spell.listing([spell.one_line(each, 60) for each in names], 12) or "none"
    if conclusion is not Conclusion.PASSED:
        return Conclusion.FAILED, (
            f"{name} ended {poll.phase_word} before any node matched --node {wanted}; "
            f"it has: {there}"
        )
    return Conclusion.NOT_FOUND, (
        f"{name} ended {poll.phase_word} without a node that matches --node {wanted}; "
        f"it has: {there}"
    )


def _named(failures: tuple[Leaf, ...], pending: Mapping[str, str]) -> str:
    first = failures[0]
    message = spell.one_line(first.node.reason or f"phase {first.node.phase.value}")
    if first.node.id in pending:
        message += f"; before that {pending[first.node.id]}"
    more = f", and {len(failures) - 1} more" if len(failures) > 1 else ""
    return f"{spell.one_line(first.label, 100)} ({message}){more}"


def _never_appeared(
    target: Target, waited: float, found: str, rules: Rules
) -> tuple[Conclusion, str]:
    if rules.ignore_not_found and not found:
        return Conclusion.PASSED, f"{target} does not exist, which --ignore-not-found allows"
    after = f" within {spell.duration(waited)}" if waited else ""
    if target.named:
        hint = f"; {found}" if found else "; check the name and the namespace (-n)"
        return Conclusion.NOT_FOUND, f"{target} did not appear{after}{hint}"
    hint = f"; {found}" if found else "; check the labels and the namespace (-n)"
    return Conclusion.NOT_FOUND, (
        f"nothing that {target.name} means appeared in namespace {target.namespace}{after}{hint}"
    )


def _timed_out(name: str, limit: str, seconds: float, reason: str, observation: Observation) -> str:
    because = f": {reason}" if reason else ""
    seen = "was not over after" if limit == Limit.TIMEOUT else "did not go on for"
    return f"{name} {seen} {spell.duration(seconds)} ({limit}), {_last_phase(observation)}{because}"


def _last_phase(observation: Observation) -> str:
    if observation.workflow is None:
        return "before it was seen"
    return f"when {_last_seen(observation)}"


def _last_seen(observation: Observation) -> str:
    workflow = observation.workflow
    if workflow is None:
        return "never seen"
    progress = f" {workflow.progress}" if workflow.progress else ""
    return f"last seen {workflow.phase_word or 'without a phase'}{progress}"


def _left_alone(observation: Observation) -> str:
    """Say of a run that nobody looks at any more how it was before, and that it may go on."""
    workflow = observation.workflow
    if workflow is None:
        return ""
    may_run = "" if is_terminal(workflow) else ", and it may still run"
    return f"; before that it was {_last_seen(observation)}{may_run}"
