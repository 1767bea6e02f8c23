"""One sentence for each ending: the thing, what was seen, and what to do where something can be."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, assert_never

from argogate import spell
from argogate.model import lifecycle
from argogate.model.lifecycle import is_terminal
from argogate.model.part import spelled
from argogate.verdict.endings import (
    Abandoned,
    AccessDenied,
    Cancelled,
    Crashed,
    Deleted,
    Limit,
    Replaced,
    RequestRefused,
    Suspended,
    TimedOut,
    Unfinished,
    Unreachable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from argogate.model.tree import Leaf, Tree
    from argogate.model.workflow import Node, Workflow
    from argogate.verdict.endings import NeverAppeared, PartMissing
    from argogate.verdict.observation import Observation, Target

Plain: TypeAlias = (
    Deleted
    | Replaced
    | AccessDenied
    | RequestRefused
    | Unreachable
    | TimedOut
    | Suspended
    | Abandoned
    | Cancelled
    | Crashed
    | Unfinished
)
"""Endings that mean the same whatever the nodes and the rules."""

ENDED_BY = {"Stop": "stopped", "Terminate": "terminated"}


def tell(ending: Plain, seen: Observation) -> str:  # noqa: C901, PLR0911 - a case for each ending
    """Tell an ending that needs no judging."""
    name = str(seen.target)
    match ending:
        case Deleted(why_no_result=why):
            return (
                f"{name} was deleted before its end was seen ({_last_known(seen)}), by hand "
                f"or by its ttlStrategy; {why}"
            )
        case Replaced(new_uid=uid):
            return (
                f"{name} was replaced: another run of that name (uid {uid}) is there now; "
                f"the one waited for was {_last_seen(seen)}"
            )
        case AccessDenied(reason=reason):
            return f"{reason}{_left_alone(seen)}"
        case RequestRefused(reason=reason):
            return reason
        case Unreachable(reason=reason, outage=outage):
            lasted = f" (for {spell.duration(outage)})" if outage else ""
            return f"no trustworthy answer about {name}{lasted}: {reason}{_left_alone(seen)}"
        case TimedOut():
            return _tell_limit(ending, seen)
        case Suspended(approvals=approvals):
            how = lifecycle.how_to_approve(seen.target.namespace, seen.target.name, seen.workflow)
            return f"{name} waits for an approval: {spell.listing(approvals)}; approve with: {how}"
        case Abandoned(because=because):
            return f"{name} was not waited for to its end, as {because} did not pass (--fail-fast)"
        case Cancelled(signal_name=signal_name):
            cancelled = f"the wait for {name} was cancelled by {signal_name}"
            return f"{cancelled} {_last_phase(seen)}{_waited_for(seen)}"
        case Crashed(error=error):
            return f"a bug in argogate ended the wait for {name}: {error}"
        case Unfinished():
            return (
                f"the gate did not finish its wait for {name}, or could not write how it ended: it "
                "was killed, or the machine was lost, or the disk is full; look at the job's log"
            )
        case _ as unreachable:
            assert_never(unreachable)


def tell_absence(target: Target, ending: NeverAppeared) -> str:
    """Tell that nothing appeared, and what was there instead."""
    after = f" within {spell.duration(ending.waited)}" if ending.waited else ""
    found = ending.found
    if target.named:
        hint = f"; {found}" if found else "; check the name and the namespace (-n)"
        return f"{target} did not appear{after}{hint}"
    hint = f"; {found}" if found else "; check the labels and the namespace (-n)"
    return f"nothing that {target.name} means appeared in namespace {target.namespace}{after}{hint}"


def tell_end(target: Target, poll: Workflow, *, settled: bool) -> str:
    """Tell how a workflow ended, and after how long: the head of a longer sentence."""
    took = ""
    if poll.started_at and poll.finished_at:
        took = f" after {spell.duration((poll.finished_at - poll.started_at).total_seconds())}"
    unsettled = "" if settled else " (finishedAt never came; outputs may be missing)"
    return f"{target} ended {poll.phase_word}{took}{unsettled}"


def tell_hollow_success(target: Target, poll: Workflow, by: str, *, begun: bool) -> str:
    """Tell that a shutdown came before the work was done, although the phase is a success."""
    how = ENDED_BY.get(poll.shutdown, "shut down")
    done = "before" if begun else "and nothing shows that"
    return (
        f"{target} was {how}{by} {done} its work was done, so its phase "
        f"{poll.phase_word} is no pass (Argo before 4.0.10 and 4.1.2 ends such runs so)"
    )


def tell_missing_part(name: str, ending: PartMissing, *, passed: bool) -> str:
    """Tell which nodes there are where none was the one that was asked for."""
    ended = f"{name} ended {ending.poll.phase_word}"
    wanted = f"--node {spell.listing(ending.patterns)}"
    if ending.unread:
        return f"{ended}, and as its nodes could not be read, {wanted} is not known"
    there = spell.listing([spell.one_line(each, 60) for each in ending.names], 12) or "none"
    without = (
        f"without a node that matches {wanted}" if passed else f"before any node matched {wanted}"
    )
    return f"{ended} {without}; it has: {there}"


def name_failures(failures: Sequence[Leaf], pending: Mapping[str, str]) -> str:
    """Name the first node that failed, with its reason, and how many more there are."""
    first = failures[0]
    message = spell.one_line(first.node.reason or f"phase {first.node.phase.value}")
    message += before(pending, first.node.id)
    held = [each for each in failures if each.node.id in pending]
    other = ""
    if held and held[0] is not first:
        other = f"; {spell.one_line(held[0].label, 100)}: {pending[held[0].node.id]} before that"
    return f"{spell.one_line(first.label, 100)} ({message}){_more(failures)}{other}"


def before(pending: Mapping[str, str], waited: str) -> str:
    """Tell what a node, or the workflow of a name, had waited for before it went on or ended."""
    return f"; before that {pending[waited]}" if waited in pending else ""


def name_cut(tree: Tree, nodes: Sequence[Node]) -> str:
    """Name the first node whose work was cut short, and how many more there are."""
    first = nodes[0]
    label = spell.one_line(tree.leaf(first).label, 100)
    return f"{label} ({spell.one_line(first.reason)}){_more(nodes)}"


def tell_node(tree: Tree, node: Node) -> str:
    """Tell how a node of a part ended."""
    reason = f" ({spell.one_line(node.reason)})" if node.reason else ""
    return f"{name_node(tree, node)} ended {node.phase.value or 'without a phase'}{reason}"


def name_node(tree: Tree, node: Node) -> str:
    """Name a node of a part as reports spell it, or as it was asked for."""
    known = node.id in tree.nodes
    return spell.one_line(spelled(tree, node) if known else node.display_name, 100)


def _more(items: Sequence[object]) -> str:
    return f", and {len(items) - 1} more" if len(items) > 1 else ""


def _tell_limit(ending: TimedOut, seen: Observation) -> str:
    because = f": {ending.reason}" if ending.reason else ""
    lasted = "was not over after" if ending.limit == Limit.TIMEOUT else "did not go on for"
    return (
        f"{seen.target} {lasted} {spell.duration(ending.seconds)} ({ending.limit}), "
        f"{_last_phase(seen)}{because}"
    )


def _last_phase(seen: Observation) -> str:
    return f"when {_last_seen(seen)}" if seen.workflow else "before it was seen"


def _last_seen(seen: Observation) -> str:
    workflow = seen.workflow
    if workflow is None:
        return "never seen"
    progress = f" {workflow.progress}" if workflow.progress else ""
    return f"last seen {workflow.phase_word or 'without a phase'}{progress}"


def _last_known(seen: Observation) -> str:
    return f"{_last_seen(seen)}{_waited_for(seen)}"


def _waited_for(seen: Observation) -> str:
    why = lifecycle.why_not_over(seen.workflow) if seen.workflow else ""
    if seen.workflow and (held := lifecycle.held(seen.workflow)):
        node = seen.workflow.nodes.get(held.node_id)
        why = "" if node and not lifecycle.tells_why(node) else why
    return f": {why}" if why else ""


def _left_alone(seen: Observation) -> str:
    """Say of a run that nobody looks at any more how it was before, and that it may go on."""
    if seen.workflow is None:
        return ""
    may_run = "" if is_terminal(seen.workflow) else ", and it may still run"
    return f"; before that it was {_last_seen(seen)}{may_run}"
