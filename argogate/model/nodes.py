"""The node tree: what contains what, which nodes are leaves, which are attempts of one Retry.

Argo's `children` is the order of execution and may have several parents; containment is
`boundaryID`, except that a Retry, StepGroup or TaskGroup encloses what its `children` name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from argogate.model.workflow import Node, NodeType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from argogate.model.workflow import Workflow

GROUPS = frozenset({NodeType.STEP_GROUP, NodeType.TASK_GROUP})
NEVER = datetime.max.replace(tzinfo=UTC)
WRAPPERS = GROUPS | {NodeType.STEPS, NodeType.DAG, NodeType.RETRY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One piece of work: a leaf node, with its earlier attempts where it was retried."""

    path: str
    """Stable name: display names from the root down, without the workflow's name."""
    node: Node
    """The attempt that counts: the last one."""
    attempts: tuple[Node, ...] = ()
    """Earlier attempts, oldest first."""


class Tree:
    """The nodes of one workflow. Linear in their number; cycles in hostile data do no harm."""

    def __init__(self, workflow: Workflow, part: Sequence[str] = ()) -> None:
        """`part` holds ids: leaves and failures outside of those nodes are then left out."""
        self._part = frozenset(part)
        self.nodes: Mapping[str, Node] = workflow.nodes
        self._prefix = f"{workflow.name}."
        self._enclosing = _enclosing(workflow.nodes)
        self._attempts = {
            attempt: number
            for node in workflow.nodes.values()
            if node.type is NodeType.RETRY
            for number, attempt in _counted_back(_inside(node, workflow.nodes))
        }
        """0 for the last attempt of a Retry, -1 for the one before."""
        self._containing = {node.boundary_id for node in workflow.nodes.values()}
        self._places: dict[str, tuple[str, tuple[int, ...]]] = {}
        self._leaves: tuple[Leaf, ...] | None = None

    def is_leaf(self, node: Node) -> bool:
        """Whether the node is work itself, not a frame around other nodes."""
        return node.type not in WRAPPERS and node.id not in self._containing

    def is_attempt(self, node: Node) -> bool:
        """Whether the node is one attempt of a Retry."""
        return node.id in self._attempts

    def frame_around(self, node: Node) -> Node | None:
        """Return the frame right around a node: Retry, group or template invocation."""
        return next(self._frames_around(node), None)

    def is_within(self, node: Node, ids: frozenset[str]) -> bool:
        """Whether the node, or a frame around it, is one of these."""
        return node.id in ids or any(frame.id in ids for frame in self._frames_around(node))

    def path(self, node: Node) -> str:
        """Return the stable path: attempts bear the name of their Retry, groups none."""
        return self._place(node)[0] or node.template_name or node.display_name

    def leaves(self) -> tuple[Leaf, ...]:
        """Return all leaves in order of their start, the attempts of a Retry as one."""
        if self._leaves is None:
            self._leaves = tuple(self._folded())
        return self._leaves

    def failed_frames(self) -> tuple[Leaf, ...]:
        """Return failed frames (Steps, DAG, Retry …) that no failed node inside explains.

        A template that cannot be resolved or a deadline fails a frame by itself. An attempt that
        was followed by another one neither explains nor counts.
        """
        explained: set[str] = set()
        for leaf in self._failed_leaves():
            self._explain(leaf.node, explained)
        frames = [
            (sum(1 for _ in self._frames_around(node)), node)
            for node in self.nodes.values()
            if node.failed and not self.is_leaf(node) and not self._superseded(node)
        ]
        found = []
        for _, node in sorted(frames, key=lambda frame: -frame[0]):
            if node.id not in explained and self._wanted(node):
                found.append(Leaf(path=self.path(node), node=node))
                self._explain(node, explained)
        return tuple(found)

    def failures(self) -> tuple[Leaf, ...]:
        """Return what failed, in order of its end: leaves, then frames that fail by themselves."""
        failed = sorted(self._failed_leaves(), key=lambda leaf: ended(leaf.node))
        return (*failed, *self.failed_frames())

    def _folded(self) -> Iterator[Leaf]:
        order: list[Node] = []
        attempts: dict[str, list[Node]] = {}
        for node in sorted(self.nodes.values(), key=started):
            if self.is_leaf(node) and self._wanted(node):
                path, numbers = self._place(node)
                if not numbers or path not in attempts:
                    order.append(node)
                if numbers:
                    attempts.setdefault(path, []).append(node)
        for node in order:
            path, numbers = self._place(node)
            # Times have whole seconds, too coarse to order attempts.
            nodes = (
                sorted(attempts[path], key=lambda one: self._place(one)[1]) if numbers else [node]
            )
            yield Leaf(path=self.path(node), node=nodes[-1], attempts=tuple(nodes[:-1]))

    def _failed_leaves(self) -> list[Leaf]:
        return [
            leaf for leaf in self.leaves() if leaf.node.failed and not self._superseded(leaf.node)
        ]

    def _wanted(self, node: Node) -> bool:
        return not self._part or self.is_within(node, self._part)

    def _explain(self, node: Node, explained: set[str]) -> None:
        for frame in self._frames_around(node):
            if frame.id in explained:
                return
            explained.add(frame.id)

    def _frames_around(self, node: Node) -> Iterator[Node]:
        seen = {node.id}
        current = self.nodes.get(self._enclosing.get(node.id, ""))
        while current and current.id not in seen:
            yield current
            seen.add(current.id)
            current = self.nodes.get(self._enclosing.get(current.id, ""))

    def _place(self, node: Node) -> tuple[str, tuple[int, ...]]:
        """Return the path, and the attempts that the node is or lies in, the outermost first."""
        if node.id in self._places:
            return self._places[node.id]
        chain: dict[str, Node] = {}
        current: Node | None = node
        while current and current.id not in self._places and current.id not in chain:
            chain[current.id] = current
            current = self.nodes.get(self._enclosing.get(current.id, ""))
        path, attempts = self._places.get(current.id, ("", ())) if current else ("", ())
        for step in reversed(chain.values()):
            path = ".".join(filter(None, (path, self._own_name(step))))
            if step.id in self._attempts:
                attempts = (*attempts, self._attempts[step.id])
            self._places[step.id] = (path, attempts)
        return path, attempts

    def _superseded(self, node: Node) -> bool:
        """Whether the node is or lies in an attempt that was followed by another one."""
        return any(self._place(node)[1])

    def _own_name(self, node: Node) -> str:
        """Return what the node adds to a path: nothing for the root, groups and attempts."""
        is_root = f"{node.name}." == self._prefix
        if is_root or node.type in GROUPS or node.id in self._attempts:
            return ""
        return node.display_name.removeprefix(self._prefix)


def started(node: Node) -> tuple[datetime, str]:
    """Order nodes by their start; those that never started come last."""
    return (node.started_at or NEVER, node.id)


def ended(node: Node) -> tuple[datetime, str]:
    """Order nodes by their end; those without one come last."""
    return (node.finished_at or NEVER, node.id)


def _inside(frame: Node, nodes: Mapping[str, Node]) -> list[str]:
    """Return the ids of a frame's children without its hooks; a hook's own attempts are none."""
    return [
        child
        for child in frame.children
        if child in nodes and (nodes[child].retried or not nodes[child].hooked)
    ]


def _counted_back(attempts: list[str]) -> Iterator[tuple[int, str]]:
    return ((number - len(attempts) + 1, attempt) for number, attempt in enumerate(attempts))


def _enclosing(nodes: Mapping[str, Node]) -> dict[str, str]:
    """Return for each node the id of the frame right around it."""
    around = {node.id: node.boundary_id for node in nodes.values()}
    for node in nodes.values():
        if node.type in GROUPS or node.type is NodeType.RETRY:
            for child in _inside(node, nodes):
                if nodes[child].type not in GROUPS or node.type is NodeType.RETRY:
                    around[child] = node.id
    return around
