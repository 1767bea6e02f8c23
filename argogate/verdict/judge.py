"""Observations → one verdict. Every report and the exit code render this value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate import spell
from argogate.model import lifecycle
from argogate.model.lifecycle import root_node
from argogate.model.tree import Tree
from argogate.model.workflow import Node, NodePhase, Phase, Workflow
from argogate.values import dataclass, replace
from argogate.verdict import sentences
from argogate.verdict.conclusion import (
    EXIT_CODES,
    SIGTERM_EXIT_CODE,
    Conclusion,
    Result,
    Verdict,
)
from argogate.verdict.endings import (
    Abandoned,
    AccessDenied,
    Cancelled,
    Crashed,
    Deleted,
    Finished,
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

if TYPE_CHECKING:
    from collections.abc import Sequence

    from argogate.model.tree import Leaf
    from argogate.verdict.observation import Observation

LONGEST_MESSAGE = 1000

MEANINGS: dict[type[sentences.Plain], Conclusion] = {
    Deleted: Conclusion.NOT_FOUND,
    Replaced: Conclusion.NOT_FOUND,
    AccessDenied: Conclusion.DENIED,
    RequestRefused: Conclusion.USAGE,
    Unreachable: Conclusion.UNREACHABLE,
    TimedOut: Conclusion.TIMED_OUT,
    Suspended: Conclusion.SUSPENDED,
    Abandoned: Conclusion.INCOMPLETE,
    Cancelled: Conclusion.CANCELLED,
    Crashed: Conclusion.INTERNAL,
    Unfinished: Conclusion.INTERNAL,
}
"""What an ending means, where neither nodes nor rules have a say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the user calls a pass."""

    success_phases: frozenset[Phase] = frozenset({Phase.SUCCEEDED})
    ignore_not_found: bool = False
    exit_zero: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """A workflow, or a part of it, as it is judged."""

    workflow: Workflow
    part: tuple[str, ...]
    tree: Tree
    cut: tuple[Node, ...]
    """The nodes whose work was cut short, whatever their phase."""
    failures: tuple[Leaf, ...]
    """What failed, and what was cut short although its process ended with 0."""


def judge(observations: Sequence[Observation], rules: Rules) -> Verdict:
    """Turn what was observed into the verdict. Pure and total."""
    return Verdict(
        results=tuple(_judge_one(observation, rules) for observation in observations),
        exit_zero=rules.exit_zero,
    )


def restore(
    observation: Observation, conclusion: Conclusion, message: str, exit_code: int
) -> Result:
    """Return the result that was judged so before."""
    return _make_result(observation, _look_at(observation), conclusion, message, exit_code)


def add_shortfalls(verdict: Verdict, shortfalls: Sequence[str]) -> Verdict:
    """Return the verdict after a report that was asked for could not be written."""
    deciding = verdict.deciding
    return replace(
        verdict,
        results=tuple(
            _add_shortfalls(result, shortfalls) if result is deciding else result
            for result in verdict.results
        ),
    )


def _judge_one(observation: Observation, rules: Rules) -> Result:
    view = _look_at(observation)
    conclusion, message = _conclude(observation, view, rules)
    exit_code = EXIT_CODES[conclusion]
    if isinstance(observation.ending, Cancelled) and observation.ending.signal_name != "SIGINT":
        exit_code = SIGTERM_EXIT_CODE
    message = spell.one_line(message, LONGEST_MESSAGE)
    result = _make_result(observation, view, conclusion, message, exit_code)
    return _add_shortfalls(result, observation.shortfalls) if observation.shortfalls else result


def _make_result(
    observation: Observation, view: _View, conclusion: Conclusion, message: str, exit_code: int
) -> Result:
    return Result(
        conclusion=conclusion,
        message=message,
        exit_code=exit_code,
        failures=view.failures,
        observation=observation,
        tree=view.tree,
    )


def _look_at(observation: Observation) -> _View:
    return _look(observation.workflow or Workflow(), observation.part)


def _look(workflow: Workflow, part: tuple[str, ...]) -> _View:
    tree = Tree(workflow, part)
    cut = lifecycle.cut_short(tree)
    ended_well = [node for node in cut if node.fulfilled and not node.failed]
    return _View(
        workflow=workflow,
        part=part,
        tree=tree,
        cut=cut,
        failures=(*tree.failures(), *map(tree.leaf, ended_well)),
    )


def _add_shortfalls(result: Result, shortfalls: Sequence[str]) -> Result:
    """Turn a pass into `incomplete`; another conclusion stays, and its message says both."""
    lack = "; ".join(shortfalls)
    if result.passed:
        code = EXIT_CODES[Conclusion.INCOMPLETE]
        message = f"{result.message}, but {lack}"
        return replace(result, conclusion=Conclusion.INCOMPLETE, message=message, exit_code=code)
    return replace(result, message=f"{result.message}; besides, {lack}")


def _conclude(observation: Observation, view: _View, rules: Rules) -> tuple[Conclusion, str]:
    ending = observation.ending
    match ending:
        case Finished():
            return _conclude_finished(observation, ending, view, rules)
        case NeverAppeared():
            return _conclude_absence(observation, ending, rules)
        case PartEnded():
            return _conclude_part(observation, ending, view)
        case PartMissing():
            return _conclude_missing_part(observation, ending, view, rules)
        case _:
            return MEANINGS[type(ending)], sentences.tell(ending, observation)


def _conclude_absence(
    observation: Observation, ending: NeverAppeared, rules: Rules
) -> tuple[Conclusion, str]:
    target = observation.target
    if rules.ignore_not_found and not ending.found:
        return Conclusion.PASSED, f"{target} does not exist, which --ignore-not-found allows"
    return Conclusion.NOT_FOUND, sentences.tell_absence(target, ending)


def _conclude_finished(
    observation: Observation, ending: Finished, view: _View, rules: Rules
) -> tuple[Conclusion, str]:
    """Judge a run that ended: a success that was cut short, or hollow, is none."""
    poll, target = ending.poll, observation.target
    head = sentences.tell_end(target, poll, settled=ending.settled)
    named = sentences.name_failures(view.failures, observation.pending) if view.failures else ""
    if observation.workflow is None:
        view = _look(poll, observation.part)
    waited = sentences.before(observation.pending, poll.name)
    by = lifecycle.shut_down_by(poll) or lifecycle.shut_down_by(view.workflow)
    if poll.phase not in rules.success_phases:
        reason = named or spell.one_line(poll.message) + waited
        if poll.shutdown and (by or poll.shutdown not in reason):
            head += f" (stopped with strategy {poll.shutdown}{by})"
        return Conclusion.FAILED, f"{head}: {reason}" if reason else head
    if view.cut:
        cut = sentences.name_cut(view.tree, view.cut)
        return (
            Conclusion.FAILED,
            f"{head}, but its work was cut short{by}: {cut}, so that is no pass",
        )
    if poll.phase is Phase.SUCCEEDED and poll.shutdown:
        root = root_node(view.workflow)
        if root is None or root.phase is not NodePhase.SUCCEEDED:
            begun = root is not None
            hollow = sentences.tell_hollow_success(target, poll, by, begun=begun)
            return Conclusion.FAILED, f"{hollow}{waited}"
        head += f"; the shutdown ({poll.shutdown}{by}) came when all of its work was done"
    return Conclusion.PASSED, f"{head}, tolerating {named}" if named else head


def _conclude_part(
    observation: Observation, ending: PartEnded, view: _View
) -> tuple[Conclusion, str]:
    """Judge the nodes that were asked for by their own phases."""
    name, poll, ids = str(observation.target), ending.poll, ending.nodes
    if poll is not view.workflow or ids != view.part:
        view = _look(poll, ids)
    nodes = [poll.nodes.get(each) or Node(id=each, name=each, display_name=each) for each in ids]
    bad = [node for node in nodes if not _passes(node)]
    if reasons := [sentences.tell_node(view.tree, node) for node in bad]:
        return Conclusion.FAILED, f"{name}: {spell.listing(reasons, 3)}"
    if view.cut:
        by, cut = lifecycle.shut_down_by(poll), sentences.name_cut(view.tree, view.cut)
        return Conclusion.FAILED, f"{name}: work was cut short{by}: {cut}"
    if not nodes:
        return Conclusion.FAILED, f"{name}: no node ended"
    names = spell.listing([sentences.name_node(view.tree, node) for node in nodes])
    return Conclusion.PASSED, f"{name}: {names} ended well"


def _passes(node: Node) -> bool:
    """Skipped passes, Omitted does not; a daemon that still runs has done its work."""
    good = node.phase in {NodePhase.SUCCEEDED, NodePhase.SKIPPED}
    return good or (node.daemoned and node.phase is NodePhase.RUNNING)


def _conclude_missing_part(
    observation: Observation, ending: PartMissing, view: _View, rules: Rules
) -> tuple[Conclusion, str]:
    """Judge a run that ended without the nodes that were asked for: never a pass."""
    whole, _ = _conclude_finished(observation, Finished(poll=ending.poll), view, rules)
    passed = whole is Conclusion.PASSED
    sentence = sentences.tell_missing_part(str(observation.target), ending, passed=passed)
    return Conclusion.NOT_FOUND if passed else Conclusion.FAILED, sentence
