"""The node tree: which nodes are work, which attempts of one Retry, and what explains a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate.model.nodes import GROUPS, WRAPPERS, ended, started
from argogate.model.positions import Positions
from argogate.model.workflow import Node, NodePhase, NodeType
from argogate.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from argogate.model.workflow import Workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One piece of work: a leaf node, with its earlier attempts where it was retried."""

    path: str
    """Stable name: own names from the root down, without the workflow's name."""
    shown_as: str = ""
    """What Argo displays instead of its own name, where its template says so."""
    superseded: bool = False
    """Whether only an earlier attempt of a frame around it came as far as this."""
    node: Node
    """The attempt that counts: the last one."""
    attempts: tuple[Node, ...] = ()
    """Earlier attempts, oldest first."""

    @property
    def label(self) -> str:
        """The path for a sentence, with what Argo displays behind it."""
        return f"{self.path} ({self.shown_as})" if self.shown_as else self.path


class Tree:
    """The nodes of one workflow. Linear in their number; cycles in hostile data do no harm."""

    def __init__(self, workflow: Workflow, part: Sequence[str] = ()) -> None:
        """`part` holds ids: leaves and failures outside of those nodes are then left out."""
        self.nodes: Mapping[str, Node] = workflow.nodes
        self._positions = Positions(workflow, part)
        self._containing = {node.boundary_id for node in workflow.nodes.values()}
        self._leaves: tuple[Leaf, ...] | None = None

    def is_leaf(self, node: Node) -> bool:
        """Whether the node is work itself, not a frame around other nodes.

        What came from the cache is: a memoized frame has nothing inside.
        """
        cached = node.memoized and node.type not in GROUPS
        return (node.type not in WRAPPERS or cached) and node.id not in self._containing

    def is_attempt(self, node: Node) -> bool:
        """Whether the node is one attempt of a Retry."""
        return self._positions.is_attempt(node)

    def is_superseded(self, node: Node) -> bool:
        """Whether the node is or lies in an attempt that was followed by another one."""
        return self._positions.of(node).superseded

    def is_retrying(self, node: Node) -> bool:
        """Whether a Retry around the node is unfinished, so that another attempt may come."""
        return self._positions.of(node).retrying

    def frame_around(self, node: Node) -> Node | None:
        """Return the frame right around a node: Retry, group or template invocation."""
        return next(self._positions.frames_around(node), None)

    def inside(self) -> Mapping[str | None, list[Node]]:
        """Return what lies right inside of each frame, by its id; by None what lies in none."""
        return self._positions.inside()

    def own_name(self, node: Node) -> str:
        """Return the node's name within its template, as it is spelled in paths."""
        return self._positions.own_name(node)

    def path(self, node: Node) -> str:
        """Return the stable path: attempts bear the name of their Retry, groups none."""
        return self._positions.path(node)

    def own_path(self, node: Node) -> str:
        """Return the path with the name of a fan-out's group; empty for the root."""
        return self._positions.own_path(node)

    def leaf(self, node: Node, attempts: Sequence[Node] = ()) -> Leaf:
        """Return a node as a leaf, named as all reports name it."""
        position = self._positions.of(node)
        return Leaf(
            path=position.path or self.path(node),
            shown_as=self._positions.shown_as(node),
            superseded=position.superseded,
            node=node,
            attempts=tuple(attempts),
        )

    def open_ends(self) -> tuple[Node, ...]:
        """Return what is unfinished and has nothing inside: leaves, and frames not begun yet.

        A template that waits for a lock has the type of a frame. Daemons that run are no work, and
        superseded attempts no longer matter.
        """
        return tuple(
            node
            for node in self.nodes.values()
            if not (node.fulfilled or _serves(node))
            and (self.is_leaf(node) or not self._positions.is_filled(node))
            and not self.is_superseded(node)
        )

    def counts(self, node: Node) -> bool:
        """Whether the node did work that counts: a pod, or what has nothing inside."""
        works = (
            self.is_leaf(node) or node.type is NodeType.POD or not self._positions.is_filled(node)
        )
        position = self._positions.of(node)
        return (
            works and not (node.daemon or node.daemoned or position.superseded) and position.wanted
        )

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
            node
            for node in self.nodes.values()
            if node.failed and not self.is_leaf(node) and not self.is_superseded(node)
        ]
        found = []
        for node in sorted(frames, key=lambda frame: -self._positions.of(frame).depth):
            if node.id not in explained and self._positions.of(node).wanted:
                found.append(self.leaf(node))
                self._explain(node, explained)
        return tuple(found)

    def failures(self) -> tuple[Leaf, ...]:
        """Return what failed, in order of its end: leaves, then frames that fail by themselves."""
        failed = sorted(self._failed_leaves(), key=lambda leaf: ended(leaf.node))
        return (*failed, *self.failed_frames())

    def _folded(self) -> Iterator[Leaf]:
        """Yield leaves; what stands at the same position in several attempts is one."""
        leaves = (node for node in self.nodes.values() if self.is_leaf(node))
        found: dict[int | str, list[Node]] = {}
        for node in sorted(leaves, key=started):
            position = self._positions.of(node)
            if position.wanted:
                found.setdefault(position.slot if position.attempt else node.id, []).append(node)
        for nodes in found.values():
            if len(nodes) > 1:
                nodes.sort(key=lambda one: self._positions.of(one).order)
            yield self.leaf(nodes[-1], nodes[:-1])

    def _failed_leaves(self) -> list[Leaf]:
        return [
            leaf
            for leaf in self.leaves()
            if leaf.node.failed and not leaf.superseded and not leaf.node.not_reached
        ]

    def _explain(self, node: Node, explained: set[str]) -> None:
        for frame in self._positions.frames_around(node):
            if frame.id in explained:
                return
            explained.add(frame.id)


def _serves(node: Node) -> bool:
    """Whether it is a daemon at work; until it is ready, others wait for it as for any pod."""
    return node.daemoned or (node.daemon and node.phase is not NodePhase.PENDING)
