"""Is it over? Which run is it? Why does it not go on? The questions that glue scripts get wrong."""

from __future__ import annotations

import re
from shlex import quote
from typing import TYPE_CHECKING

from argogate import spell
from argogate.model.nodes import started
from argogate.model.tree import Tree
from argogate.model.workflow import (
    LABEL_ACTION,
    LABEL_ACTOR,
    LABEL_CRON,
    Archiving,
    NodePhase,
    NodeType,
    Phase,
)
from argogate.spell import one_line
from argogate.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from argogate.model.workflow import Node, Workflow

TERMINAL = frozenset({Phase.SUCCEEDED, Phase.FAILED, Phase.ERROR})

LONGEST_BASE = 58
"""Characters of `generateName` that are left: k8s.io/apiserver `pkg/storage/names/generate.go`."""
SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
"""Letters of a generated name: k8s.io/apimachinery `pkg/util/rand/rand.go`."""

WHOLE_WORKFLOW = "the whole workflow (spec.suspend)"

CUT_SHORT = (
    "workflow shutdown with strategy",
    "Stopped with strategy",
    "Step exceeded its deadline",
)
"""What Argo writes on a node whose work it ended, also where its process then exited with 0."""

STOPPING = frozenset({"Stop", "Terminate"})
"""What the label of the last action says of a run that somebody ended."""

STARTING = ("ContainerCreating", "PodInitializing")
"""Why every pod is Pending at first."""

BACK_OFF = "Backoff for"


def is_terminal(workflow: Workflow) -> bool:
    """Whether the phase is terminal; before Argo 3.5.6 that alone is not the end."""
    return workflow.phase in TERMINAL


def is_over(workflow: Workflow) -> bool:
    """Whether it has really ended: a terminal phase and `finishedAt` (operator.go:2753-2853)."""
    return is_terminal(workflow) and workflow.finished_at is not None


def from_archive(workflow: Workflow) -> bool:
    """Whether the answer came from the archive: the live workflow of that name is gone."""
    return workflow.archiving is Archiving.PERSISTED


def same_attempt(archived: Workflow, live: Workflow) -> bool:
    """Whether an archived copy is the attempt last seen live, not one before an Argo retry.

    A retry keeps the uid and gives a new `startedAt`. A run that had not started when it was
    last seen has no earlier attempt that could have been archived.
    """
    return live.started_at is None or archived.started_at == live.started_at


def is_outdated(answer: Workflow, seen: Workflow) -> bool:
    """Whether an answer shows a run as it was before it was seen otherwise.

    That is an attempt before a retry (what a cache or the archive may still have), or another
    state of a run that was over: its end does not change but by a retry, which starts it anew.
    """
    if seen.started_at is None:
        return False
    if answer.started_at is None or answer.started_at < seen.started_at:
        return True
    same = answer.started_at == seen.started_at
    return same and is_over(seen) and answer.phase is not seen.phase


def uniquely_named(workflow: Workflow) -> bool:
    """Whether no other run can bear this name: `generateName` + 5 letters, or cron + time."""
    cron = workflow.labels.get(LABEL_CRON, "")
    if workflow.generate_name:
        base = re.escape(workflow.generate_name[:LONGEST_BASE])
        pattern = f"{base}[{SUFFIX_ALPHABET}]{{5}}"
    elif cron:
        pattern = rf"{re.escape(cron)}-[0-9]{{10}}"
    else:
        return False
    return re.fullmatch(pattern, workflow.name) is not None


def root_node(workflow: Workflow) -> Node | None:
    """Return the node of the entrypoint; its id is the workflow's name (workflow_types.go:3870)."""
    return workflow.nodes.get(workflow.name)


def waiting_approvals(workflow: Workflow) -> tuple[Node, ...]:
    """Return the suspend nodes that wait for a person, not for a duration to pass."""
    return tuple(
        node
        for node in workflow.nodes.values()
        if _needs_approval(node) and node.phase is NodePhase.RUNNING
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Why nothing of a workflow runs."""

    reason: str
    node_id: str = ""
    """The node that has to wait; empty where it is the workflow as a whole."""


def held(workflow: Workflow) -> Held | None:
    """Return what a workflow waits for of which nothing runs."""
    if workflow.suspended:
        return None
    if workflow.phase is Phase.NONE:
        return Held(reason="no workflow controller has picked it up")
    if workflow.phase is Phase.PENDING:
        reason = one_line(workflow.message) or "it is Pending without a reason"
        return Held(reason=f"{reason}{_held_by(workflow, reason)}")
    if workflow.phase is not Phase.RUNNING:
        return None
    tree = Tree(workflow)
    unfinished = tree.open_ends()
    if not unfinished or any(node.phase is not NodePhase.PENDING for node in unfinished):
        return None
    first = answering(workflow, unfinished[0])
    return Held(
        reason=f"node {tree.leaf(first).label} is Pending: {why_pending(workflow, first)}",
        node_id=first.id,
    )


def unscheduled(workflow: Workflow) -> tuple[Node, ...]:
    """Return the nodes that are Pending, each as the one that tells why."""
    return tuple(answering(workflow, node) for node in workflow.nodes.values() if is_pending(node))


def is_pending(node: Node) -> bool:
    """Whether it is not at work yet."""
    return node.phase is NodePhase.PENDING


def running(tree: Tree) -> tuple[str, ...]:
    """Name what runs, in order of its start."""
    at_work = (node for node in tree.open_ends() if node.phase is NodePhase.RUNNING)
    return _named(tree, (node for node in at_work if not _needs_approval(node)))


def starting(tree: Tree) -> tuple[str, ...]:
    """Name what is being started: Argo may call a pod so until ten seconds after it runs."""
    pending = (node for node in tree.open_ends() if is_pending(node))
    return _named(tree, (node for node in pending if not tells_why(node)))


def tells_why(node: Node) -> bool:
    """Whether a Pending node says more than that its pod is being started."""
    reason = node.reason or node.waiting_for_lock
    return bool(reason) and not reason.startswith(STARTING)


def pending_reason(workflow: Workflow) -> str:
    """Return what a workflow waits for of which nothing runs, or an empty string."""
    found = held(workflow)
    return found.reason if found else ""


def why_not_over(workflow: Workflow) -> str:
    """Return what a workflow waits for, as far as its nodes tell, or an empty string."""
    if waiting := approvals(workflow):
        return f"it waits for an approval of {spell.listing(waiting)}"
    return pending_reason(workflow) or stall_reason(workflow)


def stall_reason(workflow: Workflow) -> str:
    """Return why a Running workflow cannot go on by itself, or an empty string.

    Nothing is left that could run, though the frames around it may still be Running: a real
    controller can stay there for ever.
    """
    nodes = workflow.nodes.values()
    if workflow.phase is not Phase.RUNNING or workflow.suspended or not nodes:
        return ""
    tree = Tree(workflow)
    if tree.open_ends() or any(_backs_off(node, workflow) for node in nodes):
        return ""
    unsynced = [tree.leaf(node).label for node in nodes if node.fulfilled and not node.synced]
    if unsynced:
        return (
            f"every node is final, but the outputs of {spell.listing(unsynced)} never came "
            "(taskResultSynced: false)"
        )
    return (
        "every node is final that could run, but the workflow is still Running; its controller "
        "may not be able to complete it"
    )


def approvals(workflow: Workflow) -> tuple[str, ...]:
    """Return what waits for a person: suspend nodes, or the workflow as a whole."""
    if workflow.suspended:
        return (WHOLE_WORKFLOW,)
    tree = Tree(workflow)
    return tuple(
        tree.leaf(node).label + _values(node)
        for node in waiting_approvals(workflow)
        if not tree.is_superseded(node)
    )


def how_to_approve(namespace: str, name: str, workflow: Workflow | None) -> str:
    """Return the commands that approve; a value that a node waits for has to be set first."""
    where = f"-n {quote(namespace)} {quote(name)}"
    commands = [
        f"argo node set {where} --node-field-selector {quote(f'displayName={node.display_name}')}"
        + "".join(f" --output-parameter {quote(value)}=VALUE" for value in node.supplied)
        for node in (waiting_approvals(workflow) if workflow else ())
        if node.supplied
    ]
    return ", then ".join([*commands[:3], f"argo resume {where}"])


def cut_short(tree: Tree) -> tuple[Node, ...]:
    """Return the nodes whose work was ended by a shutdown or a deadline, whatever their phase."""
    return tuple(
        node
        for node in tree.nodes.values()
        if node.message and any(words in node.message for words in CUT_SHORT) and tree.counts(node)
    )


def shut_down_by(workflow: Workflow) -> str:
    """Return ` by WHOM` where the labels tell who stopped or terminated it."""
    actor = workflow.labels.get(LABEL_ACTOR, "")
    ended = workflow.labels.get(LABEL_ACTION) in STOPPING
    return f" by {one_line(actor, 100)}" if ended and actor else ""


def answering(workflow: Workflow, node: Node) -> Node:
    """Return the node that tells why this one does not run: for a container its pod."""
    pod = workflow.nodes.get(node.boundary_id)
    return pod if node.type is NodeType.CONTAINER and not node.reason and pod else node


def why_pending(workflow: Workflow, node: Node) -> str:
    """Return what a Pending node waits for."""
    lock = node.waiting_for_lock
    unsaid = f"it waits for the lock {lock}" if lock else "without a message"
    reason = one_line(node.reason) or unsaid
    return f"{reason}{_held_by(workflow, f'{reason} {lock}')}"


def _held_by(workflow: Workflow, reason: str) -> str:
    """Return ` (held by WHOM)` where the reason names a lock that somebody has."""
    holders = (who for lock, who in workflow.holders.items() if lock in reason)
    return f" (held by {one_line(who, 200)})" if (who := next(holders, "")) else ""


def _named(tree: Tree, nodes: Iterable[Node]) -> tuple[str, ...]:
    return tuple(tree.leaf(node).label for node in sorted(nodes, key=started))


def _needs_approval(node: Node) -> bool:
    return node.type is NodeType.SUSPEND and not node.timed


def _values(node: Node) -> str:
    return f" (needs a value for {spell.listing(node.supplied)})" if node.supplied else ""


def _backs_off(node: Node, workflow: Workflow) -> bool:
    """Whether a Retry waits before it makes its next attempt."""
    if node.type is not NodeType.RETRY or node.fulfilled or BACK_OFF not in node.message:
        return False
    attempts = [workflow.nodes[each] for each in node.children if each in workflow.nodes]
    return all(attempt.fulfilled for attempt in attempts)
