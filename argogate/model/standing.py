"""Why a workflow makes no progress, as far as its nodes tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate.model.lifecycle import waiting_approvals
from argogate.model.nodes import Tree
from argogate.model.spell import one_line
from argogate.model.workflow import NodePhase, Phase

if TYPE_CHECKING:
    from argogate.model.workflow import Node, Workflow

WHOLE_WORKFLOW = "the whole workflow (spec.suspend)"


def pending_reason(workflow: Workflow) -> str:
    """Return what a workflow waits for of which nothing runs, or an empty string."""
    if workflow.suspended:
        return ""
    if workflow.phase is Phase.NONE:
        return "no workflow controller has picked it up"
    if workflow.phase is Phase.PENDING:
        return one_line(workflow.message) or "it is Pending without a reason"
    if workflow.phase is not Phase.RUNNING:
        return ""
    tree = Tree(workflow)
    unfinished = [leaf for leaf in tree.leaves() if not leaf.node.fulfilled]
    if not unfinished or any(leaf.node.phase is not NodePhase.PENDING for leaf in unfinished):
        return ""
    first = unfinished[0]
    return f"node {first.path} is Pending: {_why(first.node)}"


def stalled(workflow: Workflow) -> bool:
    """Whether it is Running although every node is final: a real controller can stay there."""
    nodes = workflow.nodes.values()
    return workflow.phase is Phase.RUNNING and bool(nodes) and all(node.fulfilled for node in nodes)


def approvals(workflow: Workflow) -> tuple[str, ...]:
    """Return what waits for a person: suspend nodes, or the workflow as a whole."""
    if workflow.suspended:
        return (WHOLE_WORKFLOW,)
    return tuple(node.display_name for node in waiting_approvals(workflow))


def _why(node: Node) -> str:
    if node.message:
        return one_line(node.message)
    lock = node.waiting_for_lock
    return f"it waits for the lock {lock}" if lock else "without a message"
