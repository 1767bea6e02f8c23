"""Naming what fails, who has to approve what, and what stands still, while the workflow runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate.errors import ArgoError
from argogate.model import standing
from argogate.model.nodes import Leaf, Tree
from argogate.model.workflow import Node, NodePhase, Phase
from argogate.news import AwaitsApproval, NodeFailed, Tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from argogate.model.workflow import Workflow
    from argogate.observation import NodeWarning, Poll, Target

SMALL_TREE = 64 * 1024
"""Bytes: a tree up to this size is read at every change of the workflow."""
LARGE_TREE_PAUSE = 60.0
"""Seconds between two reads of a larger one."""
QUIET = 60.0
"""Seconds without a change, after which the tree may tell why."""


class NodeWatch:
    """Reads the tree of a running workflow when it is worth it, and tells what is new in it."""

    def __init__(self, target: Target, tell: Tell, quiet: float = QUIET) -> None:
        """`quiet` is after how many seconds without a change the tree is read in any case."""
        self.tree: Workflow | None = None
        """The tree as last read."""
        self.current = False
        """Whether nothing has changed since the tree was read."""
        self._target = target
        self._tell = tell
        self._quiet = quiet
        self._read_version = ""
        self._version = ""
        self._changed_at = 0.0
        self._read_at = 0.0
        self._size = 0
        self._named: set[str] = set()
        self._approvals: tuple[str, ...] = ()

    def look(
        self, workflow: Workflow, read: Callable[[], Poll], now: float, *, warned: bool = False
    ) -> None:
        """Read the tree if the poll shows a change and the tree is small, or long not read.

        Where the gate is `warned` of failures by events, only a quiet workflow is read. A tree
        that cannot be read is no matter here: the next poll will tell.
        """
        if workflow.resource_version != self._version:
            self._version, self._changed_at = workflow.resource_version, now
        self.current = self._version == self._read_version
        if workflow.phase is not Phase.RUNNING or self.current:
            return
        if now - self._changed_at < self._quiet and (warned or self._expensive(now)):
            return
        self.read(read, now)

    def read(self, read: Callable[[], Poll], now: float) -> None:
        """Read the tree now; an error leaves everything as it was."""
        try:
            poll = read()
        except ArgoError:
            return
        self._size, self._read_at = poll.size, now
        self._read_version = self._version
        self.current = True
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
        approvals = standing.approvals(tree)
        if approvals and approvals != self._approvals:
            self._tell(AwaitsApproval(target=self._target, approvals=approvals))
        self._approvals = approvals

    def warn(self, warning: NodeWarning) -> None:
        """Tell of a failure that an event has reported."""
        name = warning.node_name.removeprefix(f"{warning.workflow}.")
        _, found, reason = warning.message.partition(f"{warning.node_name}: ")
        node = Node(
            id=warning.node_id,
            name=warning.node_name,
            phase=NodePhase.ERROR
            if warning.message.startswith(NodePhase.ERROR)
            else NodePhase.FAILED,
            message=reason if found else warning.message,
        )
        self._name(Leaf(path=name, node=node))

    def _expensive(self, now: float) -> bool:
        return self._size > SMALL_TREE and now - self._read_at < LARGE_TREE_PAUSE

    def _name(self, failure: Leaf, *, retried: bool = False) -> None:
        if failure.node.failed and failure.node.id not in self._named:
            self._named.add(failure.node.id)
            self._tell(NodeFailed(target=self._target, failure=failure, retried=retried))
