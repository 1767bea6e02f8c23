"""What a run waits for instead of going on: told once, and kept for the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate import spell
from argogate.model import lifecycle
from argogate.waiting.news import AwaitsApproval, Held, OnNews

if TYPE_CHECKING:
    from argogate.model.tree import Tree
    from argogate.model.workflow import Node, Workflow
    from argogate.verdict.observation import Target


class Holding:
    """Takes in the trees of one workflow."""

    def __init__(self, target: Target, on_news: OnNews) -> None:
        self.pending: dict[str, str] = {}
        """Node id, or the workflow's name → what it waited for."""
        self.reason = ""
        """What the last tree waits for, as far as it tells."""
        self.starting = False
        """Whether nothing ran in the last tree, and it did not tell why yet."""
        self._target = target
        self._on_news = on_news
        self._approvals: tuple[str, ...] = ()
        self._kinds: set[str] = set()

    def show(self, workflow: Workflow, tree: Tree) -> None:
        """Tell what is to be approved, why nothing runs, or why a pod does not."""
        self.reason, self.starting = "", False
        self._show_approvals(workflow)
        if held := lifecycle.held(workflow):
            self._show_held(workflow, held)
        else:
            self._show_first(workflow, tree)
        for node in lifecycle.unscheduled(workflow):
            if lifecycle.tells_why(node):
                self.pending[node.id] = _why(workflow, node)

    def _show_approvals(self, workflow: Workflow) -> None:
        approvals = lifecycle.approvals(workflow)
        if approvals:
            self.reason = f"waits for an approval of {spell.listing(approvals)}"
            if approvals != self._approvals:
                self._on_news(self._awaits(workflow, approvals))
        self._approvals = approvals
        for node in lifecycle.waiting_approvals(workflow):
            self.pending[node.id] = "it waited for an approval"

    def _awaits(self, workflow: Workflow, approvals: tuple[str, ...]) -> AwaitsApproval:
        target = self._target
        how = lifecycle.how_to_approve(target.namespace, workflow.name or target.name, workflow)
        return AwaitsApproval(target=target, approvals=approvals, how=how)

    def _show_held(self, workflow: Workflow, held: lifecycle.Held) -> None:
        node = workflow.nodes.get(held.node_id)
        if node and not lifecycle.tells_why(node):
            self.starting = True
            return
        self.reason = held.reason
        known = held.node_id or workflow.name
        if known not in self.pending:
            self._on_news(Held(target=self._target, reason=held.reason))
        self.pending[known] = _why(workflow, node) if node else f"Pending: {held.reason}"

    def _show_first(self, workflow: Workflow, tree: Tree) -> None:
        """Tell why a pod has to wait while others run, each kind of reason once.

        Nodes that take turns at a lock are at work.
        """
        for node in tree.open_ends():
            waits = lifecycle.answering(workflow, node)
            why = _why(workflow, waits)
            kind = why.partition(": ")[2].partition(":")[0]
            stuck = lifecycle.tells_why(waits) and not waits.waiting_for_lock
            if lifecycle.is_pending(node) and stuck and kind not in self._kinds:
                self._kinds.add(kind)
                if waits.id not in self.pending:
                    text = f"node {tree.leaf(waits).label} is {why}"
                    self._on_news(Held(target=self._target, reason=text))


def _why(workflow: Workflow, node: Node) -> str:
    return f"Pending: {lifecycle.why_pending(workflow, node)}"
