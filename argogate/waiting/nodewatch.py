"""Naming what fails, and who has to approve what, while the workflow still runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate.errors import ArgoError
from argogate.model import lifecycle
from argogate.model.nodes import Leaf, Tree
from argogate.model.workflow import Phase
from argogate.news import AwaitsApproval, NodeFailed, Tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from argogate.model.workflow import Workflow
    from argogate.observation import Poll, Target

SMALL_TREE = 64 * 1024
"""Bytes: a tree up to this size is read at every change of the workflow."""
LARGE_TREE_PAUSE = 60.0
"""Seconds between two reads of a larger one."""


class NodeWatch:
    """Reads the tree of a running workflow when it changed, and tells what is new in it."""

    def __init__(self, target: Target, tell: Tell) -> None:
        self.tree: Workflow | None = None
        """The tree as last read."""
        self._target = target
        self._tell = tell
        self._version = ""
        self._size = 0
        self._read_at = 0.0
        self._named: set[str] = set()
        self._approvals: tuple[str, ...] = ()

    def look(self, workflow: Workflow, read: Callable[[], Poll], now: float) -> None:
        """Read the tree if the poll shows a change and the tree is small, or long not read.

        A tree that cannot be read is no matter here: the next poll will tell.
        """
        if workflow.phase is not Phase.RUNNING or workflow.resource_version == self._version:
            return
        if self._size > SMALL_TREE and now - self._read_at < LARGE_TREE_PAUSE:
            return
        try:
            poll = read()
        except ArgoError:
            return
        self._size, self._read_at = poll.size, now
        if poll.workflow.uid == workflow.uid:
            self._version = workflow.resource_version
            self.show(poll.workflow)

    def show(self, tree: Workflow) -> None:
        """Tell what failed and what waits for an approval, each once."""
        self.tree = tree
        nodes = Tree(tree)
        for leaf in nodes.leaves():
            for attempt in leaf.attempts:
                self._name(Leaf(path=leaf.path, node=attempt), retried=True)
        for failure in nodes.failures():
            self._name(failure)
        approvals = tuple(node.display_name for node in lifecycle.waiting_approvals(tree))
        if approvals and approvals != self._approvals:
            self._tell(AwaitsApproval(target=self._target, approvals=approvals))
        self._approvals = approvals

    def _name(self, failure: Leaf, *, retried: bool = False) -> None:
        if failure.node.failed and failure.node.id not in self._named:
            self._named.add(failure.node.id)
            self._tell(NodeFailed(target=self._target, failure=failure, retried=retried))
